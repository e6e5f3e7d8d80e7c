//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/test/cluster/plane"
	"github.com/novasphere/function-wukong/test/cluster/player"
)

// TestLiveGrowth lets virtual machines grow and shrink while they run: CPUs, memory, disks and networks.
//
// KubeVirt's virt-api and virt-controller are real. virt-controller gives the instance its sockets, memory, volumes and interfaces and sets the
// conditions by which it asks for a migration, it makes and deletes the pod that attaches volumes, marks an interface as absent, and takes it from the
// instance and from the virtual machine once the instance has lost it. It creates no migration by itself, as the KubeVirt object names no
// workloadUpdateMethods: what a migration brings to the guest ends there.
//
// The player plays the rest. As virt-launcher it plugs and unplugs the interfaces of guests. At the request of this test it attaches a pod to the
// networks that this requests by then, as Multus' dynamic-networks-controller does, in place of the migration to another pod. No guest gets
// CPUs, memory or disks.
//
// All tenants share the Composition and the KubeVirt object, so that other tests run in parallel only once both are restored.
func TestLiveGrowth(t *testing.T) {
	cluster.plugVolumes(t)
	tenant := cluster.NewTenant(t)
	// The Wukongs go with the tenant, after the last subtest.
	t.Run("edits", func(t *testing.T) {
		for name, grow := range map[string]func(*testing.T, *Wukong){
			"cpus": growCPUs, "memory": growMemory, "disks": plugDisk, "networks": plugNetwork, "network-returns": returnNetwork, "held": holdGrowth,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				wukong := tenant.Apply(t, "minimal", withName(name), withDisks(emptyDisk("system")), withMemory("2Gi"), withCPUs(2))
				wukong.EventuallyRuns(t)
				first := wukong.VMI(t).UID
				grow(t, wukong)
				if vmi := wukong.VMI(t); vmi.UID != first || vmi.Status.Phase != kubevirtv1.Running {
					t.Errorf("want the instance %s to run on, got %s, which is %s", first, vmi.UID, vmi.Status.Phase)
				}
				migrations := &kubevirtv1.VirtualMachineInstanceMigrationList{}
				if err := tenant.List(t.Context(), migrations, client.InNamespace(tenant.Namespace)); err != nil || len(migrations.Items) > 0 {
					t.Errorf("want no migration, as nobody asks for one, got %d: %v", len(migrations.Items), err)
				}
			})
		}
	})
}

// gateOfPlugging is the feature gate by which KubeVirt attaches and detaches volumes. It is on by default from KubeVirt 1.9 on.
const gateOfPlugging = "DeclarativeHotplugVolumes"

// plugVolumes lets KubeVirt attach volumes while guests run, and tells the function so, until the end of the test.
func (c *Cluster) plugVolumes(t *testing.T) {
	t.Helper()
	version := c.set(t)[plane.KubeVirt]
	says := map[string]any{"version": version, "workloadUpdateMethods": []any{}}
	if version == "1.8" {
		says["featureGates"] = []any{gateOfPlugging}
		kv := &unstructured.Unstructured{}
		kv.SetGroupVersionKind(kubevirtv1.KubeVirtGroupVersionKind)
		if err := c.Get(t.Context(), types.NamespacedName{Namespace: "kubevirt", Name: "kubevirt"}, kv); err != nil {
			t.Fatal(err)
		}
		path := []string{"spec", "configuration", "developerConfiguration", "featureGates"}
		before, _, err := unstructured.NestedStringSlice(kv.Object, path...)
		if err != nil {
			t.Fatal(err)
		}
		set := func(ctx context.Context, gates []string) error {
			old := kv.DeepCopy()
			return errors.Join(unstructured.SetNestedStringSlice(kv.Object, gates, path...), c.Patch(ctx, kv, client.MergeFrom(old)))
		}
		t.Cleanup(func() {
			if err := set(context.Background(), before); err != nil {
				t.Error(err)
			}
		})
		if err := set(t.Context(), append(slices.Clone(before), gateOfPlugging)); err != nil {
			t.Fatal(err)
		}
	}
	var before any
	t.Cleanup(func() {
		c.setInput(t, func(input map[string]any) {
			delete(input, "cluster")
			if before != nil {
				input["cluster"] = before
			}
		})
	})
	c.setInput(t, func(input map[string]any) {
		before = input["cluster"]
		settings := map[string]any{"kubevirt": says}
		if old, ok := before.(map[string]any); ok {
			for name, v := range old {
				if name != "kubevirt" {
					settings[name] = v
				}
			}
		}
		input["cluster"] = settings
	})
}

