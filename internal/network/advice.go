package network

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/feature"
)

// Advice returns advice about accepted fields of networks that have a surprising effect. Each sentence begins with the field's path.
func Advice(w *v1alpha1.Wukong, in *v1beta1.Input) []string {
	return append(gatewayAdvice(w, in), deviceAdvice(w, in)...)
}

// deviceAdvice returns advice about networks whose devices nobody requests.
func deviceAdvice(w *v1alpha1.Wukong, in *v1beta1.Input) []string {
	if left, _ := feature.Enabled(in, feature.ExternalNetResourceInjection); !left || in.Cluster.NetworkResourcesInjector {
		return nil
	}
	var out []string
	for i, n := range w.Spec.Networks {
		path := field.NewPath("spec", "networks").Index(i).Child("type")
		switch t, _ := TypeOf(n.Type); {
		case t.Binding == BindingSRIOV:
			out = append(out, fmt.Sprintf("%s: %s", path, msgNoDevice))
		case t.annotations != nil:
			out = append(out, fmt.Sprintf("%s: %s", path, msgAnyNode))
		}
	}
	return out
}

// gatewayAdvice returns advice about gateways beside the pod network.
func gatewayAdvice(w *v1alpha1.Wukong, in *v1beta1.Input) []string {
	if !*w.Spec.PodNetwork || in.Cluster.Networks != nil {
		return nil
	}
	var out []string
	for i, n := range w.Spec.Networks {
		c := n.IPConfig
		if c.Mode == v1alpha1.IPModeStatic && c.Gateway.IsValid() && onPodNetwork(in, family(c.Gateway.Addr)) {
			path := field.NewPath("spec", "networks").Index(i).Child("ipConfig", "gateway")
			out = append(out, fmt.Sprintf("%s: %s", path, msgGateway))
		}
	}
	return out
}
