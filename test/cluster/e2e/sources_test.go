//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"
	instancetypeapi "kubevirt.io/api/instancetype"
	instancetypev1 "kubevirt.io/api/instancetype/v1beta1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/test/cluster/player"
	"github.com/novasphere/function-wukong/test/cluster/storage"
)

// dataSources are the resource of DataSources, and mayClone what CDI asks for where somebody clones from another namespace.
const (
	dataSources = "datasources"
	mayClone    = "create datavolumes/source"
)

// checksum is that of an image. No test has the image.
var checksum = "sha256:" + strings.Repeat("0f", 32)

// TestImages imports disks from every kind of server, with all that it takes to read from there. CDI's webhooks and its controller take each, and keep the
// checksum, without which the virtual machine would not be made.
func TestImages(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	tenant.MustCreate(t, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "keys"}, StringData: map[string]string{"accessKeyId": "reader", "secretKey": "secret"},
	})
	tenant.MustCreate(t, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "authorities"}, Data: map[string]string{"ca.pem": "a certificate"}})
	withAccess := func(d *v1alpha1.Disk) { d.ImageSecret, d.ImageCA = "keys", "authorities" }
	wukong := tenant.Apply(t, "minimal", withDisks(
		importedDisk("system", withImage("docker://registry.example.org/vms/debian:12"), withAccess),
		importedDisk("web", withImage("https://images.example.org/debian.qcow2"), withAccess, func(d *v1alpha1.Disk) {
			d.ImageChecksum = v1alpha1.ImageChecksum(checksum)
		}),
		importedDisk("object", withImage("s3://s3.example.org/vms/debian.qcow2"), withAccess),
		importedDisk("cloud", withImage("gs://vms/debian.qcow2"), func(d *v1alpha1.Disk) { d.ImageSecret = "keys" }),
	))
	wukong.EventuallyRuns(t)
	keys, authorities := "keys", "authorities"
	wukong.checkSources(t, map[string]cdiv1.DataVolumeSource{
		"system": {Registry: &cdiv1.DataVolumeSourceRegistry{
			URL: new("docker://registry.example.org/vms/debian:12"), SecretRef: &keys, CertConfigMap: &authorities,
		}},
		"web": {HTTP: &cdiv1.DataVolumeSourceHTTP{
			URL: "https://images.example.org/debian.qcow2", SecretRef: keys, CertConfigMap: authorities, Checksum: checksum,
		}},
		"object": {S3: &cdiv1.DataVolumeSourceS3{URL: "https://s3.example.org/vms/debian.qcow2", SecretRef: keys, CertConfigMap: authorities}},
		"cloud":  {GCS: &cdiv1.DataVolumeSourceGCS{URL: "gs://vms/debian.qcow2", SecretRef: keys}},
	})
	wukong.Delete(t)
}

// TestClones clones a claim and a snapshot of the own namespace. CDI copies the claim, and the driver restores the snapshot. One that does not exist yet is
// waited for, and the status says which.
func TestClones(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	tenant.MustCreate(t, handmadePVC("database"))
	tenant.write(t, "database", "rows")
	wukong := tenant.Apply(t, "minimal", withDisks(
		emptyDisk("system", cloneOf(v1alpha1.ImageKindClaim, "", "database")), clonedDisk("backup", v1alpha1.ImageKindSnapshot, "", "nightly"),
	))
	wukong.Eventually(t, "says that there is no snapshot", func(o Observed) bool {
		return strings.Contains(o.Status.Message, "The source snapshot nightly doesn't exist")
	})
	wukong.checkSources(t, map[string]cdiv1.DataVolumeSource{
		"system": {PVC: &cdiv1.DataVolumeSourcePVC{Namespace: tenant.Namespace, Name: "database"}},
		"backup": {Snapshot: &cdiv1.DataVolumeSourceSnapshot{Namespace: tenant.Namespace, Name: "nightly"}},
	})
	tenant.createSnapshot(t, "nightly", "database")
	wukong.EventuallyRuns(t)
	for _, disk := range []string{"system", "backup"} {
		wukong.checkContent(t, disk, "rows")
	}
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t, "PersistentVolumeClaim/database")
}

