package simulation

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/logkey"
)

const (
	// LogFile is the file of what the serving process has to say.
	LogFile  = "serve.log"
	lockFile = "lock"

	keyEndpoint = "endpoint" // of log attributes
)

// Options say which account is served.
type Options struct {
	Dir        string // of the account
	Project    string // directory of the project, which its image holds
	Definition forecast.Definition
	Settings   settings.Settings
	// Files are the files behind the tables of the source, by the names that the
	// query gives them; globs below Project.
	Files map[string]string

	Executable string // path of daybatch, for the commands of steps
	Version    string // of the program
	Environ    []string
	Log        *slog.Logger
	Now        func() time.Time // the host's clock
	Jitter     func() float64
	NewID      func() string
	// Guest says that another team has a pipeline in the account too.
	Guest bool
	// Idle is for how long nobody may ask for anything until it ends.
	Idle time.Duration
}

// server is an account that is being served.
type server struct {
	Options

	sim    *awssim.Sim
	data   *lake.DB
	source *mirror
	stop   context.CancelCauseFunc

	inside  string    // endpoint for the jobs
	morning time.Time // account's time at which the guest's schedule fires next

	mu    sync.Mutex
	mend  []func()  // take away what goes wrong
	asked time.Time // host's time of the last call
	until time.Time // host's time until which time is fast whatever runs
}

var (
	errAsked = errors.New("it was asked to")
	errIdle  = errors.New("nobody has asked for anything long")
)

// Serve serves the account until ctx ends, it is asked to stop, or nobody has
// asked for anything for a while. Where another process serves it already, it
// does nothing.
func Serve(ctx context.Context, o Options) error {
	if err := os.MkdirAll(o.Dir, 0o750); err != nil {
		return fmt.Errorf("serve a simulated account: %w", err)
	}
	lock, err := hold(ctx, o.Dir)
	if lock == nil || err != nil {
		return err
	}
	defer func() { _ = lock.Close() }() // which gives the lock back
	s := &server{Options: o, asked: o.Now()}
	s.source = &mirror{server: s}
	if err := s.serve(ctx); err != nil {
		return fmt.Errorf("serve a simulated account: %w", err)
	}
	return nil
}

// hold takes the account's lock; nil: another process has it, and serves. One that ends
// has it for a moment longer than it answers.
func hold(ctx context.Context, dir string) (lock *os.File, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startTime, errHeld)
	defer cancel()
	for {
		if lock, ok := tryLock(dir); ok {
			return lock, nil
		}
		if _, serves := find(ctx, dir); serves {
			return nil, nil
		}
		if err := pause(ctx, lookPace); err != nil {
			return nil, fmt.Errorf("serve a simulated account: %w", err)
		}
	}
}

var errHeld = fmt.Errorf("%w: another process has its lock, or it can't be written", forecast.ErrUnavailable)

func (s *server) objects() string { return filepath.Join(s.Dir, "s3") }

