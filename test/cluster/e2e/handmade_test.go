//go:build e2e

package e2e

import (
	"strings"
	"testing"

	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestHandMade creates and deletes a Wukong beside objects that a user created, whose names resemble those of composed resources.
func TestHandMade(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	handmade := []client.Object{
		handmadePVC("web-01-system"), handmadePVC("system"), handmadePVC("web-01"),
		&nadv1.NetworkAttachmentDefinition{ObjectMeta: metav1.ObjectMeta{Name: "web-01-lan"}},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "web-01-cloud-init"}, StringData: map[string]string{"userdata": "handmade"}},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "web-01"}, StringData: map[string]string{"userdata": "handmade"}},
		handmadeVM("web-01-vm"), handmadeVM("web-011"),
	}
	for _, o := range handmade {
		tenant.MustCreate(t, o)
	}
	// Resource versions of VirtualMachines are not compared: KubeVirt may still add fields to new ones.
	before, versions := tenant.ObjectNames(t), map[client.Object]string{}
	for _, o := range handmade {
		if _, ok := o.(*kubevirtv1.VirtualMachine); !ok {
			versions[o] = o.GetResourceVersion()
		}
	}
	uids := tenant.UIDs(t)

	wukong := tenant.Apply(t, "minimal", func(w *v1alpha1.Wukong) {
		w.Spec.Networks = []v1alpha1.Network{{Name: "lan", Type: v1alpha1.NetworkTypeBridge}}
	})
	wukong.EventuallyRuns(t)
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t, before...)
	tenant.CheckUIDs(t, uids)
	for o, version := range versions {
		if _, isClaim := o.(*corev1.PersistentVolumeClaim); isClaim {
			// Kubernetes changes it when it binds it.
			continue
		}
		if err := tenant.Get(t.Context(), client.ObjectKeyFromObject(o), o); err != nil {
			t.Fatal(err)
		}
		if o.GetResourceVersion() != version {
			t.Errorf("%s was changed", o.GetName())
		}
	}
}

// TestHandMadeVM creates a Wukong with the name of a VirtualMachine that a user created. The Wukong reports the conflict and does not change the
// VirtualMachine. It takes the VirtualMachine over once a label allows that.
func TestHandMadeVM(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	handmade := handmadeVM("web-01")
	tenant.MustCreate(t, handmade)
	generation := handmade.GetGeneration()

	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system")))
	wukong.Eventually(t, "reports the other virtual machine", func(o Observed) bool {
		return o.Status.Phase == v1alpha1.PhaseError && strings.Contains(o.Status.Message, "does not belong to this Wukong")
	})
	wukong.Delete(t)
	if vm := wukong.VM(t); vm.UID != handmade.UID || vm.GetGeneration() != generation {
		t.Errorf("the VirtualMachine was changed: got %s, want %s", vm.UID, handmade.UID)
	}

	wukong = tenant.Apply(t, "minimal", withDisks(emptyDisk("system")))
	wukong.Eventually(t, "reports the other virtual machine again", func(o Observed) bool { return o.Status.Phase == v1alpha1.PhaseError })
	handOver := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"vm.novasphere.dev/wukong":"web-01"}}}`))
	if err := cluster.Patch(t.Context(), wukong.VM(t), handOver); err != nil {
		t.Fatal(err)
	}
	wukong.EventuallyRuns(t)
	if vm := wukong.VM(t); vm.UID != handmade.UID || len(volumes(vm)) != 2 {
		t.Errorf("the VirtualMachine was not taken over: got %s with volumes %[3]v, want %[2]s", vm.UID, handmade.UID, volumes(vm))
	}
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}

// volumes returns the names of the volumes of a VirtualMachine.
func volumes(vm *kubevirtv1.VirtualMachine) []string {
	var out []string
	for _, v := range vm.Spec.Template.Spec.Volumes {
		out = append(out, v.Name)
	}
	return out
}

// handmadeVM returns a halted VirtualMachine as a user might create it.
func handmadeVM(name string) *kubevirtv1.VirtualMachine {
	halted := kubevirtv1.RunStrategyHalted
	vm := &kubevirtv1.VirtualMachine{ObjectMeta: metav1.ObjectMeta{Name: name}}
	vm.Spec.RunStrategy = &halted
	vm.Spec.Template = &kubevirtv1.VirtualMachineInstanceTemplateSpec{}
	vm.Spec.Template.Spec.Domain.Memory = &kubevirtv1.Memory{Guest: &quantity("1Gi").Quantity}
	vm.Spec.Template.Spec.Domain.Devices.Disks = []kubevirtv1.Disk{{
		Name: "containerdisk", DiskDevice: kubevirtv1.DiskDevice{Disk: &kubevirtv1.DiskTarget{Bus: kubevirtv1.DiskBusVirtio}},
	}}
	vm.Spec.Template.Spec.Volumes = []kubevirtv1.Volume{{
		Name: "containerdisk", VolumeSource: kubevirtv1.VolumeSource{ContainerDisk: &kubevirtv1.ContainerDiskSource{Image: "quay.io/containerdisks/debian:12"}},
	}}
	return vm
}

// handmadePVC returns a PersistentVolumeClaim as a user might create it.
func handmadePVC(name string) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
		},
	}
}
