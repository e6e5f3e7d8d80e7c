// Package server serves the function to Crossplane over gRPC, with health, reflection and metrics.
package server

import (
	"context"
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

// stopWithin is how long open requests may take once the server stops. It is well within the 30 seconds that Kubernetes gives a pod.
const stopWithin = 10 * time.Second

// Limits for clients. They are far above what Crossplane needs, which has one connection to each replica, and one request for each concurrent
// reconciliation.
const (
	// maxStreams is the largest number of open requests on a connection. Further ones wait at the client.
	maxStreams = 128

	// streamWindow is how many bytes of a request a client may send before the server reads it. It is the minimum of gRPC, which by default
	// lets it grow to megabytes.
	streamWindow = 64 << 10

	// connectionWindow is how many bytes a client may send on a connection before the server acknowledges the first. It bounds no memory: gRPC
	// moves the bytes to their streams at once.
	connectionWindow = 1 << 20

	// handshakeWithin is the timeout of the TLS and HTTP/2 handshakes.
	handshakeWithin = 10 * time.Second

	// idleWithin is the time after which an unused connection is closed. A client with a new request connects again.
	idleWithin = 15 * time.Minute

	// pingEvery is the time after which a quiet connection is pinged, and pingWithin the timeout of the ping. A client that disappears during a
	// request keeps its slot for the sum of both. If that was Crossplane, the election of another leader takes a minute.
	pingEvery, pingWithin = 20 * time.Second, 10 * time.Second

	// minPingInterval is the shortest time between two pings of a client.
	minPingInterval = 10 * time.Second
)

// maxRequestMB is the highest possible limit of a request in MiB: gRPC counts the length of a message in a signed 32-bit number.
const maxRequestMB = 2047

// RequestBytes converts the limit of a request from MiB to bytes. The limit must be from 1 to 2047.
func RequestBytes(mb int) (int, error) {
	if mb < 1 || mb > maxRequestMB {
		return 0, msgRequestSize.Err(mb, maxRequestMB)
	}
	return mb << 20, nil
}

// Credentials returns the transport credentials of a server. They are those of mTLS, from a folder with tls.crt, tls.key and the clients' ca.crt,
// or none if insecure. Exactly one of both must be given.
func Credentials(certsDir string, insecure bool) (credentials.TransportCredentials, error) {
	if insecure && certsDir != "" {
		return nil, msgInsecureWithCertificates.Err()
	}
	if insecure {
		return insecurecreds.NewCredentials(), nil
	}
	if certsDir == "" {
		return nil, msgNoCertificates.Err()
	}
	o := &sdk.ServeOptions{}
	if err := sdk.MTLSCertificates(certsDir)(o); err != nil {
		return nil, err
	}
	return o.Credentials, nil
}

// A Server serves a function.
type Server struct {
	// Function answers the requests.
	Function fnv1.FunctionRunnerServiceServer

	// Credentials secure the connections.
	Credentials credentials.TransportCredentials

	// MaxRequestBytes is the size of the largest accepted request.
	MaxRequestBytes int

	// Log receives panics and the end of the server.
	Log logging.Logger
}

// Serve serves requests on one listener, and metrics and health on the other unless that is nil. It returns when the context ends and the
// open requests are answered. A panic fails only its own request, with status Internal.
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
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minPingInterval, PermitWithoutStream: true}),
		grpc.ChainUnaryInterceptor(measured, recovered),
	)
	fn, free := metered.answers.wrap(s.Function), newSlots()
	srv.RegisterService(free.limit(fnv1.FunctionRunnerService_ServiceDesc, measured, recovered), fn)
	srv.RegisterService(free.limit(fnv1beta1.FunctionRunnerService_ServiceDesc, measured, recovered), sdk.ServeBeta(fn))
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

// recovered logs a panic, and returns the error of its request. The log has the value of a runtime error. Of another value it has the type only, as
// the value may hold parts of the request.
func (s Server) recovered(p any) error {
	what := fmt.Sprintf("%T", p)
	if err, ok := p.(runtime.Error); ok {
		what = err.Error()
	}
	s.Log.Info("Recovered from a panic", "panic", what, "stack", string(debug.Stack()))
	return status.Error(codes.Internal, msgPanic.String())
}
