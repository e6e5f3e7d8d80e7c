package preview

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/sets"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A line is a line of a tree.
type line struct {
	key, kind, name, facts string
}

// tree returns a summary of a rendering: a line for each object, and one for each object that must exist already.
func tree(title string, r rendering) (string, error) {
	var lines, needed []line
	shown := sets.New[[2]string]()
	for _, o := range r.objects() {
		if vm, ok := o.Object.(*kubevirtv1.VirtualMachine); ok && o.applied() && vm.Spec.Template != nil {
			needed = references(&vm.Spec.Template.Spec)
		}
		if network.IsReference(o.Key) {
			// The virtual machine refers to it.
			continue
		}
		lines = append(lines, line{key: o.Key, kind: o.kind(), name: o.Object.GetName(), facts: message.Clean(summary(o))})
		shown.Insert([2]string{o.kind(), o.Object.GetName()})
	}
	for _, l := range needed {
		if !shown.Has([2]string{l.kind, l.name}) {
			lines = append(lines, l)
		}
	}

	var b strings.Builder
	fmt.Fprintln(&b, title+phaseSuffix(r))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for i, l := range lines {
		branch := "├─"
		if i == len(lines)-1 {
			branch = "└─"
		}
		fmt.Fprintf(w, "%s %s\t%s\t%s\t%s\n", branch, l.key, l.kind, l.name, l.facts)
	}
	if err := w.Flush(); err != nil {
		return "", err
	}
	return b.String(), nil
}

// phaseSuffix returns the phase and the message of a Wukong. Empty for a new one.
func phaseSuffix(r rendering) string {
	phase, _, _ := unstructured.NestedString(r.composite.Object, "status", "phase")
	if phase == "" || phase == string(v1alpha1.PhasePending) {
		return ""
	}
	message, _, _ := unstructured.NestedString(r.composite.Object, "status", "message")
	return strings.TrimSuffix(fmt.Sprintf(": %s, %s", phase, message), ", ")
}

// summary returns what a tree says about an object: facts, or why it is not applied.
func summary(o object) string {
	switch {
	case o.observed.Foreign != nil:
		return "does not belong to this Wukong, and is left alone"
	case o.Management == plan.Observe:
		return "is created elsewhere, and observed"
	case o.Management == plan.Adjust:
		return "is created elsewhere, and " + adjustment(o)
	default:
		return facts(o)
	}
}

// references returns the objects that a virtual machine refers to, among them those of the same rendering.
func references(vmi *kubevirtv1.VirtualMachineInstanceSpec) []line {
	var out []line
	need := func(kind, name string) {
		out = append(out, line{key: "(needed)", kind: kind, name: name, facts: "must be there already"})
	}
	for _, n := range vmi.Networks {
		if n.Multus != nil {
			need("NetworkAttachmentDefinition", n.Multus.NetworkName)
		}
	}
	for _, v := range vmi.Volumes {
		if v.PersistentVolumeClaim != nil {
			need("PersistentVolumeClaim", v.PersistentVolumeClaim.ClaimName)
		}
		if v.CloudInitNoCloud != nil && v.CloudInitNoCloud.UserDataSecretRef != nil {
			need("Secret", v.CloudInitNoCloud.UserDataSecretRef.Name)
		}
	}
	for _, c := range vmi.AccessCredentials {
		if c.SSHPublicKey != nil && c.SSHPublicKey.Source.Secret != nil {
			need("Secret", c.SSHPublicKey.Source.Secret.SecretName)
		}
		if c.UserPassword != nil && c.UserPassword.Source.Secret != nil {
			need("Secret", c.UserPassword.Source.Secret.SecretName)
		}
	}
	return out
}
