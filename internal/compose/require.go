package compose

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// Some of what a Wukong depends on belongs to the cluster, and its tenant may not read it. No Object reads that, in whose status it would be
// shown, whatever the target: Crossplane is asked for it, and shows it to the function alone.

// Require what the cluster has under the name of a resource.
func (c *Composition) Require(r plan.Resource, req *fnv1.RunFunctionRequest) error {
	manifest, err := Manifest(r.Object)
	if err != nil {
		return err
	}
	asked, _ := ask(r, r.Key, manifest, req)
	c.require(asked)
	return nil
}

// AddRequired adds to what was observed what was required under a key, or why Crossplane could not find it.
func AddRequired(rs observed.Resources, req *fnv1.RunFunctionRequest, key string) {
	if is, _ := answer(req, key); is != nil {
		rs[key] = observed.Resource{Object: is, ReadOnly: true}
		return
	}
	missing := observed.Resources{}
	notFound(req, missing)
	if r, ok := missing[key]; ok {
		rs[key] = r
	}
}
