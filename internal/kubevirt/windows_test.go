package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/cloudinit"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
)

// TestWindows shows which CD-ROMs a guest gets, and from which of them it reads what.
func TestWindows(t *testing.T) {
	sata := func(name string) kubevirtv1.Disk { return cdrom(name, "sata") }
	answers := kubevirtv1.Volume{Name: "sysprep", VolumeSource: kubevirtv1.VolumeSource{
		Sysprep: &kubevirtv1.SysprepSource{Secret: &corev1.LocalObjectReference{Name: "answers"}},
	}}
	drivers := kubevirtv1.Volume{Name: "virtio-drivers", VolumeSource: kubevirtv1.VolumeSource{
		ContainerDisk: &kubevirtv1.ContainerDiskSource{Image: "quay.io/kubevirt/virtio-container-disk:v1.9.0"},
	}}
	unattended := &v1alpha1.UnattendSecretReference{Name: "answers"}
	cases := map[string]struct {
		reason       string
		windows      *v1alpha1.Windows
		architecture v1alpha1.Architecture
		image        string
		disks        []kubevirtv1.Disk
		volumes      []kubevirtv1.Volume
		fact         string
	}{
		"Alone":   {reason: "Windows reads no seed.", windows: &v1alpha1.Windows{}},
		"Answers": {windows: &v1alpha1.Windows{UnattendSecretRef: unattended}, disks: []kubevirtv1.Disk{sata("sysprep")}, volumes: []kubevirtv1.Volume{answers}, fact: "answers for Windows Setup"},
		"Drivers": {windows: &v1alpha1.Windows{Drivers: true}, image: "quay.io/kubevirt/virtio-container-disk:v1.9.0", disks: []kubevirtv1.Disk{sata("virtio-drivers")}, volumes: []kubevirtv1.Volume{drivers}, fact: "drivers for Windows"},
		"OnARM64": {reason: "It has no sata.", windows: &v1alpha1.Windows{UnattendSecretRef: unattended}, architecture: v1alpha1.ArchitectureARM64, disks: []kubevirtv1.Disk{cdrom("sysprep", "scsi")}, volumes: []kubevirtv1.Volume{answers}, fact: "answers for Windows Setup"},
		"WithSeed": {
			reason: "cloudbase-init looks for a configuration drive.", windows: &v1alpha1.Windows{CloudbaseInit: true}, disks: []kubevirtv1.Disk{sata("cloudinitdisk")},
			volumes: []kubevirtv1.Volume{{Name: "cloudinitdisk", VolumeSource: kubevirtv1.VolumeSource{CloudInitConfigDrive: &kubevirtv1.CloudInitConfigDriveSource{
				UserDataSecretRef: &corev1.LocalObjectReference{Name: "mine"}, NetworkDataSecretRef: &corev1.LocalObjectReference{Name: "seed"},
			}}}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d := Devices{DriversImage: tc.image}
			if tc.windows.CloudbaseInit {
				d.Seed = cloudinit.Seed{UserDataSecret: "mine", NetworkDataSecret: "seed", ConfigDrive: true}
			}
			vm := planned(v1alpha1.WukongSpec{Windows: tc.windows, Architecture: tc.architecture}, d)
			if diff := cmp.Diff(tc.disks, vm.Spec.Template.Spec.Domain.Devices.Disks); diff != "" {
				t.Errorf("%s disks: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.volumes, vm.Spec.Template.Spec.Volumes); diff != "" {
				t.Errorf("%s volumes: -want, +got:\n%s", tc.reason, diff)
			}
			if got := windowsFact(vm); got != tc.fact {
				t.Errorf("%s want the fact %q, got %q", tc.reason, tc.fact, got)
			}
		})
	}
}

// TestDriversImage shows that another image of the platform team changes no virtual machine that has one.
func TestDriversImage(t *testing.T) {
	const own = "{spec: {template: {spec: {domain: {devices: {disks: [{name: virtio-drivers, cdrom: {bus: sata}}]}}, volumes: [{name: virtio-drivers, containerDisk: {image: old}}]}}}}"
	cases := map[string]struct {
		reason, vm, image, want string
		windows                 *v1alpha1.Windows
		refused                 bool
	}{
		"Unasked":  {image: "docker://new", windows: &v1alpha1.Windows{}},
		"New":      {reason: "KubeVirt takes a reference.", image: "docker://new", windows: &v1alpha1.Windows{Drivers: true}, want: "new"},
		"Missing":  {windows: &v1alpha1.Windows{Drivers: true}, refused: true},
		"Kept":     {reason: "Another image takes a restart.", vm: own, image: "docker://new", windows: &v1alpha1.Windows{Drivers: true}, want: "old"},
		"KeptLast": {reason: "Nor does the platform team take it away.", vm: own, windows: &v1alpha1.Windows{Drivers: true}, want: "old"},
		"Added":    {vm: "{spec: {template: {spec: {domain: {}}}}}", image: "new", windows: &v1alpha1.Windows{Drivers: true}, want: "new"},
		"OfDisk": {
			reason: "A drive of the Wukong had the name, with an image of its author's.",
			vm: "{spec: {template: {spec: {domain: {devices: {disks: [{name: virtio-drivers, serial: virtio-drivers, cdrom: {bus: sata}}]}}, " +
				"volumes: [{name: virtio-drivers, containerDisk: {image: theirs}}]}}}}",
			image: "new", windows: &v1alpha1.Windows{Drivers: true}, want: "new",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := observed.Resources{}
			if tc.vm != "" {
				rs[plan.KeyVM] = observed.Resource{Object: observedtest.YAML(tc.vm)}
			}
			w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{Windows: tc.windows}}
			got, errs := DriversImage(w, &v1beta1.Input{Defaults: &v1beta1.Defaults{WindowsDriversImage: v1alpha1.Image(tc.image)}}, rs)
			if got != tc.want || (len(errs) > 0) != tc.refused {
				t.Errorf("%s want %q, got %q, %v", tc.reason, tc.want, got, errs)
			}
		})
	}
}

// TestExistingWindows shows that what a guest of Windows gets is none of its disks, and that the Secret with its answers is known.
func TestExistingWindows(t *testing.T) {
	w := v1alpha1.WukongSpec{Windows: &v1alpha1.Windows{UnattendSecretRef: &v1alpha1.UnattendSecretReference{Name: "answers"}, Drivers: true, CloudbaseInit: true}}
	vm := planned(w, Devices{DriversImage: "image", Seed: cloudinit.Seed{UserDataSecret: "mine", NetworkDataSecret: "seed", ConfigDrive: true}})
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(vm)
	if err != nil {
		t.Fatal(err)
	}
	got := Existing(observed.Resources{plan.KeyVM: observed.Resource{Object: observedtest.Object(fields)}})
	if len(got.Disks) > 0 || got.UnattendSecret() != "answers" || got.CloudInit == nil || got.CloudInit.UserDataSecretRef.Name != "mine" {
		t.Errorf("got disks %v, answers %q, user data %v", got.Disks, got.UnattendSecret(), got.CloudInit)
	}
}
