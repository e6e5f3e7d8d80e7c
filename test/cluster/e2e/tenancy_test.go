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

// TestTwoTenants creates equal Wukongs in two namespaces. Deleting one does not affect the other.
func TestTwoTenants(t *testing.T) {
	t.Parallel()
	tenant, other := cluster.NewTenant(t), cluster.NewTenant(t)
	edit := withDisks(emptyDisk("system"), emptyDisk("data"))
	wukong, otherWukong := tenant.Apply(t, "minimal", edit), other.Apply(t, "minimal", edit)
	wukong.EventuallyRuns(t)
	otherWukong.EventuallyRuns(t)
	if a, b := wukong.PVC(t, "data"), otherWukong.PVC(t, "data"); a.Name == b.Name || a.Spec.VolumeName == b.Spec.VolumeName {
		t.Errorf("want a PersistentVolumeClaim and a volume for each, got %s on %s, and %s on %s", a.Name, a.Spec.VolumeName, b.Name, b.Spec.VolumeName)
	}

	uids := other.UIDs(t)
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
	otherWukong.EventuallyRuns(t)
	other.CheckUIDs(t, uids)
}

// TestAmbiguousNames creates two Wukongs in one namespace whose disks would have the same name if names were only joined.
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

// TestUserPermissions creates a Wukong as a user who may do nothing else.
func TestUserPermissions(t *testing.T) {
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

// objectList returns an empty list of Objects.
func objectList() *unstructured.UnstructuredList {
	out := &unstructured.UnstructuredList{}
	out.SetGroupVersionKind(objectGVK())
	return out
}

// TestNoWayOut refers to another namespace in each field that refers to an object. The API server or the function refuses it with the field's
// path, and no object is created.
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
			wukong.Eventually(t, "reports why it is refused", func(o Observed) bool { return refusedAt(o, field) })
			if created := tenant.ObjectNames(t); len(created) > 0 {
				t.Errorf("want no objects, got %q", created)
			}
			wukong.Delete(t)
		})
	}
}

// TestNoOtherNamespace sets the labels from which a composite takes the namespace and name of its claim, as far as the user of a claim may.
func TestNoOtherNamespace(t *testing.T) {
	t.Parallel()
	tenant, victim := cluster.NewTenant(t), cluster.NewTenant(t)
	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system")), func(w *v1alpha1.Wukong) {
		w.Labels = map[string]string{"crossplane.io/claim-namespace": victim.Namespace, "crossplane.io/claim-name": "victim"}
	})
	wukong.EventuallyRuns(t)
	if got := victim.ObjectNames(t); len(got) > 0 {
		t.Errorf("want no objects in another namespace, got %q", got)
	}
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}
