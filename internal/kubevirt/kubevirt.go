// Package kubevirt builds the VirtualMachine of a Wukong.
package kubevirt

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/cloudinit"
	"github.com/novasphere/function-wukong/internal/identity"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/storage"
)

const (
	// annotationHardware says of which generation of this package's defaults the virtual machine is. A later release that chooses others
	// renders those of the generation that an existing virtual machine bears: its hardware changes only when its user asks for that.
	annotationHardware = v1alpha1.Group + "/hardware"

	// hardware is the generation of the defaults in this package.
	hardware = "1"

	// seedVolume is the volume with cloud-init's seed. No disk can be called so.
	seedVolume = "cloudinitdisk"

	// annotationNetworks holds, on an instance, what its networks were when it started.
	annotationNetworks = v1alpha1.Group + "/networks"

	// shutdownSeconds is how long a guest may take to shut down before it is killed, unless a preference says.
	shutdownSeconds = 180
)

// Devices are what the virtual machine attaches.
type Devices struct {
	NICs    []network.NIC
	Volumes []storage.Volume
	Seed    cloudinit.Seed
}

// Plan the virtual machine of a complete Wukong, of which so much exists, with its identity. It is named as the Wukong is.
func Plan(w *v1alpha1.Wukong, id identity.Identity, d Devices, rs observed.Resources) plan.Resource {
	strategy := RunStrategy(w)
	if restarting(w, rs) {
		strategy = kubevirtv1.RunStrategyHalted
	}
	labels := names.Labels(w)
	if group := antiAffinityGroup(w); group != "" {
		labels[labelAntiAffinityGroup] = group
	}
	meta := names.Meta(w, w.GetName())
	meta.Annotations = map[string]string{annotationHardware: hardware}

	vm := &kubevirtv1.VirtualMachine{
		TypeMeta:   metav1.TypeMeta{APIVersion: kubevirtv1.GroupVersion.String(), Kind: kubevirtv1.VirtualMachineGroupVersionKind.Kind},
		ObjectMeta: meta,
		Spec: kubevirtv1.VirtualMachineSpec{
			RunStrategy: &strategy,
			Template: &kubevirtv1.VirtualMachineInstanceTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: annotations(d.NICs)},
				Spec: kubevirtv1.VirtualMachineInstanceSpec{
					Domain:            domain(w, id, d),
					Networks:          networks(d.NICs),
					Volumes:           volumes(d),
					AccessCredentials: credentials(w),
				},
			},
		},
	}
	if i := w.Spec.Instancetype; i != nil {
		vm.Spec.Instancetype = &kubevirtv1.InstancetypeMatcher{Kind: i.Kind, Name: string(i.Name)}
	}
	if p := w.Spec.Preference; p != nil {
		vm.Spec.Preference = &kubevirtv1.PreferenceMatcher{Kind: p.Kind, Name: string(p.Name)}
	} else {
		vm.Spec.Template.Spec.TerminationGracePeriodSeconds = ptr.To[int64](shutdownSeconds)
	}
	if uid := w.GetUID(); uid != "" {
		vm.Annotations[names.AnnotationComposite] = string(uid)
	}
	place(&vm.Spec.Template.Spec, w)

	return plan.Resource{Key: plan.KeyVM, Object: vm, Guarded: true}
}

// LabelPod adds labels to the pods of a virtual machine, from their next start on; KubeVirt takes them as no reason to restart. It does
// nothing to another object.
func LabelPod(o plan.Object, labels map[string]string) {
	if vm, ok := o.(*kubevirtv1.VirtualMachine); ok {
		t := &vm.Spec.Template.ObjectMeta
		t.Labels = plan.WithLabels(t.Labels, labels)
	}
}

// annotations of each instance. KubeVirt takes another one as no reason to restart.
func annotations(nics []network.NIC) map[string]string {
	versions := network.Versions(nics)
	if versions == "" {
		return nil
	}
	return map[string]string{annotationNetworks: versions}
}

func domain(w *v1alpha1.Wukong, id identity.Identity, d Devices) kubevirtv1.DomainSpec {
	out := kubevirtv1.DomainSpec{
		CPU:      cpu(w),
		Firmware: firmware(id),
		Devices: kubevirtv1.Devices{
			Disks:      disks(d.Volumes, id, seedBus(w)),
			Interfaces: interfaces(d.NICs),
			GPUs:       gpus(w),
			// Without a source of random numbers, a guest waits for them at its boot, or makes weak keys.
			Rng: &kubevirtv1.Rng{},
		},
	}
	if !*w.Spec.PodNetwork {
		// KubeVirt attaches the pod network to a virtual machine without any interface.
		out.Devices.AutoattachPodInterface = ptr.To(false)
	}
	if w.Spec.Memory != nil {
		out.Memory = &kubevirtv1.Memory{Guest: &w.Spec.Memory.Quantity}
	}
	return out
}

func networks(nics []network.NIC) []kubevirtv1.Network {
	out := make([]kubevirtv1.Network, len(nics))
	for i, n := range nics {
		out[i].Name = n.Name
		if n.NAD == "" {
			out[i].Pod = &kubevirtv1.PodNetwork{}
			continue
		}
		out[i].Multus = &kubevirtv1.MultusNetwork{NetworkName: n.NAD, Default: n.ReplacesPodNetwork}
	}
	return out
}