// eventuallyVMI waits until an instance satisfies a predicate, which returns what is missing. KubeVirt must not require a restart.
func (w *Wukong) eventuallyVMI(t *testing.T, condition string, check func(*kubevirtv1.VirtualMachineInstance) error) {
	t.Helper()
	eventually(t, "the instance of "+w.String()+" "+condition, func() error {
		vmi := w.VMI(t)
		if requiresRestart(w.VM(t)) {
			return errors.New("KubeVirt requires a restart")
		}
		return check(vmi)
	})
}

// eventuallyGets waits until the Wukong says what the guest gets by a migration that nobody starts by itself, and neither fails nor waits for a restart.
func (w *Wukong) eventuallyGets(t *testing.T, values string) {
	t.Helper()
	want := "Virtual machine is running, and gets " + values + " when it moves to another node: virtctl migrate " + w.Name + " moves it"
	w.Eventually(t, "says that it gets "+values, func(o Observed) bool {
		return o.Status.Message == want && o.True("Ready") && !o.True("RestartRequired") && isAccepted(o)
	})
}

// said returns the message of a condition. Empty where there is none.
func said(o Observed, kind string) string {
	if c := o.Condition(kind); c != nil {
		return c.Message
	}
	return ""
}

// growCPUs adds CPUs.
func growCPUs(t *testing.T, wukong *Wukong) {
	wukong.Edit(t, withCPUs(4))
	wukong.eventuallyVMI(t, "has four sockets, and asks for a migration", func(vmi *kubevirtv1.VirtualMachineInstance) error {
		if n := vmi.Spec.Domain.CPU.Sockets; n != 4 || !hasCondition(vmi, kubevirtv1.VirtualMachineInstanceVCPUChange) {
			return fmt.Errorf("it has %d sockets and the conditions %+v", n, vmi.Status.Conditions)
		}
		return nil
	})
	wukong.eventuallyGets(t, "4 CPUs")
}

// growMemory adds memory.
func growMemory(t *testing.T, wukong *Wukong) {
	wukong.Edit(t, withMemory("4Gi"))
	wukong.eventuallyVMI(t, "has 4Gi, and asks for a migration", func(vmi *kubevirtv1.VirtualMachineInstance) error {
		if m := vmi.Spec.Domain.Memory.Guest; m.String() != "4Gi" || !hasCondition(vmi, kubevirtv1.VirtualMachineInstanceMemoryChange) {
			return fmt.Errorf("it has %s and the conditions %+v", m, vmi.Status.Conditions)
		}
		return nil
	})
	wukong.eventuallyGets(t, "4Gi memory")
}

// holdGrowth adds CPUs and memory together with a change that takes a restart, which holds both.
func holdGrowth(t *testing.T, wukong *Wukong) {
	wukong.Edit(t, combine(withCPUs(4), withMemory("4Gi"), withSSHKeys("other-keys")))
	wukong.Eventually(t, "says that all of it waits for a restart", func(o Observed) bool {
		return o.True("RestartRequired") && strings.HasPrefix(said(o, "RestartRequired"), "a change of sshKeySecret, cpu, memory waits for a restart")
	})
	if vmi := wukong.VMI(t); vmi.Spec.Domain.CPU.Sockets != 2 || vmi.Spec.Domain.Memory.Guest.String() != "2Gi" {
		t.Errorf("want the CPUs and the memory held, got %d sockets and %s", vmi.Spec.Domain.CPU.Sockets, vmi.Spec.Domain.Memory.Guest)
	}
}

