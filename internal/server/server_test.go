package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	fnv1beta1 "github.com/crossplane/function-sdk-go/proto/v1beta1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	healthgrpc "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/novasphere/function-wukong/internal/version"
)

// A fake function does what the tag of its request says.
type fake struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	entered, leave chan struct{}
}

func (f fake) RunFunction(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	switch req.GetMeta().GetTag() {
	case "panic":
		panic("secret of the request")
	case "wait":
		close(f.entered)
		<-f.leave
	}
	return &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Tag: req.GetMeta().GetTag()}}, nil
}

func tagged(tag string) *fnv1.RunFunctionRequest {
	return &fnv1.RunFunctionRequest{Meta: &fnv1.RequestMeta{Tag: tag}}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	return lis
}

func aServer(fn fnv1.FunctionRunnerServiceServer, creds credentials.TransportCredentials) Server {
	return Server{Function: fn, Credentials: creds, MaxRequestBytes: 1 << 20, Log: logging.NewNopLogger()}
}

// serve serves a function until stop is called, which returns the error of Serve.
func serve(t *testing.T, fn fnv1.FunctionRunnerServiceServer, creds credentials.TransportCredentials, metrics net.Listener) (addr string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	lis := listen(t)
	go func() { done <- aServer(fn, creds).Serve(ctx, lis, metrics) }()
	return lis.Addr().String(), func() error { cancel(); return <-done }
}

