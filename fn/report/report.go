// Package report says how a Wukong stands, in the words of its phase, its message and its conditions.
package report

import (
	"fmt"
	"strings"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/fn/names"
)

// A Part is how one concern of a Wukong stands: its networks, its volumes or its virtual machine.
type Part struct {
	// Condition is the type of the condition that tells it; empty where none does.
	Condition string

	// Ready says that the concern is as wished.
	Ready bool

	// Reason is the condition's, in one word.
	Reason string

	// Message says what is there, what is waited for, or what is wrong.
	Message string

	// Failed says that waiting will not help, or not by itself.
	Failed bool

	// Pending are the keys of the composed resources that are not as wished, or not known to be.
	Pending []string
}

// Summarize the parts in a phase and one sentence: what is wrong in the first that failed, else what the first is waiting for
// that is not ready, else nothing. When all are ready the phase is the given one.
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

// Refused is the message about an object that the cluster does not take, under the name by which its user knows it.
func Refused(what, why string) string {
	return fmt.Sprintf("%s: refused by the cluster: %s", what, why)
}

// Foreign is what to do about an object of a kind that somebody else made, and whose name an object of the Wukong was to have.
func Foreign(what, kind, name, wukong string) string {
	return fmt.Sprintf("%s: a %s called %s exists and is not of this Wukong, so that it is left alone: give the Wukong another name, delete the %s, or hand it over with kubectl label %s %s %s=%s", what, kind, name, kind, resource(kind), name, names.LabelWukong, wukong)
}

// resource is what kubectl calls a kind. It takes most kinds in small letters.
func resource(kind string) string {
	if kind == "NetworkAttachmentDefinition" {
		return "network-attachment-definition"
	}
	return strings.ToLower(kind)
}

// Count says how many things are in a state: 1 network configured, 2 networks configured.
func Count(n int, thing, state string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s %s", n, thing, state)
}

// List the first things, and say how many more there are.
func List(things []string) string {
	const most = 3
	if len(things) <= most {
		return strings.Join(things, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(things[:most], ", "), len(things)-most)
}