// plugDisk adds a disk, and removes it.
func plugDisk(t *testing.T, wukong *Wukong) {
	wukong.Edit(t, withDisks(emptyDisk("system"), emptyDisk("data")))
	has := func(vmi *kubevirtv1.VirtualMachineInstance) (volume, disk bool) {
		return slices.ContainsFunc(vmi.Spec.Volumes, func(v kubevirtv1.Volume) bool { return v.Name == "data" }),
			slices.ContainsFunc(vmi.Spec.Domain.Devices.Disks, func(d kubevirtv1.Disk) bool { return d.Name == "data" })
	}
	wukong.eventuallyVMI(t, "has the disk", func(vmi *kubevirtv1.VirtualMachineInstance) error {
		if volume, disk := has(vmi); !volume || !disk {
			return fmt.Errorf("it has the volume: %t, and the disk: %t", volume, disk)
		}
		return nil
	})
	// Crossplane writes the status after the virtual machine.
	added := wukong.Eventually(t, "has the disk in its status", func(o Observed) bool { return o.Volume("data").PVCName != "" })
	claim := types.NamespacedName{Namespace: wukong.Namespace, Name: added.Volume("data").PVCName}
	eventually(t, "a pod attaches the disk of "+wukong.String(), func() error {
		if pods := wukong.attaching(t, claim.Name); len(pods) != 1 {
			return fmt.Errorf("want one pod, got %q", pods)
		}
		return nil
	})

	wukong.Edit(t, withDisks(emptyDisk("system")))
	wukong.eventuallyVMI(t, "has lost the disk", func(vmi *kubevirtv1.VirtualMachineInstance) error {
		if volume, disk := has(vmi); volume || disk {
			return fmt.Errorf("it has the volume: %t, and the disk: %t", volume, disk)
		}
		return nil
	})
	eventually(t, "the claim of "+wukong.String()+" is gone, after the pod that attached it", func() error {
		err := wukong.Get(t.Context(), claim, &corev1.PersistentVolumeClaim{})
		if !apierrors.IsNotFound(err) {
			return fmt.Errorf("it is there, with the pods %q: %w", wukong.attaching(t, claim.Name), err)
		}
		if pods := wukong.attaching(t, claim.Name); len(pods) > 0 {
			t.Errorf("want no pod to attach what is gone, got %q", pods)
		}
		return nil
	})
}

// attaching returns the names of the pods that attach a claim to an instance that runs.
func (w *Wukong) attaching(t *testing.T, claim string) []string {
	t.Helper()
	all := &corev1.PodList{}
	if err := w.List(t.Context(), all, client.InNamespace(w.Namespace)); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, pod := range all.Items {
		attaches := slices.ContainsFunc(pod.Spec.Volumes, func(v corev1.Volume) bool {
			return v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ClaimName == claim
		})
		if attaches && strings.HasPrefix(pod.Name, "hp-volume-") {
			out = append(out, pod.Name)
		}
	}
	return out
}

// attachment returns the NetworkAttachmentDefinition of a network that the instance is attached to. Nil where it is gone.
func (w *Wukong) attachment(t *testing.T, name string) *nadv1.NetworkAttachmentDefinition {
	t.Helper()
	nad := &nadv1.NetworkAttachmentDefinition{}
	err := w.Get(t.Context(), types.NamespacedName{Namespace: w.Namespace, Name: name}, nad)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return nad
}

