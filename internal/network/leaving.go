package network

import (
	"maps"
	"slices"
	"strings"

	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// Leaving returns the NetworkAttachmentDefinitions that exist, that are none of the desired ones, and that the virtual machine refers to: a migration
// makes a pod anew, which would not start without one of them. They stay as they are. isReferred reports whether the virtual machine refers to one,
// given as NAMESPACE/NAME.
func Leaving(w *v1alpha1.Wukong, desired []plan.Resource, isReferred func(nad string) bool, rs observed.Resources) []plan.Resource {
	var out []plan.Resource
	for _, key := range slices.Sorted(maps.Keys(rs)) {
		name, isAttachment := strings.CutPrefix(key, keyPrefix)
		if !isAttachment || slices.ContainsFunc(desired, func(r plan.Resource) bool { return r.Key == key }) {
			continue
		}
		object := attachmentName(w, &v1alpha1.Network{Name: v1alpha1.Label(name)})
		last := rs.Last(key)
		if last == nil || !isReferred(qualified(w, object)) {
			continue
		}
		out = append(out, plan.Resource{Key: key, Object: asItIs(w, object, last, rs[key].Applied), Guarded: true, Leaving: true})
	}
	return out
}

// asItIs returns a NetworkAttachmentDefinition as it is, with what a Wukong says of one. What was applied decides where the object has no
// configuration.
func asItIs(w *v1alpha1.Wukong, name string, last, applied *structpb.Struct) *nadv1.NetworkAttachmentDefinition {
	if configOf(last) == "" && configOf(applied) != "" {
		last = applied
	}
	meta := names.Meta(w, name)
	annotations := fields.In(last, "metadata", "annotations").GetFields()
	for _, a := range []string{annotationMaster, annotationResource} {
		if v := annotations[a].GetStringValue(); v != "" {
			meta.Annotations = plan.WithLabels(meta.Annotations, map[string]string{a: v})
		}
	}
	return &nadv1.NetworkAttachmentDefinition{
		TypeMeta:   metav1.TypeMeta{APIVersion: nadv1.SchemeGroupVersion.String(), Kind: kindAttachment},
		ObjectMeta: meta,
		Spec:       nadv1.NetworkAttachmentDefinitionSpec{Config: configOf(last)},
	}
}

// configOf returns the configuration in a NetworkAttachmentDefinition. Empty where there is none.
func configOf(nad *structpb.Struct) string {
	return fields.In(nad, "spec").GetFields()["config"].GetStringValue()
}

// LeavingAdvice returns advice about the NetworkAttachmentDefinitions that stay because the instance may use them, but for those of the networks
// that are told already. Each begins with the path of a field.
func LeavingAdvice(w *v1alpha1.Wukong, leaving []plan.Resource, isUsed func(nad string) bool, told []string) []string {
	var out []string
	for _, r := range leaving {
		name := strings.TrimPrefix(r.Key, keyPrefix)
		if isUsed(qualified(w, r.Object.GetName())) && !slices.Contains(told, name) {
			out = append(out, field.NewPath("spec", "networks").String()+": "+msgStays.With(name, r.Object.GetName(), w.GetName()))
		}
	}
	return out
}