// TestCloneOfClaimInUse clones the disk of a virtual machine that runs. CDI waits until nothing uses it, and the status says so.
func TestCloneOfClaimInUse(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	source := tenant.Apply(t, "minimal", withName("source"), withDisks(emptyDisk("system")))
	source.EventuallyRuns(t)
	copied := tenant.Apply(t, "minimal", withName("copy"), withDisks(
		clonedDisk("system", v1alpha1.ImageKindClaim, "", source.Observe(t).Volume("system").PVCName),
	))
	copied.Eventually(t, "says that its source is in use", func(o Observed) bool {
		return strings.Contains(o.Status.Message, "cloning PersistentVolumeClaim "+tenant.Namespace+"/") &&
			strings.Contains(o.Status.Message, "nothing is copied yet: that begins once nothing uses it")
	})
	if !source.Observe(t).Runs() {
		t.Error("want the source to run on")
	}
	source.Edit(t, withRunStrategy(kubevirtv1.RunStrategyHalted))
	source.EventuallyStopped(t)
	copied.EventuallyRuns(t)
	source.Edit(t, withRunStrategy(kubevirtv1.RunStrategyAlways))
	source.EventuallyRuns(t)
}

// TestUpload has a disk wait for an upload. The status says the command for it, with the names of the cluster, and the virtual machine starts after it.
func TestUpload(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system", func(d *v1alpha1.Disk) { d.Upload = true })))
	wukong.Eventually(t, "says how to upload the image", func(o Observed) bool {
		command := fmt.Sprintf("virtctl image-upload dv %s --namespace %s --no-create --image-path FILE", o.Volume("system").PVCName, tenant.Namespace)
		return o.Reason("VolumesBound") == "VolumesAwaitUpload" && strings.Contains(o.Status.Message, command)
	})
	wukong.checkSources(t, map[string]cdiv1.DataVolumeSource{"system": {Upload: &cdiv1.DataVolumeSourceUpload{}}})
	tenant.upload(t)
	wukong.EventuallyRuns(t)
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}

// TestImageNotShared names images of a namespace that is not shared. Nothing is made.
func TestImageNotShared(t *testing.T) {
	t.Parallel()
	other, tenant := cluster.NewTenant(t), cluster.NewTenant(t)
	other.MustCreate(t, handmadePVC("database"))
	other.createDataSource(t, other.Namespace, "database", nil)
	for _, kind := range []v1alpha1.ImageKind{v1alpha1.ImageKindClaim, v1alpha1.ImageKindDataSource, v1alpha1.ImageKindSnapshot} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			name := strings.ToLower(string(kind))
			for _, w := range []*Wukong{
				tenant.Apply(t, "minimal", withName(name), withDisks(clonedDisk("system", kind, other.Namespace, "database"))),
				tenant.Apply(t, "minimal", withName(name+"-os"), withOSImageFrom(kind, other.Namespace)),
			} {
				w.Eventually(t, "is refused", func(o Observed) bool {
					return refusedAt(o, "mageFrom.namespace") && strings.Contains(o.Condition("Valid").Message, "sharedImageNamespaces")
				})
			}
		})
	}
	t.Cleanup(func() { tenant.EventuallyHasOnly(t) })
}

