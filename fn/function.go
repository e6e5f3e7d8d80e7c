// Package fn answers Crossplane's requests: it turns a Wukong into the resources that it is made of.
package fn

import (
	"context"
	"errors"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/grpc/status"

	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/storage"
)

// A Function renders Wukongs.
type Function struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	log logging.Logger
}

// New returns a Function that logs to log: at info level what it refuses, when that is news, and at debug level each request before and after
// it is answered. No value of a spec is in either.
func New(log logging.Logger) *Function {
	return &Function{log: log}
}

// RunFunction renders the Wukong of a request, or takes the action that an Operation asks for. What cannot be rendered is a fatal result, upon which Crossplane changes
// nothing; it never leads to fewer resources. The request stays as it is. Work ends with the context.
func (f *Function) RunFunction(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	rsp, err := f.answer(ctx, req)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil, status.FromContextError(err).Err()
	}
	return rsp, err
}

// answer a request.
func (f *Function) answer(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	log := f.log.WithValues("tag", req.GetMeta().GetTag())
	if isAction(req) {
		rsp, refused := act(req)
		logAction(log, rsp, refused)
		return rsp, nil
	}

	log = forWukong(log, req)
	// A request that ends the function is the last one in the log.
	log.Debug("Rendering a Wukong")
	rsp, refused, err := render(ctx, req)
	if err != nil {
		return nil, err
	}
	logWukong(log, req, rsp, refused)
	return rsp, nil
}

// render the Wukong of a request. It also returns why the Wukong, or a change of it, was refused; nil where nothing was.
func render(ctx context.Context, req *fnv1.RunFunctionRequest) (rsp *fnv1.RunFunctionResponse, refused, err error) {
	rsp = respond(req)
	s, err := read(req)
	if err != nil {
		return refuse(rsp, err), err, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	wish, err := planned(s)
	if errors.Is(err, storage.ErrUnreadable) {
		// The spec is not to blame, and later it may be readable.
		set(rsp, condition{conditionStalled, true, reasonUnreadable, err.Error()})
		return fail(rsp, err), err, nil
	}
	if err != nil {
		return refuse(rsp, err), err, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	wish.kept = append(wish.kept, s.target.Kept(req)...)

	stands := standingOf(s.wukong, wish, s.observed)
	composition, err := compose.Compose(req, s.target, wish.resources, stands.asWished)
	if err != nil {
		return refuse(rsp, err), err, nil
	}
	for _, r := range wish.looks {
		if err := composition.Require(r, req); err != nil {
			return refuse(rsp, err), err, nil
		}
	}
	if len(stands.kept) > 0 {
		// All that is composed may be ready, but it is not what the spec says.
		composition.HoldUp()
	}
	rsp.Desired, rsp.Requirements, stands.done = composition.Desired, composition.Requirements, composition.Done

	if err := tell(rsp, req, stands); err != nil {
		return nil, nil, err
	}
	return rsp, stands.refused(), nil
}

// refuse tells the user why nothing was changed.
func refuse(rsp *fnv1.RunFunctionResponse, err error) *fnv1.RunFunctionResponse {
	set(rsp, condition{conditionValid, false, reasonInvalidSpec, err.Error()})
	set(rsp, condition{conditionStalled, true, reasonInvalidSpec, err.Error()})
	fail(rsp, err)
	rsp.Results[len(rsp.GetResults())-1].Target = fnv1.Target_TARGET_COMPOSITE_AND_CLAIM.Enum()
	return rsp
}
