//go:build e2e

package e2e

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestTwoTenants lets two namespaces ask for the same, under the same names. What goes with the one stays with the other.
func TestTwoTenants(t *testing.T) {
	t.Parallel()
	one, other := cluster.NewTenant(t), cluster.NewTenant(t)
	edit := withDisks(emptyDisk("system"), emptyDisk("data"))
	wukong, otherWukong := one.Apply(t, "minimal", edit), other.Apply(t, "minimal", edit)
	wukong.EventuallyRuns(t)
	otherWukong.EventuallyRuns(t)
	if a, b := wukong.PVC(t, "data"), otherWukong.PVC(t, "data"); a.Name == b.Name || a.Spec.VolumeName == b.Spec.VolumeName {
		t.Errorf("want a claim and a volume for each, got %s on %s, and %s on %s", a.Name, a.Spec.VolumeName, b.Name, b.Spec.VolumeName)
	}

	uids := other.UIDs(t)
	wukong.Delete(t)
	one.EventuallyHasOnly(t)
	otherWukong.EventuallyRuns(t)
	other.CheckUIDs(t, uids)
}

// TestAmbiguousNames puts two claims into one namespace whose disks would be called alike if names were only joined.
func TestAmbiguousNames(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	a := tenant.Apply(t, "minimal", withName("a"), withDisks(emptyDisk("b-c")))
	ab := tenant.Apply(t, "minimal", withName("a-b"), withDisks(emptyDisk("c")))
	a.EventuallyRuns(t)
	ab.EventuallyRuns(t)
	pvc := ab.PVC(t, "c")
	if a.PVC(t, "b-c").UID == pvc.UID {
		t.Fatalf("both have %s", pvc.Name)
	}
	a.Delete(t)
	ab.EventuallyRuns(t)
	ab.CheckSamePVC(t, pvc)
}

// TestRights lets somebody ask for virtual machines who may do nothing else.
func TestRights(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	user := tenant.asUserWithRule(t, rbacv1.PolicyRule{APIGroups: []string{v1alpha1.Group}, Resources: []string{"wukongs"}, Verbs: []string{"*"}})
	wukong := user.Apply(t, "minimal", withDisks(emptyDisk("system")))
	wukong.EventuallyRuns(t)

	lists := []client.ObjectList{&kubevirtv1.VirtualMachineList{}, &corev1.SecretList{}, &corev1.PersistentVolumeClaimList{}}
	if *target != targetNative {
		lists = append(lists, objectList())
	}
	for _, list := range lists {
		if err := user.List(t.Context(), list, client.InNamespace(user.Namespace)); !apierrors.IsForbidden(err) {
			t.Errorf("%T: want it forbidden, got %v", list, err)
		}
	}
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}

func objectList() *unstructured.UnstructuredList {
	out := &unstructured.UnstructuredList{}
	out.SetGroupVersionKind(objectGVK())
	return out
}

// TestNoWayOut names another namespace in each field that names an object. The API server or the function refuses it, with the field's
// path, and nothing is made.
func TestNoWayOut(t *testing.T) {
	t.Parallel()
	const elsewhere = "kube-system/secret"
	tenant := cluster.NewTenant(t)
	for field, edit := range map[string]Edit{
		"spec.sshKeySecret": func(w *v1alpha1.Wukong) { w.Spec.SSHKeySecret = elsewhere },
		"spec.cloudInitUser.passwordSecretRef.name": func(w *v1alpha1.Wukong) {
			w.Spec.CloudInitUser = &v1alpha1.CloudInitUser{Name: "ops", PasswordSecretRef: &v1alpha1.CredentialSecretReference{Name: elsewhere}}
		},
		"spec.cloudInit.userDataSecretRef.name": func(w *v1alpha1.Wukong) {
			w.Spec.CloudInit = &v1alpha1.CloudInit{UserDataSecretRef: &v1alpha1.SecretReference{Name: elsewhere}}
		},
		"spec.instancetype.name":           withInstancetype(elsewhere),
		"spec.preference.name":             withPreference(elsewhere),
		"spec.disks[0].claimName":          withDisks(claimDisk("system", elsewhere)),
		"spec.disks[0].storageClassName":   withDisks(emptyDisk("system", withStorageClass(elsewhere))),
		"spec.disks[0].name":               withDisks(emptyDisk(elsewhere)),
		"spec.networks[0].name":            combine(withNetwork("lan"), func(w *v1alpha1.Wukong) { w.Spec.Networks[0].Name = elsewhere }),
		"spec.networks[0].nadName":         withNetwork("kube-system/lan"),
		"spec.networks[0].nadName (twice)": withNetwork("kube-system/lan/lan"),
		"spec.networks[0].bridgeName":      combine(withNetwork(""), func(w *v1alpha1.Wukong) { w.Spec.Networks[0].BridgeName = elsewhere }),
		"spec.networks[0].master":          combine(withNetwork(""), func(w *v1alpha1.Wukong) { w.Spec.Networks[0].Master = elsewhere }),
		"spec.highAvailability.antiAffinityGroup": func(w *v1alpha1.Wukong) {
			w.Spec.HighAvailability = &v1alpha1.HighAvailability{AntiAffinity: true, AntiAffinityGroup: elsewhere}
		},
	} {
		t.Run(field, func(t *testing.T) {
			field, _, _ := strings.Cut(field, " ")
			wukong, err := tenant.TryApply(t, "minimal", edit)
			if err != nil {
				if !strings.Contains(err.Error(), field) {
					t.Errorf("want it refused at %s, got %v", field, err)
				}
				return
			}
			wukong.Eventually(t, "says why it is refused", func(o Observed) bool { return refusedAt(o, field) })
			if made := tenant.ObjectNames(t); len(made) > 0 {
				t.Errorf("made all the same: %q", made)
			}
			wukong.Delete(t)
		})
	}
}

// TestNoOtherNamespace changes the namespace and the name that a claim's composite stands for, as far as whoever owns the claim may.
func TestNoOtherNamespace(t *testing.T) {
	t.Parallel()
	tenant, victim := cluster.NewTenant(t), cluster.NewTenant(t)
	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system")), func(w *v1alpha1.Wukong) {
		w.Labels = map[string]string{"crossplane.io/claim-namespace": victim.Namespace, "crossplane.io/claim-name": "victim"}
	})
	wukong.EventuallyRuns(t)
	if got := victim.ObjectNames(t); len(got) > 0 {
		t.Errorf("made elsewhere: %q", got)
	}
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}
