// Package fn is the composition function: it turns a Wukong into the composed resources of a virtual machine, and runs actions of Operations.
//
// RunFunction answers a request for a Wukong in four steps, each in a file of its own:
//
//   - read.go decodes, completes and validates the request;
//   - plan.go plans the objects of the Wukong, and evaluate.go compares them with what is observed;
//   - compose.go turns the planned objects into composed resources;
//   - response.go reports: it writes the desired state, the status, the conditions and the events.
package fn

import (
	"context"
	"errors"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/grpc/status"

	"github.com/novasphere/function-wukong/internal/storage"
)

// A Function answers requests of Crossplane for Compositions and Operations.
type Function struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	log logging.Logger
}

// New returns a Function that logs to log. It logs each new rejection at info level, and each request before and after it is answered at debug
// level. A log line never has a value from a spec.
func New(log logging.Logger) *Function {
	return &Function{log: log}
}

// RunFunction returns the composed resources of a Wukong, or runs the action of an Operation. A request that cannot be answered gets a
// fatal result, with which Crossplane changes nothing. RunFunction does not modify the request.
//
// The error has a gRPC status: Canceled or DeadlineExceeded if the context ends first.
func (f *Function) RunFunction(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	rsp, err := f.answer(ctx, req)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil, status.FromContextError(err).Err()
	}
	return rsp, err
}

// answer answers a request and logs it.
func (f *Function) answer(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	log := f.log.WithValues("tag", req.GetMeta().GetTag())
	if isAction(req) {
		rsp, rejection := runAction(req)
		logAction(log, rsp, rejection)
		return rsp, nil
	}

	log = withWukong(log, req)
	// If a request crashes the function, this is the last line of the log.
	log.Debug("Rendering a Wukong")
	rsp, rejection, err := render(ctx, req)
	if err != nil {
		return nil, err
	}
	logWukong(log, req, rsp, rejection)
	return rsp, nil
}

// render answers the request for a Wukong. It also returns why the Wukong, or a change of it, was rejected; nil if nothing was.
func render(ctx context.Context, req *fnv1.RunFunctionRequest) (rsp *fnv1.RunFunctionResponse, rejection, err error) {
	rsp = respond(req)
	r, err := read(req)
	if err != nil {
		return rejectSpec(rsp, err), err, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}

	p, err := planObjects(r)
	if errors.Is(err, storage.ErrUnreadable) {
		// The spec is not wrong, and the object may be readable later.
		return rejectUnreadable(rsp, err), err, nil
	}
	if err != nil {
		return rejectSpec(rsp, err), err, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}

	e := evaluate(r, p)
	c, err := composeObjects(req, r, p, e)
	if err != nil {
		return rejectSpec(rsp, err), err, nil
	}

	if err := writeResponse(rsp, req, c, e); err != nil {
		return nil, nil, err
	}
	return rsp, e.rejection(), nil
}
