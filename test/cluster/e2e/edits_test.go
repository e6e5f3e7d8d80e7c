//go:build e2e

package e2e

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// fixedClass is the storage class that does not allow expansion.
const fixedClass = "fixed"

// combine returns an edit that makes several edits in order.
func combine(edits ...Edit) Edit {
	return func(w *v1alpha1.Wukong) {
		for _, edit := range edits {
			edit(w)
		}
	}
}

// withName sets the name of a Wukong.
func withName(name string) Edit { return func(w *v1alpha1.Wukong) { w.Name = name } }

// withDisks replaces the disks of a Wukong.
func withDisks(disks ...v1alpha1.Disk) Edit { return func(w *v1alpha1.Wukong) { w.Spec.Disks = disks } }

// withStaticAddress adds a network with a static address.
func withStaticAddress(w *v1alpha1.Wukong) {
	w.Spec.Networks = append(w.Spec.Networks, v1alpha1.Network{Name: "lan", Type: v1alpha1.NetworkTypeBridge, IPConfig: &v1alpha1.IPConfig{
		Mode:       v1alpha1.IPModeStatic,
		Address:    v1alpha1.Prefix{Prefix: netip.MustParsePrefix("192.168.10.5/24")},
		Gateway:    v1alpha1.Addr{Addr: netip.MustParseAddr("192.168.10.1")},
		DNSServers: []v1alpha1.Addr{{Addr: netip.MustParseAddr("192.168.10.1")}},
	}})
}

// editDisk changes a disk by name.
func editDisk(name v1alpha1.Label, changes ...func(*v1alpha1.Disk)) Edit {
	return func(w *v1alpha1.Wukong) {
		i := slices.IndexFunc(w.Spec.Disks, func(d v1alpha1.Disk) bool { return d.Name == name })
		for _, change := range changes {
			change(&w.Spec.Disks[i])
		}
	}
}

// emptyDisk returns an empty disk of 2Gi with changes.
func emptyDisk(name v1alpha1.Label, changes ...func(*v1alpha1.Disk)) v1alpha1.Disk {
	d := v1alpha1.Disk{Name: name}
	for _, change := range append([]func(*v1alpha1.Disk){withSize("2Gi")}, changes...) {
		change(&d)
	}
	return d
}

// importedDisk returns a disk of 2Gi that is imported from an image, with changes.
func importedDisk(name v1alpha1.Label, changes ...func(*v1alpha1.Disk)) v1alpha1.Disk {
	return emptyDisk(name, append([]func(*v1alpha1.Disk){withImage("docker://quay.io/containerdisks/debian:12")}, changes...)...)
}

// claimDisk returns a disk on an existing PersistentVolumeClaim.
func claimDisk(name v1alpha1.Label, claim string) v1alpha1.Disk {
	return v1alpha1.Disk{Name: name, ClaimName: v1alpha1.ObjectName(claim)}
}

// withSize sets the size of a disk.
func withSize(size string) func(*v1alpha1.Disk) {
	return func(d *v1alpha1.Disk) { d.Size = quantity(size) }
}

// withImage sets the image of a disk.
func withImage(image v1alpha1.Image) func(*v1alpha1.Disk) {
	return func(d *v1alpha1.Disk) { d.Image = image }
}

// withStorageClass sets the storage class of a disk.
func withStorageClass(name v1alpha1.ObjectName) func(*v1alpha1.Disk) {
	return func(d *v1alpha1.Disk) { d.StorageClassName = name }
}

// withVolumeMode sets the volume mode of a disk.
func withVolumeMode(mode corev1.PersistentVolumeMode) func(*v1alpha1.Disk) {
	return func(d *v1alpha1.Disk) { d.VolumeMode = &mode }
}

// withAccessModes sets the access modes of a disk.
func withAccessModes(modes ...corev1.PersistentVolumeAccessMode) func(*v1alpha1.Disk) {
	return func(d *v1alpha1.Disk) { d.AccessModes = modes }
}

// retain sets the deletion policy of a disk to Retain.
func retain(d *v1alpha1.Disk) { d.DeletionPolicy = v1alpha1.DeletionPolicyRetain }

// dontRetain sets the deletion policy of a disk to Delete.
func dontRetain(d *v1alpha1.Disk) { d.DeletionPolicy = v1alpha1.DeletionPolicyDelete }

// quantity parses a quantity. It panics if it is invalid.
func quantity(q string) *v1alpha1.Quantity {
	return &v1alpha1.Quantity{Quantity: resource.MustParse(q)}
}

// withRunStrategy sets the run strategy.
func withRunStrategy(strategy kubevirtv1.VirtualMachineRunStrategy) Edit {
	return func(w *v1alpha1.Wukong) { w.Spec.StartStrategy = &v1alpha1.StartStrategy{RunStrategy: strategy} }
}

// withCPUs sets the number of CPUs.
func withCPUs(n int32) Edit { return func(w *v1alpha1.Wukong) { w.Spec.CPU = &n } }

// quantityOf returns a quantity, which must be one.
func quantityOf(s string) *v1alpha1.Quantity {
	return &v1alpha1.Quantity{Quantity: resource.MustParse(s)}
}

// withPerformance says how the guest is backed by its node.
func withPerformance(p v1alpha1.Performance) Edit {
	return func(w *v1alpha1.Wukong) { w.Spec.Performance = &p }
}

// withInstancetype replaces CPU and memory by an instance type of the namespace.
func withInstancetype(name v1alpha1.ObjectName) Edit {
	return func(w *v1alpha1.Wukong) {
		w.Spec.CPU, w.Spec.Memory = nil, nil
		w.Spec.Instancetype = &v1alpha1.InstancetypeReference{Kind: "VirtualMachineInstancetype", Name: name}
	}
}

// withoutInstancetype replaces the instance type by CPU and memory.
func withoutInstancetype(w *v1alpha1.Wukong) {
	n := int32(2)
	w.Spec.Instancetype, w.Spec.CPU, w.Spec.Memory = nil, &n, quantity("4Gi")
}

// withPreference sets a preference of the namespace.
func withPreference(name v1alpha1.ObjectName) Edit {
	return func(w *v1alpha1.Wukong) {
		w.Spec.Preference = &v1alpha1.PreferenceReference{Kind: "VirtualMachinePreference", Name: name}
	}
}

// withoutPreference removes the preference.
func withoutPreference(w *v1alpha1.Wukong) { w.Spec.Preference = nil }

// withVLAN replaces the networks by a VLAN of a bridge, besides the pod network.
func withVLAN(id int32) Edit {
	return func(w *v1alpha1.Wukong) {
		w.Spec.Networks = []v1alpha1.Network{{Name: "lan", Type: v1alpha1.NetworkTypeBridge, VLANID: &id}}
	}
}

// withNetwork replaces the networks by an existing NetworkAttachmentDefinition, or by a new one if nad is empty, besides the pod network.
func withNetwork(nad string) Edit {
	return func(w *v1alpha1.Wukong) {
		w.Spec.Networks = []v1alpha1.Network{{Name: "lan", Type: v1alpha1.NetworkTypeBridge, NADName: nad}}
	}
}
