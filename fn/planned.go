package fn

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A Planned is what a Wukong is made of, before it is composed.
type Planned struct {
	// Resources are the objects as they are desired.
	Resources []plan.Resource

	// Observed is what became of them, by the keys of their composed resources.
	Observed observed.Resources
}

// Plan returns what the Wukong of a request is made of. What is composed may be a step on the way there, as where an object is handed over
// before it changes.
func Plan(req *fnv1.RunFunctionRequest) (Planned, error) {
	s, err := read(req)
	if err != nil {
		return Planned{}, err
	}
	desired, err := planned(s)
	return Planned{Resources: desired.resources, Observed: s.observed}, err
}
