// Package observed holds the observed state of the objects that a Wukong is composed of. It is the same for every target: the composition
// with provider-kubernetes and the one without fill in the same types.
package observed

import (
	"cmp"
	"time"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/novasphere/function-wukong/internal/fields"
)

// A Resource is the observed state of one object.
type Resource struct {
	// Object in the cluster. Nil where it does not exist, or is not known to.
	Object *structpb.Struct

	// Items are the objects of a list. Nil where the resource is no list, or where the list is not known; empty where there are none.
	Items []*structpb.Struct

	// Applied is the manifest that is applied to the object. Nil where none is, or where it is not known.
	Applied *structpb.Struct

	// Desired is the manifest that was last asked for. Nil where it is not known.
	Desired *structpb.Struct

	// LastKnown is the best guess at the object while Object is nil: how a look-up found it, else how it was last desired, as it may have
	// been created since. Nil where there is none.
	LastKnown *structpb.Struct

	// Unasked reports that the object was only looked for as yet, and not asked for.
	Unasked bool

	// Missing reports that an object which somebody else creates was looked for, and does not exist.
	Missing bool

	// LookedFor is the name of a missing object, as an earlier request asked for it. Empty where this request asks for it.
	LookedFor string

	// Refused is why the cluster refuses the desired object. Empty where it accepts it.
	Refused string

	// MaybeRefused reports that the cluster may have refused the object: Crossplane names only some of the refused ones.
	MaybeRefused bool

	// Retained reports that the object stays when the Wukong no longer desires it.
	Retained bool

	// Deletes reports that the object is deleted when the Wukong no longer desires it.
	Deletes bool

	// Unmanaged reports that the object belongs to the Wukong, but is only observed as yet. Deleting the Wukong does not delete it.
	Unmanaged bool

	// ReadOnly reports that another controller created the object, and that the Wukong can read it but not change it.
	ReadOnly bool

	// Foreign is why an object with the name of a desired one does not belong to the Wukong. Nil where there is no such object.
	Foreign *Foreign
}

// Foreign is why an object does not belong to the Wukong, though it has the name of a desired one.
type Foreign struct {
	// Deleting reports whether the object is being deleted, which frees its name.
	Deleting bool

	// Composite is the UID of the other composite that the object belongs to. Empty where it belongs to none.
	Composite string

	// Controller is the owner that controls the object, other than the Wukong. Nil where there is none.
	Controller *Owner
}

// An Owner is an entry of an object's ownerReferences.
type Owner struct {
	Kind, Name, UID string

	// Index of the entry.
	Index int
}

// Resources are the observed states by the keys of their composed resources.
type Resources map[string]Resource

// Get returns the object with a key. It returns false where the object does not exist, or is not of type T. Metadata is left out: to decode
// managedFields would cost more than all else.
func Get[T any](rs Resources, key string) (*T, bool) { return get[T](rs[key].Object) }

// Last returns the object with a key, else the last known one, as Get does.
func Last[T any](rs Resources, key string) (*T, bool) { return get[T](rs.Last(key)) }

// get returns an object without its metadata as a T, and false where it is none.
func get[T any](o *structpb.Struct) (*T, bool) {
	if o == nil {
		return nil, false
	}
	rest := make(map[string]*structpb.Value, len(o.GetFields()))
	for name, v := range o.GetFields() {
		if name != "metadata" {
			rest[name] = v
		}
	}
	return decode[T](&structpb.Struct{Fields: rest})
}

// Status returns the status of the object with a key, empty where it has none yet. It returns false where the object does not exist, or where
// its status is not of type T.
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
	return decode[T](s.StructValue)
}

// decode returns a struct as a T, and false where it is none.
func decode[T any](s *structpb.Struct) (*T, bool) {
	out := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(s.AsMap(), out); err != nil {
		return nil, false
	}
	return out, true
}

// Last returns the object with a key, else the last known one. It returns nil where neither is there.
func (rs Resources) Last(key string) *structpb.Struct {
	if o := rs[key].Object; o != nil {
		return o
	}
	return rs[key].LastKnown
}

// Nothing reports whether nothing is known but of objects of somebody else.
func (rs Resources) Nothing() bool {
	for _, r := range rs {
		if !r.Missing && !r.ReadOnly {
			return false
		}
	}
	return true
}

// IsMissing reports whether the object with a key and a name, which somebody else creates, was looked for and does not exist.
func (rs Resources) IsMissing(key, name string) bool {
	r := rs[key]
	return r.Missing && (r.LookedFor == "" || r.LookedFor == name)
}

// Exists reports whether the object with a key exists.
func (rs Resources) Exists(key string) bool { return rs[key].Object != nil }

// Kind returns the kind of the object with a key. Empty where it does not exist.
func (rs Resources) Kind(key string) string {
	return rs[key].Object.GetFields()["kind"].GetStringValue()
}

// UID returns the UID of the object with a key. Empty where it does not exist.
func (rs Resources) UID(key string) string { return rs.metadataString(key, "uid") }

// Deleting reports whether the object with a key is being deleted.
func (rs Resources) Deleting(key string) bool {
	return rs.metadataString(key, "deletionTimestamp") != ""
}

// Name returns the name of the object with a key. Empty where it does not exist.
func (rs Resources) Name(key string) string { return rs.metadataString(key, "name") }

// Namespace returns the namespace of the object with a key. Empty where it does not exist.
func (rs Resources) Namespace(key string) string { return rs.metadataString(key, "namespace") }

// Annotation returns the value of an annotation of the object with a key. Where it has none, the applied manifest decides: somebody may have
// removed the annotation, which is then applied again.
func (rs Resources) Annotation(key, name string) string {
	return cmp.Or(entry(rs[key].Object, "annotations", name), entry(rs[key].Applied, "annotations", name))
}

// AnnotationOf returns the value of an annotation of an object. Empty where it has none.
func AnnotationOf(o *structpb.Struct, name string) string { return entry(o, "annotations", name) }

// Label returns the value of a label of the object with a key. Empty where it has none.
func (rs Resources) Label(key, name string) string { return entry(rs[key].Object, "labels", name) }

// entry returns a value of the labels or the annotations of an object.
func entry(o *structpb.Struct, field, name string) string {
	return fields.In(o, "metadata", field).GetFields()[name].GetStringValue()
}

// CreatedAt returns when the object with a key was created. Zero where it does not exist, or where the time cannot be read.
func (rs Resources) CreatedAt(key string) time.Time {
	at, err := time.Parse(time.RFC3339, rs.metadataString(key, "creationTimestamp"))
	if err != nil {
		return time.Time{}
	}
	return at
}

// AppliedAt returns when a manager of a top-level field of the object with a key last changed any of its fields, by managedFields. The
// field's name is as managedFields write it, for example f:spec. Zero where the time is not known.
func (rs Resources) AppliedAt(key, field string) time.Time {
	var latest time.Time
	for _, v := range rs.metadata(key)["managedFields"].GetListValue().GetValues() {
		e := v.GetStructValue().GetFields()
		if _, owns := e["fieldsV1"].GetStructValue().GetFields()[field]; !owns {
			continue
		}
		if at, err := time.Parse(time.RFC3339, e["time"].GetStringValue()); err == nil && at.After(latest) {
			latest = at
		}
	}
	return latest
}

// metadataString returns a string field of the metadata of the object with a key.
func (rs Resources) metadataString(key, name string) string {
	return rs.metadata(key)[name].GetStringValue()
}

// metadata returns the fields of the metadata of the object with a key.
func (rs Resources) metadata(key string) map[string]*structpb.Value {
	return fields.In(rs[key].Object, "metadata").GetFields()
}
