package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

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

// TestMetricsAreServedWithinLimits shows that a client of the metrics can use little memory and time.
func TestMetricsAreServedWithinLimits(t *testing.T) {
	metrics := listen(t)
	_, stop := serve(t, fake{}, insecure.NewCredentials(), metrics)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+metrics.Addr().String()+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Large", strings.Repeat("a", 64<<10))
	rsp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer rsp.Body.Close()
	if rsp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("want large headers to be refused, got %s", rsp.Status)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}

	s := httpServer(http.NotFoundHandler())
	for name, d := range map[string]time.Duration{"header": s.ReadHeaderTimeout, "read": s.ReadTimeout, "write": s.WriteTimeout, "idle": s.IdleTimeout} {
		if d <= 0 {
			t.Errorf("want a timeout: %s", name)
		}
	}
}