// TestGoldenImage makes a virtual machine of which a Wukong says nothing but the DataSource of a namespace that the platform team shares: it has the image that
// the DataSource leads to, its preference and its instance type. It waits until there is the DataSource, and keeps all that when the DataSource changes.
//
// Other Wukongs see the Input, too, so that this and the other tests that share a namespace do not run in parallel with others.
func TestGoldenImage(t *testing.T) {
	golden := cluster.shareImages(t)
	golden.allowClones(t)
	for _, name := range []string{"old", "new"} {
		golden.importGolden(t, "debian-"+name)
		golden.createInstancetype(t, name)
	}
	tenant := cluster.NewTenant(t)
	wukong := tenant.Apply(t, "minimal", withOSImageFrom(v1alpha1.ImageKindDataSource, golden.Namespace), unsized)
	wukong.Eventually(t, "says that there is no DataSource", func(o Observed) bool {
		return strings.Contains(o.Status.Message, "there is no DataSource "+golden.Namespace+"/debian to clone it from")
	})
	tenant.checkNothingMade(t)

	golden.createDataSource(t, golden.Namespace, "debian-old", golden.labels("old"))
	wukong.touchAll(t)
	wukong.EventuallyRuns(t)
	wukong.checkGolden(t, golden, "old")
	uids := tenant.UIDs(t)

	golden.leadTo(t, golden.Namespace, "debian-new", golden.labels("new"))
	later := tenant.Apply(t, "minimal", withName("later"), withOSImageFrom(v1alpha1.ImageKindDataSource, golden.Namespace), unsized)
	later.EventuallyRuns(t)
	later.checkGolden(t, golden, "new")
	wukong.Edit(t, withRunStrategy(kubevirtv1.RunStrategyHalted))
	wukong.EventuallyStopped(t)
	wukong.checkGolden(t, golden, "old")
	delete(uids, "VirtualMachineInstance/"+wukong.Name)
	tenant.CheckUIDs(t, uids)
	if o := wukong.Observe(t); !isAccepted(o) {
		t.Errorf("want the Wukong to stay accepted, got %s", o)
	}

	// Nor does it need the DataSource any more.
	golden.deleteDataSource(t)
	wukong.Edit(t, withRunStrategy(kubevirtv1.RunStrategyAlways))
	wukong.EventuallyRuns(t)
	wukong.checkGolden(t, golden, "old")
	deleteAll(t, []*Wukong{wukong, later})
	tenant.EventuallyHasOnly(t)
}

// TestDataSourceLeadsAway shows that a team cannot reach the disks of another one by a DataSource of its own, even where the provider may clone everywhere.
func TestDataSourceLeadsAway(t *testing.T) {
	allow(t, "", mayClone)
	victim, tenant := cluster.NewTenant(t), cluster.NewTenant(t)
	tenant.allowDataSources(t)
	for _, n := range []*Tenant{victim, tenant} {
		n.MustCreate(t, handmadePVC("database"))
	}
	tenant.createDataSource(t, victim.Namespace, "database", nil)
	wukong := tenant.Apply(t, "minimal", withOSImageFrom(v1alpha1.ImageKindDataSource, ""))
	leadsAway := func(o Observed) bool {
		return o.Status.Phase == v1alpha1.PhaseError &&
			strings.Contains(o.Status.Message, "DataSource "+tenant.Namespace+"/debian leads to namespace "+victim.Namespace)
	}
	wukong.Eventually(t, "says where its DataSource leads", leadsAway)
	// It still does after an edit, which the virtual machine gets.
	wukong.Edit(t, withCPUs(3))
	eventually(t, wukong.String()+" has three CPUs", func() error {
		vm := &kubevirtv1.VirtualMachine{}
		if err := wukong.Get(t.Context(), wukong.key(), vm); err != nil {
			return err
		}
		if cpu := vm.Spec.Template.Spec.Domain.CPU; cpu == nil || cpu.Sockets != 3 {
			return fmt.Errorf("it has %v", cpu)
		}
		return nil
	})
	wukong.Eventually(t, "says so still", leadsAway)
	if names := tenant.listNames(t, cdiv1.SchemeGroupVersion.WithKind("DataVolume")); len(names) > 0 {
		t.Errorf("want no DataVolume, got %q", names)
	}

	tenant.leadTo(t, tenant.Namespace, "database", nil)
	wukong.touchAll(t)
	wukong.EventuallyRuns(t)
	wukong.checkSources(t, map[string]cdiv1.DataVolumeSource{
		"system": {PVC: &cdiv1.DataVolumeSourcePVC{Namespace: tenant.Namespace, Name: "database"}},
	})
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t, "PersistentVolumeClaim/database")
}

