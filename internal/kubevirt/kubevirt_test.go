package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/cloudinit"
	"github.com/novasphere/function-wukong/internal/identity"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/storage"
	"github.com/novasphere/function-wukong/internal/template"
	"github.com/novasphere/function-wukong/internal/topology"
)

// planned returns the desired VirtualMachine of the Wukong web-01 in team-a.
func planned(s v1alpha1.WukongSpec, d Devices) *kubevirtv1.VirtualMachine {
	if s.PodNetwork == nil {
		s.PodNetwork = ptr.To(true)
	}
	if s.CPU != nil && s.CoresPerSocket == nil {
		s.CoresPerSocket = ptr.To(topology.CoresPerSocket(*s.CPU, &s))
	}
	w := &v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "web-01"}, Spec: s}
	return Plan(w, identity.New(w, "", nil), d, template.Choice{}, nil).Object.(*kubevirtv1.VirtualMachine)
}

func TestMachine(t *testing.T) {
	q := resource.MustParse("4Gi")
	domain := planned(v1alpha1.WukongSpec{CPU: ptr.To[int32](2), Memory: &v1alpha1.Quantity{Quantity: q}}, Devices{}).Spec.Template.Spec.Domain
	if diff := cmp.Diff(&kubevirtv1.CPU{Sockets: 2, Cores: 1, Threads: 1}, domain.CPU); diff != "" {
		t.Errorf("CPU: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(&kubevirtv1.Memory{Guest: &q}, domain.Memory); diff != "" {
		t.Errorf("memory: -want, +got:\n%s", diff)
	}

	vm := planned(v1alpha1.WukongSpec{
		Instancetype: &v1alpha1.InstancetypeReference{Kind: "VirtualMachineInstancetype", Name: "small"},
		Preference:   &v1alpha1.PreferenceReference{Kind: "VirtualMachineClusterPreference", Name: "fedora"},
	}, Devices{})
	if vm.Spec.Template.Spec.Domain.CPU != nil || vm.Spec.Template.Spec.Domain.Memory != nil {
		t.Error("KubeVirt refuses CPU or memory beside an instance type")
	}
	if diff := cmp.Diff(&kubevirtv1.InstancetypeMatcher{Kind: "VirtualMachineInstancetype", Name: "small"}, vm.Spec.Instancetype); diff != "" {
		t.Errorf("instance type: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(&kubevirtv1.PreferenceMatcher{Kind: "VirtualMachineClusterPreference", Name: "fedora"}, vm.Spec.Preference); diff != "" {
		t.Errorf("preference: -want, +got:\n%s", diff)
	}
	spec := vm.Spec.Template.Spec
	if spec.TerminationGracePeriodSeconds != nil || spec.Domain.Devices.Disks[0].Disk.Bus != "" {
		t.Error("a preference does not override what the VirtualMachine sets")
	}
	if got := planned(v1alpha1.WukongSpec{}, Devices{}).Spec.Template.Spec.TerminationGracePeriodSeconds; got == nil || *got != 180 {
		t.Errorf("want a guest without a preference to have three minutes to shut down, got %v", got)
	}
	if spec.Domain.Devices.Rng == nil {
		t.Error("without random numbers a guest waits for entropy")
	}
	if vm.Spec.Running != nil {
		t.Error("running is deprecated, and excludes a run strategy")
	}
}

// TestVolumes shows each field of the disks and of their volumes. KubeVirt waits for the import of a DataVolume, and not of a claim.
func TestVolumes(t *testing.T) {
	spec := planned(v1alpha1.WukongSpec{}, Devices{
		Volumes: []storage.Volume{{Name: "system", ClaimName: "x", Imported: true, BootOrder: 1}, {Name: "data", ClaimName: "y", Bus: "sata"}},
		Seed:    cloudinit.Seed{UserDataSecret: "by-hand", NetworkDataSecret: "web-01-cloud-init"},
	}).Spec.Template.Spec
	disks := []kubevirtv1.Disk{
		{Name: "system", Serial: names.Serial("system"), BootOrder: ptr.To[uint](1), DiskDevice: kubevirtv1.DiskDevice{Disk: &kubevirtv1.DiskTarget{}}},
		{Name: "data", Serial: names.Serial("data"), DiskDevice: kubevirtv1.DiskDevice{Disk: &kubevirtv1.DiskTarget{Bus: "sata"}}},
		{Name: "cloudinitdisk", DiskDevice: kubevirtv1.DiskDevice{Disk: &kubevirtv1.DiskTarget{Bus: "virtio"}}},
	}
	if diff := cmp.Diff(disks, spec.Domain.Devices.Disks); diff != "" {
		t.Errorf("disks: -want, +got:\n%s", diff)
	}
	claim := kubevirtv1.PersistentVolumeClaimVolumeSource{PersistentVolumeClaimVolumeSource: corev1.PersistentVolumeClaimVolumeSource{ClaimName: "y"}}
	volumes := []kubevirtv1.Volume{
		{Name: "system", VolumeSource: kubevirtv1.VolumeSource{DataVolume: &kubevirtv1.DataVolumeSource{Name: "x"}}},
		{Name: "data", VolumeSource: kubevirtv1.VolumeSource{PersistentVolumeClaim: &claim}},
		{Name: "cloudinitdisk", VolumeSource: kubevirtv1.VolumeSource{CloudInitNoCloud: &kubevirtv1.CloudInitNoCloudSource{
			UserDataSecretRef:    &corev1.LocalObjectReference{Name: "by-hand"},
			NetworkDataSecretRef: &corev1.LocalObjectReference{Name: "web-01-cloud-init"},
		}}},
	}
	if diff := cmp.Diff(volumes, spec.Volumes); diff != "" {
		t.Errorf("volumes: -want, +got:\n%s", diff)
	}
}

// TestFacts shows what a summary says of a virtual machine, in its order.
func TestFacts(t *testing.T) {
	got := Facts(planned(
		v1alpha1.WukongSpec{CPU: ptr.To[int32](2), Memory: &v1alpha1.Quantity{Quantity: resource.MustParse("4Gi")}},
		Devices{Volumes: []storage.Volume{{Name: "system", BootOrder: 1}, {Name: "data"}}},
	))
	if diff := cmp.Diff([]string{"2 CPU", "4Gi memory", "runs: Always", "boots from system"}, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestEveryVolumeIsADisk shows that each volume has a device, and each network an interface: KubeVirt refuses one without the other.
func TestEveryVolumeIsADisk(t *testing.T) {
	spec := planned(v1alpha1.WukongSpec{}, Devices{
		NICs: []network.NIC{{
			Name:    "pod_network",
			Binding: network.BindingMasquerade,
		}, {Name: "lan", NAD: "a", Binding: network.BindingBridge}, {Name: "fast", NAD: "b/c", Binding: network.BindingSRIOV}},
		Volumes: []storage.Volume{{Name: "system", ClaimName: "x", Imported: true, BootOrder: 1}, {Name: "data", ClaimName: "y"}},
	}).Spec.Template.Spec

	var disks, volumes, interfaces, networks []string
	for _, d := range spec.Domain.Devices.Disks {
		disks = append(disks, d.Name)
		if booted := d.BootOrder != nil; booted != (d.Name == "system") {
			t.Errorf("want to boot from system alone, got boot order on %s: %t", d.Name, booted)
		}
	}
	for _, v := range spec.Volumes {
		volumes = append(volumes, v.Name)
	}
	for _, i := range spec.Domain.Devices.Interfaces {
		interfaces = append(interfaces, i.Name)
	}
	for _, n := range spec.Networks {
		networks = append(networks, n.Name)
	}
	if diff := cmp.Diff([]string{"system", "data", "cloudinitdisk"}, disks); diff != "" {
		t.Errorf("disks: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(disks, volumes); diff != "" {
		t.Errorf("volumes: -disks, +volumes:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"pod_network", "lan", "fast"}, interfaces); diff != "" {
		t.Errorf("interfaces: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(interfaces, networks); diff != "" {
		t.Errorf("networks: -interfaces, +networks:\n%s", diff)
	}
	if spec.Domain.Devices.Interfaces[0].Masquerade == nil || spec.Domain.Devices.Interfaces[1].Bridge == nil || spec.Domain.Devices.Interfaces[2].SRIOV == nil {
		t.Errorf("bindings: got %+v", spec.Domain.Devices.Interfaces)
	}
}
