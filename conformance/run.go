package conformance

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The outcomes of a check.
const (
	Passed  = "passed"
	Failed  = "failed"
	Skipped = "skipped"
)

// A Report is the outcome of all checks, in the order in which they ran.
type Report struct {
	URL     string   `json:"url,omitempty"`
	Results []Result `json:"results"`
}

// A Result is the outcome of one check.
type Result struct {
	Check     string        `json:"check"`               // its name
	Resource  string        `json:"resource,omitempty"`  // the name of the resource, if several are described
	Sentence  string        `json:"sentence"`            // the rule
	Reference string        `json:"reference"`           // where the rule comes from
	Outcome   string        `json:"outcome"`             // Passed, Failed or Skipped
	Reason    string        `json:"reason,omitempty"`    // why it failed or was skipped
	Advice    string        `json:"advice,omitempty"`    // what to do about a failure
	Exchanges []string      `json:"exchanges,omitempty"` // the requests and responses that show a failure
	Notes     []string      `json:"notes,omitempty"`     // what was measured and is not judged, or was not reached
	Took      time.Duration `json:"tookNanoseconds"`
}

// String is the result as a text of some lines.
func (r Result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", r.Outcome, r.Check)
	if r.Resource != "" {
		fmt.Fprintf(&b, " (%s)", r.Resource)
	}
	fmt.Fprintf(&b, "\n%s (%s)\n", r.Sentence, r.Reference)
	if r.Reason != "" {
		fmt.Fprintf(&b, "%s\n", r.Reason)
	}
	for _, e := range r.Exchanges {
		fmt.Fprintf(&b, "\n%s\n", e)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "%s\n", n)
	}
	if r.Outcome == Failed {
		fmt.Fprintf(&b, "\nWhat to do: %s\n", r.Advice)
	}
	return b.String()
}

// Test runs every check as a subtest of t. Where several resources are described,
// the name of the resource comes after that of the check.
func Test(t *testing.T, s Service) {
	t.Helper()
	r, err := start(t.Context(), s)
	if err != nil {
		t.Fatal("conformance: ", err)
	}
	defer r.stop()
	for _, j := range r.jobs() {
		name := j.name
		if !j.once && len(r.service.Resources) > 1 {
			name += "/" + j.resource.Name
		}
		t.Run(name, func(t *testing.T) {
			t.Helper()
			result := r.do(t.Context(), j)
			switch result.Outcome {
			case Failed:
				t.Error(result.String())
			case Skipped:
				t.Skip(result.Reason)
			default:
				for _, n := range result.Notes {
					t.Log(n)
				}
			}
		})
	}
}

// Run runs every check and reports to progress after each one, unless it is nil.
// An error means that nothing can be said about the service: the description is
// wrong, or the service cannot be reached, or ctx has ended.
func Run(ctx context.Context, s Service, progress func(Result)) (Report, error) {
	r, err := start(ctx, s)
	if err != nil {
		return Report{}, fmt.Errorf("conformance: %w", err)
	}
	defer r.stop()
	report := Report{URL: s.URL}
	for _, j := range r.jobs() {
		result := r.do(ctx, j)
		if ctx.Err() != nil {
			return report, ctx.Err()
		}
		report.Results = append(report.Results, result)
		if progress != nil {
			progress(result)
		}
	}
	return report, nil
}

// run is one run of all checks against one service.
type run struct {
	service Service
	target  *target
	only    *regexp.Regexp
	numbers int64 // the last number that stood for {n}
	known   map[string]*knowledge
}

func start(ctx context.Context, s Service) (*run, error) {
	s, err := s.completed()
	if err != nil {
		return nil, err
	}
	only, err := regexp.Compile(s.Only)
	if err != nil {
		return nil, err
	}
	t, err := newTarget(s)
	if err != nil {
		return nil, err
	}
	r := &run{service: s, target: t, only: only, numbers: time.Now().UnixMilli(), known: map[string]*knowledge{}}
	if err := t.reachable(ctx); err != nil {
		r.stop()
		return nil, err
	}
	return r, nil
}

func (r *run) stop() { r.target.close() }

// A job is a check of one resource, or of the service.
type job struct {
	check
	resource *Resource // the first one if the check is about the service, nil if none is described
}

func (r *run) jobs() (jobs []job) {
	var first *Resource
	if len(r.service.Resources) > 0 {
		first = &r.service.Resources[0]
	}
	for _, c := range checks() {
		switch {
		case !r.only.MatchString(c.name):
		case c.once || first == nil:
			jobs = append(jobs, job{c, first})
		default:
			for i := range r.service.Resources {
				jobs = append(jobs, job{c, &r.service.Resources[i]})
			}
		}
	}
	return jobs
}

// do runs one check. A check ends early by a panic with a verdict.
func (r *run) do(ctx context.Context, j job) (result Result) {
	result = Result{Check: j.name, Sentence: j.sentence, Reference: j.reference, Outcome: Passed}
	if !j.once && len(r.service.Resources) > 1 {
		result.Resource = j.resource.Name
	}
	p := &probe{run: r, ctx: ctx, resource: j.resource}
	began := time.Now()
	defer func() {
		result.Took = time.Since(began)
		result.Notes = p.notes
		switch v := recover().(type) {
		case nil:
			if p.reached == 0 && len(p.unreached) > 0 {
				result.Outcome, result.Reason = Skipped, "not reached: "+p.unreached[0]
			} else if n := len(p.unreached); n > 0 {
				result.Notes = append(result.Notes, fmt.Sprintf("%d requests did not reach the service, such as: %s", n, p.unreached[0]))
			}
		case verdict:
			result.Outcome, result.Reason, result.Exchanges = v.outcome, v.reason, v.exchanges
			if v.outcome == Failed {
				result.Advice = j.advice
			}
		default:
			panic(v)
		}
	}()
	p.needs(j.once || j.resource != nil, "a resource")
	j.run(p)
	return result
}

// verdict ends a check.
type verdict struct {
	outcome, reason string
	exchanges       []string
}

var errUnreachable = errors.New("the service cannot be reached")
