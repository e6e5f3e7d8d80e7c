// Package report describes the state of a Wukong: its phase, its message and its conditions.
package report

import (
	"fmt"
	"strings"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// A Part is the state of one concern of a Wukong: its networks, its volumes, its cloud-init data or its virtual machine.
type Part struct {
	// Condition is the type of the condition that reports the part; empty if none does.
	Condition string

	// Ready reports whether the part is in its desired state.
	Ready bool

	// Reason is that of the condition, one word in CamelCase.
	Reason string

	// Message says what exists, what is waited for, or what is wrong.
	Message string

	// Failed reports whether waiting does not help, or may not help.
	Failed bool

	// Pending are the keys of the composed resources that are not in their desired state, or not known to be.
	Pending []string
}

// Summarize returns the phase and the message of a Wukong. The first failed part makes the phase Error and gives its message. Otherwise the
// phase is the given one, and the message is that of the first part that is not ready; empty if all are.
func Summarize(parts []Part, phase v1alpha1.Phase) (v1alpha1.Phase, string) {
	for _, p := range parts {
		if p.Failed {
			return v1alpha1.PhaseError, p.Message
		}
	}
	for _, p := range parts {
		if !p.Ready {
			return phase, p.Message
		}
	}
	return phase, ""
}

// Refused returns the message about an object that the cluster rejects. Thing is the name by which the user knows it, such as disk data.
func Refused(thing, reason string) string { return msgRefused.With(thing, reason) }

// Going follows the name of something that cannot be created before a foreign object of the same name is gone.
const Going = " (another of its name is being deleted)"

// Count returns how many things are in a state: 1 network configured, 2 networks configured.
func Count(n int, thing, state string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s %s", n, thing, state)
}

// List returns the first three things, and how many more there are.
func List(things []string) string {
	const most = 3
	if len(things) <= most {
		return strings.Join(things, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(things[:most], ", "), len(things)-most)
}