// TestClonePermission shows what becomes of a golden image that is shared without the Role of the example: who makes the DataVolume can first not read the
// DataSource, and then not clone. The status says so, and the Role resolves it.
func TestClonePermission(t *testing.T) {
	golden := cluster.shareImages(t)
	golden.importGolden(t, "debian-old")
	golden.createDataSource(t, golden.Namespace, "debian-old", nil)
	tenant := cluster.NewTenant(t)
	expectForbidden.Store(golden.Namespace, true)
	expectForbidden.Store(tenant.Namespace, true)
	expectTries()
	wukong := tenant.Apply(t, "minimal", withOSImageFrom(v1alpha1.ImageKindDataSource, golden.Namespace))
	if *target != targetNative {
		// Without a provider, who may watch DataSources may watch them all.
		wukong.Eventually(t, "says that the DataSource cannot be read", func(o Observed) bool {
			return o.Status.Phase == v1alpha1.PhaseError && strings.Contains(o.Status.Message, `cannot get resource "datasources"`)
		})
		tenant.checkNothingMade(t)
	}
	golden.allowDataSources(t)
	wukong.touchAll(t)
	refusal := "insufficient permissions in clone source namespace " + golden.Namespace
	wukong.Eventually(t, "says that it cannot be cloned", func(o Observed) bool {
		message := o.Status.Message
		if *target == targetNative && strings.Contains(message, "the events of the Wukong say why") {
			message = strings.Join(wukong.events(t), "\n")
		}
		return o.Status.Phase == v1alpha1.PhaseError && strings.Contains(message, refusal)
	})
	golden.allowClones(t)
	wukong.touchAll(t)
	wukong.EventuallyRuns(t)
}

// cloneOf makes a disk a clone of an object. An empty namespace is that of the Wukong.
func cloneOf(kind v1alpha1.ImageKind, namespace, name string) func(*v1alpha1.Disk) {
	return func(d *v1alpha1.Disk) {
		d.ImageFrom = &v1alpha1.ImageReference{Kind: kind, Namespace: v1alpha1.OptionalLabel(namespace), Name: v1alpha1.ObjectName(name)}
	}
}

// clonedDisk returns a disk that is cloned from an object, and as large as that.
func clonedDisk(name v1alpha1.Label, kind v1alpha1.ImageKind, namespace, from string) v1alpha1.Disk {
	d := v1alpha1.Disk{Name: name}
	cloneOf(kind, namespace, from)(&d)
	return d
}

// goldenImage is the name of the DataSources of these tests.
const goldenImage = "debian"

// withOSImageFrom replaces the disks of a Wukong by what its system is cloned from.
func withOSImageFrom(kind v1alpha1.ImageKind, namespace string) Edit {
	return func(w *v1alpha1.Wukong) {
		w.Spec.Disks = nil
		w.Spec.OSImageFrom = &v1alpha1.ImageReference{Kind: kind, Namespace: v1alpha1.OptionalLabel(namespace), Name: goldenImage}
	}
}

// unsized removes all from a Wukong but what its system is cloned from.
func unsized(w *v1alpha1.Wukong) { w.Spec = v1alpha1.WukongSpec{OSImageFrom: w.Spec.OSImageFrom} }

// events returns the messages of the events of the Wukong.
func (w *Wukong) events(t *testing.T) []string {
	t.Helper()
	all := &corev1.EventList{}
	if err := w.List(t.Context(), all, client.InNamespace(w.Namespace)); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range all.Items {
		if e.InvolvedObject.Kind == v1alpha1.Kind && e.InvolvedObject.Name == w.Name {
			out = append(out, e.Message)
		}
	}
	return out
}

// checkSources fails the test unless the DataVolumes of some disks have these sources, and no disk has another DataVolume.
func (w *Wukong) checkSources(t *testing.T, want map[string]cdiv1.DataVolumeSource) {
	t.Helper()
	if diff := cmp.Diff(want, w.sources(t)); diff != "" {
		t.Errorf("sources of the DataVolumes: -want, +got:\n%s", diff)
	}
}

// sources returns the sources of the DataVolumes by the disks.
func (w *Wukong) sources(t *testing.T) map[string]cdiv1.DataVolumeSource {
	t.Helper()
	got := map[string]cdiv1.DataVolumeSource{}
	for _, v := range w.Observe(t).Status.Volumes {
		dv := &cdiv1.DataVolume{}
		if err := w.Get(t.Context(), types.NamespacedName{Namespace: w.Namespace, Name: v.PVCName}, dv); err != nil {
			t.Fatal(err)
		}
		if dv.Spec.Source != nil {
			got[v.Name] = *dv.Spec.Source
		}
	}
	return got
}

// checkNothingMade fails the test if there is a DataVolume or a virtual machine.
func (n *Tenant) checkNothingMade(t *testing.T) {
	t.Helper()
	for _, object := range n.ObjectNames(t) {
		if strings.HasPrefix(object, "DataVolume/") || strings.HasPrefix(object, "VirtualMachine/") {
			t.Errorf("want neither DataVolume nor virtual machine, got %s", object)
		}
	}
}