func interfaces(nics []network.NIC) []kubevirtv1.Interface {
	out := make([]kubevirtv1.Interface, len(nics))
	for i, n := range nics {
		out[i].Name, out[i].MacAddress = n.Name, n.MAC
		switch n.Binding {
		case network.BindingMasquerade:
			out[i].Masquerade = &kubevirtv1.InterfaceMasquerade{}
		case network.BindingBridge:
			out[i].Bridge = &kubevirtv1.InterfaceBridge{}
		case network.BindingSRIOV:
			out[i].SRIOV = &kubevirtv1.InterfaceSRIOV{}
		}
	}
	return out
}

// firmware returns the firmware with the UUID of an identity; nil for one without, of which nothing is to change.
func firmware(id identity.Identity) *kubevirtv1.Firmware {
	uuid := id.UUID()
	if uuid == "" {
		return nil
	}
	return &kubevirtv1.Firmware{UUID: uuid}
}

// disks are the devices of the volumes, and of the seed: a volume without a device does not reach the guest. The seed needs no serial
// number: cloud-init finds it by the label of its file system, and nothing else reads it.
func disks(volumes []storage.Volume, id identity.Identity, seedBus kubevirtv1.DiskBus) []kubevirtv1.Disk {
	out := make([]kubevirtv1.Disk, 0, len(volumes)+1)
	for _, v := range volumes {
		d := disk(v.Name, kubevirtv1.DiskBus(v.Bus))
		d.Serial = id.Serial(v.Name)
		if v.Boot {
			d.BootOrder = ptr.To[uint](1)
		}
		out = append(out, d)
	}
	return append(out, disk(seedVolume, seedBus))
}

// seedBus is the bus of the disk with the seed; empty for the one that the preference chooses, which the guest has drivers for.
func seedBus(w *v1alpha1.Wukong) kubevirtv1.DiskBus {
	if w.Spec.Preference != nil {
		return ""
	}
	return kubevirtv1.DiskBusVirtio
}

func disk(name string, bus kubevirtv1.DiskBus) kubevirtv1.Disk {
	return kubevirtv1.Disk{Name: name, DiskDevice: kubevirtv1.DiskDevice{Disk: &kubevirtv1.DiskTarget{Bus: bus}}}
}

func volumes(d Devices) []kubevirtv1.Volume {
	out := make([]kubevirtv1.Volume, 0, len(d.Volumes)+1)
	for _, v := range d.Volumes {
		out = append(out, kubevirtv1.Volume{Name: v.Name, VolumeSource: volumeSource(v)})
	}
	return append(out, kubevirtv1.Volume{Name: seedVolume, VolumeSource: kubevirtv1.VolumeSource{
		CloudInitNoCloud: &kubevirtv1.CloudInitNoCloudSource{
			UserDataSecretRef:    &corev1.LocalObjectReference{Name: d.Seed.UserDataSecret},
			NetworkDataSecretRef: &corev1.LocalObjectReference{Name: d.Seed.NetworkDataSecret},
		},
	}})
}

// volumeSource names the DataVolume of an imported disk, so that KubeVirt waits for the import.
func volumeSource(v storage.Volume) kubevirtv1.VolumeSource {
	if v.Imported {
		return kubevirtv1.VolumeSource{DataVolume: &kubevirtv1.DataVolumeSource{Name: v.ClaimName}}
	}
	return kubevirtv1.VolumeSource{PersistentVolumeClaim: &kubevirtv1.PersistentVolumeClaimVolumeSource{
		PersistentVolumeClaimVolumeSource: corev1.PersistentVolumeClaimVolumeSource{ClaimName: v.ClaimName},
	}}
}

// credentials reach the guest from Secrets that only KubeVirt reads.
func credentials(w *v1alpha1.Wukong) []kubevirtv1.AccessCredential {
	var out []kubevirtv1.AccessCredential
	if s := w.Spec.SSHKeySecret; s != "" {
		out = append(out, kubevirtv1.AccessCredential{SSHPublicKey: &kubevirtv1.SSHPublicKeyAccessCredential{
			Source:            kubevirtv1.SSHPublicKeyAccessCredentialSource{Secret: &kubevirtv1.AccessCredentialSecretSource{SecretName: string(s)}},
			PropagationMethod: kubevirtv1.SSHPublicKeyAccessCredentialPropagationMethod{NoCloud: &kubevirtv1.NoCloudSSHPublicKeyAccessCredentialPropagation{}},
		}})
	}
	if u := w.Spec.CloudInitUser; u != nil && u.PasswordSecretRef != nil {
		out = append(out, kubevirtv1.AccessCredential{UserPassword: &kubevirtv1.UserPasswordAccessCredential{
			Source:            kubevirtv1.UserPasswordAccessCredentialSource{Secret: &kubevirtv1.AccessCredentialSecretSource{SecretName: string(u.PasswordSecretRef.Name)}},
			PropagationMethod: kubevirtv1.UserPasswordAccessCredentialPropagationMethod{QemuGuestAgent: &kubevirtv1.QemuGuestAgentUserPasswordAccessCredentialPropagation{}},
		}})
	}
	return out
}
