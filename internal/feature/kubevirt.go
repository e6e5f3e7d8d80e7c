package feature

import (
	"regexp"
	"slices"

	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/plan"
)

// KeyKubeVirt is the key of the cluster's KubeVirt object.
const KeyKubeVirt = "kubevirt"

// KubeVirt returns the KubeVirt object of the cluster, which is only observed. It has no name: a cluster has one, in a namespace of its own choice.
func KubeVirt() plan.Resource {
	return plan.Resource{
		Key:        KeyKubeVirt,
		Object:     &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "kubevirt.io/v1", Kind: "KubeVirt"}},
		Management: plan.Observe,
	}
}

// release finds the numbers of a version.
var release = regexp.MustCompile(`^v?[0-9]{1,4}\.[0-9]{1,4}(\.[0-9]{1,4})?`)

// TellsGates reports whether an Input tells of the feature gates of KubeVirt.
func TellsGates(in *v1beta1.Input) bool {
	k := in.Cluster.KubeVirt
	return k != nil && (k.Version != "" || k.FeatureGates != nil || k.DisabledFeatureGates != nil)
}

// Learn fills in the version and the feature gates of an Input that does not tell of them, by a KubeVirt object. Nil stands for none.
func Learn(in *v1beta1.Input, object *structpb.Struct) {
	if object == nil || TellsGates(in) {
		return
	}
	k := v1beta1.KubeVirt{}
	if in.Cluster.KubeVirt != nil {
		k = *in.Cluster.KubeVirt
	}
	k.Version = v1beta1.Version(release.FindString(fields.Text(object, "status", "observedKubeVirtVersion")))
	developer := fields.In(object, "spec", "configuration", "developerConfiguration")
	k.FeatureGates = gatesIn(developer, "featureGates")
	k.DisabledFeatureGates = gatesIn(developer, "disabledFeatureGates")
	learnReservation(&k, fields.In(object, "spec", "configuration", "persistentReservationConfiguration"))
	in.Cluster.KubeVirt = &k
}

// learnReservation takes the gate PersistentReservation from a setting of its own, which comes before the gates.
func learnReservation(k *v1beta1.KubeVirt, setting *structpb.Struct) {
	enabled, given := setting.GetFields()["enabled"].GetKind().(*structpb.Value_BoolValue)
	if !given {
		return
	}
	gate := v1beta1.FeatureGate(PersistentReservation)
	k.FeatureGates = slices.DeleteFunc(k.FeatureGates, func(g v1beta1.FeatureGate) bool { return g == gate })
	if enabled.BoolValue {
		k.FeatureGates = append(k.FeatureGates, gate)
	}
}

// gatesIn returns a list of feature gates.
func gatesIn(developer *structpb.Struct, field string) []v1beta1.FeatureGate {
	var out []v1beta1.FeatureGate
	for _, v := range developer.GetFields()[field].GetListValue().GetValues() {
		out = append(out, v1beta1.FeatureGate(v.GetStringValue()))
	}
	return out
}
