//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"
	snapshotv1 "kubevirt.io/api/snapshot/v1beta1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
)

// keeping says how many snapshots a Wukong keeps.
func keeping(n int32) Edit {
	return func(w *v1alpha1.Wukong) { w.Spec.Snapshots = &v1alpha1.Snapshots{Keep: n} }
}

// TestSnapshots takes snapshots of two virtual machines at once, as the CronOperation of the example does, by KubeVirt's own controller. Each Wukong keeps
// as many as it says, and leaves alone what somebody took by hand. Another one is made from a snapshot. All snapshots outlive their Wukong.
func TestSnapshots(t *testing.T) {
	t.Parallel()
	needsOperations(t)
	tenant := cluster.NewTenant(t)
	labelled := func(w *v1alpha1.Wukong) { w.Labels = map[string]string{"snapshots": tenant.Namespace} }
	disks := withDisks(emptyDisk("system"), emptyDisk("data"))
	// Of one that runs KubeVirt asks the guest agent to freeze the file systems, and there is no guest.
	halted := withRunStrategy(kubevirtv1.RunStrategyHalted)
	one := tenant.Apply(t, "minimal", withName("one"), disks, labelled, halted, keeping(2))
	two := tenant.Apply(t, "minimal", withName("two"), disks, labelled, halted)
	for _, w := range []*Wukong{one, two} {
		w.EventuallyStopped(t)
	}
	one.eventuallyAges(t)
	one.takeSnapshot(t, "before-upgrade", map[string]string{names.LabelWukong: one.Name})

	for n := 1; n <= 3; n++ {
		one.OperateOnLabel(t, "snapshot", "snapshots", tenant.Namespace)
		for _, w := range []*Wukong{one, two} {
			w.eventuallyReady(t, names.Numbered(w.Name, uint64(n)))
		}
	}
	one.touchAll(t)
	one.Eventually(t, "keeps two of its snapshots, and the one by hand", func(o Observed) bool {
		var ready []string
		for _, s := range o.Status.Snapshots {
			if s.Ready {
				ready = append(ready, s.Name)
			}
		}
		return slices.Equal(ready, []string{"one-3", "one-2", "before-upgrade"})
	})
	tenant.eventuallyHasSnapshots(t, "one-2", "one-3", "before-upgrade", "two-1", "two-2", "two-3")

	// A snapshot that was to go, or not, belongs to nobody: it stays with a higher number, without one, and without the Wukong.
	one.Edit(t, keeping(100))
	restored := tenant.Apply(t, "minimal", withName("restored"), withDisks(
		clonedDisk("system", v1alpha1.ImageKindVMSnapshot, "", "one-2"), clonedDisk("data", v1alpha1.ImageKindVMSnapshot, "", "one-2"),
	))
	restored.EventuallyRuns(t)
	restored.checkRestored(t, "one-2")
	one.Edit(t, func(w *v1alpha1.Wukong) { w.Spec.Snapshots = nil })
	one.Eventually(t, "no longer lists its snapshots", func(o Observed) bool { return len(o.Status.Snapshots) == 0 })
	deleteAll(t, []*Wukong{one, two, restored})
	tenant.eventuallyHasSnapshots(t, "one-2", "one-3", "before-upgrade", "two-1", "two-2", "two-3")
	if err := tenant.DeleteAllOf(t.Context(), &snapshotv1.VirtualMachineSnapshot{}, client.InNamespace(tenant.Namespace)); err != nil {
		t.Fatal(err)
	}
	tenant.eventuallyHasSnapshots(t)
}

// TestCloneOfWukong makes a Wukong of the disks of another one, which is stopped.
func TestCloneOfWukong(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	source := tenant.Apply(t, "minimal", withName("source"), withDisks(emptyDisk("system")), withRunStrategy(kubevirtv1.RunStrategyHalted))
	source.EventuallyStopped(t)
	copied := tenant.Apply(t, "minimal", withName("copy"), withDisks(clonedDisk("system", v1alpha1.ImageKindWukong, "", source.Name)))
	copied.EventuallyRuns(t)
	deleteAll(t, []*Wukong{source, copied})
	tenant.EventuallyHasOnly(t)
}

// useSnapshots lets a Wukong keep one of two snapshots, and makes another one from that.
func (n *Tenant) useSnapshots(t *testing.T) {
	t.Helper()
	kept := n.Apply(t, "minimal", withName("kept"), withDisks(emptyDisk("system")), withRunStrategy(kubevirtv1.RunStrategyHalted), keeping(1))
	kept.EventuallyStopped(t)
	kept.eventuallyAges(t)
	labels := names.Labels(&v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Name: kept.Name}})
	for _, name := range []string{"kept-1", "kept-2"} {
		kept.takeSnapshot(t, name, labels)
	}
	kept.touchAll(t)
	n.eventuallyHasSnapshots(t, "kept-2")
	restored := n.Apply(t, "minimal", withName("restored"), withDisks(clonedDisk("system", v1alpha1.ImageKindVMSnapshot, "", "kept-2")))
	restored.EventuallyRuns(t)
	deleteAll(t, []*Wukong{kept, restored})
	if err := n.DeleteAllOf(t.Context(), &snapshotv1.VirtualMachineSnapshot{}, client.InNamespace(n.Namespace)); err != nil {
		t.Fatal(err)
	}
}

