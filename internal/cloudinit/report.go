package cloudinit

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/report"
)

// reasonFailed is the reason of the condition Stalled. The seed has no condition of its own.
var reasonFailed = report.NewReason("CloudInitFailed")

// Report returns whether the Secret with the seed exists, which a guest that reads none does not need.
func Report(w *v1alpha1.Wukong, rs observed.Resources) report.Part {
	if !w.Spec.TakesSeed() {
		return report.Part{Ready: true}
	}
	const thing = "cloud-init data"
	p := report.Part{Pending: []string{resourceKey}}
	switch r := rs[resourceKey]; {
	case r.Foreign != nil && r.Foreign.Deleting:
		p.Message = msgNameInUse.String()
	case r.Foreign != nil:
		p.Failed, p.Reason, p.Message = true, reasonFailed, report.Foreign(w, thing, kindSecret, secretName(w), r.Foreign)
	case r.Refused != "":
		p.Failed, p.Reason, p.Message = true, reasonFailed, report.Refused(thing, r.Refused)
	case r.MaybeRefused:
		p.Message = msgMaybeRefused.String()
	case r.Object == nil:
		p.Message = msgWaiting.String()
	default:
		return report.Part{Ready: true}
	}
	return p
}
