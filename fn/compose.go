package fn

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/novasphere/function-wukong/internal/compose"
)

// composeObjects returns the desired state for the planned objects. A composed resource is ready if its object is, and the composite is not
// ready while a change is rejected.
func composeObjects(req *fnv1.RunFunctionRequest, r wukongRequest, p objectPlan, e evaluation) (compose.Composition, error) {
	c, err := compose.Compose(req, r.target, p.resources, e.isReady)
	if err != nil {
		return compose.Composition{}, err
	}
	for _, resource := range p.required {
		if err := c.Require(resource, req); err != nil {
			return compose.Composition{}, err
		}
	}
	for _, resource := range p.lists {
		if err := c.RequireList(resource, req); err != nil {
			return compose.Composition{}, err
		}
	}
	if len(e.rejectedChanges) > 0 {
		// All composed resources may be ready, but they are not what the spec says.
		c.SetUnready()
	}
	return c, nil
}
