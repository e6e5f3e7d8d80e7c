package server

import (
	"context"
	"slices"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/report"
)

// Outcomes of answers that do not have the condition Valid. The others have the reason of that condition as their outcome.
const (
	// outcomeFailed is a fatal result for another reason than the spec.
	outcomeFailed = "Failed"

	// outcomeActed answers an Operation with an object to apply.
	outcomeActed = "Acted"

	// outcomeAsked answers an Operation with requirements only.
	outcomeAsked = "Asked"
)

// other replaces each label value that is not listed below, so that the number of series is bounded whatever the function answers.
const other = "Other"

var (
	// outcomesWithPhase are the outcomes of answers with a status.
	outcomesWithPhase = []string{report.ReasonAccepted, report.ReasonOutOfLimits, report.ReasonImmutable}

	// outcomesWithoutPhase are the others.
	outcomesWithoutPhase = []string{report.ReasonInvalidSpec, outcomeFailed, outcomeActed, outcomeAsked}

	phases = []string{
		string(v1alpha1.PhasePending),
		string(v1alpha1.PhaseCreating),
		string(v1alpha1.PhaseRunning),
		string(v1alpha1.PhaseStopped),
		string(v1alpha1.PhaseError),
	}

	severities = map[fnv1.Severity]string{fnv1.Severity_SEVERITY_FATAL: fatal, fnv1.Severity_SEVERITY_WARNING: warning, fnv1.Severity_SEVERITY_NORMAL: normal}

	// results are all pairs of labels of a result.
	results = []result{
		{severity: fatal},
		{severity: warning, reason: report.ReasonDataLoss},
		{severity: warning, reason: report.ReasonAdvice},
		{severity: warning, reason: report.ReasonPhase},
		{severity: normal, reason: report.ReasonPhase},
		{severity: normal},
	}
)

// Severities as label values.
const (
	fatal   = "Fatal"
	warning = "Warning"
	normal  = "Normal"
)

// A result holds the labels of a result.
type result struct{ severity, reason string }

// answerMetrics count the answers of a function.
type answerMetrics struct {
	answers, results *prometheus.CounterVec
}

// newAnswerMetrics returns counters with all series at zero: only a series that exists before shows its first increase.
func newAnswerMetrics() answerMetrics {
	m := answerMetrics{
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace,
			Name:      "answers_total",
			Help:      "Answers by outcome and by the phase of the Wukong.",
		}, []string{"outcome", "phase"}),
		results: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace,
			Name:      "results_total",
			Help:      "Results in answers by severity and reason. Each becomes an event.",
		}, []string{"severity", "reason"}),
	}
	for _, outcome := range outcomesWithoutPhase {
		m.answers.WithLabelValues(outcome, "")
	}
	for _, phase := range phases {
		for _, outcome := range outcomesWithPhase {
			m.answers.WithLabelValues(outcome, phase)
		}
	}
	for _, r := range results {
		m.results.WithLabelValues(r.severity, r.reason)
	}
	return m
}

// wrap returns fn with its answers counted.
func (m answerMetrics) wrap(fn fnv1.FunctionRunnerServiceServer) fnv1.FunctionRunnerServiceServer {
	return countingFunction{FunctionRunnerServiceServer: fn, metrics: m}
}

// count counts an answer and its results.
func (m answerMetrics) count(rsp *fnv1.RunFunctionResponse) {
	outcome, phase := outcomeOf(rsp)
	m.answers.WithLabelValues(outcome, phase).Inc()
	for _, r := range rsp.GetResults() {
		labels := result{severity: severities[r.GetSeverity()], reason: r.GetReason()}
		if !slices.Contains(results, labels) {
			labels = result{severity: other, reason: other}
		}
		m.results.WithLabelValues(labels.severity, labels.reason).Inc()
	}
}

// outcomeOf returns the outcome of an answer, and the phase in its status; empty if it has none.
func outcomeOf(rsp *fnv1.RunFunctionResponse) (outcome, phase string) {
	for _, c := range rsp.GetConditions() {
		if c.GetType() != report.ConditionValid {
			continue
		}
		if slices.Contains(outcomesWithPhase, c.GetReason()) {
			return c.GetReason(), bounded(fields.Text(rsp.GetDesired().GetComposite().GetResource(), "status", "phase"), phases)
		}
		return bounded(c.GetReason(), outcomesWithoutPhase), ""
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

// bounded returns value if it is listed, and other otherwise.
func bounded(value string, list []string) string {
	if slices.Contains(list, value) {
		return value
	}
	return other
}

// A countingFunction counts the answers of a function. It wraps the function instead of being a gRPC interceptor, as an interceptor would have to
// know the types of each version of the protocol.
type countingFunction struct {
	fnv1.FunctionRunnerServiceServer

	metrics answerMetrics
}

// RunFunction calls the function and counts its answer. gRPC's own metrics count errors.
func (c countingFunction) RunFunction(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	rsp, err := c.FunctionRunnerServiceServer.RunFunction(ctx, req)
	if err == nil {
		c.metrics.count(rsp)
	}
	return rsp, err
}
