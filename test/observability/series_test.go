package observability

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/kube-state-metrics/v2/pkg/customresourcestate"
	"k8s.io/kube-state-metrics/v2/pkg/metric"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/server"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// examples is the folder of the files that these tests check.
const examples = "../../examples/observability/"

// nameLabel is the label that holds the name of a metric.
const nameLabel = "__name__"

// A series is a series of Prometheus with its last value.
type series struct {
	labels map[string]string
	value  float64
}

// name returns the name of the metric.
func (s series) name() string { return s.labels[nameLabel] }

// String returns the series in the notation of Prometheus.
func (s series) String() string {
	var b strings.Builder
	for i, k := range slices.Sorted(maps.Keys(s.labels)) {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s=%s", k, strconv.Quote(s.labels[k]))
	}
	return "{" + b.String() + "}"
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// functionSeries returns the series of a function that has answered some requests, with the labels of podmonitor.yaml.
func functionSeries(t *testing.T) []series {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	listen := func() net.Listener {
		lis, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "localhost:0")
		if err != nil {
			t.Fatal(err)
		}
		return lis
	}
	lis, metrics := listen(), listen()
	log := logging.NewNopLogger()
	done := make(chan error, 1)
	go func() {
		done <- server.Server{Function: fn.New(log), Credentials: insecure.NewCredentials(), MaxRequestBytes: 1 << 20, Log: log}.Serve(ctx, lis, metrics)
	}()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()

	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// One accepted, one accepted with advice, and one refused.
	for _, fields := range []string{"{}", "{cloudInitUser: {name: ops, password: change-me}}", "{memory: null}"} {
		req, err := wukongtest.Request(wukongtest.Smallest(fields))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fnv1.NewFunctionRunnerServiceClient(conn).RunFunction(ctx, req); err != nil {
			t.Fatal(err)
		}
	}

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+metrics.Addr().String()+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	rsp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer rsp.Body.Close()
	target := map[string]string{
		"job": "function-wukong", "namespace": "crossplane-system", "pod": "function-wukong-0", "container": "package-runtime", "instance": "10.0.0.1:8080",
	}
	out := parse(t, rsp.Body, target)
	return append(out, series{labels: with(target, map[string]string{nameLabel: "up"}), value: 1})
}

// parse returns the series in the output of a target, with the target's labels.
func parse(t *testing.T, r io.Reader, target map[string]string) []series {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(r)
	if err != nil {
		t.Fatal(err)
	}
	var out []series
	for name, f := range families {
		for _, m := range f.GetMetric() {
			labels := maps.Clone(target)
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			add := func(suffix string, v float64, more map[string]string) {
				out = append(out, series{labels: with(with(labels, more), map[string]string{nameLabel: name + suffix}), value: v})
			}
			if f.GetType() != dto.MetricType_HISTOGRAM {
				add("", m.GetCounter().GetValue()+m.GetGauge().GetValue()+m.GetUntyped().GetValue(), nil)
				continue
			}
			for _, b := range m.GetHistogram().GetBucket() {
				add("_bucket", float64(b.GetCumulativeCount()), map[string]string{"le": model.FloatString(b.GetUpperBound()).String()})
			}
			add("_sum", m.GetHistogram().GetSampleSum(), nil)
			add("_count", float64(m.GetHistogram().GetSampleCount()), nil)
		}
	}
	return out
}

// with returns a copy of labels with more labels.
func with(labels, more map[string]string) map[string]string {
	out := maps.Clone(labels)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, more)
	return out
}

// otherMetrics returns metrics of Crossplane and of the provider.
func otherMetrics(t *testing.T) []series {
	t.Helper()
	f, err := os.Open("testdata/others.metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return parse(t, f, map[string]string{})
}

// stateResources returns the resources that kube-state-metrics.yaml configures.
func stateResources(t *testing.T) []customresourcestate.Resource {
	t.Helper()
	var c struct {
		Kind string `json:"kind"`
		customresourcestate.Metrics
	}
	if err := yaml.UnmarshalStrict(read(t, examples+"kube-state-metrics.yaml"), &c); err != nil {
		t.Fatal(err)
	}
	for _, r := range c.Spec.Resources {
		for i := range r.Metrics {
			// kube-state-metrics does so when it reads the file.
			r.Metrics[i].Each.Type = metric.Type(strings.ToLower(string(r.Metrics[i].Each.Type)))
		}
	}
	return c.Spec.Resources
}

// stateSeries returns the series of kube-state-metrics about objects.
func stateSeries(t *testing.T, objects ...*unstructured.Unstructured) []series {
	t.Helper()
	var out []series
	for _, r := range stateResources(t) {
		registry, err := customresourcestate.NewCustomResourceMetrics(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range registry.MetricFamilyGenerators() {
			for _, o := range objects {
				if o.GetKind() != r.GroupVersionKind.Kind {
					continue
				}
				for _, m := range g.Generate(o).Metrics {
					labels := map[string]string{nameLabel: g.Name}
					for i, k := range m.LabelKeys {
						labels[k] = m.LabelValues[i]
					}
					out = append(out, series{labels: labels, value: m.Value})
				}
			}
		}
	}
	return out
}

// recordedObjects returns Wukongs and composites that were recorded from a control plane.
func recordedObjects(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	var out []*unstructured.Unstructured
	for _, doc := range strings.Split(string(read(t, file)), "\n---\n") {
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(doc), &u.Object); err != nil {
			t.Fatal(err)
		}
		out = append(out, u)
	}
	return out
}

// allSeries returns the series that Prometheus has in a cluster that is monitored as the examples say.
func allSeries(t *testing.T) []series {
	t.Helper()
	claims, namespaced := recordedObjects(t, "testdata/claim.yaml"), recordedObjects(t, "testdata/namespaced.yaml")
	// Objects of the same name in both recordings would have the same series.
	for _, o := range namespaced {
		o.SetNamespace("team-b")
	}
	return slices.Concat(functionSeries(t), otherMetrics(t), stateSeries(t, slices.Concat(claims, namespaced)...))
}
