//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// The resources of a Wukong with a network and both kinds of disks.
const (
	virtualMachines         = "virtualmachines"
	virtualMachineInstances = "virtualmachineinstances"
	attachments             = "network-attachment-definitions"
	dataVolumes             = "datavolumes"
	volumeClaims            = "persistentvolumeclaims"
)

// withEveryKind gives a Wukong a network and both kinds of disks, so that it has objects of every kind.
func withEveryKind(w *v1alpha1.Wukong) {
	combine(withDisks(importedDisk("system"), emptyDisk("data")), withNetwork(""))(w)
}

// TestProviderPermissions removes one verb after the other from the provider's role in examples/production. The Objects that need the verb and
// the Wukong report that, and recover once it is restored. In the end each permission of the role was used. This includes list and watch, without
// which the provider would only notice changes late.
//
// All tenants share the role, so that this test does not run in parallel with others.
func TestProviderPermissions(t *testing.T) {
	needsProvider(t, "there is no provider to take permissions from")
	role := roleIn(t, "examples/production/provider-rbac.yaml", providerUser)
	tenant := role.newTenant(t)
	managed := []string{dataVolumes, virtualMachines, attachments, volumeClaims}

	role.removeVerb(t, "create", managed...)
	wukong := tenant.Apply(t, "minimal", withEveryKind)
	wukong.eventuallyForbidden(t, "create", managed...)
	wukong.eventuallyReportsForbidden(t, "create")

	// While the role changes the virtual machine may be made, and the provider patches an instance that it could patch once no more.
	role.removeVerb(t, "patch", append(slices.Clone(managed), virtualMachineInstances)...)
	wukong.eventuallyForbidden(t, "patch", managed...)
	wukong.eventuallyReportsForbidden(t, "patch")

	role.removeVerb(t, "patch", virtualMachineInstances)
	wukong.eventuallyForbidden(t, "patch", virtualMachineInstances)
	role.restore(t)
	wukong.touchObjects(t)
	wukong.EventuallyRuns(t)

	all := append([]string{virtualMachineInstances}, managed...)
	role.removeVerb(t, "get", all...)
	wukong.eventuallyForbidden(t, "get", all...)
	wukong.eventuallyReportsForbidden(t, "get")
	role.restore(t)
	wukong.touchObjects(t)
	wukong.EventuallyRuns(t)

	wukong.Edit(t, editDisk("system", withSize("3Gi")))
	wukong.eventuallyHasSize(t, "system", "3Gi")
	tenant.useSnapshots(t)

	role.removeVerb(t, "delete", managed...)
	wukong.DeleteNoWait(t)
	wukong.eventuallyForbidden(t, "delete", managed...)
	role.restore(t)
	wukong.touchObjects(t)
	// After repeated failures, the provider retries within a minute.
	eventually(t, wukong.String()+" is gone", func() error {
		if _, err := wukong.observe(t); !apierrors.IsNotFound(err) {
			wukong.touchObjects(t)
			return fmt.Errorf("it still exists: %v", err) //nolint:errorlint // There may be none.
		}
		return nil
	})
	tenant.EventuallyHasOnly(t)

	if unused := cluster.unusedPermissions(t, role.ClusterRole, role.user); len(unused) > 0 {
		t.Errorf("the role has unused permissions: %q", unused)
	}
}

// TestCrossplanePermissions removes, without a provider, one verb after the other from Crossplane's role in examples/native. The Wukong reports one
// resource after the other that needs the verb, as each is restored. In the end each permission of the role was used.
func TestCrossplanePermissions(t *testing.T) {
	if *target != targetNative {
		t.Skip("with a provider Crossplane needs no permission of its own")
	}
	role := roleIn(t, "examples/native/rbac.yaml", crossplaneUser)
	tenant := role.newTenant(t)
	managed := []string{dataVolumes, virtualMachines, attachments, volumeClaims}

	role.removeVerb(t, "create", managed...)
	wukong := tenant.Apply(t, "minimal", withEveryKind)
	wukong.eventuallyReportsEach(t, role, "create", managed...)
	wukong.EventuallyRuns(t)

	role.removeVerb(t, "patch", managed...)
	wukong.eventuallyReportsEach(t, role, "patch", managed...)
	wukong.Eventually(t, "is synced again", func(o Observed) bool { return o.True("Synced") })

	// Crossplane removes its labels from an object by an update before it deletes it.
	removed := []string{dataVolumes, attachments, volumeClaims}
	tenant.useSnapshots(t)
	wukong.Edit(t, withRunStrategy(kubevirtv1.RunStrategyHalted))
	wukong.EventuallyStopped(t)
	role.removeVerb(t, "update", removed...)
	wukong.Edit(t, func(w *v1alpha1.Wukong) { w.Spec.Disks, w.Spec.Networks = []v1alpha1.Disk{emptyDisk("other")}, nil })
	wukong.eventuallyReportsEach(t, role, "update", removed...)
	wukong.Eventually(t, "is synced again", func(o Observed) bool { return o.True("Synced") })

	wukong.Edit(t, withEveryKind)
	// Ready may still be the condition from before the edit.
	wukong.Eventually(t, "has all disks again", func(o Observed) bool { return o.True("Ready") && len(o.Status.Volumes) > 1 })
	role.removeVerb(t, "delete", removed...)
	wukong.Edit(t, func(w *v1alpha1.Wukong) { w.Spec.Disks, w.Spec.Networks = []v1alpha1.Disk{emptyDisk("other")}, nil })
	wukong.eventuallyReportsEach(t, role, "delete", removed...)
	wukong.Eventually(t, "is synced again", func(o Observed) bool { return o.True("Synced") })
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)

	if unused := cluster.unusedPermissions(t, role.ClusterRole, role.user); len(unused) > 0 {
		t.Errorf("the role has unused permissions: %q", unused)
	}
}