// checkGolden fails the test unless the disk of a Wukong was cloned from an image of a shared namespace, and its virtual machine has what that names.
func (w *Wukong) checkGolden(t *testing.T, golden *Tenant, image string) {
	t.Helper()
	w.checkSources(t, map[string]cdiv1.DataVolumeSource{
		"system": {PVC: &cdiv1.DataVolumeSourcePVC{Namespace: golden.Namespace, Name: "debian-" + image}},
	})
	vm := w.VM(t)
	if vm.Spec.Instancetype == nil || vm.Spec.Preference == nil {
		t.Fatalf("want an instance type and a preference, got %v and %v", vm.Spec.Instancetype, vm.Spec.Preference)
	}
	want := golden.Namespace + "-" + image
	if i, p := vm.Spec.Instancetype.Name, vm.Spec.Preference.Name; i != want || p != want {
		t.Errorf("want the instance type and the preference %s, got %s and %s", want, i, p)
	}
}

// touchAll has Crossplane and the provider reconcile a Wukong and its Objects at once. After failures they would do so within a minute.
func (w *Wukong) touchAll(t *testing.T) {
	t.Helper()
	w.Edit(t, touch)
	if *target != targetNative {
		w.touchObjects(t)
	}
}

// upload ends the pod that waits for the upload of a tenant, as if the image had been uploaded.
func (n *Tenant) upload(t *testing.T) {
	t.Helper()
	all := &corev1.PodList{}
	if err := n.List(t.Context(), all, client.InNamespace(n.Namespace), client.MatchingLabels{"cdi.kubevirt.io": "cdi-upload-server"}); err != nil {
		t.Fatal(err)
	}
	if len(all.Items) != 1 {
		t.Fatalf("want one pod that serves an upload, got %d", len(all.Items))
	}
	patch := client.RawPatch(types.MergePatchType, fmt.Appendf(nil, `{"metadata":{"annotations":{%q:"true"}}}`, player.Upload))
	if err := n.Patch(t.Context(), &all.Items[0], patch); err != nil {
		t.Fatal(err)
	}
}

// volumeSnapshotGVK is the kind of snapshots of volumes.
var volumeSnapshotGVK = schema.GroupVersionKind{Group: "snapshot.storage.k8s.io", Version: "v1", Kind: "VolumeSnapshot"}

// createSnapshot takes a snapshot of a claim.
func (n *Tenant) createSnapshot(t *testing.T, name, claim string) {
	t.Helper()
	snapshot := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"source": map[string]any{"persistentVolumeClaimName": claim}, "volumeSnapshotClassName": storage.SnapshotClass,
	}}}
	snapshot.SetGroupVersionKind(volumeSnapshotGVK)
	snapshot.SetName(name)
	n.MustCreate(t, snapshot)
}

// deleteAtEnd deletes an object outside of the namespaces of tenants when the test ends.
func deleteAtEnd(t *testing.T, o client.Object) {
	t.Helper()
	t.Cleanup(func() {
		if err := cluster.Delete(context.Background(), o); client.IgnoreNotFound(err) != nil {
			t.Error(err)
		}
	})
}

// shareImages returns a namespace whose images every Wukong may clone until the test ends.
func (c *Cluster) shareImages(t *testing.T) *Tenant {
	t.Helper()
	golden := c.NewTenant(t)
	t.Cleanup(func() {
		c.setInput(t, func(input map[string]any) { delete(input, "sharedImageNamespaces") })
	})
	c.setInput(t, func(input map[string]any) { input["sharedImageNamespaces"] = []any{golden.Namespace} })
	return golden
}

