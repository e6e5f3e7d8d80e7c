// Package server serves the function to Crossplane over gRPC, with health, reflection and metrics.
package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
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
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
)

// stopWithin is how long requests under way may take to finish once the server is to stop. It is well within the 30 seconds
// that Kubernetes gives a pod.
const stopWithin = 10 * time.Second

// Credentials of a server: those of mTLS from a folder with tls.crt, tls.key and the clients' ca.crt, or none when insecure.
func Credentials(certsDir string, insecure bool) (credentials.TransportCredentials, error) {
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
	measured := newMetrics()
	recovered := func(p any) error {
		measured.panics.Inc()
		return s.recovered(p)
	}

	srv := grpc.NewServer(
		grpc.Creds(s.Credentials),
		grpc.MaxRecvMsgSize(s.MaxRequestBytes),
		grpc.ChainUnaryInterceptor(measured.grpc.UnaryServerInterceptor(), recovery.UnaryServerInterceptor(recovery.WithRecoveryHandler(recovered))),
	)
	fn := measured.answers.of(s.Function)
	fnv1.RegisterFunctionRunnerServiceServer(srv, fn)
	fnv1beta1.RegisterFunctionRunnerServiceServer(srv, sdk.ServeBeta(fn))
	reflection.Register(srv)
	healthy := health.NewServer()
	healthgrpc.RegisterHealthServer(srv, healthy)
	measured.grpc.InitializeMetrics(srv)

	failed := make(chan error, 2)
	go func() { failed <- srv.Serve(lis) }()
	if metrics != nil {
		m := &http.Server{Handler: withHealth(measured.handler(), healthy), ReadHeaderTimeout: 10 * time.Second}
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