// eventuallyReportsEach waits until the Wukong has reported a missing verb for each resource. The verb is restored once it was reported.
func (w *Wukong) eventuallyReportsEach(t *testing.T, role Role, verb string, resources ...string) {
	t.Helper()
	for missing := slices.Clone(resources); len(missing) > 0; role.removeVerb(t, verb, missing...) {
		touchedAt := time.Time{}
		w.Eventually(t, fmt.Sprintf("reports for one of %q that Crossplane cannot %s it", missing, verb), func(o Observed) bool {
			if time.Since(touchedAt) > 2*time.Second {
				touchedAt = time.Now()
				w.Edit(t, touch)
			}
			synced := o.Condition("Synced")
			if synced == nil {
				return false
			}
			m := forbiddenPattern.FindStringSubmatch(synced.Message)
			if m == nil || m[1] != verb || !slices.Contains(missing, m[2]) {
				return false
			}
			missing = slices.DeleteFunc(missing, func(r string) bool { return r == m[2] })
			return true
		})
	}
	// Crossplane retries within a minute. An edit makes it reconcile at once.
	w.Edit(t, touch)
}

// touch changes an annotation, so that Crossplane reconciles the Wukong.
func touch(w *v1alpha1.Wukong) {
	w.Annotations = map[string]string{"touched-at": time.Now().String()}
}

// forbiddenPattern matches a refusal by RBAC, with the verb and the resource.
var forbiddenPattern = regexp.MustCompile(`cannot (\w+) resource "([^"]+)"`)

// eventuallyForbidden waits until the Objects of the Wukong report a missing verb for exactly these resources. It touches them, so that the
// provider reconciles them at once.
func (w *Wukong) eventuallyForbidden(t *testing.T, verb string, resources ...string) {
	t.Helper()
	touchedAt := time.Time{}
	eventually(t, fmt.Sprintf("the Objects of %s report that the provider cannot %s %q", w, verb, resources), func() error {
		if time.Since(touchedAt) > 2*time.Second {
			touchedAt = time.Now()
			w.touchObjects(t)
		}
		reported := map[string]bool{}
		for _, o := range w.listObjects(t, objectGVK()) {
			for _, m := range forbiddenPattern.FindAllStringSubmatch(conditionMessage(t, &o, "Synced"), -1) {
				if m[1] == verb {
					reported[m[2]] = true
				}
			}
		}
		for _, resource := range resources {
			if !reported[resource] {
				return fmt.Errorf("they report it of %q", slices.Sorted(maps.Keys(reported)))
			}
		}
		return nil
	})
}

// eventuallyReportsForbidden waits until the Wukong reports a missing verb.
func (w *Wukong) eventuallyReportsForbidden(t *testing.T, verb string) {
	t.Helper()
	w.Eventually(t, "reports that it cannot "+verb, func(o Observed) bool {
		return o.Status.Phase == v1alpha1.PhaseError && strings.Contains(o.Status.Message, "cannot "+verb+" resource")
	})
}

// touchInstance changes an annotation of the VirtualMachineInstance, where there is one. The provider patches no object again, not even as a dry
// run, while neither it nor the Object changes.
func (w *Wukong) touchInstance(t *testing.T) {
	t.Helper()
	vmi := &kubevirtv1.VirtualMachineInstance{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: w.Name}}
	patch := client.RawPatch(types.MergePatchType, fmt.Appendf(nil, `{"metadata":{"annotations":{"touched-at":%q}}}`, time.Now()))
	if err := cluster.Patch(t.Context(), vmi, patch); client.IgnoreNotFound(err) != nil {
		t.Fatal(err)
	}
}

// touchObjects changes an annotation of each Object of the Wukong, so that the provider reconciles it, and of its instance.
func (w *Wukong) touchObjects(t *testing.T) {
	t.Helper()
	w.touchInstance(t)
	for _, o := range w.listObjects(t, objectGVK()) {
		patch := client.MergeFrom(o.DeepCopy())
		annotations := maps.Clone(o.GetAnnotations())
		annotations["touched-at"] = time.Now().String()
		o.SetAnnotations(annotations)
		if err := w.Patch(t.Context(), &o, patch); client.IgnoreNotFound(err) != nil {
			t.Error(err)
		}
	}
}
