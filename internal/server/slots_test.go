package server

import (
	"context"
	"fmt"
	"math"
	"net"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	fnv1beta1 "github.com/crossplane/function-sdk-go/proto/v1beta1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthgrpc "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// A holding function blocks each request until it is released.
type holding struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	entered, leave chan struct{}

	// release lets all leave.
	release func()
}

func newHolding() holding {
	leave := make(chan struct{})
	return holding{entered: make(chan struct{}, 1000), leave: leave, release: sync.OnceFunc(func() { close(leave) })}
}

func (h holding) RunFunction(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	h.entered <- struct{}{}
	<-h.leave
	return &fnv1.RunFunctionResponse{}, nil
}

// serveHolding serves the function and metrics until the test ends.
func serveHolding(t *testing.T, fn holding, lis, metrics net.Listener) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- aServer(fn, insecure.NewCredentials()).Serve(ctx, lis, metrics) }()
	t.Cleanup(func() {
		fn.release()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// awaitMetric waits until the metric has the value.
func awaitMetric(t *testing.T, metrics net.Listener, metric string, value int) {
	t.Helper()
	line, body := fmt.Sprintf("%s %d\n", metric, value), ""
	for range 200 {
		if body = scrape(t, metrics); strings.Contains(body, line) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("want the metric %s in:\n%s", line, body)
}

const (
	started = `grpc_server_started_total{grpc_method="RunFunction",grpc_service="apiextensions.fn.proto.v1.FunctionRunnerService",grpc_type="unary"}`
	handled = `grpc_server_handled_total{grpc_code="%s",grpc_method="RunFunction",` +
		`grpc_service="apiextensions.fn.proto.v1.FunctionRunnerService",grpc_type="unary"}`
)

// TestRequestsWait shows that the limit covers all connections and versions of the protocol, but not health and metrics. A client that gives up
// leaves no slot taken.
func TestRequestsWait(t *testing.T) {
	const asked = 10
	fn, lis, metrics := newHolding(), listen(t), listen(t)
	serveHolding(t, fn, lis, metrics)
	connect := func() *grpc.ClientConn { return dial(t, lis.Addr().String(), insecure.NewCredentials()) }

	answers := make(chan error, 2*asked)
	for range asked {
		v1, v1beta1 := fnv1.NewFunctionRunnerServiceClient(connect()), fnv1beta1.NewFunctionRunnerServiceClient(connect())
		go func() {
			_, err := v1.RunFunction(context.Background(), tagged("hold"))
			answers <- err
		}()
		go func() {
			_, err := v1beta1.RunFunction(context.Background(), &fnv1beta1.RunFunctionRequest{})
			answers <- err
		}()
	}
	for range maxConcurrent() {
		<-fn.entered
	}
	awaitMetric(t, metrics, started, asked)

	conn := connect()
	left, leave := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, leave)
	if _, err := fnv1.NewFunctionRunnerServiceClient(conn).RunFunction(left, tagged("give up")); status.Code(err) != codes.Canceled {
		t.Errorf("want status Canceled, got %v", err)
	}
	awaitMetric(t, metrics, fmt.Sprintf(handled, codes.Canceled), 1)
	if _, err := healthgrpc.NewHealthClient(conn).Check(t.Context(), &healthgrpc.HealthCheckRequest{}); err != nil {
		t.Errorf("health waits for no slot: %v", err)
	}
	if code, _ := get(t, metrics, "/healthz"); code != 200 {
		t.Errorf("want a healthy server, got %d", code)
	}
	if n := len(fn.entered); n > 0 {
		t.Errorf("%d more than %d requests are answered at once", n, maxConcurrent())
	}

	fn.release()
	for range 2 * asked {
		if err := <-answers; err != nil {
			t.Errorf("a request that waits is answered later: %v", err)
		}
	}
}

// TestAcquire shows the status of a client that gives up before a slot is free, and that a released slot is free.
func TestAcquire(t *testing.T) {
	s := newSlots()
	var release func()
	for range maxConcurrent() {
		var err error
		if release, err = s.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, stop := context.WithTimeout(t.Context(), 0)
	defer stop()
	for want, ctx := range map[codes.Code]context.Context{codes.Canceled: canceled, codes.DeadlineExceeded: expired} {
		if _, err := s.acquire(ctx); status.Code(err) != want {
			t.Errorf("want status %s, got %v", want, err)
		}
	}
	release()
	if _, err := s.acquire(t.Context()); err != nil {
		t.Errorf("want the released slot, got %v", err)
	}
}

// TestStreamsAreBounded shows that a connection has no more open requests than the limit, and that further ones wait.
func TestStreamsAreBounded(t *testing.T) {
	const asked = maxStreams + 10
	fn, lis, metrics := newHolding(), listen(t), listen(t)
	serveHolding(t, fn, lis, metrics)
	client := fnv1.NewFunctionRunnerServiceClient(dial(t, lis.Addr().String(), insecure.NewCredentials()))

	answers := make(chan error, asked)
	for range asked {
		go func() {
			_, err := client.RunFunction(context.Background(), tagged("hold"))
			answers <- err
		}()
	}
	awaitMetric(t, metrics, started, maxStreams)
	time.Sleep(100 * time.Millisecond)
	awaitMetric(t, metrics, started, maxStreams)

	fn.release()
	for range asked {
		if err := <-answers; err != nil {
			t.Errorf("a request that waits is answered later: %v", err)
		}
	}
}

// TestTooLongIsMeasured shows that a request above the size limit is rejected and counted, and releases its slot.
func TestTooLongIsMeasured(t *testing.T) {
	fn, lis, metrics := newHolding(), listen(t), listen(t)
	serveHolding(t, fn, lis, metrics)
	fn.release()
	client := fnv1.NewFunctionRunnerServiceClient(dial(t, lis.Addr().String(), insecure.NewCredentials()))

	for range maxConcurrent() + 1 {
		if _, err := client.RunFunction(t.Context(), tagged(strings.Repeat("a", 2<<20))); status.Code(err) != codes.ResourceExhausted {
			t.Errorf("want status ResourceExhausted, got %v", err)
		}
	}
	awaitMetric(t, metrics, fmt.Sprintf(handled, codes.ResourceExhausted), maxConcurrent()+1)
	if _, err := client.RunFunction(t.Context(), tagged("next")); err != nil {
		t.Errorf("the next request must be answered, got %v", err)
	}
}

// A counting listener counts the bytes that its connections receive.
type counting struct {
	net.Listener

	received *atomic.Int64
}

func (l counting) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return countingConn{conn, l.received}, err
}

type countingConn struct {
	net.Conn

	received *atomic.Int64
}

func (c countingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.received.Add(int64(n))
	return n, err
}

// TestWaitingTakesLittle shows that most of a waiting request stays at the client, even after fast requests.
func TestWaitingTakesLittle(t *testing.T) {
	const (
		asked  = 50
		length = 900_000
	)
	fn, lis, metrics := newHolding(), counting{listen(t), &atomic.Int64{}}, listen(t)
	serveHolding(t, fn, lis, metrics)
	client := fnv1.NewFunctionRunnerServiceClient(dial(t, lis.Addr().String(), insecure.NewCredentials()))
	large := tagged(strings.Repeat("a", length))

	for range asked {
		go func() { fn.leave <- struct{}{} }()
		if _, err := client.RunFunction(t.Context(), large); err != nil {
			t.Fatal(err)
		}
		<-fn.entered
	}

	lis.received.Store(0)
	answers := make(chan error, asked)
	for range asked {
		go func() {
			_, err := client.RunFunction(context.Background(), large)
			answers <- err
		}()
	}
	awaitMetric(t, metrics, started, 2*asked)
	<-fn.entered
	time.Sleep(200 * time.Millisecond)
	if got, most := lis.received.Load(), int64(maxConcurrent()*length+asked*(streamWindow+1024)); got > most {
		t.Errorf("want at most %d bytes to be received of requests of which %d may be read, got %d", most, maxConcurrent(), got)
	}

	fn.release()
	for range asked {
		if err := <-answers; err != nil {
			t.Errorf("a request that waits is answered later: %v", err)
		}
	}
}

// TestMaxConcurrent shows that the memory limit bounds how many requests are answered at once.
func TestMaxConcurrent(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	processors := runtime.GOMAXPROCS(4)
	t.Cleanup(func() { runtime.GOMAXPROCS(processors) })
	for limit, want := range map[int64]int{64 << 20: 1, 172 << 20: 1, 288 << 20: 3, 8 << 30: 4, math.MaxInt64: 4} {
		debug.SetMemoryLimit(limit)
		if got := maxConcurrent(); got != want {
			t.Errorf("with a limit of %d bytes: want %d requests at once, got %d", limit, want, got)
		}
	}
}
