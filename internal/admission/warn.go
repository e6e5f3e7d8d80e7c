package admission

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// A warner takes advice about a field.
type warner func(path *field.Path, format string, args ...any)

// Warnings returns what is accepted in a complete Wukong, whose disk of the name osDisk has its image from osImage, as it was written, but
// without the effect, or with more, than its author may expect. Each names the field.
func Warnings(w *v1alpha1.Wukong, osDisk v1alpha1.Label) []string {
	spec := field.NewPath("spec")
	var out []string
	warn := func(path *field.Path, format string, args ...any) {
		out = append(out, path.String()+": "+fmt.Sprintf(format, args...))
	}

	if u := w.Spec.CloudInitUser; u != nil && u.Password != "" {
		path := spec.Child("cloudInitUser", "password")
		warn(path, "whoever may read this Wukong can read the password: prefer passwordHash or passwordSecretRef")
		if u.PasswordHash != "" {
			warn(path, "has no effect, because passwordHash is given")
		}
	}
	if image := w.Spec.OSImage; image != "" {
		for _, d := range w.Spec.Disks {
			if d.Boot && d.Image != image {
				warn(spec.Child("osImage"), "has no effect, because the virtual machine boots from disk %s, which has content of its own", d.Name)
			}
		}
	}
	warnLogin(&w.Spec, spec, warn)
	for i, n := range w.Spec.Networks {
		path := spec.Child("networks").Index(i)
		if n.StandsForPod() {
			warnPod(&w.Spec, path, warn)
			continue
		}
		warnNetwork(&n, path, warn)
	}
	warnImages(&w.Spec, osDisk, spec, warn)
	if w.Spec.RestoreFromSnapshot != "" {
		warn(spec.Child("restoreFromSnapshot"), "has no effect: restore the snapshot with a VirtualMachineRestore, and name the restored claims in claimName of the disks")
	}
	if ha := w.Spec.HighAvailability; ha != nil && ha.AntiAffinityGroup != "" && !ha.AntiAffinity {
		warn(spec.Child("highAvailability", "antiAffinityGroup"), "has no effect without antiAffinity: true")
	}
	return out
}

// warnPod advises on a network that is the pod network.
func warnPod(s *v1alpha1.WukongSpec, path *field.Path, warn warner) {
	if n := primary(s.Networks); n != nil {
		warn(path, "the network default is the pod network, whose place network %s takes: remove it", n.Name)
		return
	}
	warn(path, "the network default is the pod network, as nothing else is said of it: remove it, or give bridgeName for a bridge")
}

func warnNetwork(n *v1alpha1.Network, path *field.Path, warn warner) {
	for _, ignored := range []struct{ name, value string }{{"physicalInterface", n.PhysicalInterface}, {"nodeIP", n.NodeIP}} {
		if ignored.value != "" {
			warn(path.Child(ignored.name), "has no effect, because a Wukong does not configure nodes: the network's bridge, or its uplink, must exist on them")
		}
	}
	given := []struct {
		name  string
		given bool
		types []v1alpha1.NetworkType
	}{
		{"vlanId", n.VLANID != nil, []v1alpha1.NetworkType{v1alpha1.NetworkTypeBridge, v1alpha1.NetworkTypeMacvlan, v1alpha1.NetworkTypeSRIOV, v1alpha1.NetworkTypeOVS}},
		{"bridgeName", n.BridgeName != "", []v1alpha1.NetworkType{v1alpha1.NetworkTypeBridge, v1alpha1.NetworkTypeOVS}},
		{"master", n.Master != "", []v1alpha1.NetworkType{v1alpha1.NetworkTypeMacvlan}},
		{"resourceName", n.ResourceName != "", []v1alpha1.NetworkType{v1alpha1.NetworkTypeSRIOV}},
	}
	for _, g := range given {
		switch {
		case !g.given:
		case n.NADName != "":
			warn(path.Child(g.name), "has no effect, because the existing network %s decides", n.NADName)
		case !slices.Contains(g.types, n.Type):
			warn(path.Child(g.name), "has no effect on a network of type %s", n.Type)
		}
	}
	if c := n.IPConfig; c != nil && c.Mode == v1alpha1.IPModeDHCP {
		if c.Address.IsValid() {
			warn(path.Child("ipConfig", "address"), "has no effect with mode dhcp")
		}
		if c.Gateway.IsValid() {
			warn(path.Child("ipConfig", "gateway"), "has no effect with mode dhcp")
		}
	}
}