// eventuallyAges waits until what is made now is newer than the virtual machine: the API server tells times by the second.
func (w *Wukong) eventuallyAges(t *testing.T) {
	t.Helper()
	made := w.VM(t).CreationTimestamp.Time
	eventually(t, w.String()+" is a second old", func() error {
		if age := time.Since(made); age < 2*time.Second {
			return fmt.Errorf("it is %s old", age)
		}
		return nil
	})
}

// OperateOnLabel applies an example of an Operation to the Wukongs with a label and waits until it has succeeded.
func (w *Wukong) OperateOnLabel(t *testing.T, example, label, value string) {
	t.Helper()
	w.Operate(t, example, func(op *unstructured.Unstructured) {
		pipeline, _, _ := unstructured.NestedSlice(op.Object, "spec", "pipeline")
		input := pipeline[0].(map[string]any)["input"].(map[string]any)
		delete(input, "name")
		delete(input, "namespace")
		input["selector"] = map[string]any{"matchLabels": map[string]any{label: value}}
		if err := unstructured.SetNestedSlice(op.Object, pipeline, "spec", "pipeline"); err != nil {
			t.Fatal(err)
		}
	})
}

// takeSnapshot takes a snapshot of the virtual machine with labels, and waits until KubeVirt has taken it.
func (w *Wukong) takeSnapshot(t *testing.T, name string, labels map[string]string) {
	t.Helper()
	s := &snapshotv1.VirtualMachineSnapshot{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
	s.Spec.Source.APIGroup, s.Spec.Source.Kind, s.Spec.Source.Name = new("kubevirt.io"), "VirtualMachine", w.Name
	w.MustCreate(t, s)
	w.eventuallyReady(t, name)
}

// eventuallyReady waits until KubeVirt has taken a snapshot.
func (w *Wukong) eventuallyReady(t *testing.T, name string) {
	t.Helper()
	eventually(t, "snapshot "+name+" is ready", func() error {
		s := &snapshotv1.VirtualMachineSnapshot{}
		if err := w.Get(t.Context(), types.NamespacedName{Namespace: w.Namespace, Name: name}, s); err != nil {
			return err
		}
		if s.Status == nil || s.Status.ReadyToUse == nil || !*s.Status.ReadyToUse {
			return fmt.Errorf("%+v", s.Status)
		}
		return nil
	})
}

// eventuallyHasSnapshots waits until a namespace has exactly these snapshots.
func (n *Tenant) eventuallyHasSnapshots(t *testing.T, want ...string) {
	t.Helper()
	slices.Sort(want)
	eventually(t, fmt.Sprintf("the snapshots are %q", want), func() error {
		all := &snapshotv1.VirtualMachineSnapshotList{}
		if err := n.List(t.Context(), all, client.InNamespace(n.Namespace)); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
		got := map[string]bool{}
		for _, s := range all.Items {
			got[s.Name] = true
		}
		if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, want) {
			return fmt.Errorf("they are %q", names)
		}
		return nil
	})
}

// checkRestored fails the test unless each disk was cloned from its volume in a snapshot.
func (w *Wukong) checkRestored(t *testing.T, snapshot string) {
	t.Helper()
	s := &snapshotv1.VirtualMachineSnapshot{}
	if err := w.Get(t.Context(), types.NamespacedName{Namespace: w.Namespace, Name: snapshot}, s); err != nil {
		t.Fatal(err)
	}
	sources := w.sources(t)
	if len(sources) == 0 {
		t.Errorf("%s has no DataVolume", w)
	}
	for name, source := range sources {
		from := source.Snapshot
		if from == nil || from.Namespace != w.Namespace || !strings.HasPrefix(from.Name, "vmsnapshot-"+string(s.UID)+"-") || !strings.HasSuffix(from.Name, "-"+name) {
			t.Errorf("want disk %s to be cloned from its volume in snapshot %s, got %+v", name, snapshot, source)
		}
	}
}

