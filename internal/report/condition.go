package report

import "slices"

// A wordList has the words of every package that is linked into the program. It is complete when main begins: each word is a variable of a
// package.
type wordList []string

// add adds a word, and returns it.
func (l *wordList) add(word string) string {
	*l = append(*l, word)
	return word
}

// sorted returns the words in alphabetical order.
func (l *wordList) sorted() []string { return slices.Sorted(slices.Values(*l)) }

var conditions, reasons, eventReasons wordList

// Conditions returns the types of the conditions of a composite, sorted.
func Conditions() []string { return conditions.sorted() }

// Reasons returns the reasons of the conditions, sorted.
func Reasons() []string { return reasons.sorted() }

// EventReasons returns the reasons of the events, sorted.
func EventReasons() []string { return eventReasons.sorted() }

// NewCondition returns the type of a condition, and adds it to Conditions. It is for variables of packages.
func NewCondition(name string) string { return conditions.add(name) }

// NewReason returns the reason of a condition, and adds it to Reasons. It is for variables of packages.
func NewReason(name string) string { return reasons.add(name) }

// Types of the conditions of a composite and its claim. The packages of the parts have those of the parts.
var (
	// ConditionValid says whether the spec was accepted.
	ConditionValid = NewCondition("Valid")

	// ConditionRestartRequired says whether a change waits for a restart. It exists from the first such change.
	ConditionRestartRequired = NewCondition("RestartRequired")

	// ConditionStalled says whether waiting does not help. It exists from the first time that it does not. For kstatus, and so for Flux,
	// it is a failure: https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
	ConditionStalled = NewCondition("Stalled")

	// ConditionLiveMigratable says whether the virtual machine can migrate live. It exists once KubeVirt has reported that of a virtual machine
	// whose eviction strategy asks for it.
	ConditionLiveMigratable = NewCondition("LiveMigratable")
)

// Reasons of the conditions.
var (
	// ReasonAccepted is the reason of Valid if it is True.
	ReasonAccepted = NewReason("Accepted")

	// ReasonInvalidSpec says that the spec, or a setting of the platform, was rejected and nothing was changed.
	ReasonInvalidSpec = NewReason("InvalidSpec")

	// ReasonOutOfLimits is the reason of Valid if it is True, and something is out of the platform's limits that was there before them.
	ReasonOutOfLimits = NewReason("OutOfLimits")

	// ReasonImmutable says that a change of something immutable was rejected, and all else was applied.
	ReasonImmutable = NewReason("ImmutableChange")

	// ReasonNoRestart is the reason of RestartRequired if it is False.
	ReasonNoRestart = NewReason("NoRestartRequired")

	// ReasonNotStalled is the reason of Stalled if it is False.
	ReasonNotStalled = NewReason("NotStalled")

	// ReasonUnreadable says that an observed object cannot be read, and nothing was changed.
	ReasonUnreadable = NewReason("Unreadable")
)

// Reasons of events.
var (
	// ReasonDataLoss is that of an event about data that is deleted. It differs from ReasonAdvice, as Kubernetes combines many events
	// of one reason into one, with the last message.
	ReasonDataLoss = eventReasons.add("DataLoss")

	// ReasonAdvice is that of an event about a rejected change, or about a field that has another effect than its author may expect.
	ReasonAdvice = eventReasons.add("Advice")

	// ReasonPhase is that of an event about another phase.
	ReasonPhase = eventReasons.add("PhaseChanged")
)
