package fn

import (
	"slices"
	"strings"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/feature"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/plan"
)

var msgKubeVirtUnread = message.New(message.Advice, "cluster-kubevirt-unread",
	"Crossplane may not list and watch the KubeVirt object, whose feature gates are therefore not known: say in this field of the Input which are on")

// kubeVirtField is the field of the Input with what the KubeVirt object says.
const kubeVirtField = "cluster.kubevirt"

// readsKubeVirt reports whether the feature gates of the cluster are to be read from its KubeVirt object: something takes one, the Input says nothing
// of them, and the cluster is Crossplane's own.
//
// Crossplane ends the whole pipeline where it cannot read what is required, so that no other Wukong depends on it.
func (r wukongRequest) readsKubeVirt() bool {
	return r.input.Target == v1beta1.TargetNative && !r.toldGates && (r.templates.Merged().TakesGates() || kubevirt.TakesGates(&r.wukong.Spec))
}

// isUnread reports whether Crossplane cannot read what has a key, or could not when the status was written, of which a condition told. Nothing tells when it
// can: to ask again each time would end each second pipeline.
func (r wukongRequest) isUnread(key string, told message.Message) bool {
	if compose.FailedToLookUp(r.request, key) {
		return true
	}
	xr := r.request.GetObserved().GetComposite().GetResource()
	return slices.ContainsFunc(fields.Conditions(xr), func(c fields.Condition) bool { return strings.Contains(c.Message, told.String()) })
}

// requiredKubeVirt returns the KubeVirt object where it must be read, and advice where it cannot be.
func (r wukongRequest) requiredKubeVirt() (required []plan.Resource, advice []string) {
	switch {
	case !r.readsKubeVirt():
		return nil, nil
	case r.isUnread(feature.KeyKubeVirt, msgKubeVirtUnread):
		return nil, []string{kubeVirtField + ": " + msgKubeVirtUnread.String()}
	default:
		return []plan.Resource{feature.KubeVirt()}, nil
	}
}
