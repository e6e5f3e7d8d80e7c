package fn

import (
	"slices"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/decode"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
)

// selectTarget returns the target of a composite: Objects in the scope of the composite, unless the Input asks for native objects.
func selectTarget(req *fnv1.RunFunctionRequest, in *v1beta1.Input) (compose.Target, error) {
	xr := req.GetObserved().GetComposite().GetResource()
	isNamespaced := fields.Text(xr, "metadata", "namespace") != ""
	ref, watch := in.ProviderConfigRef, *in.Watch

	labels := map[string]string{names.LabelWukong: decode.Identity(xr).Name}
	for k, v := range in.Labels {
		labels[k] = string(v)
	}
	var target compose.Target = compose.ClusterObject(ref.Name, watch).WithLabels(labels)
	switch {
	case in.Target == v1beta1.TargetNative && !isNamespaced:
		return nil, field.Forbidden(field.NewPath("target"), msgNativeClusterScoped.String())
	case in.Target == v1beta1.TargetNative:
		target = compose.Native{}
	case isNamespaced:
		target = compose.NamespacedObject(ref.Kind, ref.Name, watch).WithLabels(labels)
	}
	capabilities := target.Capabilities()
	if in.Cluster.NMState {
		capabilities = append(capabilities, fnv1.Capability_CAPABILITY_REQUIRED_RESOURCES)
	}
	return target, checkCapabilities(req, capabilities)
}

// checkCapabilities rejects a Crossplane that would silently ignore parts of the response. A Crossplane before 2.2 does not report its
// capabilities. The package's constraint then makes sure that it supports conditions, and required resources where composites have namespaces.
func checkCapabilities(req *fnv1.RunFunctionRequest, required []fnv1.Capability) error {
	if !crossplane.ReportsCapabilities(req) {
		return nil
	}
	supported := req.GetMeta().GetCapabilities()
	for _, c := range append(required, fnv1.Capability_CAPABILITY_CONDITIONS) {
		if !slices.Contains(supported, c) {
			return msgMissingCapability.Err(strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(c.String(), "CAPABILITY_"), "_", " ")))
		}
	}
	return nil
}
