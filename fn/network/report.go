package network

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
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
	var waiting, refused []string
	for i := range w.Spec.Networks {
		n := &w.Spec.Networks[i]
		if n.NADName != "" {
			continue
		}
		what := "network " + string(n.Name)
		if why := rs[key(n)].Refused; why != "" {
			refused = append(refused, report.Refused(what, why))
			p.Pending = append(p.Pending, key(n))
		} else if !rs.Exists(key(n)) {
			waiting = append(waiting, what)
			p.Pending = append(p.Pending, key(n))
		}
	}
	if len(refused) > 0 {
		p.Failed, p.Reason, p.Message = true, reasonFailed, refused[0]
		return p
	}
	if len(waiting) > 0 {
		p.Reason, p.Message = reasonPending, "waiting for "+report.List(waiting)
		return p
	}
	n := len(w.Spec.Networks)
	if *w.Spec.PodNetwork {
		n++
	}
	p.Ready, p.Reason, p.Message = true, reasonReady, report.Count(n, "network", "configured")
	return p
}
