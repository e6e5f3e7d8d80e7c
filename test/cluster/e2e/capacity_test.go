//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	instancetypev1 "kubevirt.io/api/instancetype/v1beta1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/check"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/wukongtest"
	"github.com/novasphere/function-wukong/test/cluster/plane"
)

// TestCapacity shows that a check knows before what virtual machines take: what their pods request and are limited to, and what the claims of their disks
// request.
func TestCapacity(t *testing.T) {
	t.Parallel()
	instancetype := &instancetypev1.VirtualMachineInstancetype{
		ObjectMeta: metav1.ObjectMeta{Name: "busy"},
		Spec: instancetypev1.VirtualMachineInstancetypeSpec{
			CPU:    instancetypev1.CPUInstancetype{Guest: 3},
			Memory: instancetypev1.MemoryInstancetype{Guest: resource.MustParse("2Gi"), OvercommitPercent: 25},
		},
	}
	limits := &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Name: "limits"},
		Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourceLimitsMemory: resource.MustParse("100Gi"), corev1.ResourceLimitsCPU: resource.MustParse("100")}},
	}
	for name, tc := range map[string]struct {
		example string
		edits   []Edit
		objects []client.Object
	}{
		"Minimal":          {example: "minimal"},
		"CloudImage":       {example: "cloud-image"},
		"HighAvailability": {example: "high-availability"},
		"ThreeNetworks":    {example: "three-networks"},
		"FourDisks":        {example: "four-disks", edits: []Edit{editDisk("data", dontRetain)}},
		"Large":            {example: "minimal", edits: []Edit{withDisks(emptyDisk("system", withVolumeMode(corev1.PersistentVolumeBlock), withAccessModes(corev1.ReadWriteOnce))), withCPUs(7)}},
		"LowLatency":       {example: "low-latency"},
		"Shares": {example: "minimal", edits: []Edit{withDisks(emptyDisk("system")), withPerformance(v1alpha1.Performance{
			Requests:        &v1alpha1.PodResources{CPU: "700m"},
			Limits:          &v1alpha1.PodResources{CPU: "2", Memory: quantityOf("64Gi")},
			IOThreadsPolicy: "supplementalPool", IOThreads: &v1alpha1.IOThreads{SupplementalPoolThreadCount: ptr.To[int32](2)},
		})}},
		"Guaranteed": {example: "minimal", edits: []Edit{withDisks(emptyDisk("system")), withPerformance(v1alpha1.Performance{
			Requests: &v1alpha1.PodResources{CPU: "2", Memory: quantityOf("4Gi")},
			Limits:   &v1alpha1.PodResources{CPU: "2", Memory: quantityOf("4Gi")},
		})}},
		"LimitAlone": {example: "minimal", edits: []Edit{withDisks(emptyDisk("system")), withPerformance(v1alpha1.Performance{
			Limits: &v1alpha1.PodResources{CPU: "1500m", Memory: quantityOf("64Gi")},
		})}, objects: []client.Object{limits.DeepCopy()}},
		"Instancetype": {example: "minimal", edits: []Edit{withDisks(emptyDisk("system")), withInstancetype("busy")}, objects: []client.Object{instancetype}},
		"Limits":       {example: "minimal", edits: []Edit{withDisks(emptyDisk("system"))}, objects: []client.Object{limits}},
		"NoNetwork": {example: "minimal", edits: []Edit{withDisks(emptyDisk("system")), func(w *v1alpha1.Wukong) {
			no := false
			w.Spec.PodNetwork = &no
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := cluster.NewTenant(t)
			tenant.CreatePrerequisites(t)
			for _, o := range tc.objects {
				tenant.MustCreate(t, o)
			}
			wukong := tenant.Apply(t, tc.example, tc.edits...)
			// Volumes are bound when the pod has a node, and what CDI makes of a claim is known by then.
			wukong.Eventually(t, "runs with its volumes", func(o Observed) bool { return o.Status.Phase == v1alpha1.PhaseRunning && o.True("VolumesBound") })

			report := wukong.check(t)
			vm := report.VirtualMachines[0]
			requests, limits := podResources(wukong.Pod(t))
			// What a network of nadName requests is known to nobody but the cluster.
			delete(requests, "example.org/fast")
			delete(limits, "example.org/fast")
			if diff := cmp.Diff(requests, vm.Requests, sameQuantity); diff != "" {
				t.Errorf("requests: -KubeVirt, +check:\n%s", diff)
			}
			if diff := cmp.Diff(limits, vm.Limits, sameQuantity); diff != "" {
				t.Errorf("limits: -KubeVirt, +check:\n%s", diff)
			}
			eventually(t, "the claims of "+wukong.String()+" are as large as the check says", func() error {
				got, want := wukong.storage(t), map[string]string{}
				for _, s := range report.Namespaces[0].Storage {
					want[s.Class] = fmt.Sprintf("%d claims, %d bytes", s.Claims, s.Size.Value())
				}
				if diff := cmp.Diff(got, want); diff != "" {
					return errors.New("-CDI, +check:\n" + diff)
				}
				return nil
			})
		})
	}
}

