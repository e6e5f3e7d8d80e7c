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

// namespace begins the names of the function's own metrics.
const namespace = "function_wukong"

// secondsBuckets are the bounds of the latency histogram. An answer takes 0.2 to 10 ms, so that most bounds are in that range. Crossplane waits for
// no answer longer than the last bound.
var secondsBuckets = []float64{0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 20}

// metrics are those of a server. No label has a value that a user chose, so that the number of series never grows.
type metrics struct {
	registry *prometheus.Registry
	grpc     *grpcprometheus.ServerMetrics
	answers  answerMetrics
	panics   prometheus.Counter
}

// newMetrics returns registered metrics.
func newMetrics() metrics {
	m := metrics{
		registry: prometheus.NewRegistry(),
		grpc:     grpcprometheus.NewServerMetrics(grpcprometheus.WithServerHandlingTimeHistogram(grpcprometheus.WithHistogramBuckets(secondsBuckets))),
		answers:  newAnswerMetrics(),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace,
			Name:      "panics_total",
			Help:      "Panics, each of which failed one request.",
		}),
	}
	m.registry.MustRegister(m.grpc, m.answers.answers, m.answers.results, m.panics, buildInfo(),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// handler returns the HTTP handler from which Prometheus scrapes the metrics.
func (m metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// buildInfo returns a metric with the version, the commit and the Go version as labels.
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
