package feature

import "github.com/novasphere/function-wukong/internal/message"

// What is said of a field that takes a gate which is off, or of which it is not known.
var (
	MessageOff = message.New(message.Refusal, "gate-off",
		"this takes KubeVirt's feature gate {value}, which is off in this cluster: remove it, or ask the platform team to enable the gate")
	MessageOffNow = message.New(message.Advice, "gate-off-now",
		"this takes KubeVirt's feature gate {value}, which is off in this cluster, so that KubeVirt refuses changes of the virtual machine, or finds "+
			"no node for it: ask the platform team to enable the gate, or remove it")
	MessageUnknown = message.New(message.Advice, "gate-unknown",
		"this takes KubeVirt's feature gate {value}, of which the Input does not tell whether it is on: "+
			"if KubeVirt refuses the virtual machine, or finds no node for it, remove it, or ask the platform team to enable the gate")
)
