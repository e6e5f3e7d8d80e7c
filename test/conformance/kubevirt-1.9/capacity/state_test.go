package capacity

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/mock/gomock"
	corev1 "k8s.io/api/core/v1"
	k8sfake "k8s.io/client-go/kubernetes/fake"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/cache"
	"kubevirt.io/client-go/kubecli"

	backendstorage "kubevirt.io/kubevirt/pkg/storage/backend-storage"
)

// A stateClaim is what is compared of a claim with state.
type stateClaim struct {
	Class string
	Modes []corev1.PersistentVolumeAccessMode

	// Second reports that a migration takes a second one.
	Second bool
}

// TestStates shows that a check knows for which virtual machines KubeVirt keeps the state of TPM and EFI in a claim, of which StorageClass and with which access
// mode, and when a migration takes a second one. Where there is no class, KubeVirt makes none, and the check says so.
func TestStates(t *testing.T) {
	seen := map[string]int{}
	for i, w := range wukongs {
		config := w.config(t)
		vmi := w.instance(t, config)
		if !backendstorage.IsBackendStorageNeeded(vmi) {
			if w.Checked.State != nil {
				t.Fatalf("KubeVirt keeps no state, and a check says %v\n%s", w.Checked.State, w.describe(i))
			}
			seen["none"]++
			continue
		}
		if w.Checked.State == nil {
			t.Fatalf("KubeVirt keeps state, and a check does not know\n%s", w.describe(i))
		}
		classes, profiles, claims := cache.NewStore(cache.MetaNamespaceKeyFunc), cache.NewStore(cache.MetaNamespaceKeyFunc), cache.NewStore(cache.MetaNamespaceKeyFunc)
		for _, c := range w.Classes {
			store(t, classes, c)
		}
		for _, p := range w.Profiles {
			store(t, profiles, p)
		}
		cluster := k8sfake.NewSimpleClientset()
		client := kubecli.NewMockKubevirtClient(gomock.NewController(t))
		client.EXPECT().CoreV1().DoAndReturn(func() corev1client.CoreV1Interface { return cluster.CoreV1() }).AnyTimes()
		states := backendstorage.NewBackendStorage(client, config, classes, profiles, claims)
		made, err := states.CreatePVCForVMI(vmi)
		says := slices.Contains(w.Findings, "check-state-without-class")
		if (err != nil) != says {
			t.Fatalf("KubeVirt says %v, and a check finds %v\n%s", err, w.Findings, w.describe(i))
		}
		if err != nil {
			seen["no class"]++
			continue
		}
		if got := made.Spec.Resources.Requests[corev1.ResourceStorage]; got.String() != "10Mi" || made.Labels["persistent-state-for"] != vmi.Name {
			t.Fatalf("the claim has other properties: %v", made)
		}
		// The API server names the claim, and its provisioner gives it the access modes that it asks for. The fake API server names none.
		made.Name, made.Status.AccessModes = "persistent-state", made.Spec.AccessModes
		cluster = k8sfake.NewSimpleClientset()
		store(t, claims, made)
		target, err := states.CreatePVCForMigrationTarget(vmi, "migration")
		if err != nil {
			t.Fatal(err)
		}
		want := stateClaim{Class: *made.Spec.StorageClassName, Modes: made.Spec.AccessModes, Second: target.Name != made.Name}
		state := w.Checked.State
		got := stateClaim{Class: state.Class, Modes: state.AccessModes, Second: want.Second}
		if len(w.Headroom.Migration) > 0 {
			_, got.Second = w.Headroom.Migration[corev1.ResourcePersistentVolumeClaims]
			seen["migration"]++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-KubeVirt, +check:\n%s\n%s", diff, w.describe(i))
		}
		seen[string(want.Modes[0])]++
		seen[want.Class]++
	}
	for _, what := range []string{"none", "no class", "migration", "ReadWriteMany", "ReadWriteOnce", "class-a", "class-b", "class-c"} {
		if seen[what] == 0 {
			t.Errorf("no virtual machine has %s, of %v", what, slices.Sorted(maps.Keys(seen)))
		}
	}
	t.Log(seen)
}

// emulates begins the label of nodes that run guests of an architecture, with KubeVirt 1.9's feature gate CrossArchitectureVirtualization.
const emulates = "kubevirt.io/vm-arch-"

// TestArchitectures shows that a check knows which virtual machines no node can run because of their architecture, by the labels that the pod asks for.
func TestArchitectures(t *testing.T) {
	seen := map[bool]int{}
	for i, w := range wukongs {
		if w.Architecture == "" {
			continue
		}
		node := map[string]string{corev1.LabelArchStable: w.Architecture, emulates + w.Architecture: "true"}
		asked := w.launcher(t).Spec.NodeSelector
		vm := w.instance(t, w.config(t))
		matches := func(names ...string) bool {
			return !slices.ContainsFunc(names, func(n string) bool {
				v, asks := asked[n]
				label, has := node[n]
				return asks && (!has || label != v)
			})
		}
		of := matches(corev1.LabelArchStable, emulates+"amd64", emulates+"arm64")
		_, own := vm.Spec.NodeSelector[corev1.LabelArchStable]
		want := !of && !own && matches(slices.Collect(maps.Keys(vm.Spec.NodeSelector))...)
		if got := slices.Contains(w.Findings, "check-no-node-of-architecture"); got != want {
			t.Fatalf("want %t, got %t of a pod that asks for %v\n%s", want, got, asked, w.describe(i))
		}
		seen[want]++
	}
	if seen[true] == 0 || seen[false] == 0 {
		t.Errorf("nodes have the architecture or lack it: %v", seen)
	}
	t.Log(seen)
}
