// Package plan describes the objects that a Wukong is made of, whichever way they are then composed.
package plan

import (
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

	// ReadyWhen is a CEL expression over the object as it is, in the variable object, that is true when it is as wished. It is
	// false, and no error, while the object has no status yet. Empty means that it is as wished once it exists.
	ReadyWhen string

	// Retain keeps the object when the Wukong no longer asks for it or is deleted.
	Retain bool

	// Observe only reads an object that something else creates. It holds up nothing.
	Observe bool
}
