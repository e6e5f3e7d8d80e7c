package network

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/report"
)

// conditionConfigured is the condition of a Wukong about its networks.
var conditionConfigured = report.NewCondition("NetworksConfigured")

// Reasons of the condition NetworksConfigured.
var (
	reasonReady   = report.NewReason("NetworksReady")
	reasonPending = report.NewReason("NetworksPending")
	reasonFailed  = report.NewReason("NetworksFailed")
)

// Report returns the condition NetworksConfigured, which is true when every NetworkAttachmentDefinition of the Wukong exists. One of a nadName that
// is missing counts while the virtual machine starts, as it needs the network for that alone.
func Report(w *v1alpha1.Wukong, starts bool, rs observed.Resources) report.Part {
	p := report.Part{Condition: conditionConfigured}
	var failures, nameInUse, maybeRefused, waiting, used []string
	count := 0
	for _, n := range attached(&w.Spec) {
		name := "network " + string(n.Name)
		if starts && isMissing(w, n, rs) {
			failures = append(failures, msgMissing.With(n.Name, n.NADName))
			continue
		}
		if n.NADName != "" {
			used = append(used, name)
			continue
		}
		count++
		switch r := rs[key(n)]; {
		case r.Foreign != nil && r.Foreign.Deleting:
			nameInUse = append(nameInUse, name)
		case r.Foreign != nil:
			failures = append(failures, report.Foreign(w, name, kindAttachment, attachmentName(w, n), r.Foreign))
		case r.Refused != "":
			failures = append(failures, report.Refused(name, r.Refused))
		case r.MaybeRefused:
			maybeRefused = append(maybeRefused, name)
		case r.Object == nil:
			waiting = append(waiting, name)
		default:
			continue
		}
		p.Pending = append(p.Pending, key(n))
	}
	switch {
	case len(failures) > 0:
		p.Failed, p.Reason, p.Message = true, reasonFailed, failures[0]
	case len(nameInUse) > 0:
		p.Reason, p.Message = reasonPending, msgNameInUse.With(report.List(nameInUse))
	case len(maybeRefused) > 0:
		p.Reason, p.Message = reasonPending, msgMaybeRefused.With(report.List(maybeRefused))
	case len(waiting) > 0:
		p.Reason, p.Message = reasonPending, msgWaiting.With(report.List(waiting))
	default:
		p.Ready, p.Reason, p.Message = true, reasonReady, readyMessage(count, used)
	}
	return p
}

// readyMessage counts the networks that exist, and names those of a nadName.
func readyMessage(count int, used []string) string {
	switch {
	case count == 0 && len(used) == 0:
		return msgNone.String()
	case count == 0:
		return msgNoneUsed.With(report.List(used))
	case count == 1 && len(used) == 0:
		return msgConfigured.With(count)
	case count == 1:
		return msgConfiguredUsed.With(count, report.List(used))
	case len(used) == 0:
		return msgAllConfigured.With(count)
	}
	return msgAllConfiguredUsed.With(count, report.List(used))
}
