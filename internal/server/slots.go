package server

import (
	"context"
	"runtime"
	"runtime/debug"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
)

// requestMemory is what a request may take, in bytes, with what the garbage collector has not freed yet: some 80 MB for one that is as long as
// it may be, while costly user data is read.
const requestMemory = 96 << 20

// mostAtOnce returns how many requests are decoded and answered at once, whichever connections they come over: one for each processor, as
// far as the memory that the process may use has room for them.
func mostAtOnce() int {
	room := debug.SetMemoryLimit(-1) / requestMemory
	return max(1, int(min(room, int64(runtime.GOMAXPROCS(0)))))
}

// slots are taken by the requests that are answered at the moment.
type slots chan struct{}

func newSlots() slots {
	return make(slots, mostAtOnce())
}

// take a slot, and return what gives it back. The error is the status for a caller who left before one was free.
func (s slots) take(ctx context.Context) (giveBack func(), err error) {
	select {
	case s <- struct{}{}:
		return func() { <-s }, nil
	case <-ctx.Done():
		return nil, status.FromContextError(ctx.Err()).Err()
	}
}

// before returns the service with methods that take a slot before they read their request, and keep it until their answer is sent. They
// become streams of one request and one answer, which is the same to a client: for a unary method, gRPC reads the whole request before it
// calls anything. Of a request that waits, the server holds no more than streamWindow.
//
// The time that it waits is measured too.
func (s slots) before(service grpc.ServiceDesc, measured, recovered grpc.UnaryServerInterceptor) *grpc.ServiceDesc {
	for _, m := range service.Methods {
		info := &grpc.UnaryServerInfo{FullMethod: "/" + service.ServiceName + "/" + m.MethodName}
		service.Streams = append(service.Streams, grpc.StreamDesc{StreamName: m.MethodName, Handler: func(srv any, stream grpc.ServerStream) error {
			_, err := measured(stream.Context(), nil, info, func(ctx context.Context, _ any) (any, error) {
				giveBack, err := s.take(ctx)
				if err != nil {
					return nil, err
				}
				defer giveBack()
				rsp, err := m.Handler(srv, ctx, stream.RecvMsg, recovered)
				if err != nil {
					return nil, err
				}
				return nil, stream.SendMsg(rsp)
			})
			return err
		}})
	}
	service.Methods = nil
	return &service
}
