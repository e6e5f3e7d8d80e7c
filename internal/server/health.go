package server

import (
	"net/http"
	"time"

	"google.golang.org/grpc/health"
	healthgrpc "google.golang.org/grpc/health/grpc_health_v1"
)

// withHealth answers /healthz beside the metrics: 200 while the server serves, 503 from when it stops. Kubernetes' own gRPC probes cannot
// be used, since they bring no client certificate.
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

// httpServer serves a handler to anybody who can reach it: nobody may take its time or its memory.
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
