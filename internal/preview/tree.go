package preview

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/sets"
	kubevirtv1 "kubevirt.io/api/core/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/image"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/text"
)

// width is the number of columns that a tree has.
const width = 80

// A line is a line of a tree.
type line struct {
	key, kind, name, facts string
}

// tree returns a summary of a rendering: an entry for each object, and one for each object that must exist already.
func tree(title string, r *Rendering) string {
	var lines, needed []line
	shown := sets.New[[2]string]()
	for _, o := range r.objects() {
		if vm, ok := o.Object.(*kubevirtv1.VirtualMachine); ok && o.applied() && vm.Spec.Template != nil {
			needed = append(needed, references(&vm.Spec.Template.Spec)...)
		}
		if dv, ok := o.Object.(*cdiv1.DataVolume); ok && o.applied() {
			needed = append(needed, sources(dv)...)
		}
		if network.IsReference(o.Key) {
			// The virtual machine refers to it.
			continue
		}
		name := o.Object.GetName()
		if o.Shared {
			name = o.Object.GetNamespace() + "/" + name
		}
		lines = append(lines, line{key: o.Key, kind: o.kind(), name: name, facts: message.Clean(summary(o))})
		shown.Insert([2]string{o.kind(), o.Object.GetName()})
	}
	for _, l := range needed {
		if !shown.Has([2]string{l.kind, l.name}) {
			lines = append(lines, l)
		}
	}

	var b strings.Builder
	text.Wrap(&b, width, "", "  ", title+phaseSuffix(r))
	keys, kinds := 0, 0
	for _, l := range lines {
		keys, kinds = max(keys, len(l.key)), max(kinds, len(l.kind))
	}
	for i, l := range lines {
		branch, stem := "├─ ", "│      "
		if i == len(lines)-1 {
			branch, stem = "└─ ", "       "
		}
		head := fmt.Sprintf("%s%-*s  %-*s  %s", branch, keys, l.key, kinds, l.kind, l.name)
		if text.Columns(head)+2+text.Columns(l.facts) <= width {
			fmt.Fprintln(&b, strings.TrimRight(head+"  "+l.facts, " "))
			continue
		}
		fmt.Fprintln(&b, head)
		text.Wrap(&b, width, stem, stem, l.facts)
	}
	return b.String()
}

// phaseSuffix returns the phase and the message of a Wukong. Empty for a new one.
func phaseSuffix(r *Rendering) string {
	phase, _, _ := unstructured.NestedString(r.Composite.Object, "status", "phase")
	if phase == "" || phase == string(v1alpha1.PhasePending) {
		return ""
	}
	message, _, _ := unstructured.NestedString(r.Composite.Object, "status", "message")
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

// need adds an object that must be there to lines.
func need(out *[]line, kind, name string) {
	if name != "" {
		*out = append(*out, line{key: "(needed)", kind: kind, name: name, facts: "must be there already"})
	}
}

// sources returns the objects that an import or a clone refers to.
func sources(dv *cdiv1.DataVolume) []line {
	var out []line
	s := dv.Spec.Source
	if s == nil {
		return nil
	}
	need(&out, "Secret", image.Secret(s))
	need(&out, "ConfigMap", image.AccessOf(s).CA)
	object := func(kind, namespace, name string) {
		if namespace != dv.GetNamespace() {
			name = namespace + "/" + name
		}
		need(&out, kind, name)
	}
	if s.PVC != nil {
		object("PersistentVolumeClaim", s.PVC.Namespace, s.PVC.Name)
	}
	if s.Snapshot != nil {
		object("VolumeSnapshot", s.Snapshot.Namespace, s.Snapshot.Name)
	}
	return out
}

// references returns the objects that a virtual machine refers to, among them those of the same rendering.
func references(vmi *kubevirtv1.VirtualMachineInstanceSpec) []line {
	var out []line
	need := func(kind, name string) { need(&out, kind, name) }
	for _, n := range vmi.Networks {
		if n.Multus != nil {
			need("NetworkAttachmentDefinition", n.Multus.NetworkName)
		}
	}
	for _, v := range vmi.Volumes {
		if v.PersistentVolumeClaim != nil {
			need("PersistentVolumeClaim", v.PersistentVolumeClaim.ClaimName)
		}
		need("Secret", secretOf(v))
		if v.ContainerDisk != nil {
			need("Secret", v.ContainerDisk.ImagePullSecret)
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

// secretOf returns the name of the Secret that a volume brings into the guest; empty for none.
func secretOf(v kubevirtv1.Volume) string {
	switch {
	case v.CloudInitNoCloud != nil && v.CloudInitNoCloud.UserDataSecretRef != nil:
		return v.CloudInitNoCloud.UserDataSecretRef.Name
	case v.CloudInitConfigDrive != nil && v.CloudInitConfigDrive.UserDataSecretRef != nil:
		return v.CloudInitConfigDrive.UserDataSecretRef.Name
	case v.Sysprep != nil && v.Sysprep.Secret != nil:
		return v.Sysprep.Secret.Name
	default:
		return ""
	}
}
