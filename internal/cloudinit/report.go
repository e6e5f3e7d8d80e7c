package cloudinit

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/report"
)

// reasonFailed is why waiting does not help; the seed has no condition of its own.
const reasonFailed = "CloudInitFailed"

// Report how the seed of a Wukong stands.
func Report(w *v1alpha1.Wukong, rs observed.Resources) report.Part {
	const what = "cloud-init data"
	switch r := rs[key]; {
	case r.Foreign != nil && r.Foreign.Deleting:
		return report.Part{Message: "waiting for " + what + report.Going, Pending: []string{key}}
	case r.Foreign != nil:
		return report.Part{Failed: true, Reason: reasonFailed, Message: report.Foreign(w, what, kind, secretName(w), r.Foreign), Pending: []string{key}}
	case r.Refused != "":
		return report.Part{Failed: true, Reason: reasonFailed, Message: report.Refused(what, r.Refused), Pending: []string{key}}
	case r.MaybeRefused:
		return report.Part{Message: "waiting for " + what + report.Unsure, Pending: []string{key}}
	case r.Object == nil:
		return report.Part{Message: "waiting for " + what, Pending: []string{key}}
	}
	return report.Part{Ready: true}
}
