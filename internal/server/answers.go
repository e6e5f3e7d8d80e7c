package server

import (
	"context"
	"slices"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// What an answer came to, where it is not the reason of the condition Valid.
const (
	// outcomeFailed is an answer with a fatal result for which the spec is not to blame.
	outcomeFailed = "Failed"

	// outcomeActed is one to an Operation that has something applied.
	outcomeActed = "Acted"

	// outcomeAsked is one to an Operation that asks what is in the cluster.
	outcomeAsked = "Asked"

	// other stands for what is not known here, so that the number of series stays bounded whatever the function says.
	other = "Other"
)

var (
	// verdicts are the reasons of the condition Valid that come with a phase.
	verdicts = []string{"Accepted", "ImmutableChange"}

	// refusals are the outcomes that come without one.
	refusals = []string{"InvalidSpec", outcomeFailed, outcomeActed, outcomeAsked}

	phases = []string{string(v1alpha1.PhasePending), string(v1alpha1.PhaseCreating), string(v1alpha1.PhaseRunning), string(v1alpha1.PhaseStopped), string(v1alpha1.PhaseError)}

	severities = map[fnv1.Severity]string{fnv1.Severity_SEVERITY_FATAL: "Fatal", fnv1.Severity_SEVERITY_WARNING: "Warning", fnv1.Severity_SEVERITY_NORMAL: "Normal"}

	// results by severity and reason.
	results = []result{{"Fatal", ""}, {"Warning", "DataLoss"}, {"Warning", "Advice"}, {"Warning", "PhaseChanged"}, {"Normal", "PhaseChanged"}, {"Normal", ""}}
)

type result struct{ severity, reason string }

// answers count what a function says.
type answers struct {
	told, results *prometheus.CounterVec
}

func newAnswers() answers {
	a := answers{
		told: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace,
			Name:      "answers_total",
			Help:      "Answers by what they came to, and by the phase that they tell of the Wukong.",
		}, []string{"outcome", "phase"}),
		results: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace,
			Name:      "results_total",
			Help:      "Results in answers, which become events, by severity and reason.",
		}, []string{"severity", "reason"}),
	}
	// A series that is there from the start shows its first increase too.
	for _, outcome := range refusals {
		a.told.WithLabelValues(outcome, "")
	}
	for _, phase := range phases {
		for _, outcome := range verdicts {
			a.told.WithLabelValues(outcome, phase)
		}
	}
	for _, r := range results {
		a.results.WithLabelValues(r.severity, r.reason)
	}
	return a
}

// of a function, which answers as before.
func (a answers) of(fn fnv1.FunctionRunnerServiceServer) fnv1.FunctionRunnerServiceServer {
	return counted{FunctionRunnerServiceServer: fn, answers: a}
}

// count an answer.
func (a answers) count(rsp *fnv1.RunFunctionResponse) {
	outcome, phase := outcomeOf(rsp)
	a.told.WithLabelValues(outcome, phase).Inc()
	for _, r := range rsp.GetResults() {
		is := result{severities[r.GetSeverity()], r.GetReason()}
		if !slices.Contains(results, is) {
			is = result{other, other}
		}
		a.results.WithLabelValues(is.severity, is.reason).Inc()
	}
}

// outcomeOf an answer, and the phase that it tells; empty where it tells none.
func outcomeOf(rsp *fnv1.RunFunctionResponse) (outcome, phase string) {
	for _, c := range rsp.GetConditions() {
		if c.GetType() != "Valid" {
			continue
		}
		if slices.Contains(verdicts, c.GetReason()) {
			status := rsp.GetDesired().GetComposite().GetResource().GetFields()["status"].GetStructValue()
			return c.GetReason(), known(status.GetFields()["phase"].GetStringValue(), phases...)
		}
		return known(c.GetReason(), refusals...), ""
	}
	for _, r := range rsp.GetResults() {
		if r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL {
			return outcomeFailed, ""
		}
	}
	if len(rsp.GetResults()) > 0 {
		return outcomeActed, ""
	}
	return outcomeAsked, ""
}

// known is the value if it is among those that are, else what stands for the rest.
func known(value string, among ...string) string {
	if slices.Contains(among, value) {
		return value
	}
	return other
}

// counted is a function whose answers are counted. It stands between the function and gRPC, rather than in an interceptor, as
// an interceptor would see the types of each version of the protocol.
type counted struct {
	fnv1.FunctionRunnerServiceServer

	answers answers
}

func (c counted) RunFunction(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	rsp, err := c.FunctionRunnerServiceServer.RunFunction(ctx, req)
	if err == nil {
		c.answers.count(rsp)
	}
	return rsp, err
}
