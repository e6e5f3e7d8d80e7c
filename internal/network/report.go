package network

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/report"
)

// Reasons of the condition NetworksConfigured.
const (
	reasonReady   = "NetworksReady"
	reasonPending = "NetworksPending"
	reasonFailed  = "NetworksFailed"
)

// Report how the networks of a Wukong stand: every NetworkAttachmentDefinition that is made for it must exist. Nobody looks at the
// others, nor at the pod network: KubeVirt says where the pod cannot be attached.
func Report(w *v1alpha1.Wukong, rs observed.Resources) report.Part {
	p := report.Part{Condition: "NetworksConfigured"}
	var waiting, wrong, used []string
	made := 0
	for _, n := range attached(&w.Spec) {
		what := "network " + string(n.Name)
		if n.NADName != "" {
			used = append(used, what)
			continue
		}
		made++
		switch r := rs[key(n)]; {
		case r.Foreign != nil && r.Foreign.Deleting:
			waiting = append(waiting, what+report.Going)
		case r.Foreign != nil:
			wrong = append(wrong, report.Foreign(w, what, kind, names.Object(w, names.Network, string(n.Name)), r.Foreign))
		case r.Refused != "":
			wrong = append(wrong, report.Refused(what, r.Refused))
		case r.MaybeRefused:
			waiting = append(waiting, what+report.Unsure)
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
	p.Ready, p.Reason, p.Message = true, reasonReady, "no network to configure"
	if made > 0 {
		p.Message = report.Count(made, "network", "configured")
	}
	if len(used) > 0 {
		p.Message += "; used as they are: " + report.List(used)
	}
	return p
}
