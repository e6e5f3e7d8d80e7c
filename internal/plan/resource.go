// Package plan describes the objects that a Wukong is made of, whichever way they are then composed.
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

// A Resource is an object that the Wukong is made of.
type Resource struct {
	// Key by which Crossplane knows the resource from one reconciliation to the next. Keys never change between releases: a
	// changed key deletes the object and creates another.
	Key string

	// Object as it is to be.
	Object Object

	// Management is what may be done with the object.
	Management Management

	// Guarded says that the cluster may refuse to change the object, once it exists, by rules that are not known here.
	Guarded bool

	// Altered says that the cluster makes something else of the object when it is created, and then refuses the object as it was asked for.
	Altered bool
}

// Label adds labels to the object, which has precedence.
func (r Resource) Label(labels map[string]string) {
	r.Object.SetLabels(WithLabels(r.Object.GetLabels(), labels))
}

// WithLabels returns labels, and those that are added to them. The first have precedence.
func WithLabels(labels, added map[string]string) map[string]string {
	if len(added) == 0 {
		return labels
	}
	out := maps.Clone(added)
	maps.Copy(out, labels)
	return out
}

// KeyVM is the key of the virtual machine, without which nothing else of a Wukong is of use.
const KeyVM = "vm"

// Management is what may be done with an object.
type Management int

// The kinds of management.
const (
	// Manage creates, changes and deletes it.
	Manage Management = iota

	// Retain creates and changes it, and leaves it when the Wukong no longer asks for it or is deleted.
	Retain

	// Adjust changes what something else creates. It holds up nothing.
	Adjust

	// Observe only reads what something else creates. It holds up nothing.
	Observe

	// Delete only deletes what something else creates.
	Delete
)

// Creates says whether the object would not exist without the Wukong.
func (m Management) Creates() bool { return m == Manage || m == Retain }
