// Package observed holds what became of the objects that a Wukong is made of, whichever way they were composed.
package observed

import (
	"k8s.io/apimachinery/pkg/runtime"
)

// A Resource is what became of an object.
type Resource struct {
	// Object as it is in the cluster; nil while it does not exist, or is not known to.
	Object map[string]any

	// Refused says why the cluster does not take the object as it is to be; empty where it does.
	Refused string
}

// Resources are what became of the objects, by the keys of their composed resources.
type Resources map[string]Resource

// Get the object with a key; false while it does not exist, or where it cannot be read.
func Get[T any](rs Resources, key string) (*T, bool) {
	r, ok := rs[key]
	if !ok || r.Object == nil {
		return nil, false
	}
	out := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(r.Object, out); err != nil {
		return nil, false
	}
	return out, true
}

// Status of the object with a key; false while the object does not exist, or where its status cannot be read.
func Status[T any](rs Resources, key string) (*T, bool) {
	r := rs[key]
	if r.Object == nil {
		return nil, false
	}
	out := new(T)
	status, ok := r.Object["status"]
	if !ok {
		return out, true
	}
	m, ok := status.(map[string]any)
	if !ok || runtime.DefaultUnstructuredConverter.FromUnstructured(m, out) != nil {
		return nil, false
	}
	return out, true
}

// Exists says whether the object with a key exists.
func (rs Resources) Exists(key string) bool { return rs[key].Object != nil }
