package compose

import (
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/plan"
)

// changerSuffix is what the key of an Object that changes has more than that of the one that keeps. No name in a key has a dot.
const changerSuffix = ".change"

func changerKey(key string) string { return key + changerSuffix }

// handover returns the manifest of the Object that keeps an object, creating and deleting it, and that of the one that changes it,
// which may neither create nor delete; nil where it need not be. Both are given as they were observed, nil where they do not exist.
// Done says that this is all that is wished, and not a step on the way.
//
// It is so because provider-kubernetes, before it deletes an object, tries its manifest on the cluster (a dry run of server-side
// apply): an Object whose manifest the cluster refuses cannot be deleted. Therefore the manifest of the Object that deletes is not
// changed to anything that the cluster could refuse, and goes back to what is there where one was refused. When the object is to
// change, the second Object first applies what the object is already, and so becomes an owner of its fields beside the first; then
// the first gives up all of them and keeps only the name; and only then the second changes anything.
//
// An object that the cluster alters when it is created is handed over before it exists: see isUnmade.
//
// See https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership.
func handover(wish, keeper, changer *structpb.Struct) (keeps, changes *structpb.Struct, done bool) {
	has, is := manifestIn(keeper), found(keeper)
	if has == nil || createFailed(keeper) || is == nil && looks(keeper) {
		return wish, nil, true
	}
	if is == nil {
		// Whether the provider has created the object by now is not known.
		return has, manifestIn(changer), proto.Equal(has, wish)
	}

	is = foundLast(keeper, changer)
	mine, its := ownedBy(keeper, is), ownedBy(changer, is)
	switch named := has.GetFields()["spec"] == nil; {
	case named && mine == nil:
		return nameOf(wish), only(is, wish), true
	case named || its != nil && (mine == nil || within(mine, its)):
		// What the first gives up must have another owner still, or it would be removed. Where it owns nothing beside one that does, it
		// has given up already, and is shown as it was before.
		return nameOf(wish), only(is, standing(changer, is, wish)), false
	case mine == nil && refusal(keeper) != "":
		return withSpecOf(is, wish), nil, false
	case mine == nil:
		// It was not applied by server-side apply, or not yet.
		return wish, nil, true
	}
	keeps = standing(keeper, is, wish)
	if changer == nil && within(keeps, wish) && within(wish, is) {
		return keeps, nil, true
	}
	return keeps, only(is, keeps), false
}

// isUnmade reports whether an altered object is still to be made, for the first time or again. The cluster refuses it afterwards as it was
// asked for: so the Object that deletes only names it from the beginning, and once that one is there, the one that changes it makes it, too.
// Were it one Object, the Wukong could not be deleted before the function has seen what the cluster made.
func isUnmade(keeper, changer *structpb.Struct) bool {
	switch {
	case createFailed(keeper):
		return true
	case looks(keeper), may(keeper, plan.Delete), may(keeper, plan.Retain):
		return found(keeper) == nil && (found(changer) == nil || createFailed(changer))
	}
	return false
}

// isUnmadeOther reports whether an Object is to delete an altered object that does not exist yet, while one of another kind is asked for
// instead.
func isUnmadeOther(keeper, wish *structpb.Struct) bool {
	return may(keeper, plan.Delete) && found(keeper) == nil && kindIn(manifestIn(keeper)) != kindIn(wish)
}

// kindIn is the kind of a manifest.
func kindIn(manifest *structpb.Struct) string { return manifest.GetFields()["kind"].GetStringValue() }

// making returns the manifest by which an Object makes an altered object: the one that it has, while the provider may have made the object by
// it and has not said so. What the cluster makes of one manifest is not known of another.
func making(object, wish *structpb.Struct) *structpb.Struct {
	if may(object, plan.Retain) && found(object) == nil && !createFailed(object) {
		return manifestIn(object)
	}
	return wish
}

