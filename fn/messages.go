package fn

import "github.com/novasphere/function-wukong/internal/message"

// Why a Composition, an Operation or the Crossplane that runs it is rejected.
var (
	msgInvalidInput = message.New(message.Report, "compose-invalid-input", "invalid Input of the Composition: {reason}")

	msgActionInComposition = message.New(message.Report, "compose-action", "the Composition passes an Action, which is for Operations: pass an Input")

	msgNativeClusterScoped = message.New(message.Refusal, "compose-native-cluster-scoped",
		"Native composes in the namespace of the composite, which has none: "+
			"install the configuration of namespaced Wukongs, or remove target from the Input of the Composition")

	msgMissingCapability = message.New(message.Report, "compose-missing-capability",
		"the running Crossplane does not support {feature}, which this Composition needs: upgrade Crossplane")

	msgNoComposite = message.New(message.Report, "action-no-composite", "there is no composite: an Operation must pass an Action")

	msgInvalidAction = message.New(message.Report, "action-invalid", "invalid Action of the Operation: {reason}")

	msgKeyTaken = message.New(message.Report, "action-key-taken", "an earlier step of the Operation already changes {key}: give each an Operation of its own")
)

// What is reported of a Wukong.
var (
	msgUnreadable = message.New(message.Report, "compose-unreadable", "{kind} {name} cannot be read, so that the status leaves out what it says: {reason}")

	msgPhaseChanged = message.New(message.Report, "vm-phase-changed", "{phase}, after {phase}")
)
