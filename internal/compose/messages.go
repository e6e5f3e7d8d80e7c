package compose

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
)

var (
	msgTargetChanged = message.New(message.Report, "compose-target-changed",
		"{key} was composed as {kind} and cannot become {kind}: give the Wukong back the Composition that it had, or delete it and create it again")

	msgKeyTaken = message.New(message.Report, "compose-key-taken", "an earlier step of the pipeline already desires a resource called {value}: rename it there")

	msgProviderConfigChanged = message.New(message.Report, "compose-provider-config-changed",
		"providerConfigRef of the Composition: the Wukong was composed with {value}, and {value} may reach another cluster, so that it stays with the first: "+
			"put that back, or, if both reach the same cluster, allow it with "+
			"kubectl annotate --overwrite wukong {name} -n {namespace} "+v1alpha1.AnnotationProviderConfig+"={value}, "+
			"or delete the Wukong, with all its disks that are not retained, and create it again")
)

// Parts of messages, where neither Crossplane nor the provider gives a reason that could be shown as it is.
const (
	// textInEvents stands in for a reason that Crossplane gives in events only.
	textInEvents = "the events of the Wukong say why"

	// textUnreadableKind precedes what Crossplane says of a kind that it cannot list and watch.
	textUnreadableKind = "Crossplane cannot list and watch its kind, which it may not, or which is gone: "
)