// serve makes the account, deploys the project into it, and tells the address.
func (s *server) serve(ctx context.Context) (failed error) {
	last, err := readMoment(s.Dir)
	if err != nil {
		return err
	}
	begin, kept := last.from(s.Now(), 1), filepath.Join(s.Dir, "kept")
	_, missing := os.Stat(kept)
	if s.data, err = lake.Open(ctx, lake.Options{}); err != nil {
		return err //nolint:wrapcheck // it says what it did
	}
	defer func() { failed = errors.Join(failed, s.data.Close()) }()
	s.sim, err = awssim.New(awssim.Options{ //nolint:contextcheck // it lives until it is closed
		Dir: s.objects(), Kept: kept, Account: s.Settings.Account(), Region: s.Settings.Region, Script: s.script,
		Start:     s.begins(last, begin, missing != nil),
		Seed:      uint64(max(0, begin.At.UnixMilli())), // time never goes back there
		Container: s.container, Query: s.query, Syntax: s.syntax, Identity: s.identity,
	})
	if err != nil {
		return err //nolint:wrapcheck // as above
	}
	defer func() { failed = errors.Join(failed, s.sim.Close()) }()
	if err := s.sim.CreateBucket(s.Settings.Bucket); err != nil {
		return err //nolint:wrapcheck // as above
	}
	if set := s.Settings.Dashboard.DataSet; set != "" {
		s.sim.AddDataSet(awssim.DataSet{ID: set, Name: s.Definition.Pipeline})
	}
	if err := s.receive(begin.At); err != nil { //nolint:contextcheck // what it starts lives until the account is closed
		return err
	}
	ctx, s.stop = context.WithCancelCause(ctx)
	defer s.stop(nil)
	if err := s.source.begin(ctx); err != nil {
		return err
	}
	endpoint, end, err := s.answer(ctx)
	if err != nil {
		return err
	}
	defer end()
	var ticking sync.WaitGroup
	defer ticking.Wait()
	defer s.stop(nil) // before it waits
	ticking.Go(func() { s.tick(ctx, begin) })
	if err := s.deploy(ctx, endpoint); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(s.Dir, addressFile), address{Endpoint: endpoint, PID: os.Getpid(), Dir: s.Dir}); err != nil {
		return err
	}
	s.Log.InfoContext(ctx, "a simulated account is served", slog.String(keyEndpoint, endpoint))
	<-ctx.Done()
	s.Log.InfoContext(ctx, "the simulated account ends", slog.String(logkey.Reason, context.Cause(ctx).Error()))
	return nil
}

// script gives each job its own time until it has a machine: four to seven
// minutes, the same for the same job.
func (s *server) script(j awssim.Job) awssim.Play {
	const least, spread = 4 * time.Minute, 3 * 60
	var p awssim.Play
	if s.Guest && j.Pipeline == GuestPipeline {
		p = guestPlay(j, s.sim.Now())
	}
	hash := fnv.New32a()
	_, _ = io.WriteString(hash, j.Name)
	p.StartUp = least + time.Duration(hash.Sum32()%spread)*time.Second
	return p
}

// identity is the user with an access key. All who use daybatch are one.
func (s *server) identity(key string) string {
	if key != guestTeam {
		key = "simulated"
	}
	return "arn:aws:iam::" + s.Settings.Account() + ":user/" + key
}

// answer serves the account's calls: people's where it did before if it can, and those
// of jobs elsewhere. The returned function ends that.
func (s *server) answer(ctx context.Context) (endpoint string, end func(), err error) {
	inside, endInside, err := s.listen(ctx, anywhere)
	if err != nil {
		return "", nil, err
	}
	s.inside = inside
	s.sim.SetEndpoint(inside)
	before, _ := readAddress(s.Dir)
	endpoint, endOutside, err := s.listen(ctx, cmp.Or(strings.TrimPrefix(before.Endpoint, "http://"), anywhere))
	if err != nil {
		endInside()
		return "", nil, err
	}
	return endpoint, func() {
		endOutside()
		endInside()
	}, nil
}

// anywhere is an address with a port that nobody has.
const anywhere = "127.0.0.1:0"

// listen serves the account's calls at an address, else anywhere: where it did before,
// a screen that was opened then comes back. The returned function ends that.
func (s *server) listen(ctx context.Context, at string) (endpoint string, end func(), err error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", at)
	if err != nil {
		listener, err = config.Listen(ctx, "tcp", anywhere)
	}
	if err != nil {
		return "", nil, err //nolint:wrapcheck // it says what it did
	}
	endpoint = "http://" + listener.Addr().String()
	web := &http.Server{Handler: s.handler(endpoint), ReadHeaderTimeout: time.Minute}
	var serving sync.WaitGroup
	serving.Go(func() { _ = web.Serve(listener) }) // it ends with ErrServerClosed
	return endpoint, func() {
		_ = web.Close()
		serving.Wait()
	}, nil
}

// linger is for how long time stays fast after a call that may have begun
// something.
const linger = 300 * time.Millisecond

