// Package server serves the function to Crossplane over gRPC, with health, reflection and metrics.
package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"runtime/debug"
	"time"

	sdk "github.com/crossplane/function-sdk-go"
	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	fnv1beta1 "github.com/crossplane/function-sdk-go/proto/v1beta1"
	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/recovery"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	insecurecreds "google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthgrpc "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
)

// stopWithin is how long requests under way may take to finish once the server is to stop. It is well within the 30 seconds
// that Kubernetes gives a pod.
const stopWithin = 10 * time.Second

// Limits of what clients may take. They are far above what Crossplane needs: it has a connection to each replica, and asks as many things at
// once as it reconciles.
const (
	// maxStreams is how many requests a connection may have open. More wait at the client.
	maxStreams = 128

	// streamWindow is how many bytes a client may send of a request that is not read yet: the least that gRPC takes. Unless it is told, it lets
	// them become megabytes.
	streamWindow = 64 << 10

	// connectionWindow is how many bytes a client may send over a connection before the server has taken the first. They go to their streams
	// at once, so that it bounds no memory.
	connectionWindow = 1 << 20

	// handshakeWithin is how long a client may take to connect.
	handshakeWithin = 10 * time.Second

	// idleWithin is how long a connection may be unused. A client that has more to ask connects again.
	idleWithin = 15 * time.Minute

	// pingEvery is how often a quiet connection is tried, and pingWithin how long an answer may take. A client that is gone in the middle of a
	// request keeps its slot for both. Where that was Crossplane, it takes a minute until another is elected.
	pingEvery, pingWithin = 20 * time.Second, 10 * time.Second

	// pingNoMoreThan is how often a client may try a connection.
	pingNoMoreThan = 10 * time.Second
)

// maxRequestMB is the largest limit of a request: gRPC writes a message's length with 32 bits, and counts it with a sign.
const maxRequestMB = 2047

// RequestBytes returns a limit of requests that is given in megabytes.
func RequestBytes(mb int) (int, error) {
	if mb < 1 || mb > maxRequestMB {
		return 0, fmt.Errorf("--max-recv-message-size is %d megabytes, and must be from 1 to %d", mb, maxRequestMB)
	}
	return mb << 20, nil
}

// Credentials returns those of a server: of mTLS from a folder with tls.crt, tls.key and the clients' ca.crt, or none when insecure.
func Credentials(certsDir string, insecure bool) (credentials.TransportCredentials, error) {
	if insecure && certsDir != "" {
		return nil, errors.New("--insecure serves without the certificates that are given: remove --insecure, or --tls-certs-dir and the variable TLS_SERVER_CERTS_DIR")
	}
	if insecure {
		return insecurecreds.NewCredentials(), nil
	}
	if certsDir == "" {
		return nil, errors.New("no certificates: give --tls-certs-dir (TLS_SERVER_CERTS_DIR), or --insecure for development")
	}
	o := &sdk.ServeOptions{}
	if err := sdk.MTLSCertificates(certsDir)(o); err != nil {
		return nil, err
	}
	return o.Credentials, nil
}

// A Server serves a function.
type Server struct {
	// Function that answers.
	Function fnv1.FunctionRunnerServiceServer

	// Credentials that clients are met with.
	Credentials credentials.TransportCredentials

	// MaxRequestBytes is the largest request that is read.
	MaxRequestBytes int

	// Log of the server.
	Log logging.Logger
}

// Serve requests on the listener, and metrics on the other one unless it is nil, until the context ends. Then requests under
// way may finish. A panic fails its own request alone, with status Internal.
func (s Server) Serve(ctx context.Context, lis, metrics net.Listener) error {
	metered := newMetrics()
	measured := metered.grpc.UnaryServerInterceptor()
	recovered := recovery.UnaryServerInterceptor(recovery.WithRecoveryHandler(func(p any) error {
		metered.panics.Inc()
		return s.recovered(p)
	}))

	srv := grpc.NewServer(
		grpc.Creds(s.Credentials),
		grpc.MaxRecvMsgSize(s.MaxRequestBytes),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.StaticStreamWindowSize(streamWindow),
		grpc.StaticConnWindowSize(connectionWindow),
		grpc.ConnectionTimeout(handshakeWithin),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: idleWithin, Time: pingEvery, Timeout: pingWithin}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingNoMoreThan, PermitWithoutStream: true}),
		grpc.ChainUnaryInterceptor(measured, recovered),
	)
	fn, limit := metered.answers.of(s.Function), newSlots()
	srv.RegisterService(limit.before(fnv1.FunctionRunnerService_ServiceDesc, measured, recovered), fn)
	srv.RegisterService(limit.before(fnv1beta1.FunctionRunnerService_ServiceDesc, measured, recovered), sdk.ServeBeta(fn))
	reflection.Register(srv)
	healthy := health.NewServer()
	healthgrpc.RegisterHealthServer(srv, healthy)
	metered.grpc.InitializeMetrics(srv)

	failed := make(chan error, 2)
	go func() { failed <- srv.Serve(lis) }()
	if metrics != nil {
		m := httpServer(withHealth(metered.handler(), healthy))
		defer m.Close()
		go func() { failed <- m.Serve(metrics) }()
	}

	select {
	case err := <-failed:
		srv.Stop()
		return fmt.Errorf("cannot serve: %w", err)
	case <-ctx.Done():
	}

	s.Log.Info("Stopping", "within", stopWithin.String())
	healthy.Shutdown()
	time.AfterFunc(stopWithin, srv.Stop)
	srv.GracefulStop()
	return nil
}

// recovered turns a panic into the failure of its request. The log says where it happened, and what, unless the value may hold
// something of the request.
func (s Server) recovered(p any) error {
	what := fmt.Sprintf("%T", p)
	if err, ok := p.(runtime.Error); ok {
		what = err.Error()
	}
	s.Log.Info("Recovered from a panic", "panic", what, "stack", string(debug.Stack()))
	return status.Error(codes.Internal, "the function failed on this request: see its log")
}