func dial(t *testing.T, address string, creds credentials.TransportCredentials) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(creds))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestPanicFailsItsRequestAlone(t *testing.T) {
	address, stop := serve(t, fake{}, insecure.NewCredentials(), nil)
	conn := dial(t, address, insecure.NewCredentials())

	_, err := fnv1.NewFunctionRunnerServiceClient(conn).RunFunction(t.Context(), tagged("panic"))
	if status.Code(err) != codes.Internal || strings.Contains(err.Error(), "secret") {
		t.Errorf("want status Internal without what the panic said, got %v", err)
	}
	beta := fnv1beta1.NewFunctionRunnerServiceClient(conn)
	if _, err := beta.RunFunction(t.Context(), &fnv1beta1.RunFunctionRequest{Meta: &fnv1beta1.RequestMeta{Tag: "panic"}}); status.Code(err) != codes.Internal {
		t.Errorf("v1beta1: want status Internal, got %v", err)
	}
	if rsp, err := fnv1.NewFunctionRunnerServiceClient(conn).RunFunction(t.Context(), tagged("next")); err != nil || rsp.GetMeta().GetTag() != "next" {
		t.Errorf("the next request must be answered, got %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestStopLetsRequestsFinish(t *testing.T) {
	fn := fake{entered: make(chan struct{}), leave: make(chan struct{})}
	address, stop := serve(t, fn, insecure.NewCredentials(), nil)
	client := fnv1.NewFunctionRunnerServiceClient(dial(t, address, insecure.NewCredentials()))

	answered, stopped := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := client.RunFunction(context.Background(), tagged("wait"))
		answered <- err
	}()
	<-fn.entered
	go func() { stopped <- stop() }()
	select {
	case err := <-stopped:
		t.Fatalf("stopped with a request under way: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(fn.leave)
	if err := <-answered; err != nil {
		t.Errorf("the request under way must be answered: %v", err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("a stop is clean: %v", err)
	}
}

// scrape returns the metrics.
func scrape(t *testing.T, metrics net.Listener) string {
	t.Helper()
	_, body := get(t, metrics, "/metrics")
	return body
}

// get returns the response at a path.
func get(t *testing.T, from net.Listener, path string) (code int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+from.Addr().String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	rsp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer rsp.Body.Close()
	b, err := io.ReadAll(rsp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return rsp.StatusCode, string(b)
}

func TestHealthAndMetrics(t *testing.T) {
	metrics := listen(t)
	address, stop := serve(t, fake{}, insecure.NewCredentials(), metrics)
	conn := dial(t, address, insecure.NewCredentials())
	if _, err := fnv1.NewFunctionRunnerServiceClient(conn).RunFunction(t.Context(), tagged("count me")); err != nil {
		t.Fatal(err)
	}
	beta := fnv1beta1.NewFunctionRunnerServiceClient(conn)
	if _, err := beta.RunFunction(t.Context(), &fnv1beta1.RunFunctionRequest{Meta: &fnv1beta1.RequestMeta{Tag: "and me"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := fnv1.NewFunctionRunnerServiceClient(conn).RunFunction(t.Context(), tagged("panic")); err == nil {
		t.Fatal("want a panic to count")
	}

	h, err := healthgrpc.NewHealthClient(conn).Check(t.Context(), &healthgrpc.HealthCheckRequest{})
	if err != nil || h.GetStatus() != healthgrpc.HealthCheckResponse_SERVING {
		t.Errorf("want SERVING, got %s: %v", h.GetStatus(), err)
	}

	body := scrape(t, metrics)
	for _, want := range []string{
		`grpc_server_handled_total{grpc_code="OK",grpc_method="RunFunction",grpc_service="apiextensions.fn.proto.v1.FunctionRunnerService",grpc_type="unary"} 1`,
		`function_wukong_answers_total{outcome="Asked",phase=""} 2`,
		`function_wukong_panics_total 1`,
		`function_wukong_build_info{goversion="` + runtime.Version() + `",revision="unknown",version="` + version.String() + `"} 1`,
	} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("want a metric %s in:\n%s", want, body)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestMutualTLS(t *testing.T) {
	dir, client := certificates(t)
	creds, err := Credentials(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	address, stop := serve(t, fake{}, creds, nil)

	if _, err := fnv1.NewFunctionRunnerServiceClient(dial(t, address, credentials.NewTLS(client))).RunFunction(t.Context(), tagged("ours")); err != nil {
		t.Errorf("a client with a certificate of the CA is answered: %v", err)
	}
	stranger := client.Clone()
	stranger.Certificates = nil
	intruder := fnv1.NewFunctionRunnerServiceClient(dial(t, address, credentials.NewTLS(stranger)))
	if _, err := intruder.RunFunction(t.Context(), tagged("theirs")); status.Code(err) != codes.Unavailable {
		t.Errorf("a client without a certificate is refused, got %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestCredentialsAreAsked(t *testing.T) {
	if _, err := Credentials("", false); err == nil || !strings.Contains(err.Error(), "--insecure") {
		t.Errorf("want an error that says what to give, got %v", err)
	}
	if creds, err := Credentials("", true); err != nil || creds.Info().SecurityProtocol != "insecure" {
		t.Errorf("want a server without mTLS, got %v", err)
	}
	if _, err := Credentials("no-such-folder", true); err == nil || !strings.Contains(err.Error(), "remove --insecure, or --tls-certs-dir") {
		t.Errorf("want an error that says what to remove, got %v", err)
	}
	if _, err := Credentials(t.TempDir(), false); err == nil {
		t.Error("want an error about a folder without certificates")
	}
}

func TestRequestBytes(t *testing.T) {
	for mb, want := range map[int]int{1: 1 << 20, 4: 4 << 20, 2047: 2047 << 20} {
		if got, err := RequestBytes(mb); err != nil || got != want {
			t.Errorf("%d: want %d, got %d, %v", mb, want, got, err)
		}
	}
	for _, mb := range []int{-1, 0, 2048, 9_000_000_000_000} {
		if _, err := RequestBytes(mb); err == nil || !strings.Contains(err.Error(), "from 1 to 2047") {
			t.Errorf("%d: want an error that says what it may be, got %v", mb, err)
		}
	}
}

// certificates writes the certificates of a server to a folder, and returns the TLS configuration of its client.
func certificates(t *testing.T) (dir string, client *tls.Config) {
	t.Helper()
	dir = t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	// One self-signed certificate stands for CA, server and client.
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "test"},
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	crtPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	for name, content := range map[string][]byte{"tls.crt": crtPEM, "tls.key": keyPEM, "ca.crt": crtPEM} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	pair, err := tls.X509KeyPair(crtPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(crtPEM)
	return dir, &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, RootCAs: pool}
}
