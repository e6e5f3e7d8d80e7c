//go:build e2e

package e2e

import (
	"errors"
	"testing"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/novasphere/function-wukong/test/cluster/plane"
)

// TestMigrate moves a claim to another target: its disks are retained, the configuration is replaced, and the same manifest attaches them
// again. It needs a control plane of its own, as all tenants share the configuration.
func TestMigrate(t *testing.T) {
	if *migrationTarget == "" {
		t.Skip("no target was given: -to")
	}
	tenant := cluster.NewTenant(t)
	edit := withDisks(importedDisk("system", retain), emptyDisk("data", retain))
	wukong := tenant.Apply(t, "minimal", edit)
	wukong.EventuallyRuns(t)
	system, data := wukong.PVC(t, "system"), wukong.PVC(t, "data")
	wukong.Delete(t)
	remaining := []string{"DataVolume/" + system.Name, "PersistentVolumeClaim/" + system.Name, "PersistentVolumeClaim/" + data.Name}
	tenant.EventuallyHasOnly(t, remaining...)

	cluster.uninstall(t, plane.Configuration(*target))
	*target = *migrationTarget
	cluster.install(t, "Configuration", plane.Configuration(*migrationTarget), plane.Configuration(*migrationTarget)+":"+plane.Version)
	cluster.eventuallyServesWukongs(t)

	if *migrationTarget == targetNative {
		edit = withDisks(importedDisk("system"), emptyDisk("data"))
		remaining = nil
	}
	moved := tenant.Apply(t, "minimal", edit)
	moved.EventuallyRuns(t)
	tenant.CheckSamePVC(t, system)
	tenant.CheckSamePVC(t, data)
	moved.Delete(t)
	tenant.EventuallyHasOnly(t, remaining...)
}

// eventuallyServesWukongs waits until the API server serves Wukongs.
func (c *Cluster) eventuallyServesWukongs(t *testing.T) {
	t.Helper()
	eventually(t, "the API server serves Wukongs", func() error {
		crd, err := c.wukongCRD(t)
		if err != nil {
			return err
		}
		for _, condition := range crd.Status.Conditions {
			if condition.Type == extv1.Established && condition.Status == extv1.ConditionTrue {
				return nil
			}
		}
		return errors.New("it is not established")
	})
}

// wukongCRD returns the CustomResourceDefinition of Wukongs.
func (c *Cluster) wukongCRD(t *testing.T) (*extv1.CustomResourceDefinition, error) {
	crd := &extv1.CustomResourceDefinition{}
	return crd, c.Get(t.Context(), types.NamespacedName{Name: "wukongs.vm.novasphere.dev"}, crd)
}
