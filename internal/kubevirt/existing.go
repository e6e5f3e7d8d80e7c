package kubevirt

import (
	"slices"

	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/template"
)

// Existing returns what the VirtualMachine of a Wukong is, else what was last desired of it, as a spec says it. The spec has the size of the machine,
// what its pod requests, its instance type, its placement, its devices of the node, the Secrets, and of disks the names, the claims and the containers. It is
// empty where there is no VirtualMachine of the Wukong's own.
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
	if c := spec.Domain.CPU; hasTopology(c) {
		n := int32(vcpus(c)) //nolint:gosec // The API has at most 1024 CPUs.
		out.CPU = &n
	}
	if m := guestMemory(vm); m != nil {
		out.Memory = &v1alpha1.Quantity{Quantity: *m}
	}
	for _, g := range spec.Domain.Devices.GPUs {
		out.GPUs = append(out.GPUs, v1alpha1.Device{Name: g.Name, DeviceName: g.DeviceName})
	}
	for _, d := range spec.Domain.Devices.HostDevices {
		out.HostDevices = append(out.HostDevices, v1alpha1.Device{Name: d.Name, DeviceName: d.DeviceName})
	}
	out.Performance = existingResources(spec)
	out.HighAvailability = existingPlacement(spec)
	existingCredentials(spec, out)
	own := ownVolumes(spec)
	for _, v := range spec.Volumes {
		switch {
		case slices.Contains(own, v.Name):
			existingSecret(v.VolumeSource, out)
		case v.PersistentVolumeClaim != nil:
			out.Disks = append(out.Disks, v1alpha1.Disk{Name: v1alpha1.Label(v.Name), ClaimName: v1alpha1.ObjectName(v.PersistentVolumeClaim.ClaimName)})
		case v.DataVolume != nil:
			out.Disks = append(out.Disks, v1alpha1.Disk{Name: v1alpha1.Label(v.Name)})
		case v.ContainerDisk != nil:
			out.Disks = append(out.Disks, v1alpha1.Disk{Name: v1alpha1.Label(v.Name), Image: v1alpha1.Image(v.ContainerDisk.Image), ImageSecret: v1alpha1.ObjectName(v.ContainerDisk.ImagePullSecret)})
		}
	}
	existingDrives(spec, own, out)
	return out
}

// existingSecret adds the Secret of a volume with user data, or with answers for Windows Setup.
func existingSecret(v kubevirtv1.VolumeSource, out *v1alpha1.WukongSpec) {
	var userData *corev1.LocalObjectReference
	switch {
	case v.CloudInitNoCloud != nil:
		userData = v.CloudInitNoCloud.UserDataSecretRef
	case v.CloudInitConfigDrive != nil:
		userData = v.CloudInitConfigDrive.UserDataSecretRef
	case v.Sysprep != nil && v.Sysprep.Secret != nil:
		out.Windows = &v1alpha1.Windows{UnattendSecretRef: &v1alpha1.UnattendSecretReference{Name: v1alpha1.ObjectName(v.Sysprep.Secret.Name)}}
	}
	if userData != nil {
		out.CloudInit = &v1alpha1.CloudInit{UserDataSecretRef: &v1alpha1.SecretReference{Name: v1alpha1.ObjectName(userData.Name)}}
	}
}

// existingDrives makes CD-ROM drives of the disks that are some, and adds the empty ones. Those with the named volumes are no disks.
func existingDrives(spec *kubevirtv1.VirtualMachineInstanceSpec, own []string, out *v1alpha1.WukongSpec) {
	for _, device := range spec.Domain.Devices.Disks {
		if device.CDRom == nil || slices.Contains(own, device.Name) {
			continue
		}
		i := slices.IndexFunc(out.Disks, func(d v1alpha1.Disk) bool { return string(d.Name) == device.Name })
		if i < 0 {
			i, out.Disks = len(out.Disks), append(out.Disks, v1alpha1.Disk{Name: v1alpha1.Label(device.Name)})
		}
		out.Disks[i].Type = v1alpha1.DiskTypeCDROM
	}
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

// existingResources returns what the pod of an instance requests and is limited to.
func existingResources(spec *kubevirtv1.VirtualMachineInstanceSpec) *v1alpha1.Performance {
	return &v1alpha1.Performance{Requests: podResources(spec.Domain.Resources.Requests), Limits: podResources(spec.Domain.Resources.Limits)}
}

// podResources returns CPUs and memory as a spec says them; nil for none.
func podResources(list corev1.ResourceList) *v1alpha1.PodResources {
	out := &v1alpha1.PodResources{}
	if q, given := list[corev1.ResourceCPU]; given {
		out.CPU = v1alpha1.CPUQuantity(q.String())
	}
	if q, given := list[corev1.ResourceMemory]; given {
		out.Memory = &v1alpha1.Quantity{Quantity: q}
	}
	if *out == (v1alpha1.PodResources{}) {
		return nil
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
