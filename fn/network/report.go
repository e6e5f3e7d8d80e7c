package network

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/fn/names"
	"github.com/novasphere/function-wukong/fn/observed"
	"github.com/novasphere/function-wukong/fn/report"
)

// Reasons of the condition NetworksConfigured.
const (
	reasonReady   = "NetworksReady"
	reasonPending = "NetworksPending"
	reasonFailed  = "NetworksFailed"
)

// Report how the networks of a Wukong stand: every NetworkAttachmentDefinition that is to be created must exist.
func Report(w *v1alpha1.Wukong, rs observed.Resources) report.Part {
	p := report.Part{Condition: "NetworksConfigured"}
	var waiting, wrong []string
	networks := attached(&w.Spec)
	for _, n := range networks {
		if n.NADName != "" {
			continue
		}
		what := "network " + string(n.Name)
		switch r := rs[key(n)]; {
		case r.Foreign != nil && r.Foreign.Deleting:
			waiting = append(waiting, what+report.Going)
		case r.Foreign != nil:
			wrong = append(wrong, report.Foreign(w, what, kind, names.Object(w, names.Network, string(n.Name)), r.Foreign))
		case r.Refused != "":
			wrong = append(wrong, report.Refused(what, r.Refused))
		case r.Object == nil:
			waiting = append(waiting, what)
		default:
			continue
		}
		p.Pending = append(p.Pending, key(n))
	}
	if len(wrong) > 0 {
		p.Failed, p.Reason, p.Message = true, reasonFailed, wrong[0]
		return p
	}
	if len(waiting) > 0 {
		p.Reason, p.Message = reasonPending, "waiting for "+report.List(waiting)
		return p
	}
	n := len(networks)
	if *w.Spec.PodNetwork {
		n++
	}
	p.Ready, p.Reason, p.Message = true, reasonReady, report.Count(n, "network", "configured")
	return p
}