// importGolden imports an image into a namespace, and waits for it.
func (n *Tenant) importGolden(t *testing.T, name string) {
	t.Helper()
	n.MustCreate(t, &cdiv1.DataVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: cdiv1.DataVolumeSpec{
			Source: &cdiv1.DataVolumeSource{HTTP: &cdiv1.DataVolumeSourceHTTP{URL: "https://images.example.org/" + name + ".qcow2"}},
			Storage: &cdiv1.StorageSpec{
				Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("2Gi")}},
			},
		},
	})
	eventually(t, n.Namespace+"/"+name+" is imported", func() error {
		dv := &cdiv1.DataVolume{}
		if err := n.Get(t.Context(), types.NamespacedName{Namespace: n.Namespace, Name: name}, dv); err != nil {
			return err
		}
		if dv.Status.Phase != cdiv1.Succeeded {
			return fmt.Errorf("its phase is %q", dv.Status.Phase)
		}
		return nil
	})
}

// createInstancetype creates an instance type and a preference of the cluster with the name of an image, which the labels of DataSources name.
func (n *Tenant) createInstancetype(t *testing.T, image string) {
	t.Helper()
	meta := metav1.ObjectMeta{Name: n.Namespace + "-" + image}
	for _, o := range []client.Object{
		&instancetypev1.VirtualMachineClusterInstancetype{ObjectMeta: meta, Spec: instancetypev1.VirtualMachineInstancetypeSpec{
			CPU:    instancetypev1.CPUInstancetype{Guest: 2},
			Memory: instancetypev1.MemoryInstancetype{Guest: resource.MustParse("2Gi")},
		}},
		&instancetypev1.VirtualMachineClusterPreference{ObjectMeta: meta},
	} {
		if err := n.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		deleteAtEnd(t, o)
	}
}

// labels returns the labels of a DataSource that name the instance type and the preference of an image.
func (n *Tenant) labels(image string) map[string]string {
	name := n.Namespace + "-" + image
	return map[string]string{instancetypeapi.DefaultInstancetypeLabel: name, instancetypeapi.DefaultPreferenceLabel: name}
}

// createDataSource creates the DataSource with labels that leads to a claim.
func (n *Tenant) createDataSource(t *testing.T, namespace, claim string, labels map[string]string) {
	t.Helper()
	n.MustCreate(t, &cdiv1.DataSource{
		ObjectMeta: metav1.ObjectMeta{Name: goldenImage, Labels: labels},
		Spec:       cdiv1.DataSourceSpec{Source: cdiv1.DataSourceSource{PVC: &cdiv1.DataVolumeSourcePVC{Namespace: namespace, Name: claim}}},
	})
}

