//go:build e2e

package e2e

import (
	"context"
	"errors"
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

// attachmentsCRD is the name of the CustomResourceDefinition of networks.
const attachmentsCRD = "network-attachment-definitions.k8s.cni.cncf.io"

// TestMissingKind deletes the CustomResourceDefinition of networks, without a provider. A Wukong with a network reports that and gets all other
// objects. Its status does not flap, and it gets its network once the kind exists again.
//
// All tenants share the kind, so that this test does not run in parallel with others. It comes first, by the name of its file: a Crossplane that has watched the kind
// goes on trying to, and says that it cannot.
func TestMissingKind(t *testing.T) {
	if *target != targetNative {
		t.Skip("with a provider, each object has a status of its own")
	}
	tenant := cluster.NewTenant(t)
	crd := tenant.withoutCRD(t, attachmentsCRD)
	wukong := tenant.Apply(t, "minimal", combine(withDisks(emptyDisk("system")), withNetwork("")))
	wukong.Eventually(t, "reports that the kind does not exist", func(o Observed) bool {
		return o.Status.Phase == v1alpha1.PhaseError && strings.Contains(o.Status.Message, `no matches for kind "NetworkAttachmentDefinition"`) && o.True("Synced")
	})
	eventually(t, wukong.String()+" has all other objects", func() error {
		objects := strings.Join(tenant.ObjectNames(t), " ")
		for _, kind := range []string{"VirtualMachine/", "PersistentVolumeClaim/", "Secret/"} {
			if !strings.Contains(objects, kind) {
				return errors.New(objects)
			}
		}
		return nil
	})
	wukong.Eventually(t, "is about to start", func(o Observed) bool { return o.Reason("VirtualMachineReady") == "VMStarting" })
	wukong.checkStable(t, 10*time.Second)

	cluster.restoreCRD(t, crd)
	touchedAt := time.Time{}
	wukong.Eventually(t, "has its network", func(o Observed) bool {
		if time.Since(touchedAt) > 5*time.Second {
			// Crossplane may have listed the kinds before this one was served again. A change makes it list them again.
			touchedAt = time.Now()
			cluster.touchCRD(t, crd.Name)
		}
		return o.True("NetworksConfigured")
	})
	wukong.EventuallyRuns(t)
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}

// checkStable fails the test if the status of the Wukong changes more than twice within a duration.
func (w *Wukong) checkStable(t *testing.T, d time.Duration) {
	t.Helper()
	changes, last := 0, w.Observe(t).String()
	for deadline := time.Now().Add(d); time.Now().Before(deadline); time.Sleep(pollInterval / 5) {
		if current := w.Observe(t).String(); current != last {
			changes, last = changes+1, current
		}
	}
	if changes > 2 {
		t.Errorf("its status changed %d times within %s", changes, d)
	}
}

// withoutCRD deletes a CustomResourceDefinition and returns it. It is created again when the test ends.
func (n *Tenant) withoutCRD(t *testing.T, name string) *extv1.CustomResourceDefinition {
	t.Helper()
	crd := &extv1.CustomResourceDefinition{}
	if err := n.Get(t.Context(), types.NamespacedName{Name: name}, crd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.restoreCRD(t, crd) })
	deletedAt := time.Time{}
	eventually(t, name+" is gone, and the schema of its kind", func() error {
		if time.Since(deletedAt) > 30*time.Second {
			// Of a kind that is deleted soon after it was created, the API server may list a schema for ever that it does not have. Another deletion ends that.
			deletedAt = time.Now()
			n.restoreCRD(t, crd)
			if err := n.Delete(t.Context(), crd.DeepCopy()); err != nil {
				return err
			}
		}
		if err := n.Get(t.Context(), types.NamespacedName{Name: name}, &extv1.CustomResourceDefinition{}); !apierrors.IsNotFound(err) {
			return fmt.Errorf("it still exists: %v", err) //nolint:errorlint // There may be none.
		}
		if path := "apis/" + crd.Spec.Group + "/"; strings.Contains(n.Kubectl(t, "get", "--raw", "/openapi/v3"), path) {
			return errors.New("there is a schema of " + path)
		}
		return nil
	})
	return crd
}

// restoreCRD creates a deleted CustomResourceDefinition again.
func (c *Cluster) restoreCRD(t *testing.T, crd *extv1.CustomResourceDefinition) {
	t.Helper()
	again := &extv1.CustomResourceDefinition{Spec: crd.Spec}
	again.Name, again.Labels, again.Annotations = crd.Name, crd.Labels, crd.Annotations
	if err := c.Create(context.Background(), again); client.IgnoreAlreadyExists(err) != nil {
		t.Error(err)
	}
}

// touchCRD changes an annotation of a CustomResourceDefinition.
func (c *Cluster) touchCRD(t *testing.T, name string) {
	t.Helper()
	crd := &extv1.CustomResourceDefinition{}
	crd.Name = name
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{"touched-at":%q}}}`, time.Now().String())
	if err := c.Patch(t.Context(), crd, client.RawPatch(types.MergePatchType, patch)); err != nil {
		t.Error(err)
	}
}
