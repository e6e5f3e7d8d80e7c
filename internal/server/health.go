package server

import (
	"net/http"
	"time"

	"google.golang.org/grpc/health"
	healthgrpc "google.golang.org/grpc/health/grpc_health_v1"
)

// withHealth returns a handler of the metrics and of /healthz, which answers 200 while the server serves and 503 once it stops. Kubernetes' gRPC
// probes do not work with mTLS: they have no client certificate.
func withHealth(metrics http.Handler, healthy *health.Server) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", metrics)
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		h, err := healthy.Check(r.Context(), &healthgrpc.HealthCheckRequest{})
		if err != nil || h.GetStatus() != healthgrpc.HealthCheckResponse_SERVING {
			http.Error(w, "stopping", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("serving\n"))
	})
	return mux
}

// httpServer returns a server for untrusted clients, with limits of time and memory.
func httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
}
