package edit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

var (
	msgNothingRendered = message.New(message.Report, "plan-nothing-rendered",
		"holds nothing of the Wukongs of the files: give what another version prints of the same files by function-wukong render -o manifests")
	msgNotRendered = message.New(message.Report, "plan-not-rendered", "{value} is left out: it is nothing that function-wukong render -o manifests prints of a Wukong of the files")
)

// upgraded returns what another version of the function changes of a Wukong that does not change itself. The objects are those that the version
// before rendered of it.
func upgraded(after side, objects []manifest.Document) (Wukong, []manifest.Problem) {
	out := describe(after.wukong, Change)
	first, err := after.plan(observed.Resources{})
	if err != nil {
		return out, after.wukong.Problems(err)
	}
	before, rs, err := out.take(objects, first)
	if err != nil {
		return out, after.wukong.Problems(err)
	}
	becomes, _, err := settled(after.repository.Target(), rs, after.plan)
	if err != nil {
		return out, after.wukong.Problems(err)
	}
	for _, r := range becomes.Resources {
		if !r.Management.Creates() {
			continue
		}
		changes, err := upgradedObject(r, before, rs, becomes)
		if err != nil {
			return out, after.wukong.Problems(err)
		}
		out.Changes = append(out.Changes, changes...)
	}
	slices.SortStableFunc(out.Changes, compareChanges)
	if len(out.Changes) == 0 && len(out.Lost) == 0 {
		out.Action = Keep
	}
	return out, nil
}

// take returns the objects of the version before by their keys, and the state in which they exist. Those that go it adds to the Wukong.
func (w *Wukong) take(objects []manifest.Document, first fn.Planned) (map[string]manifest.Document, observed.Resources, error) {
	keys := map[string]string{}
	for _, r := range first.Resources {
		keys[nameOfObject(r)] = r.Key
	}
	before, rs := map[string]manifest.Document{}, observed.Resources{}
	for _, d := range objects {
		key, stays := keys[d.GetKind()+" "+d.GetName()]
		if !stays {
			w.goes(d)
			continue
		}
		s, err := structpb.NewStruct(d.Object)
		if err != nil {
			return nil, nil, err
		}
		before[key], rs[key] = d, withStatus(s, first)
	}
	return before, rs, nil
}

// nameOfObject returns the name of a planned object in changes: KIND NAME.
func nameOfObject(r plan.Resource) string {
	return r.Object.GetObjectKind().GroupVersionKind().Kind + " " + r.Object.GetName()
}

// upgradedObject returns what changes of an object by another version.
func upgradedObject(r plan.Resource, before map[string]manifest.Document, rs observed.Resources, becomes fn.Planned) ([]FieldChange, error) {
	d, existed := before[r.Key]
	if !existed {
		return []FieldChange{{Object: nameOfObject(r), Action: Create, Effect: plan.EffectLive}}, nil
	}
	vm, isVM := r.Object.(*kubevirtv1.VirtualMachine)
	if !isVM {
		object, err := compose.Manifest(r.Object)
		if err != nil {
			return nil, err
		}
		return manifestChanges(nameOfObject(r), r.Key, d.Object, object.AsMap()), nil
	}
	was, _ := applied(rs)
	if was == nil {
		return nil, nil
	}
	var out []FieldChange
	for _, d := range kubevirt.Rollout(was, vm, becomes.Input.Cluster, kubevirt.ObservedRolloutState(rs)) {
		out = append(out, changeOf(d))
	}
	return out, nil
}

// goes adds an object that the new version does not render: under another name or key, Crossplane deletes it.
func (w *Wukong) goes(d manifest.Document) {
	if d.GetKind() == "PersistentVolumeClaim" || d.GetKind() == "DataVolume" {
		w.Lost = append(w.Lost, Disk{Name: d.GetName(), Kind: d.GetKind(), Object: d.GetName()})
		return
	}
	w.Changes = append(w.Changes, FieldChange{Object: d.GetKind() + " " + d.GetName(), Action: Delete, Effect: plan.EffectRestart})
}

// ownAnnotations begin the paths of annotations in which the function notes what it must know later.
const ownAnnotations = "metadata.annotations." + v1alpha1.Group + "/"

// manifestChanges returns what differs between two manifests of an object that is not the virtual machine. The values of a Secret are left out.
func manifestChanges(object, key string, from, to map[string]any) []FieldChange {
	effect := effectOf(key)
	var out []FieldChange
	was, becomes := leavesOf(from), leavesOf(to)
	for _, path := range changedFields(was, becomes) {
		if strings.HasPrefix(path, ownAnnotations) {
			continue
		}
		c := FieldChange{Object: object, Path: path, Action: Change, Effect: effect, From: was[path].shown(), To: becomes[path].shown()}
		if _, had := was[path]; !had {
			c.Action = Create
		} else if _, has := becomes[path]; !has {
			c.Action = Delete
		}
		if to["kind"] == "Secret" {
			c.From, c.To = "", ""
		}
		out = append(out, c)
	}
	return out
}

// effectOf returns when a change of an object takes effect, by its key.
func effectOf(key string) plan.Effect {
	switch {
	case key == "cloud-init":
		return plan.EffectFirstBoot
	case strings.HasPrefix(key, "nad-"):
		return plan.EffectRestart
	default:
		return plan.EffectLive
	}
}

// ownersOf returns the objects that another version rendered by the Wukongs that they belong to: NAMESPACE/NAME.
func ownersOf(docs []manifest.Document) map[string][]manifest.Document {
	out := map[string][]manifest.Document{}
	for _, d := range docs {
		if name := d.GetLabels()[names.LabelWukong]; name != "" {
			owner := fmt.Sprintf("%s/%s", d.GetNamespace(), name)
			out[owner] = append(out[owner], d)
		}
	}
	return out
}

// notRendered returns notes about objects of no Wukong.
func notRendered(docs []manifest.Document, owners map[string][]manifest.Document, known map[string]bool) []manifest.Problem {
	var out []manifest.Problem
	for _, owner := range slices.Sorted(maps.Keys(owners)) {
		if !known[owner] {
			for _, d := range owners[owner] {
				out = append(out, d.Problem(manifest.Note, "", msgNotRendered.With(d.Title())))
			}
		}
	}
	for _, d := range docs {
		if d.GetLabels()[names.LabelWukong] == "" {
			out = append(out, d.Problem(manifest.Note, "", msgNotRendered.With(d.Title())))
		}
	}
	return out
}
