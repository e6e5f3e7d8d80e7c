// Package observed holds what became of the objects that a Wukong is made of, whichever way they were composed.
package observed

import (
	"cmp"
	"time"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/novasphere/function-wukong/internal/fields"
)

// A Resource is what became of an object.
type Resource struct {
	// Object as it is in the cluster; nil while it does not exist, or is not known to.
	Object *structpb.Struct

	// Applied is the manifest that is applied to the object; nil where nothing is, or where it is not known.
	Applied *structpb.Struct

	// Known is what is known of the object while it is not known to exist as the Wukong's own: how it was found, else how it was desired
	// last, as it may have been created since; nil for nothing.
	Known *structpb.Struct

	// Refused says why the cluster does not take the object as it is to be; empty where it does.
	Refused string

	// Unsure says that the cluster may have refused it: not all that it refused is known.
	Unsure bool

	// Retained says that the object stays when it is no longer asked for.
	Retained bool

	// Unmanaged says that the object is the Wukong's and only looked at as yet: it is not deleted with the Wukong.
	Unmanaged bool

	// Fixed says that what somebody else made can only be observed.
	Fixed bool

	// Foreign says why an object of the same name is not the Wukong's, and is left alone; nil where there is none.
	Foreign *Foreign
}

// Foreign says why an object is not the Wukong's, though it has the name of one of its own.
type Foreign struct {
	// Deleting reports whether it is being deleted, which makes its name free.
	Deleting bool

	// Composite is the UID of the composite that it belongs to, where that is not the Wukong's; empty for none.
	Composite string

	// Controller is the owner that controls it, where that is not the Wukong; nil for none.
	Controller *Owner
}

// An Owner is an owner of an object, as its metadata names it.
type Owner struct {
	Kind, Name, UID string

	// Index among the ownerReferences.
	Index int
}

// Resources are what became of the objects, by the keys of their composed resources.
type Resources map[string]Resource

// Get the object with a key, without its metadata, which would cost more to read than all else; false while it does not exist, or
// where it cannot be read.
func Get[T any](rs Resources, key string) (*T, bool) {
	o := rs[key].Object
	if o == nil {
		return nil, false
	}
	rest := make(map[string]*structpb.Value, len(o.GetFields()))
	for name, v := range o.GetFields() {
		if name != "metadata" {
			rest[name] = v
		}
	}
	return read[T](&structpb.Struct{Fields: rest})
}

// Status of the object with a key; false while the object does not exist, or where its status cannot be read.
func Status[T any](rs Resources, key string) (*T, bool) {
	o := rs[key].Object
	if o == nil {
		return nil, false
	}
	status, ok := o.GetFields()["status"]
	if !ok {
		return new(T), true
	}
	s, ok := status.GetKind().(*structpb.Value_StructValue)
	if !ok {
		return nil, false
	}
	return read[T](s.StructValue)
}

func read[T any](s *structpb.Struct) (*T, bool) {
	out := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(s.AsMap(), out); err != nil {
		return nil, false
	}
	return out, true
}

// Last returns the object with a key as it is in the cluster, else what is known of it; nil for nothing.
func (rs Resources) Last(key string) *structpb.Struct {
	if o := rs[key].Object; o != nil {
		return o
	}
	return rs[key].Known
}

// Exists says whether the object with a key exists.
func (rs Resources) Exists(key string) bool { return rs[key].Object != nil }

// Kind of the object with a key; empty while it does not exist.
func (rs Resources) Kind(key string) string {
	return rs[key].Object.GetFields()["kind"].GetStringValue()
}

// UID of the object with a key; empty while it does not exist.
func (rs Resources) UID(key string) string { return rs.metadata(key, "uid") }

// Deleting says whether the object with a key is being deleted.
func (rs Resources) Deleting(key string) bool { return rs.metadata(key, "deletionTimestamp") != "" }

// Name of the object with a key; empty while it does not exist.
func (rs Resources) Name(key string) string { return rs.metadata(key, "name") }

// Annotation returns the value of an annotation of the object with a key, or that it is to have again; empty where there is none.
func (rs Resources) Annotation(key, name string) string {
	return cmp.Or(entry(rs[key].Object, "annotations", name), entry(rs[key].Applied, "annotations", name))
}

// Label returns the value of a label of the object with a key; empty where there is none.
func (rs Resources) Label(key, name string) string { return entry(rs[key].Object, "labels", name) }

// entry is the value of a name in a map of an object's metadata.
func entry(o *structpb.Struct, field, name string) string {
	return fields.In(o, "metadata", field).GetFields()[name].GetStringValue()
}

// CreatedAt returns when the object with a key was created; zero while it does not exist, or where that is not known.
func (rs Resources) CreatedAt(key string) time.Time {
	at, err := time.Parse(time.RFC3339, rs.metadata(key, "creationTimestamp"))
	if err != nil {
		return time.Time{}
	}
	return at
}

// AppliedAt returns when a field of the object with a key, as managedFields write its name, was last applied or changed by whom it belongs
// to, or another field of theirs; zero where that is not known.
func (rs Resources) AppliedAt(key, field string) time.Time {
	var last time.Time
	for _, v := range rs.fields(key)["managedFields"].GetListValue().GetValues() {
		e := v.GetStructValue().GetFields()
		if _, owns := e["fieldsV1"].GetStructValue().GetFields()[field]; !owns {
			continue
		}
		if at, err := time.Parse(time.RFC3339, e["time"].GetStringValue()); err == nil && at.After(last) {
			last = at
		}
	}
	return last
}

// metadata is a text field of the metadata of the object with a key.
func (rs Resources) metadata(key, name string) string {
	return rs.fields(key)[name].GetStringValue()
}

// fields of the metadata of the object with a key.
func (rs Resources) fields(key string) map[string]*structpb.Value {
	return fields.In(rs[key].Object, "metadata").GetFields()
}
