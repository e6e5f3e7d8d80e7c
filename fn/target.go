package fn

import (
	"fmt"
	"slices"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/decode"
	"github.com/novasphere/function-wukong/internal/names"
)

// target is how the composite wants its resources: by Objects of its own scope, unless the Input wants the objects themselves.
func target(req *fnv1.RunFunctionRequest, in *v1beta1.Input) (compose.Target, error) {
	metadata := req.GetObserved().GetComposite().GetResource().GetFields()["metadata"].GetStructValue()
	namespaced := metadata.GetFields()["namespace"].GetStringValue() != ""
	ref, watch := in.ProviderConfigRef, *in.Watch

	labels := map[string]string{names.LabelWukong: decode.Identity(req.GetObserved().GetComposite().GetResource()).Name}
	for k, v := range in.Labels {
		labels[k] = string(v)
	}
	var t compose.Target = compose.ClusterObject(ref.Name, watch).Labelled(labels)
	switch {
	case in.Target == v1beta1.TargetNative && !namespaced:
		return nil, field.Forbidden(field.NewPath("target"), "Native composes in the namespace of the composite, which has none: install the configuration of namespaced Wukongs, or remove target from the Input of the Composition")
	case in.Target == v1beta1.TargetNative:
		t = compose.Native{}
	case namespaced:
		t = compose.NamespacedObject(ref.Kind, ref.Name, watch).Labelled(labels)
	}
	needs := t.Needs()
	if in.Cluster.NMState {
		needs = append(needs, fnv1.Capability_CAPABILITY_REQUIRED_RESOURCES)
	}
	return t, checkCapabilities(req, needs)
}

// checkCapabilities refuses a Crossplane that would leave out in silence what the function answers, or is to be told. One that does not say
// what it can is older than 2.2: it tells conditions, as the packages ask for one that does, and where composites have namespaces, it says
// what exists.
func checkCapabilities(req *fnv1.RunFunctionRequest, needs []fnv1.Capability) error {
	has := req.GetMeta().GetCapabilities()
	if !slices.Contains(has, fnv1.Capability_CAPABILITY_CAPABILITIES) {
		return nil
	}
	for _, c := range append(needs, fnv1.Capability_CAPABILITY_CONDITIONS) {
		if !slices.Contains(has, c) {
			what := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(c.String(), "CAPABILITY_"), "_", " "))
			return fmt.Errorf("the running Crossplane does not support %s, which this Composition needs: upgrade Crossplane", what)
		}
	}
	return nil
}
