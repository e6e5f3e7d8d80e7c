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

// fixed is the storage class whose volumes cannot grow.
const fixedClass = "fixed"

// together makes one edit of several.
func combine(edits ...Edit) Edit {
	return func(w *v1alpha1.Wukong) {
		for _, edit := range edits {
			edit(w)
		}
	}
}

// named gives a Wukong a name of its own.
func withName(name string) Edit { return func(w *v1alpha1.Wukong) { w.Name = name } }

// with gives a Wukong these disks and no others.
func withDisks(disks ...v1alpha1.Disk) Edit { return func(w *v1alpha1.Wukong) { w.Spec.Disks = disks } }

// staticAddress adds a network on which the guest has an address of its own.
func withStaticAddress(w *v1alpha1.Wukong) {
	w.Spec.Networks = append(w.Spec.Networks, v1alpha1.Network{Name: "lan", Type: v1alpha1.NetworkTypeBridge, IPConfig: &v1alpha1.IPConfig{
		Mode:       v1alpha1.IPModeStatic,
		Address:    v1alpha1.Prefix{Prefix: netip.MustParsePrefix("192.168.10.5/24")},
		Gateway:    v1alpha1.Addr{Addr: netip.MustParseAddr("192.168.10.1")},
		DNSServers: []v1alpha1.Addr{{Addr: netip.MustParseAddr("192.168.10.1")}},
	}})
}

// disk changes the disk of a name.
func editDisk(name v1alpha1.Label, changes ...func(*v1alpha1.Disk)) Edit {
	return func(w *v1alpha1.Wukong) {
		i := slices.IndexFunc(w.Spec.Disks, func(d v1alpha1.Disk) bool { return d.Name == name })
		for _, change := range changes {
			change(&w.Spec.Disks[i])
		}
	}
}

// empty is a disk of 2Gi that is made empty, unless it is changed.
func emptyDisk(name v1alpha1.Label, changes ...func(*v1alpha1.Disk)) v1alpha1.Disk {
	d := v1alpha1.Disk{Name: name}
	for _, change := range append([]func(*v1alpha1.Disk){withSize("2Gi")}, changes...) {
		change(&d)
	}
	return d
}

// imported is a disk of 2Gi that is made from an image, unless it is changed.
func importedDisk(name v1alpha1.Label, changes ...func(*v1alpha1.Disk)) v1alpha1.Disk {
	return emptyDisk(name, append([]func(*v1alpha1.Disk){withImage("docker://quay.io/containerdisks/debian:12")}, changes...)...)
}

// existing is a disk on a claim that is there already.
func claimDisk(name v1alpha1.Label, claim string) v1alpha1.Disk {
	return v1alpha1.Disk{Name: name, ClaimName: v1alpha1.ObjectName(claim)}
}

func withSize(size string) func(*v1alpha1.Disk) {
	return func(d *v1alpha1.Disk) { d.Size = quantity(size) }
}

func withImage(image v1alpha1.Image) func(*v1alpha1.Disk) {
	return func(d *v1alpha1.Disk) { d.Image = image }
}

func withStorageClass(name v1alpha1.ObjectName) func(*v1alpha1.Disk) {
	return func(d *v1alpha1.Disk) { d.StorageClassName = name }
}

func withVolumeMode(mode corev1.PersistentVolumeMode) func(*v1alpha1.Disk) {
	return func(d *v1alpha1.Disk) { d.VolumeMode = &mode }
}

func withAccessModes(modes ...corev1.PersistentVolumeAccessMode) func(*v1alpha1.Disk) {
	return func(d *v1alpha1.Disk) { d.AccessModes = modes }
}

func retain(d *v1alpha1.Disk) { d.DeletionPolicy = v1alpha1.DeletionPolicyRetain }

func dontRetain(d *v1alpha1.Disk) { d.DeletionPolicy = v1alpha1.DeletionPolicyDelete }

func quantity(q string) *v1alpha1.Quantity {
	return &v1alpha1.Quantity{Quantity: resource.MustParse(q)}
}

// running by a strategy of KubeVirt's.
func withRunStrategy(strategy kubevirtv1.VirtualMachineRunStrategy) Edit {
	return func(w *v1alpha1.Wukong) { w.Spec.StartStrategy = &v1alpha1.StartStrategy{RunStrategy: strategy} }
}

// cpus gives a Wukong so many of them.
func withCPUs(n int32) Edit { return func(w *v1alpha1.Wukong) { w.Spec.CPU = &n } }

// ofInstancetype takes CPU and memory from an instance type of the namespace.
func withInstancetype(name v1alpha1.ObjectName) Edit {
	return func(w *v1alpha1.Wukong) {
		w.Spec.CPU, w.Spec.Memory = nil, nil
		w.Spec.Instancetype = &v1alpha1.InstancetypeReference{Kind: "VirtualMachineInstancetype", Name: name}
	}
}

// ofItsOwn gives a Wukong CPU and memory of its own again.
func withoutInstancetype(w *v1alpha1.Wukong) {
	n := int32(2)
	w.Spec.Instancetype, w.Spec.CPU, w.Spec.Memory = nil, &n, quantity("4Gi")
}

// preferring the devices of a preference of the namespace.
func withPreference(name v1alpha1.ObjectName) Edit {
	return func(w *v1alpha1.Wukong) {
		w.Spec.Preference = &v1alpha1.PreferenceReference{Kind: "VirtualMachinePreference", Name: name}
	}
}

// onVLAN attaches a Wukong to a VLAN of a bridge, besides the pod network.
func withVLAN(id int32) Edit {
	return func(w *v1alpha1.Wukong) {
		w.Spec.Networks = []v1alpha1.Network{{Name: "lan", Type: v1alpha1.NetworkTypeBridge, VLANID: &id}}
	}
}

// onNetwork attaches a Wukong to a network that is there already, besides the pod network.
func withNetwork(nad string) Edit {
	return func(w *v1alpha1.Wukong) {
		w.Spec.Networks = []v1alpha1.Network{{Name: "lan", Type: v1alpha1.NetworkTypeBridge, NADName: nad}}
	}
}
