package simulation

import (
	_ "embed"
	"fmt"
	"hash/fnv"
	"io"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// GuestPipeline is the name of the pipeline that another team has in the account of a
// demonstration: its steps are scripted, and its schedule, which asks nobody, fires
// every morning at five in Tokyo. It has had three weeks when the account begins.
const GuestPipeline = "ChurnScore"

const (
	guestTeam = "customer-analytics" // its user, and the name of its bucket
	guestPast = 21 * 24 * time.Hour
	guestHour = 20 // UTC
	guestZone = 9 * 60 * 60
	// guestTrouble is for how long after its schedule fired a morning can go wrong:
	// what is tried again later goes well.
	guestTrouble = 2 * time.Hour
)

//go:embed guest/pipeline.json
var guestDefinition string

// begins returns the account's time at which it begins, to be moved to the time that it
// is: the guest's mornings in between pass first.
func (s *server) begins(last, now moment, first bool) time.Time {
	switch {
	case !s.Guest:
		return now.At
	case first:
		return now.At.Add(-guestPast)
	default:
		return last.At
	}
}

// receive makes the guest's pipeline, and lets its mornings pass until a time.
func (s *server) receive(until time.Time) error {
	if !s.Guest {
		return nil
	}
	err := s.sim.CreateBucket(guestTeam)
	if err == nil {
		err = s.sim.AddPipeline(GuestPipeline, guestDefinition, guestTeam)
	}
	if err != nil {
		return fmt.Errorf("receive the pipeline of another team: %w", err)
	}
	for s.morning = morningAfter(s.sim.Now()); !s.morning.After(until); {
		s.sim.Advance(s.morning.Sub(s.sim.Now()))
		if err := s.wake(); err != nil {
			return err
		}
	}
	s.sim.Advance(until.Sub(s.sim.Now()))
	return nil
}

// wake starts the guest's pipeline if it is its hour.
func (s *server) wake() error {
	if !s.Guest || s.sim.Now().Before(s.morning) {
		return nil
	}
	fired := s.morning
	s.morning = morningAfter(fired)
	if troubleOf(guestDate(fired)) == troubleAsleep {
		return nil
	}
	err := s.sim.RunPipeline(GuestPipeline, guestTeam, map[string]string{"ScheduledTime": fired.Format(time.RFC3339)})
	if err != nil {
		return fmt.Errorf("start the pipeline of another team: %w", err)
	}
	return nil
}

func morningAfter(t time.Time) time.Time {
	year, month, day := t.UTC().Date()
	next := time.Date(year, month, day, guestHour, 0, 0, 0, time.UTC)
	if !next.After(t) {
		next = next.AddDate(0, 0, 1)
	}
	return next
}

// guestDate is the date of a morning: the day before.
func guestDate(fired time.Time) calendar.Date {
	return calendar.In(fired, time.FixedZone("JST", guestZone)) - 1
}

// trouble is what goes wrong on a morning of the guest's.
type trouble int

const (
	noTrouble trouble = iota
	troubleRows
	troubleMachine
	troubleQuality
	troubleAsleep
)

// troubleOf tells what goes wrong on a date, always the same.
func troubleOf(d calendar.Date) trouble {
	switch int(d) % 19 {
	case 2:
		return troubleQuality
	case 6:
		return troubleRows
	case 9:
		return troubleAsleep
	case 15:
		return troubleMachine
	default:
		return noTrouble
	}
}

// guestJob is a job of the guest's, or a step that has none.
type guestJob struct {
	awssim.Job

	date    calendar.Date
	trouble trouble
	chance  float64 // from 0 to 1, the same for the same step and date
}

// guestPlay scripts a job at a time.
func guestPlay(j awssim.Job, now time.Time) awssim.Play {
	g := guestJob{Job: j}
	fired, err := time.Parse(time.RFC3339, j.Environment["SCHEDULED_TIME"])
	if err == nil {
		g.date = guestDate(fired)
	}
	if d, named := calendar.Parse(j.Environment["PROCESS_DATE"]); named == nil {
		g.date = d
	} else if err == nil && now.Sub(fired) < guestTrouble {
		g.trouble = troubleOf(g.date)
	}
	hash := fnv.New32a()
	_, _ = io.WriteString(hash, g.Step+g.date.String())
	g.chance = float64(hash.Sum32()%1000) / 1000
	p := g.play()
	p.Alone = true
	return p
}

func (g guestJob) play() awssim.Play {
	switch g.Step {
	case "Ingest":
		return g.ingest()
	case "Train":
		return g.train()
	case "Evaluate":
		return g.evaluate()
	case "Publish":
		return g.lasting(time.Minute,
			"INFO publish.py process_date="+g.date.String(), fmt.Sprintf("INFO scored %d customers", g.customers()),
			"INFO wrote s3://customer-analytics/scores/dt="+g.date.String()+"/", "INFO analytics.churn_scores: partition added")
	default:
		return awssim.Play{
			Duration: 2 * time.Second, Parameters: map[string]string{"channel": "#churn"},
			Metadata: map[string]any{"Lambda": map[string]any{"Arn": "arn:aws:lambda:ap-northeast-1:123456789012:function:announce-churn-scores"}},
		}
	}
}

// customers is how many there are on the date.
func (g guestJob) customers() int { return 48_000 + int(g.date)%2000 }

// lasting is a play of a length that differs a little, whose lines come at equal
// distances.
func (g guestJob) lasting(about time.Duration, texts ...string) awssim.Play {
	p := awssim.Play{Duration: about + time.Duration(g.chance*float64(about)/2)}
	for i, text := range texts {
		p.Lines = append(p.Lines, awssim.Line{After: p.Duration * time.Duration(i+1) / time.Duration(len(texts)+1), Text: text})
	}
	return p
}

func (g guestJob) ingest() awssim.Play {
	begin := []string{
		"INFO ingest.py process_date=" + g.date.String(), "INFO athena: query started workgroup=analytics",
		"INFO athena: query succeeded scanned=1.9GB",
	}
	if g.trouble == troubleRows {
		why := "ValueError: analytics.subscriptions has no rows for dt=" + g.date.String()
		p := g.lasting(2*time.Minute, append(begin, strings.Join([]string{
			"Traceback (most recent call last):", `  File "/opt/churn/ingest.py", line 88, in <module>`, "    main()",
			`  File "/opt/churn/ingest.py", line 61, in main`, "    raise ValueError(f\"{table} has no rows for dt={date}\")", why,
		}, "\n"))...)
		p.Exit = awssim.Exit{Code: 1, Message: why}
		return p
	}
	p := g.lasting(3*time.Minute, append(begin, fmt.Sprintf("INFO %d customers, 37 features", g.customers()),
		fmt.Sprintf("WARNING %d customers without a plan: left out", 150+int(g.chance*100)), "INFO wrote train.csv")...)
	p.Outputs = map[string]map[string]string{"train": {"train.csv": "customer,churned\n"}}
	return p
}

func (g guestJob) train() awssim.Play {
	if g.trouble == troubleMachine {
		return awssim.Play{Create: "SageMaker.CAPACITY_ERROR"}
	}
	const rounds = 6
	texts := []string{"INFO xgboost 1.7 objective=binary:logistic num_round=300 max_depth=5"}
	for i := range rounds {
		loss := 0.29 + 0.02*g.chance + 0.3/float64(1+2*i)
		texts = append(texts, fmt.Sprintf("INFO [%d] train logloss=%.4f validation logloss=%.4f", i*300/(rounds-1), loss-0.02, loss))
	}
	p := g.lasting(10*time.Minute, texts...)
	p.Outputs = map[string]map[string]string{"model": {"model.json": "{}"}}
	return p
}

func (g guestJob) evaluate() awssim.Play {
	auc := 0.79 + 0.05*g.chance
	if g.trouble == troubleQuality {
		auc = 0.71
	}
	p := g.lasting(2*time.Minute, "INFO evaluate.py holdout of 28 days", fmt.Sprintf("INFO auc=%.3f", auc), "INFO wrote evaluation.json")
	p.Outputs = map[string]map[string]string{"evaluation": {"evaluation.json": fmt.Sprintf(
		`{"classification_metrics": {"auc": {"value": %.3f, "standard_deviation": 0.01}, "recall": {"value": %.3f}}}`, auc, auc-0.2)}}
	return p
}
