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

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// What a Wukong with a network and both kinds of disks is made of, as the API calls it.
const (
	virtualMachines         = "virtualmachines"
	virtualMachineInstances = "virtualmachineinstances"
	attachments             = "network-attachment-definitions"
	dataVolumes             = "datavolumes"
	volumeClaims            = "persistentvolumeclaims"
)

// everyKind of object comes of a Wukong with these.
func withEveryKind(w *v1alpha1.Wukong) {
	combine(withDisks(importedDisk("system"), emptyDisk("data")), withNetwork(""))(w)
}

// TestRightsOfTheProvider takes from the provider one verb after the other of its role in examples/production. Each object that takes it
// says so, the Wukong too, and all goes on once it is given back. In the end each permission of the role has been used, also to list and to
// watch, without which nothing fails, but what changes is seen late.
//
// The role is the same for all, so that this test runs beside no other.
func TestRightsOfTheProvider(t *testing.T) {
	needsProvider(t, "there is no provider to take permissions from")
	role := roleIn(t, "examples/production/provider-rbac.yaml", providerUser)
	tenant := role.newTenant(t)
	managed := []string{dataVolumes, virtualMachines, attachments, volumeClaims}

	role.removeVerb(t, "create", managed...)
	wukong := tenant.Apply(t, "minimal", withEveryKind)
	wukong.eventuallyForbidden(t, "create", managed...)
	wukong.eventuallyReportsForbidden(t, "create")

	role.removeVerb(t, "patch", managed...)
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

	role.removeVerb(t, "delete", managed...)
	wukong.DeleteNoWait(t)
	wukong.eventuallyForbidden(t, "delete", managed...)
	role.restore(t)
	wukong.touchObjects(t)
	// What was refused again and again is tried again within a minute.
	eventually(t, wukong.String()+" is gone", func() error {
		if _, err := wukong.observe(t); !apierrors.IsNotFound(err) {
			wukong.touchObjects(t)
			return fmt.Errorf("it is still there: %v", err) //nolint:errorlint // There may be none.
		}
		return nil
	})
	tenant.EventuallyHasOnly(t)

	if unused := cluster.unusedPermissions(t, role.ClusterRole, role.user); len(unused) > 0 {
		t.Errorf("the role has permissions that nothing takes: %q", unused)
	}
}

// TestRightsOfCrossplane takes from Crossplane, without a provider, one verb after the other of its role in examples/native. Its Wukong names
// one object after the other that takes the verb, as each is given back, and in the end each permission of the role has been used.
func TestRightsOfCrossplane(t *testing.T) {
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

	// What leaves the Wukong loses Crossplane's labels, by an update, and is deleted.
	left := []string{dataVolumes, attachments, volumeClaims}
	wukong.Edit(t, withRunStrategy(kubevirtv1.RunStrategyHalted))
	wukong.EventuallyStopped(t)
	role.removeVerb(t, "update", left...)
	wukong.Edit(t, func(w *v1alpha1.Wukong) { w.Spec.Disks, w.Spec.Networks = []v1alpha1.Disk{emptyDisk("other")}, nil })
	wukong.eventuallyReportsEach(t, role, "update", left...)
	wukong.Eventually(t, "is synced again", func(o Observed) bool { return o.True("Synced") })

	wukong.Edit(t, withEveryKind)
	// Ready alone may be of before the edit.
	wukong.Eventually(t, "has everything again", func(o Observed) bool { return o.True("Ready") && len(o.Status.Volumes) > 1 })
	role.removeVerb(t, "delete", left...)
	wukong.Edit(t, func(w *v1alpha1.Wukong) { w.Spec.Disks, w.Spec.Networks = []v1alpha1.Disk{emptyDisk("other")}, nil })
	wukong.eventuallyReportsEach(t, role, "delete", left...)
	wukong.Eventually(t, "is synced again", func(o Observed) bool { return o.True("Synced") })
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)

	if unused := cluster.unusedPermissions(t, role.ClusterRole, role.user); len(unused) > 0 {
		t.Errorf("the role has permissions that nothing takes: %q", unused)
	}
}

// eventuallyNamesEach waits until the claim has said of each resource that a verb is missing. Each gets it back once it was named.
func (w *Wukong) eventuallyReportsEach(t *testing.T, role Role, verb string, resources ...string) {
	t.Helper()
	for missing := slices.Clone(resources); len(missing) > 0; role.removeVerb(t, verb, missing...) {
		nudged := time.Time{}
		w.Eventually(t, fmt.Sprintf("says of one of %q that Crossplane cannot %s it", missing, verb), func(o Observed) bool {
			if time.Since(nudged) > 2*time.Second {
				nudged = time.Now()
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
	// Crossplane would try again by itself, within a minute.
	w.Edit(t, touch)
}

// touched has Crossplane look at the Wukong.
func touch(w *v1alpha1.Wukong) {
	w.Annotations = map[string]string{"touched-at": time.Now().String()}
}

var forbiddenPattern = regexp.MustCompile(`cannot (\w+) resource "([^"]+)"`)

// eventuallyMayNot waits until the Objects of the claim say that just these resources are refused, for want of a verb. They are touched, so
// that the provider looks at once.
func (w *Wukong) eventuallyForbidden(t *testing.T, verb string, resources ...string) {
	t.Helper()
	slices.Sort(resources)
	nudged := time.Time{}
	eventually(t, fmt.Sprintf("the Objects of %s say that the provider cannot %s %q", w, verb, resources), func() error {
		if time.Since(nudged) > 2*time.Second {
			nudged = time.Now()
			w.touchObjects(t)
		}
		said := map[string]bool{}
		for _, o := range w.listObjects(t, objectGVK()) {
			for _, m := range forbiddenPattern.FindAllStringSubmatch(conditionMessage(t, &o, "Synced"), -1) {
				if m[1] == verb {
					said[m[2]] = true
				}
			}
		}
		if diff := cmp.Diff(resources, slices.Sorted(maps.Keys(said))); diff != "" {
			return fmt.Errorf("-want, +got:\n%s", diff)
		}
		return nil
	})
}

// eventuallySaysCannot waits until the claim says that a verb is missing.
func (w *Wukong) eventuallyReportsForbidden(t *testing.T, verb string) {
	t.Helper()
	w.Eventually(t, "says that it cannot "+verb, func(o Observed) bool {
		return o.Status.Phase == v1alpha1.PhaseError && strings.Contains(o.Status.Message, "cannot "+verb+" resource")
	})
}

// nudge has the provider look at each Object of the claim.
func (w *Wukong) touchObjects(t *testing.T) {
	t.Helper()
	for _, o := range w.listObjects(t, objectGVK()) {
		patch := client.MergeFrom(o.DeepCopy())
		annotations := maps.Clone(o.GetAnnotations())
		annotations["nudged-at"] = time.Now().String()
		o.SetAnnotations(annotations)
		if err := w.Patch(t.Context(), &o, patch); client.IgnoreNotFound(err) != nil {
			t.Error(err)
		}
	}
}
