// Package report says how a Wukong stands, in the words of its phase, its message and its conditions.
package report

import (
	"fmt"
	"strings"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
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

// Foreign returns what to do about an object that has the name of one of the Wukong's and is not the Wukong's. What, kind and name are
// those of the Wukong's own.
func Foreign(w *v1alpha1.Wukong, what, kind, name string, f *observed.Foreign) string {
	object := fmt.Sprintf("%s %s -n %s", resource(kind), name, w.GetNamespace())
	if c := f.Controller; c != nil {
		return fmt.Sprintf("%s: the %s called %s is still controlled by %s %s (UID %s) and goes with it, so that it is left alone: to keep it, remove the reference with kubectl patch %s --type=json -p '[{\"op\":\"remove\",\"path\":\"/metadata/ownerReferences/%d\"}]'", what, kind, name, c.Kind, c.Name, c.UID, object, c.Index)
	}
	if f.Composite != "" {
		return fmt.Sprintf("%s: the %s called %s belongs to another Wukong of this name (UID %s), an earlier one or one of another control plane, so that it is left alone: once that one is gone and manages it no more, hand it over with kubectl annotate %s %s-", what, kind, name, f.Composite, object, names.AnnotationComposite)
	}
	return fmt.Sprintf("%s: a %s called %s exists and is not of this Wukong, so that it is left alone: give the Wukong another name, hand it over with kubectl label %s %s=%s, or delete it%s", what, kind, name, object, names.LabelWukong, w.GetName(), data(kind))
}

// Unsure is what to say beside the name of something that the cluster may have refused.
const Unsure = " (it may be one that the cluster refused: the events of the Wukong say which)"

// Going is what to say beside the name of something that waits for one of its name to go, which is not the Wukong's.
const Going = " (another of its name is being deleted)"

// data returns what goes with an object of a kind that is deleted, in the words that follow the advice to do so. A virtual machine may own
// its disks.
func data(kind string) string {
	switch kind {
	case "PersistentVolumeClaim", "DataVolume", "VirtualMachine":
		return " with the data that it holds"
	}
	return ""
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
