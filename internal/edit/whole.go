package edit

import (
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/observed"
)

// created returns the plan of a Wukong that is new.
func created(after side) (Wukong, []manifest.Problem) {
	out := describe(after.wukong, Create)
	if _, err := after.plan(observed.Resources{}); err != nil {
		return out, after.wukong.Problems(err)
	}
	return out, nil
}

// deleted returns the plan of a Wukong that goes, with its disks.
func deleted(before side) (Wukong, []manifest.Problem) {
	out := describe(before.wukong, Delete)
	p, rs, err := settled(before.repository.Target(), observed.Resources{}, before.existed)
	if err != nil {
		return out, before.wukong.Problems(err)
	}
	w := p.Wukong.DeepCopy()
	w.Spec.Disks = nil
	out.Lost, out.Kept = removed(w, p, rs)
	return out, nil
}