// handler passes calls on to the account, and notes that there was one.
func (s *server) handler(endpoint string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == controlPath {
			switch r.Method {
			case http.MethodDelete:
				s.stop(errAsked)
			case http.MethodPost:
				if err := s.setFault(r.URL.Query().Get("fault")); err != nil {
					http.Error(w, err.Error(), http.StatusBadRequest)
					return
				}
			}
			_ = json.NewEncoder(w).Encode(address{Endpoint: endpoint, PID: os.Getpid(), Dir: s.Dir})
			return
		}
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		s.mu.Lock()
		s.asked = s.Now()
		for _, verb := range []string{"Start", "Stop", "Retry"} {
			if strings.HasPrefix(operation, verb) {
				s.until = s.asked.Add(linger)
			}
		}
		s.mu.Unlock()
		if operation == "GetTable" { // somebody may look at a table of the source
			s.source.catchUp(r.Context())
		}
		s.sim.ServeHTTP(w, r)
	})
}

// Paces of the account's time.
const (
	fastTick = time.Millisecond
	slowTick = 50 * time.Millisecond
	// After these times others are told the time again, which they know but for a
	// process that was killed.
	fastWrite = 250 * time.Millisecond
	slowWrite = 10 * time.Second
)

// tick moves the account's time until ctx ends.
func (s *server) tick(ctx context.Context, m moment) {
	written := time.Time{}
	for pace := slowTick; pause(ctx, pace) == nil; {
		host := s.Now()
		speed, write := 1.0, slowWrite
		pace = slowTick
		if s.busy(host) {
			speed, pace, write = Speed, fastTick, fastWrite
		}
		s.sim.Advance(m.now(host).Sub(s.sim.Now()))
		if err := s.wake(); err != nil { //nolint:contextcheck // as above
			s.Log.WarnContext(ctx, "a schedule of the simulation", slog.String(logkey.Error, err.Error()))
		}
		if speed == m.Speed && host.Sub(written) < write {
			continue
		}
		m = m.from(host, speed)
		if err := m.write(s.Dir); err != nil {
			s.stop(err)
			return
		}
		written = host
	}
	_ = m.from(s.Now(), 1).write(s.Dir)
}

// busy reports whether anything runs, and ends the account that nobody asks for.
func (s *server) busy(host time.Time) bool {
	s.mu.Lock()
	asked, until := s.asked, s.until
	s.mu.Unlock()
	if host.Before(until) {
		return true
	}
	for _, pipeline := range []string{s.Definition.Pipeline, s.Settings.RangePipeline(s.Definition.Pipeline), GuestPipeline} {
		for _, x := range s.sim.Executions(pipeline) {
			if forecast.Status(x.Status).Open() {
				return true
			}
		}
	}
	if s.Idle > 0 && host.Sub(asked) > s.Idle {
		s.stop(errIdle)
	}
	return false
}

// deploy brings the new account to what the project wants, and its catalogue to
// what the records say, which are all that is left of an account before it.
func (s *server) deploy(ctx context.Context, endpoint string) error {
	own := s.Settings
	own.Endpoint = endpoint
	d, err := aws.Deploy(ctx, aws.DeployOptions{Settings: own, Definition: s.Definition, Salt: s.NewID()})
	if err != nil {
		return err //nolint:wrapcheck // it says what it did
	}
	plan, err := d.Plan(ctx)
	if err == nil {
		err = d.Apply(ctx, plan, nil)
	}
	if err != nil {
		return fmt.Errorf("deploy the project: %w", err)
	}
	engine, err := aws.Open(ctx, aws.Options{
		Definition: s.Definition, Settings: own, Actor: "simulation", Host: "simulation", Log: s.Log, Now: s.sim.Now,
		Version: s.Version, Cache: filepath.Join(s.Dir, "cache"), Jitter: s.Jitter, NewID: s.NewID, Unlimited: true, Speed: Speed,
		Wall: s.Now,
	})
	if err != nil {
		return err //nolint:wrapcheck // as above
	}
	_, err = engine.Mend(ctx, "simulation")
	return errors.Join(err, engine.Close())
}