// standing is the manifest of an Object that the cluster has taken: the one that it has, unless that one is refused, or was never tried
// by an Object that could delete; else one that leaves what was found as it is.
func standing(object, is, wish *structpb.Struct) *structpb.Struct {
	has := manifestIn(object)
	if has.GetFields()["spec"] != nil && refusal(object) == "" && (may(object, plan.Manage) || within(has, is)) {
		return has
	}
	return withSpecOf(is, wish)
}

// withSpecOf is a manifest that leaves the object that was found as it is, and owns what the given one does of it.
func withSpecOf(is, manifest *structpb.Struct) *structpb.Struct {
	out := &structpb.Struct{Fields: maps.Clone(manifest.GetFields())}
	if spec, ok := is.GetFields()["spec"]; ok {
		out.Fields["spec"] = spec
	}
	metadata := &structpb.Struct{Fields: maps.Clone(fields.In(manifest, "metadata").GetFields())}
	for _, name := range []string{"labels", "annotations"} {
		wished := fields.In(metadata, name)
		if wished == nil {
			continue
		}
		delete(metadata.Fields, name)
		if has := pick(fields.In(is, "metadata", name), slices.Collect(maps.Keys(wished.GetFields()))...); len(has.GetFields()) > 0 {
			metadata.Fields[name] = structpb.NewStructValue(has)
		}
	}
	if len(metadata.GetFields()) > 0 {
		out.Fields["metadata"] = structpb.NewStructValue(metadata)
	}
	return out
}

// within says whether each field of a is in b, with the same value. A list is a value.
func within(a, b *structpb.Struct) bool {
	for k, v := range a.GetFields() {
		other, ok := b.GetFields()[k]
		switch {
		case !ok:
			return false
		case v.GetStructValue() != nil && other.GetStructValue() != nil:
			if !within(v.GetStructValue(), other.GetStructValue()) {
				return false
			}
		case !proto.Equal(v, other):
			return false
		}
	}
	return true
}

// only is a manifest that can be applied to the object that was found, and to no other that may come after it: its UID makes the API
// server refuse to create one.
func only(is, manifest *structpb.Struct) *structpb.Struct {
	metadata := map[string]*structpb.Value{}
	maps.Copy(metadata, fields.In(manifest, "metadata").GetFields())
	if uid := textIn(is, "uid"); uid != "" {
		metadata["uid"] = structpb.NewStringValue(uid)
	}
	out := &structpb.Struct{Fields: maps.Clone(manifest.GetFields())}
	out.Fields["metadata"] = structOf(metadata)
	return out
}

// nameOf is what of a manifest the cluster never refuses: which object it is, without what it is to be. A policy may refuse labels.
func nameOf(manifest *structpb.Struct) *structpb.Struct {
	out := pick(manifest, "apiVersion", "kind")
	out.Fields["metadata"] = structpb.NewStructValue(pick(fields.In(manifest, "metadata"), "name", "namespace"))
	return out
}

// pick returns some fields of a struct, as far as it has them.
func pick(s *structpb.Struct, names ...string) *structpb.Struct {
	out := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for _, name := range names {
		if v, ok := s.GetFields()[name]; ok {
			out.Fields[name] = v
		}
	}
	return out
}

// ownedBy are the fields of an object's spec that belong to what an Object applied, as the API server writes them; nil for none.
func ownedBy(object, is *structpb.Struct) *structpb.Struct {
	return fields.In(applied(object, is), "fieldsV1", "f:spec")
}

// applied is what the API server says of what an Object applied to an object; nil where it applied nothing.
func applied(object, is *structpb.Struct) *structpb.Struct {
	manager := "provider-kubernetes/" + textIn(object, "name")
	for _, e := range fields.In(is, "metadata").GetFields()["managedFields"].GetListValue().GetValues() {
		f := e.GetStructValue().GetFields()
		if f["manager"].GetStringValue() == manager && f["operation"].GetStringValue() == "Apply" {
			return e.GetStructValue()
		}
	}
	return nil
}