// attach lets the player attach the pod of the instance to the networks that it requests, from now on or, where it is off, no more.
func (w *Wukong) attach(t *testing.T, on bool) {
	t.Helper()
	pod := w.Pod(t)
	before := pod.DeepCopy()
	delete(pod.Annotations, player.Attach)
	if on {
		pod.Annotations[player.Attach] = "yes"
	}
	if err := w.Patch(t.Context(), pod, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
}

// device returns the interface lan in the spec of an instance, and whether it is in the status. Nil where the spec has none.
func device(vmi *kubevirtv1.VirtualMachineInstance) (spec *kubevirtv1.Interface, reported bool) {
	for i, d := range vmi.Spec.Domain.Devices.Interfaces {
		if d.Name == "lan" {
			spec = &vmi.Spec.Domain.Devices.Interfaces[i]
		}
	}
	return spec, slices.ContainsFunc(vmi.Status.Interfaces, func(i kubevirtv1.VirtualMachineInstanceNetworkInterface) bool { return i.Name == "lan" })
}

// addNetwork adds a network to a virtual machine that runs, and returns the name of its NetworkAttachmentDefinition once the guest has it.
func addNetwork(t *testing.T, wukong *Wukong) string {
	t.Helper()
	wukong.Edit(t, lan("lan"))
	wukong.eventuallyVMI(t, "has the network, and waits for a migration", func(vmi *kubevirtv1.VirtualMachineInstance) error {
		if d, _ := device(vmi); d == nil || !hasCondition(vmi, kubevirtv1.VirtualMachineInstanceMigrationRequired) {
			return fmt.Errorf("it has the interface %+v and the conditions %+v", d, vmi.Status.Conditions)
		}
		return nil
	})
	wukong.Eventually(t, "says that the network waits", func(o Observed) bool { return strings.HasPrefix(said(o, "RestartRequired"), networksMove) })
	wukong.attach(t, true)
	o := wukong.Eventually(t, "has the network", func(o Observed) bool { return o.Network("lan").IPAddress != "" && !o.True("RestartRequired") })
	wukong.attach(t, false)
	return o.Network("lan").NADName
}

// removeNetwork removes the networks of a virtual machine that runs, and waits until the guest has lost the network, which the pod still has.
func removeNetwork(t *testing.T, wukong *Wukong, nad string) {
	t.Helper()
	wukong.Edit(t, func(w *v1alpha1.Wukong) { w.Spec.Networks = nil })
	wukong.eventuallyVMI(t, "has the network as absent, in the pod alone", func(vmi *kubevirtv1.VirtualMachineInstance) error {
		d, _ := device(vmi)
		if d == nil || d.State != kubevirtv1.InterfaceStateAbsent || !hasCondition(vmi, kubevirtv1.VirtualMachineInstanceMigrationRequired) {
			return fmt.Errorf("it has the interface %+v, reports %+v and has the conditions %+v", d, vmi.Status.Interfaces, vmi.Status.Conditions)
		}
		return nil
	})
	wukong.Eventually(t, "says that the network leaves", func(o Observed) bool {
		return o.True("Valid") && strings.Contains(said(o, "Valid"), "network lan leaves: ") && o.True("Ready") && o.Network("lan").Name == ""
	})
	if found := wukong.attachment(t, nad); found == nil || found.DeletionTimestamp != nil {
		t.Errorf("want the NetworkAttachmentDefinition %s while the instance refers to it, got %v", nad, found)
	}
}

// plugNetwork adds a network, and removes it.
func plugNetwork(t *testing.T, wukong *Wukong) {
	nad := addNetwork(t, wukong)
	removeNetwork(t, wukong, nad)

	wukong.attach(t, true)
	wukong.eventuallyVMI(t, "has lost the network", func(vmi *kubevirtv1.VirtualMachineInstance) error {
		d, reported := device(vmi)
		if found := wukong.attachment(t, nad); (d != nil || reported) && (found == nil || found.DeletionTimestamp != nil) {
			t.Errorf("the NetworkAttachmentDefinition %s goes before the instance has lost it", nad)
		}
		if d != nil || reported {
			return fmt.Errorf("it has the interface %+v, reported: %t", d, reported)
		}
		return nil
	})
	eventually(t, "the virtual machine of "+wukong.String()+" has lost the network, and then its NetworkAttachmentDefinition", func() error {
		devices := wukong.VM(t).Spec.Template.Spec.Domain.Devices.Interfaces
		if len(devices) != 1 {
			return fmt.Errorf("it has the interfaces %+v", devices)
		}
		if found := wukong.attachment(t, nad); found != nil {
			return fmt.Errorf("the NetworkAttachmentDefinition is there: %+v", found.ObjectMeta)
		}
		return nil
	})
	wukong.Eventually(t, "has nothing more to say", func(o Observed) bool {
		return o.True("Ready") && isAccepted(o) && !strings.Contains(said(o, "Valid"), "leaves") && !o.True("RestartRequired")
	})
	wukong.staysSettled(t)
}

// staysSettled fails unless the virtual machine stays as it is: KubeVirt and the Wukong must not take turns.
func (w *Wukong) staysSettled(t *testing.T) {
	t.Helper()
	const rounds = 20
	before := w.VM(t).Generation
	seen := 0
	eventually(t, "the virtual machine of "+w.String()+" was looked at some times", func() error {
		if after := w.VM(t).Generation; after != before {
			t.Fatalf("the virtual machine goes on changing: generation %d became %d", before, after)
		}
		if seen++; seen < rounds {
			return fmt.Errorf("%d of %d times", seen, rounds)
		}
		return nil
	})
}

// returnNetwork adds a network, removes it, and adds it again before the pod has lost it.
func returnNetwork(t *testing.T, wukong *Wukong) {
	nad := addNetwork(t, wukong)
	removeNetwork(t, wukong, nad)
	uid := wukong.attachment(t, nad).UID

	wukong.Edit(t, lan("lan"))
	wukong.Eventually(t, "says that the network returns once it has left", func(o Observed) bool {
		return strings.Contains(said(o, "Valid"), "spec.networks[0].name: this network was removed and is still leaving")
	})
	wukong.attach(t, true)
	wukong.eventuallyVMI(t, "has the network again", func(vmi *kubevirtv1.VirtualMachineInstance) error {
		d, reported := device(vmi)
		if d == nil || d.State == kubevirtv1.InterfaceStateAbsent || !reported {
			return fmt.Errorf("it has the interface %+v, reported: %t", d, reported)
		}
		return nil
	})
	wukong.Eventually(t, "runs with the network", func(o Observed) bool {
		return o.Network("lan").IPAddress != "" && !o.True("RestartRequired") && !strings.Contains(said(o, "Valid"), "is still leaving")
	})
	if found := wukong.attachment(t, nad); found == nil || found.UID != uid || found.DeletionTimestamp != nil {
		t.Errorf("want the NetworkAttachmentDefinition %s with the UID %s all the time, got %v", nad, uid, found)
	}
}
