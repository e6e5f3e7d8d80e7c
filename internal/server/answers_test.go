package server

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/utils/ptr"
)

// An answering function always returns the same response or error.
type answering struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	rsp *fnv1.RunFunctionResponse
	err error
}

func (a answering) RunFunction(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	return a.rsp, a.err
}

// series returns the values of all series, by name and labels.
func series(t *testing.T, cs ...prometheus.Collector) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(cs...)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := []string{}
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			out[f.GetName()+"{"+strings.Join(labels, ",")+"}"] = m.GetCounter().GetValue()
		}
	}
	return out
}

func notZero(all map[string]float64) map[string]float64 {
	maps.DeleteFunc(all, func(_ string, v float64) bool { return v == 0 })
	return all
}

func valid(status fnv1.Status, reason string) []*fnv1.Condition {
	return []*fnv1.Condition{{Type: "NetworksConfigured", Reason: "NetworksReady"}, {Type: "Valid", Status: status, Reason: reason}}
}

func inPhase(phase string) *fnv1.State {
	status := &structpb.Struct{Fields: map[string]*structpb.Value{"phase": structpb.NewStringValue(phase)}}
	return &fnv1.State{Composite: &fnv1.Resource{Resource: &structpb.Struct{Fields: map[string]*structpb.Value{"status": structpb.NewStructValue(status)}}}}
}

func TestAnswersAreCounted(t *testing.T) {
	fatal := &fnv1.Result{Severity: fnv1.Severity_SEVERITY_FATAL}
	cases := map[string]struct {
		reason string
		rsp    *fnv1.RunFunctionResponse
		err    error
		want   map[string]float64
	}{
		"Accepted": {
			reason: "The phase is that of the status, and each result counts.",
			rsp: &fnv1.RunFunctionResponse{Conditions: valid(fnv1.Status_STATUS_CONDITION_TRUE, "Accepted"), Desired: inPhase("Running"), Results: []*fnv1.Result{
				{Severity: fnv1.Severity_SEVERITY_NORMAL, Reason: ptr.To("PhaseChanged")},
				{Severity: fnv1.Severity_SEVERITY_WARNING, Reason: ptr.To("Advice")},
				{Severity: fnv1.Severity_SEVERITY_WARNING, Reason: ptr.To("Advice")},
			}},
			want: map[string]float64{
				"function_wukong_answers_total{outcome=Accepted,phase=Running}":      1,
				"function_wukong_results_total{reason=PhaseChanged,severity=Normal}": 1,
				"function_wukong_results_total{reason=Advice,severity=Warning}":      2,
			},
		},
		"ImmutableChange": {
			reason: "A rejected change has a phase, too.",
			rsp:    &fnv1.RunFunctionResponse{Conditions: valid(fnv1.Status_STATUS_CONDITION_FALSE, "ImmutableChange"), Desired: inPhase("Error")},
			want:   map[string]float64{"function_wukong_answers_total{outcome=ImmutableChange,phase=Error}": 1},
		},
		"OutOfLimits": {
			reason: "What is from before the limits runs.",
			rsp:    &fnv1.RunFunctionResponse{Conditions: valid(fnv1.Status_STATUS_CONDITION_TRUE, "OutOfLimits"), Desired: inPhase("Running")},
			want:   map[string]float64{"function_wukong_answers_total{outcome=OutOfLimits,phase=Running}": 1},
		},
		"InvalidSpec": {
			reason: "The phase is that of an earlier pipeline step.",
			rsp: &fnv1.RunFunctionResponse{
				Conditions: valid(fnv1.Status_STATUS_CONDITION_FALSE, "InvalidSpec"),
				Desired:    inPhase("Running"),
				Results:    []*fnv1.Result{fatal},
			},
			want: map[string]float64{
				"function_wukong_answers_total{outcome=InvalidSpec,phase=}": 1,
				"function_wukong_results_total{reason=,severity=Fatal}":     1,
			},
		},
		"Failed": {
			reason: "A fatal result is about something else than the spec.",
			rsp:    &fnv1.RunFunctionResponse{Results: []*fnv1.Result{fatal}},
			want: map[string]float64{
				"function_wukong_answers_total{outcome=Failed,phase=}":  1,
				"function_wukong_results_total{reason=,severity=Fatal}": 1,
			},
		},
		"Asked": {
			reason: "The response to an Operation has requirements only.",
			rsp:    &fnv1.RunFunctionResponse{},
			want:   map[string]float64{"function_wukong_answers_total{outcome=Asked,phase=}": 1},
		},
		"Acted": {
			reason: "The response to an Operation has a result.",
			rsp:    &fnv1.RunFunctionResponse{Results: []*fnv1.Result{{Severity: fnv1.Severity_SEVERITY_NORMAL}}},
			want: map[string]float64{
				"function_wukong_answers_total{outcome=Acted,phase=}":    1,
				"function_wukong_results_total{reason=,severity=Normal}": 1,
			},
		},
		"Unknown": {
			reason: "An unknown value makes no new series.",
			rsp: &fnv1.RunFunctionResponse{
				Conditions: valid(fnv1.Status_STATUS_CONDITION_TRUE, "Accepted"),
				Desired:    inPhase("web-01"),
				Results:    []*fnv1.Result{{Severity: 7, Reason: ptr.To("web-01")}},
			},
			want: map[string]float64{
				"function_wukong_answers_total{outcome=Accepted,phase=Other}": 1,
				"function_wukong_results_total{reason=Other,severity=Other}":  1,
			},
		},
		"UnknownReason": {
			reason: "The same for a reason.",
			rsp:    &fnv1.RunFunctionResponse{Conditions: valid(fnv1.Status_STATUS_CONDITION_FALSE, "web-01")},
			want:   map[string]float64{"function_wukong_answers_total{outcome=Other,phase=}": 1},
		},
		"NoAnswer": {
			reason: "gRPC counts its errors itself.",
			err:    errors.New("cancelled"),
			want:   map[string]float64{},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			m := newAnswerMetrics()
			if rsp, err := m.wrap(answering{rsp: tc.rsp, err: tc.err}).RunFunction(t.Context(), &fnv1.RunFunctionRequest{}); rsp != tc.rsp || !errors.Is(err, tc.err) {
				t.Errorf("want the response of the function, got %v, %v", rsp, err)
			}
			if diff := cmp.Diff(tc.want, notZero(series(t, m.answers, m.results))); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
