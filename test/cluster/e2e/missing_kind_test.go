//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

const attachmentsCRD = "network-attachment-definitions.k8s.cni.cncf.io"

// TestMissingKind takes away the kind of networks, without a provider. A Wukong with a network says so and gets all else, its status does not
// change back and forth, and it gets its network once the kind is there.
//
// The kind is the same for all, so that this test runs beside no other.
func TestMissingKind(t *testing.T) {
	if *target != targetNative {
		t.Skip("a provider tells of each object by itself")
	}
	crd := cluster.withoutCRD(t, attachmentsCRD)
	tenant := cluster.NewTenant(t)
	wukong := tenant.Apply(t, "minimal", combine(withDisks(emptyDisk("system")), withNetwork("")))
	wukong.Eventually(t, "says that there is no such kind", func(o Observed) bool {
		return o.Status.Phase == v1alpha1.PhaseError && strings.Contains(o.Status.Message, `no matches for kind "NetworkAttachmentDefinition"`) && o.True("Synced")
	})
	eventually(t, wukong.String()+" has all else", func() error {
		things := strings.Join(tenant.ObjectNames(t), " ")
		for _, kind := range []string{"VirtualMachine/", "PersistentVolumeClaim/", "Secret/"} {
			if !strings.Contains(things, kind) {
				return fmt.Errorf("%s", things)
			}
		}
		return nil
	})
	wukong.checkStable(t, 10*time.Second)

	cluster.restoreCRD(t, crd)
	nudged := time.Time{}
	wukong.Eventually(t, "has its network", func(o Observed) bool {
		if time.Since(nudged) > 5*time.Second {
			// Crossplane may have learned of the kinds a moment too early.
			nudged = time.Now()
			cluster.touchCRD(t, crd.Name)
		}
		return o.True("NetworksConfigured")
	})
	wukong.EventuallyRuns(t)
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}

// staysAsItIs fails the test if the claim's status changes more than once or twice within a time.
func (w *Wukong) checkStable(t *testing.T, d time.Duration) {
	t.Helper()
	changes, last := 0, w.Observe(t).String()
	for deadline := time.Now().Add(d); time.Now().Before(deadline); time.Sleep(pollInterval / 5) {
		if now := w.Observe(t).String(); now != last {
			changes, last = changes+1, now
		}
	}
	if changes > 2 {
		t.Errorf("its status changed %d times within %s", changes, d)
	}
}

// withoutCRD deletes a definition, and returns it. In the end it is there again.
func (c *Cluster) withoutCRD(t *testing.T, name string) *extv1.CustomResourceDefinition {
	t.Helper()
	crd := &extv1.CustomResourceDefinition{}
	if err := c.Get(t.Context(), types.NamespacedName{Name: name}, crd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.restoreCRD(t, crd) })
	if err := c.Delete(t.Context(), crd.DeepCopy()); err != nil {
		t.Fatal(err)
	}
	eventually(t, name+" is gone", func() error {
		if err := c.Get(t.Context(), types.NamespacedName{Name: name}, &extv1.CustomResourceDefinition{}); !apierrors.IsNotFound(err) {
			return fmt.Errorf("it is still there: %v", err) //nolint:errorlint // There may be none.
		}
		return nil
	})
	return crd
}

// restoreCRD creates a definition that was deleted.
func (c *Cluster) restoreCRD(t *testing.T, crd *extv1.CustomResourceDefinition) {
	t.Helper()
	again := &extv1.CustomResourceDefinition{Spec: crd.Spec}
	again.Name, again.Labels, again.Annotations = crd.Name, crd.Labels, crd.Annotations
	if err := c.Create(context.Background(), again); client.IgnoreAlreadyExists(err) != nil {
		t.Error(err)
	}
}

// touchCRD changes a definition in nothing that matters.
func (c *Cluster) touchCRD(t *testing.T, name string) {
	t.Helper()
	crd := &extv1.CustomResourceDefinition{}
	crd.Name = name
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{"touched-at":%q}}}`, time.Now().String())
	if err := c.Patch(t.Context(), crd, client.RawPatch(types.MergePatchType, patch)); err != nil {
		t.Error(err)
	}
}
