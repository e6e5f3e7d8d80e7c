//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/names"
)

// TestLongKill kills one component after the other while ten Wukongs are being created and ten others deleted. Each time the new ones run, the
// others are gone, no object is left over, and none exists twice.
func TestLongKill(t *testing.T) {
	tenant := cluster.NewTenant(t)
	before := tenant.applyTen(t, "first")
	for _, w := range before {
		w.EventuallyRuns(t)
	}

	for _, process := range []string{"function-wukong", "provider-kubernetes", "crossplane", "virt-controller", "kube-apiserver"} {
		t.Run(process, func(t *testing.T) {
			if process == "provider-kubernetes" {
				needsProvider(t, "there is no provider to kill")
			}
			created := tenant.applyTen(t, "without-"+process)
			for _, w := range before {
				w.DeleteNoWait(t)
			}
			cluster.Kill(t, process)
			cluster.eventuallyAnswers(t)

			for _, w := range created {
				w.EventuallyRuns(t)
			}
			for _, w := range before {
				w.EventuallyGone(t)
			}
			before = created
			tenant.eventuallyHasOneOfEach(t, created)
		})
	}

	deleteAll(t, before)
	tenant.EventuallyHasOnly(t)
}

// applyTen creates ten Wukongs.
func (n *Tenant) applyTen(t *testing.T, name string) []*Wukong {
	t.Helper()
	var out []*Wukong
	for i := range 10 {
		out = append(out, n.Apply(t, "minimal", withName(fmt.Sprintf("%s-%d", name, i)), withDisks(emptyDisk("system"))))
	}
	return out
}

// eventuallyHasOneOfEach waits until the tenant has exactly the objects of its Wukongs, and no others.
func (n *Tenant) eventuallyHasOneOfEach(t *testing.T, wukongs []*Wukong) {
	t.Helper()
	want := map[string]int{}
	for _, w := range wukongs {
		for kind, number := range map[string]int{"Object": 4, "PersistentVolumeClaim": 1, "Secret": 1, "VirtualMachine": 1, "VirtualMachineInstance": 1, "Pod": 1} {
			if kind != "Object" || *target != targetNative {
				want[kind+" of "+w.Name] = number
			}
		}
	}
	eventually(t, n.Namespace+" has exactly the objects of its Wukongs", func() error {
		got := map[string]int{}
		for _, gvk := range kinds() {
			for _, o := range n.listObjects(t, gvk) {
				owner := o.GetLabels()[names.LabelWukong]
				if gvk == objectGVK() {
					owner = o.GetLabels()[ownerLabel()]
				}
				got[gvk.Kind+" of "+owner]++
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			return fmt.Errorf("-want, +got:\n%s", diff)
		}
		return nil
	})
}

// eventuallyAnswers waits until the API server answers requests.
func (c *Cluster) eventuallyAnswers(t *testing.T) {
	t.Helper()
	eventually(t, "the API server answers", func() error {
		all := &corev1.NamespaceList{}
		if err := c.List(t.Context(), all); err != nil {
			return err
		}
		if len(all.Items) == 0 {
			return errors.New("there is no namespace")
		}
		return nil
	})
}
