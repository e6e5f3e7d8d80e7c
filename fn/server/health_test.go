package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
)

func TestHealthz(t *testing.T) {
	lis := listen(t)
	_, stop := serve(t, fake{}, insecure.NewCredentials(), lis)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+lis.Addr().String()+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	rsp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer rsp.Body.Close()
	if body, err := io.ReadAll(rsp.Body); err != nil || rsp.StatusCode != http.StatusOK || string(body) != "serving\n" {
		t.Errorf("want 200 while it serves, got %s: %s, %v", rsp.Status, body, err)
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