// leadTo has the DataSource lead to another claim, with other labels, and waits until CDI has seen that.
func (n *Tenant) leadTo(t *testing.T, namespace, claim string, labels map[string]string) {
	t.Helper()
	ds := &cdiv1.DataSource{}
	key := types.NamespacedName{Namespace: n.Namespace, Name: goldenImage}
	if err := n.Get(t.Context(), key, ds); err != nil {
		t.Fatal(err)
	}
	before := ds.DeepCopy()
	ds.Labels, ds.Spec.Source.PVC = labels, &cdiv1.DataVolumeSourcePVC{Namespace: namespace, Name: claim}
	if err := n.Patch(t.Context(), ds, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
	eventually(t, fmt.Sprintf("DataSource %s leads to %s/%s", key, namespace, claim), func() error {
		if err := n.Get(t.Context(), key, ds); err != nil {
			return err
		}
		if pvc := ds.Status.Source.PVC; pvc == nil || pvc.Namespace != namespace || pvc.Name != claim {
			return fmt.Errorf("its status is %v", ds.Status.Source)
		}
		return nil
	})
}

// deleteDataSource deletes the DataSource.
func (n *Tenant) deleteDataSource(t *testing.T) {
	t.Helper()
	if err := n.Delete(t.Context(), &cdiv1.DataSource{ObjectMeta: metav1.ObjectMeta{Namespace: n.Namespace, Name: goldenImage}}); err != nil {
		t.Fatal(err)
	}
}

// allowClones gives who makes DataVolumes the rights in a shared namespace that the example gives, and waits until they are in force.
func (n *Tenant) allowClones(t *testing.T) {
	t.Helper()
	files := []string{"platform.yaml"}
	if *target == targetNative {
		files = append(files, "native-rbac.yaml")
	}
	for _, file := range files {
		for _, o := range readObjects(t, filepath.Join("examples", "golden-image", file)) {
			switch o.GetKind() {
			case "Role", "RoleBinding":
				o.SetNamespace(n.Namespace)
			case "ClusterRole":
			default:
				continue
			}
			if err := serverSideApply(t, cluster, o); err != nil {
				t.Fatal(err)
			}
		}
	}
	expectTries()
	awaitAllowed(t, n.Namespace, true, "get "+dataSources, mayClone)
}

// allowDataSources lets who makes DataVolumes read the DataSources of a namespace, as the documentation says.
func (n *Tenant) allowDataSources(t *testing.T) {
	t.Helper()
	expectTries()
	if *target != targetNative {
		allow(t, n.Namespace, "get "+dataSources)
		return
	}
	role := findKind(t, readObjects(t, filepath.Join("examples", "golden-image", "native-rbac.yaml")), "ClusterRole")
	if err := serverSideApply(t, cluster, role); err != nil {
		t.Fatal(err)
	}
	awaitAllowed(t, n.Namespace, true, "get "+dataSources, "list "+dataSources, "watch "+dataSources)
}

// expectTries expects that the provider tries to watch DataSources, and to patch them as a dry run. It does without, and gets no permission for it.
func expectTries() {
	if *target != targetNative {
		expectForbidden.Store(everyResource+dataSources, true)
	}
}

// allow lets who makes DataVolumes make requests, as VERB RESOURCE of CDI, in a namespace or, if that is empty, in all, until the test ends.
func allow(t *testing.T, namespace string, requests ...string) {
	t.Helper()
	meta := metav1.ObjectMeta{GenerateName: "clones-", Namespace: namespace}
	var rules []rbacv1.PolicyRule
	for _, r := range requests {
		verb, of, _ := strings.Cut(r, " ")
		rules = append(rules, rbacv1.PolicyRule{APIGroups: []string{cdiv1.SchemeGroupVersion.Group}, Resources: []string{of}, Verbs: []string{verb}})
	}
	account := strings.TrimPrefix(composer(), "system:serviceaccount:crossplane-system:")
	subjects := []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: "crossplane-system", Name: account}}
	var role, binding client.Object
	if namespace == "" {
		role = &rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules}
	} else {
		role = &rbacv1.Role{ObjectMeta: meta, Rules: rules}
	}
	if err := cluster.Create(t.Context(), role); err != nil {
		t.Fatal(err)
	}
	ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Name: role.GetName()}
	if namespace == "" {
		ref.Kind = "ClusterRole"
		binding = &rbacv1.ClusterRoleBinding{ObjectMeta: meta, RoleRef: ref, Subjects: subjects}
	} else {
		ref.Kind = "Role"
		binding = &rbacv1.RoleBinding{ObjectMeta: meta, RoleRef: ref, Subjects: subjects}
	}
	if err := cluster.Create(t.Context(), binding); err != nil {
		t.Fatal(err)
	}
	awaitAllowed(t, namespace, true, requests...)
	t.Cleanup(func() {
		for _, o := range []client.Object{binding, role} {
			if err := cluster.Delete(context.Background(), o); client.IgnoreNotFound(err) != nil {
				t.Error(err)
			}
		}
		if namespace == "" {
			awaitAllowed(t, namespace, false, requests...)
		}
	})
}

// composer returns the user who makes the objects of a Wukong.
func composer() string {
	if *target == targetNative {
		return crossplaneUser
	}
	return providerUser
}

// awaitAllowed waits until who makes DataVolumes may make requests, or may not.
func awaitAllowed(t *testing.T, namespace string, want bool, requests ...string) {
	t.Helper()
	got := map[string]bool{}
	eventually(t, fmt.Sprintf("%s may do %q in namespace %q: %t", composer(), requests, namespace, want), func() error {
		for _, request := range requests {
			verb, of, _ := strings.Cut(request, " ")
			of, sub, _ := strings.Cut(of, "/")
			review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
				User: composer(),
				ResourceAttributes: &authorizationv1.ResourceAttributes{
					Namespace: namespace, Verb: verb, Group: cdiv1.SchemeGroupVersion.Group, Resource: of, Subresource: sub,
				},
			}}
			if err := cluster.Create(context.Background(), review); err != nil {
				return err
			}
			got[request] = review.Status.Allowed
		}
		if slices.Contains(slices.Collect(maps.Values(got)), !want) {
			return fmt.Errorf("got %v", got)
		}
		return nil
	})
}
