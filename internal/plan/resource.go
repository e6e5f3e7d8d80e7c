// Package plan holds the desired state of the objects that a Wukong is composed of, before a target wraps them.
package plan

import (
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// An Object is a typed Kubernetes object, with its apiVersion and kind.
type Object interface {
	runtime.Object
	metav1.Object
}

// A Resource is a desired object.
type Resource struct {
	// Key by which Crossplane knows the resource from one reconciliation to the next. It never changes between releases: under another
	// key, Crossplane would delete the object and create a new one.
	Key string

	// Object is the desired object.
	Object Object

	// Management is what the Wukong does with the object.
	Management Management

	// Guarded reports that admission may refuse a change of the object, by rules that this function does not know.
	Guarded bool

	// Mutated reports that a mutating webhook changes immutable fields when the object is created. From then on the API server refuses
	// the object as it was desired at first.
	Mutated bool

	// Held reports that something has to be known before the object may be created. One that is, or may be, created already is not held.
	Held bool

	// Shared reports that an object which is only observed lies in a namespace that the platform team shares with that of the Wukong.
	Shared bool

	// Leaving reports that nothing in the spec asks for the object any more. It stays until what exists refers to it no more.
	Leaving bool
}

// Label adds labels to the object. Its own labels have precedence.
func (r Resource) Label(labels map[string]string) {
	r.Object.SetLabels(WithLabels(r.Object.GetLabels(), labels))
}

// WithLabels returns labels together with the added ones. The former have precedence.
func WithLabels(labels, added map[string]string) map[string]string {
	if len(added) == 0 {
		return labels
	}
	out := maps.Clone(added)
	maps.Copy(out, labels)
	return out
}

// KeyVM is the key of the VirtualMachine.
const KeyVM = "vm"

// KeyVMI is the key of the VirtualMachineInstance, which is only observed.
const KeyVMI = "vmi"

// Management is what a Wukong does with an object.
type Management int

// The kinds of management.
const (
	// Manage creates, changes and deletes the object.
	Manage Management = iota

	// Retain creates and changes the object. It stays when the Wukong no longer desires it, or is deleted.
	Retain

	// Adjust changes fields of an object that another controller creates. Nothing waits for it.
	Adjust

	// Observe only reads an object that another controller creates. Nothing waits for it.
	Observe

	// Delete only deletes an object that another controller creates.
	Delete
)

// Creates reports whether the object exists because of the Wukong.
func (m Management) Creates() bool { return m == Manage || m == Retain }
