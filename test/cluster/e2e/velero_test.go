//go:build e2e

package e2e

import (
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/test/cluster/plane"
	"github.com/novasphere/function-wukong/test/cluster/storage"
)

const (
	// restoreLabel is the label with the name of the Restore on what Velero has put back.
	restoreLabel = "velero.io/restore-name"

	// importerLabel is the label of CDI's pods that says what they do.
	importerLabel, importer = "cdi.kubevirt.io", "importer"
)

// TestVelero takes backups of namespaces by the manifests of examples/backup, deletes the namespaces, and restores them.
func TestVelero(t *testing.T) {
	cluster.startVelero(t)
	checkVeleroManifests(t)
	for name, test := range map[string]func(*testing.T){
		"Namespace": testVeleroNamespace, "WithoutData": testVeleroWithoutData, "Moved": testVeleroMoved, "Snapshots": testVeleroSnapshots,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

// checkVeleroManifests creates the manifests of examples/backup as a dry run with strict field validation. A restore leaves out what a backup does, and pods.
func checkVeleroManifests(t *testing.T) {
	t.Helper()
	strict := client.WithFieldValidation(cluster, metav1.FieldValidationStrict)
	excluded := map[string][]string{}
	for file, path := range map[string][]string{"schedule.yaml": {"spec", "template", "excludedResources"}, "restore.yaml": {"spec", "excludedResources"}} {
		for _, o := range readObjects(t, filepath.Join("examples", "backup", file)) {
			if list, ok, _ := unstructured.NestedStringSlice(o.Object, path...); ok {
				excluded[file] = list
			}
			if err := strict.Create(t.Context(), o, client.DryRunAll); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	if diff := cmp.Diff(append([]string{"pods"}, excluded["schedule.yaml"]...), excluded["restore.yaml"]); diff != "" {
		t.Errorf("excluded resources: -pods and those of the backup, +those of the restore:\n%s", diff)
	}
}

// testVeleroNamespace restores a whole namespace, twice: the Wukong runs on the disks of the backup, nothing is imported again, and nothing is left beside
// it. What is the tenant's own is there, too, and what a Wukong makes is there once.
func testVeleroNamespace(t *testing.T) {
	tenant := cluster.NewTenant(t)
	tenant.CreatePrerequisites(t)
	own := []string{"NetworkAttachmentDefinition/fast-vlan-200", "PersistentVolumeClaim/archive-2025", "Secret/ops-keys", "Secret/windows-01-answers"}
	wukong := tenant.Apply(t, "minimal", withDisks(importedDisk("system"), emptyDisk("data"), claimDisk("archive", "archive-2025")), withVLAN(7))
	wukong.EventuallyRuns(t)
	disks := []string{"system", "data", "archive"}
	for _, disk := range disks {
		wukong.write(t, disk, "before, on "+disk)
	}
	before := tenant.lastingObjects(t)
	backup := tenant.backUp(t)

	for range 2 {
		for _, disk := range disks {
			wukong.write(t, disk, "after, on "+disk)
		}
		wukong.Delete(t)
		tenant.EventuallyHasOnly(t, own...)
		tenant.eventuallyDeleted(t)
		imports := tenant.watchImporters(t)
		restore := tenant.restoreFrom(t, backup)
		wukong.EventuallyRuns(t)
		for _, disk := range disks {
			if claim := wukong.PVC(t, disk); claim.Labels[restoreLabel] != restore {
				t.Errorf("want disk %s on a claim of Restore %s, got labels %v", disk, restore, claim.Labels)
			}
		}
		if got := imports(); len(got) > 0 {
			t.Errorf("want no imports, got pods %q", got)
		}
		wukong.checkSucceeded(t, "system")
		if diff := cmp.Diff(before, tenant.lastingObjects(t)); diff != "" {
			t.Errorf("the namespace has other objects than before: -before, +after:\n%s", diff)
		}

		// What Velero leaves, as docs/backup.md says. The data of the backup stays.
		tenant.Kubectl(t, "delete", "volumesnapshots", "--selector="+restoreLabel+"="+restore)
		tenant.Kubectl(t, "delete", "volumesnapshotcontents", "--selector="+restoreLabel+"="+restore)
		uids := tenant.UIDs(t)
		wukong.Edit(t, withCPUs(1))
		wukong.Eventually(t, "requires a restart", func(o Observed) bool { return o.True("RestartRequired") && isAccepted(o) })
		delete(uids, "VirtualMachineInstance/"+wukong.Restart(t).Name)
		wukong.EventuallyRuns(t)
		tenant.CheckUIDs(t, uids)
		for _, disk := range disks {
			wukong.checkContent(t, disk, "before, on "+disk)
		}
	}
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t, own...)
}

// testVeleroWithoutData restores claims whose data is in no snapshot, as those are that Velero fills afterwards. They have the sizes that they had, and
// nothing is imported again.
func testVeleroWithoutData(t *testing.T) {
	tenant := cluster.NewTenant(t)
	tenant.CreatePrerequisites(t)
	wukong := tenant.Apply(t, "minimal", withDisks(importedDisk("system"), emptyDisk("data")))
	wukong.EventuallyRuns(t)
	sizes := map[string]string{}
	for _, disk := range []string{"system", "data"} {
		sizes[disk] = wukong.PVC(t, disk).Spec.Resources.Requests.Storage().String()
	}
	backup := tenant.backUp(t, func(spec map[string]any) { spec["snapshotVolumes"] = false })
	wukong.Delete(t)
	tenant.eventuallyDeleted(t)

	imports := tenant.watchImporters(t)
	tenant.restoreFrom(t, backup)
	wukong.Eventually(t, "runs as it is asked to", func(o Observed) bool { return o.Runs() && o.True("Ready") && isAccepted(o) })
	for disk, want := range sizes {
		if got := wukong.PVC(t, disk).Spec.Resources.Requests.Storage().String(); got != want {
			t.Errorf("want a claim of %s for disk %s, got %s", want, disk, got)
		}
	}
	if got := imports(); len(got) > 0 {
		t.Errorf("want no imports, got pods %q", got)
	}
	wukong.checkSucceeded(t, "system")
}

// testVeleroMoved restores the claim of a disk that has moved to another class, and then applies a Wukong that names it.
func testVeleroMoved(t *testing.T) {
	tenant := cluster.NewTenant(t)
	tenant.CreatePrerequisites(t)
	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system"), emptyDisk("data")))
	first := wukong.EventuallyRuns(t).Volume("data").PVCName
	wukong.Edit(t, editDisk("data", withStorageClass(fixedClass), func(d *v1alpha1.Disk) { d.MigrateStorage = true }))
	wukong.Eventually(t, "waits for a restart to move a disk", func(o Observed) bool {
		return o.Volume("data").PVCName != first && o.True("RestartRequired")
	})
	wukong.Restart(t)
	moved := wukong.EventuallyRuns(t).Volume("data").PVCName
	wukong.writeAll(t, "before")
	backup := tenant.backUp(t)
	wukong.Delete(t)
	tenant.eventuallyDeleted(t)

	tenant.restoreFrom(t, backup, func(spec map[string]any) {
		excluded, _ := spec["excludedResources"].([]any)
		spec["excludedResources"] = append(excluded, "wukongs.vm.novasphere.dev")
	})
	again := tenant.Apply(t, "minimal", withDisks(emptyDisk("system"), claimDisk("data", moved)))
	again.EventuallyRuns(t)
	again.checkAll(t, "before")
}

// testVeleroSnapshots takes a backup of a namespace with a snapshot of KubeVirt, which is there afterwards with all that it is made of.
func testVeleroSnapshots(t *testing.T) {
	tenant := cluster.NewTenant(t)
	tenant.CreatePrerequisites(t)
	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system"), emptyDisk("data")), withRunStrategy(kubevirtv1.RunStrategyHalted))
	wukong.EventuallyStopped(t)
	wukong.takeSnapshot(t, "web-01-1", nil)
	before := tenant.listNames(t, volumeSnapshotGVK)
	tenant.backUp(t)
	if diff := cmp.Diff(before, tenant.listNames(t, volumeSnapshotGVK)); len(before) == 0 || diff != "" {
		t.Errorf("want the VolumeSnapshots of before: -before, +after:\n%s", diff)
	}
}

// lastingObjects returns all objects of the tenant as KIND/NAME, but for the claims that CDI imports into. Names of pods and Objects are random: only their
// number counts.
func (n *Tenant) lastingObjects(t *testing.T) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, name := range n.ObjectNames(t) {
		kind, _, _ := strings.Cut(name, "/")
		switch {
		case strings.HasPrefix(name, "PersistentVolumeClaim/prime-"):
		case kind == "Pod", kind == objectGVK().Kind:
			out[kind]++
		default:
			out[name]++
		}
	}
	return out
}

// startVelero starts Velero in the control plane, and lets it take snapshots by the class of the driver.
func (c *Cluster) startVelero(t *testing.T) {
	t.Helper()
	if c.lifeline == nil {
		t.Skip("Velero is started in a control plane of the tests' own alone")
	}
	logf(t, "starting Velero")
	if _, err := fmt.Fprintln(c.lifeline, plane.Velero); err != nil {
		t.Fatal(err)
	}
	location := veleroObject("BackupStorageLocation")
	eventually(t, "Velero has a place for backups", func() error {
		select {
		case <-c.ended:
			t.Fatal("the control plane has stopped")
		default:
		}
		if err := c.Get(t.Context(), types.NamespacedName{Namespace: plane.VeleroNamespace, Name: "default"}, location); err != nil {
			return err
		}
		if phase := phaseOf(location); phase != "Available" {
			return fmt.Errorf("the phase is %q", phase)
		}
		return nil
	})
	class := &unstructured.Unstructured{}
	class.SetGroupVersionKind(volumeSnapshotGVK.GroupVersion().WithKind("VolumeSnapshotClass"))
	class.SetName(storage.SnapshotClass)
	label := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"velero.io/csi-volumesnapshot-class":"true"}}}`))
	if err := c.Patch(t.Context(), class, label); err != nil {
		t.Fatal(err)
	}
}

// veleroObject returns an empty object of Velero.
func veleroObject(kind string) *unstructured.Unstructured {
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(schema.GroupVersionKind{Group: "velero.io", Version: "v1", Kind: kind})
	return o
}

// phaseOf returns the phase of an object.
func phaseOf(o *unstructured.Unstructured) string {
	phase, _, _ := unstructured.NestedString(o.Object, "status", "phase")
	return phase
}

// backUp takes a backup of the tenant's namespace as the Schedule of the example does, and returns its name. Nothing but the hooks of pods may fail: no
// kubelet runs them here. The snapshots stay in the storage, as there is no agent of Velero that copies them.
func (n *Tenant) backUp(t *testing.T, edits ...func(spec map[string]any)) string {
	t.Helper()
	schedule := findKind(t, readObjects(t, "examples/backup/schedule.yaml"), "Schedule")
	spec, _, err := unstructured.NestedMap(schedule.Object, "spec", "template")
	if err != nil {
		t.Fatal(err)
	}
	spec["includedNamespaces"], spec["snapshotMoveData"] = []any{n.Namespace}, false
	for _, edit := range edits {
		edit(spec)
	}
	backup := veleroObject("Backup")
	backup.Object["spec"] = spec
	done := n.runVelero(t, backup)
	attempted, _, _ := unstructured.NestedInt64(done.Object, "status", "hookStatus", "hooksAttempted")
	errors, _, _ := unstructured.NestedInt64(done.Object, "status", "errors")
	// Each virtual machine that runs has one before, and one after.
	if want := 2 * len(n.listNames(t, kubevirtv1.VirtualMachineInstanceGroupVersionKind)); int(attempted) != want || errors != attempted {
		t.Errorf("want errors of %d hooks and no others, got %v", want, done.Object["status"])
	}
	return done.GetName()
}

// restoreFrom restores the tenant's namespace by the Restore of the example, and returns its name. It must succeed.
func (n *Tenant) restoreFrom(t *testing.T, backup string, edits ...func(spec map[string]any)) string {
	t.Helper()
	objects := readObjects(t, "examples/backup/restore.yaml")
	restore, modifiers := findKind(t, objects, "Restore"), findKind(t, objects, "ConfigMap")
	if err := n.Create(t.Context(), modifiers); client.IgnoreAlreadyExists(err) != nil {
		t.Fatal(err)
	}
	spec, _, err := unstructured.NestedMap(restore.Object, "spec")
	if err != nil {
		t.Fatal(err)
	}
	spec["backupName"], spec["includedNamespaces"] = backup, []any{n.Namespace}
	for _, edit := range edits {
		edit(spec)
	}
	restore.Object["spec"] = spec
	done := n.runVelero(t, restore)
	if phase := phaseOf(done); phase != "Completed" {
		t.Errorf("the Restore is %s: %v", phase, done.Object["status"])
	}
	return done.GetName()
}

// runVelero creates a Backup or a Restore called after the namespace, and waits until it has ended.
func (n *Tenant) runVelero(t *testing.T, o *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	o.SetNamespace(plane.VeleroNamespace)
	o.SetName("")
	o.SetGenerateName(n.Namespace + "-")
	if err := n.Create(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	key := client.ObjectKeyFromObject(o)
	eventually(t, o.GetKind()+" "+key.Name+" has ended", func() error {
		if err := n.Get(t.Context(), key, o); err != nil {
			return err
		}
		switch phase := phaseOf(o); phase {
		case "Completed", "PartiallyFailed", "Failed", "FailedValidation":
			return nil
		default:
			return fmt.Errorf("it is %q", phase)
		}
	})
	logf(t, "%s %s is %s: %s", o.GetKind(), key.Name, phaseOf(o), n.veleroResults(t, o))
	return o
}

// veleroResults returns the errors and warnings of a Backup or a Restore, which Velero keeps with the backups.
func (n *Tenant) veleroResults(t *testing.T, o *unstructured.Unstructured) string {
	t.Helper()
	pattern := filepath.Join(n.dir, plane.BackupsDir, "*", "*", o.GetName(), "*results.gz")
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) != 1 {
		t.Fatalf("want one file %s, got %q: %v", pattern, files, err)
	}
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// eventuallyDeleted deletes the namespace and waits until it is gone.
func (n *Tenant) eventuallyDeleted(t *testing.T) {
	t.Helper()
	if err := n.deleteNamespace(t); err != nil {
		t.Fatal(err)
	}
	eventually(t, n.Namespace+" is gone", func() error {
		err := n.Get(t.Context(), types.NamespacedName{Name: n.Namespace}, &corev1.Namespace{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("it still exists: %v", err) //nolint:errorlint // There may be none.
	})
}

// watchImporters returns a function that returns the names of CDI's importers that were in the namespace since this call.
func (n *Tenant) watchImporters(t *testing.T) func() []string {
	t.Helper()
	w, err := n.Watch(t.Context(), &corev1.PodList{}, client.InNamespace(n.Namespace), client.MatchingLabels{importerLabel: importer})
	if err != nil {
		t.Fatal(err)
	}
	seen, done := map[string]bool{}, make(chan struct{})
	go func() {
		defer close(done)
		for e := range w.ResultChan() {
			if pod, ok := e.Object.(*corev1.Pod); ok {
				seen[pod.Name] = true
			}
		}
	}()
	return func() []string {
		w.Stop()
		<-done
		return slices.Sorted(maps.Keys(seen))
	}
}

// checkSucceeded fails the test unless CDI has nothing to do for a disk.
func (w *Wukong) checkSucceeded(t *testing.T, disk string) {
	t.Helper()
	dv := &cdiv1.DataVolume{}
	if err := w.Get(t.Context(), types.NamespacedName{Namespace: w.Namespace, Name: w.Observe(t).Volume(disk).PVCName}, dv); err != nil {
		t.Fatal(err)
	}
	if dv.Status.Phase != cdiv1.Succeeded {
		t.Errorf("want the DataVolume of disk %s to have succeeded, got %s", disk, dv.Status.Phase)
	}
}