// sameQuantity compares quantities by their numbers.
var sameQuantity = cmp.Comparer(func(a, b resource.Quantity) bool { return a.Cmp(b) == 0 })

// check checks the Wukong with the objects of the cluster that it may read.
func (w *Wukong) check(t *testing.T) check.Report {
	t.Helper()
	manifest := &v1alpha1.Wukong{}
	if err := w.Get(t.Context(), w.key(), manifest); err != nil {
		t.Fatal(err)
	}
	written, err := json.Marshal(manifest.Spec)
	if err != nil {
		t.Fatal(err)
	}
	spec := map[string]any{}
	if err := json.Unmarshal(written, &spec); err != nil {
		t.Fatal(err)
	}
	input := map[string]any{"cluster": map[string]any{"kubevirt": map[string]any{"version": w.set(t)[plane.KubeVirt], "featureGates": []any{"CPUManager"}}}}
	req, err := wukongtest.RequestOf(w.Namespace, w.Name, spec, input)
	if err != nil {
		t.Fatal(err)
	}
	planned, err := fn.Plan(req)
	if err != nil {
		t.Fatal(err)
	}
	return check.Check([]fn.Planned{planned}, w.known(t))
}

// known returns the objects of the cluster that a check takes. Claims are not among them: those of the disks would tell their sizes.
func (w *Wukong) known(t *testing.T) check.Cluster {
	t.Helper()
	var (
		quotas        corev1.ResourceQuotaList
		instancetypes instancetypev1.VirtualMachineInstancetypeList
		classes       storagev1.StorageClassList
		profiles      cdiv1.StorageProfileList
	)
	for _, list := range []client.ObjectList{&quotas, &instancetypes} {
		if err := w.List(t.Context(), list, client.InNamespace(w.Namespace)); err != nil {
			t.Fatal(err)
		}
	}
	for _, list := range []client.ObjectList{&classes, &profiles} {
		if err := w.List(t.Context(), list); err != nil {
			t.Fatal(err)
		}
	}
	return check.Cluster{
		ResourceQuotas: quotas.Items, Instancetypes: instancetypes.Items, StorageClasses: classes.Items, StorageProfiles: profiles.Items,
	}
}

// podResources returns what Kubernetes counts of a pod: that of all containers that run beside each other. What the container with the guest has no limit
// of is not limited.
func podResources(pod *corev1.Pod) (requests, limits corev1.ResourceList) {
	requests, limits = corev1.ResourceList{}, corev1.ResourceList{}
	containers := slices.Clone(pod.Spec.Containers)
	for _, c := range pod.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			containers = append(containers, c)
		}
	}
	for _, c := range containers {
		addQuantities(requests, c.Resources.Requests)
		addQuantities(limits, c.Resources.Limits)
	}
	maps.DeleteFunc(limits, func(name corev1.ResourceName, _ resource.Quantity) bool {
		_, limited := containers[0].Resources.Limits[name]
		return !limited
	})
	return requests, limits
}

func addQuantities(to, added corev1.ResourceList) {
	for name, q := range added {
		sum := to[name].DeepCopy()
		sum.Add(q)
		to[name] = sum
	}
}

// storage returns what the claims of the Wukong's disks request, by class.
func (w *Wukong) storage(t *testing.T) map[string]string {
	t.Helper()
	var claims corev1.PersistentVolumeClaimList
	if err := w.List(t.Context(), &claims, client.InNamespace(w.Namespace), client.MatchingLabels{names.LabelWukong: w.Name}); err != nil {
		t.Fatal(err)
	}
	counts, sizes := map[string]int{}, map[string]int64{}
	for _, c := range claims.Items {
		class := ""
		if c.Spec.StorageClassName != nil {
			class = *c.Spec.StorageClassName
		}
		counts[class]++
		sizes[class] += c.Spec.Resources.Requests.Storage().Value()
	}
	out := map[string]string{}
	for class, n := range counts {
		out[class] = fmt.Sprintf("%d claims, %d bytes", n, sizes[class])
	}
	return out
}
