package report

// Types of the conditions of a composite and its claim. The packages of the parts have those of the parts.
const (
	// ConditionValid says whether the spec was accepted.
	ConditionValid = "Valid"

	// ConditionRestartRequired says whether a change waits for a restart. It exists from the first such change.
	ConditionRestartRequired = "RestartRequired"

	// ConditionStalled says whether waiting does not help. It exists from the first time that it does not. For kstatus, and so for Flux,
	// it is a failure: https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
	ConditionStalled = "Stalled"

	// ConditionLiveMigratable says whether the virtual machine can migrate live. It exists once KubeVirt has reported that of a virtual machine
	// whose eviction strategy asks for it.
	ConditionLiveMigratable = "LiveMigratable"
)

// Reasons of the conditions.
const (
	// ReasonAccepted is the reason of Valid if it is True.
	ReasonAccepted = "Accepted"

	// ReasonInvalidSpec says that the spec, or a setting of the platform, was rejected and nothing was changed.
	ReasonInvalidSpec = "InvalidSpec"

	// ReasonImmutable says that a change of something immutable was rejected, and all else was applied.
	ReasonImmutable = "ImmutableChange"

	// ReasonNoRestart is the reason of RestartRequired if it is False.
	ReasonNoRestart = "NoRestartRequired"

	// ReasonNotStalled is the reason of Stalled if it is False.
	ReasonNotStalled = "NotStalled"

	// ReasonUnreadable says that an observed object cannot be read, and nothing was changed.
	ReasonUnreadable = "Unreadable"
)

// Reasons of events.
const (
	// ReasonDataLoss is that of an event about data that is deleted. It differs from ReasonAdvice, as Kubernetes combines many events
	// of one reason into one, with the last message.
	ReasonDataLoss = "DataLoss"

	// ReasonAdvice is that of an event about a rejected change, or about a field that has another effect than its author may expect.
	ReasonAdvice = "Advice"

	// ReasonPhase is that of an event about another phase.
	ReasonPhase = "PhaseChanged"
)
