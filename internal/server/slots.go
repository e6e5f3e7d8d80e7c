package server

import (
	"context"
	"runtime"
	"runtime/debug"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
)

// requestMemory is the most memory that a request takes, in bytes, with its garbage. A request of the largest size with costly user data takes some
// 80 MB.
const requestMemory = 96 << 20

// maxConcurrent returns how many requests are decoded and answered at once, over all connections. It is the number of processors, or less if the
// memory limit of the process requires it.
func maxConcurrent() int {
	room := debug.SetMemoryLimit(-1) / requestMemory
	return max(1, int(min(room, int64(runtime.GOMAXPROCS(0)))))
}

// slots holds an element for each request that is being answered. Its capacity is the limit.
type slots chan struct{}

// newSlots returns free slots.
func newSlots() slots {
	return make(slots, maxConcurrent())
}

// acquire waits for a free slot, and returns the function that releases it. The error is the gRPC status of a context that ends first.
func (s slots) acquire(ctx context.Context) (release func(), err error) {
	select {
	case s <- struct{}{}:
		return func() { <-s }, nil
	case <-ctx.Done():
		return nil, status.FromContextError(ctx.Err()).Err()
	}
}

// limit returns a service whose methods acquire a slot before they read their request, and release it once their answer is sent.
//
// The methods become streams of one request and one answer, which a client cannot tell from unary methods. Of a unary method gRPC reads the whole
// request before it calls anything. Of a stream that waits, the server holds at most streamWindow bytes.
//
// The measured latency includes the wait.
func (s slots) limit(service grpc.ServiceDesc, measured, recovered grpc.UnaryServerInterceptor) *grpc.ServiceDesc {
	for _, m := range service.Methods {
		info := &grpc.UnaryServerInfo{FullMethod: "/" + service.ServiceName + "/" + m.MethodName}
		service.Streams = append(service.Streams, grpc.StreamDesc{StreamName: m.MethodName, Handler: func(srv any, stream grpc.ServerStream) error {
			_, err := measured(stream.Context(), nil, info, func(ctx context.Context, _ any) (any, error) {
				release, err := s.acquire(ctx)
				if err != nil {
					return nil, err
				}
				defer release()
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
