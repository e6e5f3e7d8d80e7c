package edit

import (
	"slices"

	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A Plan is what an edit does to Wukongs, as it is printed as JSON.
type Plan struct {
	// APIVersion is manifest.ReportVersion.
	APIVersion string `json:"apiVersion"`

	// Kind is Plan.
	Kind string `json:"kind"`

	Summary Summary `json:"summary"`

	// Wukongs in the order of the files, and at the end those that go.
	Wukongs []Wukong `json:"wukongs"`

	// Problems are what is printed to the standard error.
	Problems []manifest.Problem `json:"problems"`
}

// A Summary counts what is in a plan.
type Summary struct {
	// Created, Changed, Deleted and Kept are numbers of Wukongs.
	Created int `json:"created"`
	Changed int `json:"changed"`
	Deleted int `json:"deleted"`
	Kept    int `json:"kept"`

	// Lost is the number of disks that are deleted with their data.
	Lost int `json:"lost"`

	// Restarts is the number of Wukongs with changes that wait for a restart.
	Restarts int `json:"restarts"`

	// Stopped is the number of Wukongs whose virtual machine the edit stops.
	Stopped int `json:"stopped"`

	// Refused is the number of changes that are refused.
	Refused int `json:"refused"`
}

// count fills in the summary.
func (p *Plan) count() {
	for _, w := range p.Wukongs {
		switch w.Action {
		case Create:
			p.Summary.Created++
		case Change:
			p.Summary.Changed++
		case Delete:
			p.Summary.Deleted++
		case Keep:
			p.Summary.Kept++
		}
		p.Summary.Lost += len(w.Lost)
		p.Summary.Refused += len(w.Refused())
		switch {
		case w.has(plan.EffectStop):
			p.Summary.Stopped++
		case w.restarts():
			p.Summary.Restarts++
		}
	}
}

// has reports whether a change of the Wukong has an effect.
func (w Wukong) has(e plan.Effect) bool {
	return slices.ContainsFunc(w.Changes, func(c FieldChange) bool { return c.Effect == e })
}

// restarts reports whether a change of the Wukong waits for a restart.
func (w Wukong) restarts() bool {
	for _, c := range w.Changes {
		if c.class() == ClassRestart {
			return true
		}
	}
	return false
}

// class returns the worst class of what becomes of the Wukongs.
func (p *Plan) class() Class {
	worst := ClassNone
	for _, w := range p.Wukongs {
		worst = max(worst, w.Class())
	}
	return worst
}
