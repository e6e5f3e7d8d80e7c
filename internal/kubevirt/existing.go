package kubevirt

import (
	"google.golang.org/protobuf/types/known/structpb"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/template"
)

// Existing returns what the VirtualMachine of a Wukong is, else what was last desired of it, as a spec says it. The spec has the size of the machine,
// its instance type, its placement, its GPUs, the Secrets, and of disks the names and the claims. It is empty where there is no VirtualMachine of
// the Wukong's own.
func Existing(rs observed.Resources) *v1alpha1.WukongSpec {
	out := &v1alpha1.WukongSpec{}
	vm, ok := observed.Last[kubevirtv1.VirtualMachine](rs, plan.KeyVM)
	if !ok || rs[plan.KeyVM].Foreign != nil || vm.Spec.Template == nil {
		return out
	}
	if t := vm.Spec.Instancetype; t != nil {
		out.Instancetype = &v1alpha1.InstancetypeReference{Kind: t.Kind, Name: v1alpha1.ObjectName(t.Name)}
	}
	spec := &vm.Spec.Template.Spec
	if c := spec.Domain.CPU; c != nil {
		n := int32(max(c.Sockets, 1) * max(c.Cores, 1) * max(c.Threads, 1)) //nolint:gosec // The API has at most 1024 CPUs.
		out.CPU = &n
	}
	if m := guestMemory(vm); m != nil {
		out.Memory = &v1alpha1.Quantity{Quantity: *m}
	}
	for _, g := range spec.Domain.Devices.GPUs {
		out.GPUs = append(out.GPUs, v1alpha1.GPU{Name: g.Name, DeviceName: g.DeviceName})
	}
	out.HighAvailability = existingPlacement(spec)
	existingCredentials(spec, out)
	for _, v := range spec.Volumes {
		switch {
		case v.CloudInitNoCloud != nil && v.CloudInitNoCloud.UserDataSecretRef != nil:
			out.CloudInit = &v1alpha1.CloudInit{UserDataSecretRef: &v1alpha1.SecretReference{Name: v1alpha1.ObjectName(v.CloudInitNoCloud.UserDataSecretRef.Name)}}
		case v.PersistentVolumeClaim != nil:
			out.Disks = append(out.Disks, v1alpha1.Disk{Name: v1alpha1.Label(v.Name), ClaimName: v1alpha1.ObjectName(v.PersistentVolumeClaim.ClaimName)})
		case v.DataVolume != nil:
			out.Disks = append(out.Disks, v1alpha1.Disk{Name: v1alpha1.Label(v.Name)})
		}
	}
	return out
}

// ExistingTemplates returns what the VirtualMachine of a Wukong has at the paths of templates: in the cluster, and as it was applied last. There are
// none where it is not the Wukong's own.
func ExistingTemplates(rs observed.Resources) []template.Template {
	r := rs[plan.KeyVM]
	if r.Foreign != nil {
		return nil
	}
	var out []template.Template
	for _, o := range []*structpb.Struct{rs.Last(plan.KeyVM), r.Applied} {
		if spec := fields.In(o, "spec", "template", "spec"); spec != nil {
			out = append(out, template.Of(spec))
		}
	}
	return out
}

// existingPlacement returns where an instance may run.
func existingPlacement(spec *kubevirtv1.VirtualMachineInstanceSpec) *v1alpha1.HighAvailability {
	out := &v1alpha1.HighAvailability{NodeSelector: make(map[string]v1alpha1.LabelValue, len(spec.NodeSelector))}
	for k, v := range spec.NodeSelector {
		out.NodeSelector[k] = v1alpha1.LabelValue(v)
	}
	for _, t := range spec.Tolerations {
		out.Tolerations = append(out.Tolerations, v1alpha1.Toleration{
			Key: v1alpha1.QualifiedName(t.Key), Operator: v1alpha1.TolerationOperator(t.Operator), Value: v1alpha1.LabelValue(t.Value),
			Effect: v1alpha1.TaintEffect(t.Effect), TolerationSeconds: t.TolerationSeconds,
		})
	}
	return out
}

// existingCredentials adds the Secrets with SSH keys and passwords.
func existingCredentials(spec *kubevirtv1.VirtualMachineInstanceSpec, out *v1alpha1.WukongSpec) {
	for _, c := range spec.AccessCredentials {
		if k := c.SSHPublicKey; k != nil && k.Source.Secret != nil {
			out.SSHKeySecret = v1alpha1.CredentialSecretName(k.Source.Secret.SecretName)
		}
		if p := c.UserPassword; p != nil && p.Source.Secret != nil {
			out.CloudInitUser = &v1alpha1.CloudInitUser{
				PasswordSecretRef: &v1alpha1.CredentialSecretReference{Name: v1alpha1.CredentialSecretName(p.Source.Secret.SecretName)},
			}
		}
	}
}
