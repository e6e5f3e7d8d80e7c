package server

import (
	"cmp"
	"net/http"
	"runtime"

	grpcprometheus "github.com/grpc-ecosystem/go-grpc-middleware/providers/prometheus"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/novasphere/function-wukong/internal/version"
)

// namespace of the metrics that are this function's own.
const namespace = "function_wukong"

// secondsBuckets are the bounds of the histogram of latency. An answer takes 0.2 to 10 ms, so that most of the buckets are there;
// nothing that Crossplane still waits for takes longer than the last.
var secondsBuckets = []float64{0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 20}

// metrics of a server. No label holds anything that a user chose, so that there are never more series than when it starts.
type metrics struct {
	registry *prometheus.Registry
	grpc     *grpcprometheus.ServerMetrics
	answers  answers
	panics   prometheus.Counter
}

func newMetrics() metrics {
	m := metrics{
		registry: prometheus.NewRegistry(),
		grpc:     grpcprometheus.NewServerMetrics(grpcprometheus.WithServerHandlingTimeHistogram(grpcprometheus.WithHistogramBuckets(secondsBuckets))),
		answers:  newAnswers(),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace,
			Name:      "panics_total",
			Help:      "Panics, each of which failed one request.",
		}),
	}
	m.registry.MustRegister(m.grpc, m.answers.told, m.answers.results, m.panics, buildInfo(),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// handler that tells Prometheus the metrics.
func (m metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// buildInfo is a metric that says what was built.
func buildInfo() prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace:   namespace,
		Name:        "build_info",
		Help:        "1, labelled with the version of the function, the commit and the version of Go that it was built from.",
		ConstLabels: prometheus.Labels{"version": version.String(), "revision": cmp.Or(version.Revision(), "unknown"), "goversion": runtime.Version()},
	})
	g.Set(1)
	return g
}
