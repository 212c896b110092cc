package simulation

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/forecast"
)

// NoFault is the name of the fault by which everything goes well.
const NoFault = "none"

// fault is what can go wrong in the account by a person's wish, for everybody but the
// jobs.
type fault struct {
	name, about string
	operations  []string // patterns of [awssim.Fault]
	effect      awssim.Effect
}

func faults() []fault {
	every := []string{"*.*"}
	return []fault{
		{NoFault, "everything goes well again", nil, awssim.Effect{}},
		{"login", "the login has expired", every, awssim.Effect{
			Code: "ExpiredTokenException", Message: "The security token included in the request is expired (simulated)",
		}},
		{"rights", "nobody may start or stop anything", []string{
			"sagemaker.StartPipelineExecution", "sagemaker.RetryPipelineExecution", "sagemaker.StopPipelineExecution",
		}, awssim.Effect{Code: "AccessDeniedException", Message: "User: arn:aws:iam::123456789012:user/simulated is not authorized to perform: %s (simulated)"}},
		{"throttling", "of each call four in a second are answered", every, awssim.Effect{Rate: 4}},
		{"outage", "AWS answers with error pages", every, awssim.Effect{HTML: true}},
	}
}

// FaultNames are the names of what can go wrong, with what each is.
func FaultNames() (names []string, about string) {
	var lines []string
	for _, f := range faults() {
		names = append(names, f.name)
		lines = append(lines, f.name+" ("+f.about+")")
	}
	return names, strings.Join(lines, ", ")
}

// SetFault makes something go wrong in the account that answers at an endpoint, until
// it is set again or the account's process ends.
func SetFault(ctx context.Context, endpoint, name string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+controlPath+"?fault="+url.QueryEscape(name), nil)
	if err != nil {
		return fmt.Errorf("set a fault of the simulated account: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("set a fault of the simulated account: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
		return fmt.Errorf("set a fault of the simulated account: %w: %s", forecast.ErrInvalid, strings.TrimSpace(string(text)))
	}
	return nil
}

// setFault puts a fault in the place of the one before. The jobs, which call the
// account by another address, are spared: it is people's login that expires.
func (s *server) setFault(name string) error {
	all := faults()
	at := slices.IndexFunc(all, func(f fault) bool { return f.name == name })
	if at < 0 {
		names, _ := FaultNames()
		return fmt.Errorf("%w: there is no fault %q: write %s", forecast.ErrInvalid, name, strings.Join(names, ", "))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, mend := range s.mend {
		mend()
	}
	s.mend = nil
	for _, pattern := range all[at].operations {
		effect := all[at].effect
		if strings.Contains(effect.Message, "%s") {
			effect.Message = fmt.Sprintf(effect.Message, strings.Replace(pattern, ".", ":", 1))
		}
		s.mend = append(s.mend, s.sim.Inject(awssim.Fault{
			Operation: pattern, Effect: effect, Of: func(r awssim.Request) bool { return "http://"+r.Host != s.inside },
		}))
	}
	return nil
}
