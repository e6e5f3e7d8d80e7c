package preview

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/sets"
	kubevirtv1 "kubevirt.io/api/core/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/fn/compose"
	"github.com/novasphere/function-wukong/fn/network"
)

// A line of a tree.
type line struct {
	key, kind, name, facts string
}

// tree is a summary of a rendering: a line for each object with the facts that matter, and one for each object that must be
// there already.
func tree(title string, r rendering) (string, error) {
	var lines []line
	made := sets.New[string]()
	var vm *kubevirtv1.VirtualMachine
	for _, key := range r.keys() {
		manifest, creates := compose.Unwrap(r.desired[key])
		m := &unstructured.Unstructured{Object: manifest}
		if !creates {
			lines = append(lines, line{key, m.GetKind(), m.GetName(), "is created elsewhere, and observed"})
			continue
		}
		f, err := facts(m)
		if err != nil {
			return "", fmt.Errorf("cannot summarize %s: %w", key, err)
		}
		lines = append(lines, line{key, m.GetKind(), m.GetName(), f})
		made.Insert(m.GetName())
		if m.GetKind() == "VirtualMachine" {
			vm = &kubevirtv1.VirtualMachine{}
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(m.Object, vm); err != nil {
				return "", err
			}
		}
	}
	if vm != nil {
		for _, l := range needs(&vm.Spec.Template.Spec) {
			if !made.Has(l.name) {
				lines = append(lines, l)
			}
		}
	}

	var b strings.Builder
	fmt.Fprintln(&b, title+standing(r))
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

// standing is how a Wukong stands of which something was observed.
func standing(r rendering) string {
	phase, _, _ := unstructured.NestedString(r.composite.Object, "status", "phase")
	if phase == "" || phase == string(v1alpha1.PhasePending) {
		return ""
	}
	message, _, _ := unstructured.NestedString(r.composite.Object, "status", "message")
	return strings.TrimSuffix(fmt.Sprintf(": %s, %s", phase, message), ", ")
}

// needs are the objects that a virtual machine refers to. Some may not be made by the same rendering.
func needs(vmi *kubevirtv1.VirtualMachineInstanceSpec) []line {
	const key, facts = "(needed)", "must be there already"
	var out []line
	for _, n := range vmi.Networks {
		if n.Multus != nil {
			out = append(out, line{key, "NetworkAttachmentDefinition", n.Multus.NetworkName, facts})
		}
	}
	for _, v := range vmi.Volumes {
		if v.PersistentVolumeClaim != nil {
			out = append(out, line{key, "PersistentVolumeClaim", v.PersistentVolumeClaim.ClaimName, facts})
		}
		if v.CloudInitNoCloud != nil {
			out = append(out, line{key, "Secret", v.CloudInitNoCloud.UserDataSecretRef.Name, facts})
		}
	}
	for _, c := range vmi.AccessCredentials {
		if c.SSHPublicKey != nil {
			out = append(out, line{key, "Secret", c.SSHPublicKey.Source.Secret.SecretName, facts})
		}
		if c.UserPassword != nil {
			out = append(out, line{key, "Secret", c.UserPassword.Source.Secret.SecretName, facts})
		}
	}
	return out
}

// facts are the one or two that matter of an object.
func facts(m *unstructured.Unstructured) (string, error) {
	switch m.GetKind() {
	case "VirtualMachine":
		return typed(m, vmFacts)
	case "DataVolume":
		return typed(m, dataVolumeFacts)
	case "PersistentVolumeClaim":
		return typed(m, claimFacts)
	case "NetworkAttachmentDefinition":
		return typed(m, attachmentFacts)
	case "Secret":
		return typed(m, secretFacts)
	default:
		return "", nil
	}
}

func typed[T any](m *unstructured.Unstructured, facts func(*T) string) (string, error) {
	o := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(m.Object, o); err != nil {
		return "", err
	}
	return facts(o), nil
}

func vmFacts(vm *kubevirtv1.VirtualMachine) string {
	domain := vm.Spec.Template.Spec.Domain
	var out []string
	if vm.Spec.Instancetype != nil {
		out = append(out, "instance type "+vm.Spec.Instancetype.Name)
	}
	if domain.CPU != nil {
		out = append(out, fmt.Sprintf("%d CPU", domain.CPU.Cores))
	}
	if domain.Memory != nil {
		out = append(out, domain.Memory.Guest.String()+" memory")
	}
	out = append(out, fmt.Sprintf("runs: %s", *vm.Spec.RunStrategy))
	for _, d := range domain.Devices.Disks {
		if d.BootOrder != nil {
			out = append(out, "boots from "+d.Name)
		}
	}
	return strings.Join(out, ", ")
}

func attachmentFacts(nad *nadv1.NetworkAttachmentDefinition) string {
	c := struct {
		Type, Bridge, Master string
		VLAN                 int
	}{}
	if err := json.Unmarshal([]byte(nad.Spec.Config), &c); err != nil {
		return nad.Spec.Config
	}
	out := strings.Join(strings.Fields(c.Type+" "+c.Bridge+" "+c.Master), " ")
	if c.VLAN > 0 {
		out += fmt.Sprintf(", VLAN %d", c.VLAN)
	}
	if r := nad.GetAnnotations()[network.AnnotationResource]; r != "" {
		out += ", resource " + r
	}
	return out
}

func dataVolumeFacts(dv *cdiv1.DataVolume) string {
	from := ""
	switch s := dv.Spec.Source; {
	case s.HTTP != nil:
		from = s.HTTP.URL
	case s.Registry != nil:
		from = *s.Registry.URL
	}
	return fmt.Sprintf("%s%s, from %s", size(dv.Spec.Storage.Resources), class(dv.Spec.Storage.StorageClassName), from)
}

func claimFacts(pvc *corev1.PersistentVolumeClaim) string {
	return size(pvc.Spec.Resources) + class(pvc.Spec.StorageClassName) + ", empty"
}

func secretFacts(s *corev1.Secret) string {
	var out []string
	for _, key := range []string{"userdata", "networkdata"} {
		if _, ok := s.Data[key]; ok {
			out = append(out, key)
		}
	}
	return strings.Join(out, " and ") + " for cloud-init"
}

func size(r corev1.VolumeResourceRequirements) string {
	return r.Requests.Storage().String()
}

func class(name *string) string {
	if name == nil {
		return " of the default class"
	}
	return " of class " + *name
}