// TestRestore restores the disks of a virtual machine that runs from a snapshot, in its next start, and moves one of them to another storage class after that.
// What they were before goes once an instance runs without it.
func TestRestore(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	w := tenant.Apply(t, "minimal", withName("restored"), withDisks(emptyDisk("system"), emptyDisk("data")), withRunStrategy(kubevirtv1.RunStrategyHalted))
	w.EventuallyStopped(t)
	first := claimsOf(w.Observe(t))
	w.writeAll(t, "before")
	w.takeSnapshot(t, "restored-1", nil)
	w.Edit(t, withRunStrategy(kubevirtv1.RunStrategyAlways))
	w.EventuallyRuns(t)
	w.writeAll(t, "after")

	w.restore(t, "restored-1")
	restored := claimsOf(w.Eventually(t, "waits for a restart with restored disks", func(o Observed) bool {
		claims := claimsOf(o)
		isRestored := len(claims) == 2 && claims["system"] != first["system"] && claims["data"] != first["data"]
		return isRestored && o.True("RestartRequired") && o.True("VolumesBound")
	}))
	w.checkRestored(t, "restored-1")
	for _, v := range w.VMI(t).Spec.Volumes {
		if v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ClaimName != first[v.Name] {
			t.Errorf("the instance that runs has %s as disk %s", v.PersistentVolumeClaim.ClaimName, v.Name)
		}
	}
	w.Restart(t)
	w.EventuallyRuns(t)
	w.eventuallyHasClaims(t, restored)
	w.checkAll(t, "before")
	w.writeAll(t, "and more")

	w.Edit(t, func(w *v1alpha1.Wukong) {
		w.Spec.Disks[1].StorageClassName, w.Spec.Disks[1].MigrateStorage = fixedClass, true
	})
	w.Eventually(t, "waits for a restart to move a disk", func(o Observed) bool {
		return claimsOf(o)["data"] != restored["data"] && o.True("RestartRequired")
	})
	w.Restart(t)
	moved := claimsOf(w.EventuallyRuns(t))
	w.eventuallyHasClaims(t, moved)
	w.checkAll(t, "and more")
	if claim := w.PVC(t, "data"); *claim.Spec.StorageClassName != fixedClass || moved["system"] != restored["system"] {
		t.Errorf("want disk data alone to move to class %s, got %v of class %s", fixedClass, moved, *claim.Spec.StorageClassName)
	}
	w.Delete(t)

	// Under the same name the snapshot is one of this virtual machine, too.
	again := tenant.Apply(t, "minimal", withName("restored"), withDisks(emptyDisk("system"), emptyDisk("data")), func(w *v1alpha1.Wukong) {
		w.Spec.Restore = &v1alpha1.Restore{Snapshot: "restored-1"}
	})
	again.EventuallyRuns(t)
	again.checkRestored(t, "restored-1")
	again.checkAll(t, "before")
	again.Delete(t)
	if err := tenant.DeleteAllOf(t.Context(), &snapshotv1.VirtualMachineSnapshot{}, client.InNamespace(tenant.Namespace)); err != nil {
		t.Fatal(err)
	}
	tenant.EventuallyHasOnly(t)
}

// writeAll writes the same on the disks system and data, as the guest would.
func (w *Wukong) writeAll(t *testing.T, content string) {
	t.Helper()
	w.write(t, "system", content)
	w.write(t, "data", content)
}

// checkAll fails the test unless the disks system and data have what was written.
func (w *Wukong) checkAll(t *testing.T, want string) {
	t.Helper()
	w.checkContent(t, "system", want)
	w.checkContent(t, "data", want)
}

// restore has a Wukong restored from a snapshot: by the Operation of the example, and without Operations by an edit.
func (w *Wukong) restore(t *testing.T, snapshot string) {
	t.Helper()
	if cluster.set(t).HasClaimsAlone() {
		w.Edit(t, func(w *v1alpha1.Wukong) { w.Spec.Restore = &v1alpha1.Restore{Snapshot: v1alpha1.ObjectName(snapshot)} })
		return
	}
	w.Operate(t, "restore", func(op *unstructured.Unstructured) {
		pipeline, _, _ := unstructured.NestedSlice(op.Object, "spec", "pipeline")
		pipeline[0].(map[string]any)["input"].(map[string]any)["snapshot"] = snapshot
		if err := unstructured.SetNestedSlice(op.Object, pipeline, "spec", "pipeline"); err != nil {
			t.Fatal(err)
		}
	})
}

// claimsOf returns the claims of the disks of a Wukong.
func claimsOf(o Observed) map[string]string {
	out := map[string]string{}
	for _, v := range o.Status.Volumes {
		out[v.Name] = v.PVCName
	}
	return out
}

// eventuallyHasClaims waits until a namespace has exactly the claims of some disks.
func (n *Tenant) eventuallyHasClaims(t *testing.T, of map[string]string) {
	t.Helper()
	want := slices.Sorted(maps.Values(of))
	eventually(t, fmt.Sprintf("the claims are %q", want), func() error {
		all := &corev1.PersistentVolumeClaimList{}
		if err := n.List(t.Context(), all, client.InNamespace(n.Namespace)); err != nil {
			return err
		}
		var got []string
		for _, c := range all.Items {
			got = append(got, c.Name)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			return fmt.Errorf("they are %q", got)
		}
		return nil
	})
}
