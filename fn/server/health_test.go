package server

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
)

func TestHealthz(t *testing.T) {
	lis := listen(t)
	_, stop := serve(t, fake{}, insecure.NewCredentials(), lis)
	if code, body := get(t, lis, "/healthz"); code != http.StatusOK || body != "serving\n" {
		t.Errorf("want 200 while it serves, got %d: %s", code, body)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestHealthzWhileStopping(t *testing.T) {
	healthy := health.NewServer()
	healthy.Shutdown()
	w := httptest.NewRecorder()
	withHealth(http.NotFoundHandler(), healthy).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("want 503, so that no further request comes, got %d", w.Code)
	}
}
