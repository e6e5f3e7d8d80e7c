//go:build e2e

package e2e

import (
	"errors"
	"testing"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/novasphere/function-wukong/test/cluster/plane"
)

// TestMigrate moves a claim to a namespaced Wukong: its disks are retained, the configuration is exchanged, and the same manifest finds
// them again. It needs a control plane for itself, as the configuration is that of every tenant.
func TestMigrate(t *testing.T) {
	if *to == "" {
		t.Skip("there is no target to move to: -to")
	}
	tenant := cluster.NewTenant(t)
	asked := with(imported("system", retained), empty("data", retained))
	claim := tenant.Apply(t, "minimal", asked)
	claim.EventuallyRuns(t)
	system, data := claim.PVC(t, "system"), claim.PVC(t, "data")
	claim.Delete(t)
	left := []string{"DataVolume/" + system.Name, "PersistentVolumeClaim/" + system.Name, "PersistentVolumeClaim/" + data.Name}
	tenant.EventuallyHas(t, left...)

	cluster.uninstall(t, plane.Configuration(*target))
	*target = *to
	cluster.install(t, "Configuration", plane.Configuration(*to), plane.Configuration(*to)+":"+plane.Version)
	cluster.eventuallyServesWukongs(t)

	if *to == targetNative {
		asked = with(imported("system"), empty("data"))
		left = nil
	}
	moved := tenant.Apply(t, "minimal", asked)
	moved.EventuallyRuns(t)
	tenant.GoesOnWith(t, system)
	tenant.GoesOnWith(t, data)
	moved.Delete(t)
	tenant.EventuallyHas(t, left...)
}

func (c *Cluster) eventuallyServesWukongs(t *testing.T) {
	t.Helper()
	eventually(t, "the API server serves Wukongs", func() error {
		crd, err := c.wukongs(t)
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

func (c *Cluster) wukongs(t *testing.T) (*extv1.CustomResourceDefinition, error) {
	crd := &extv1.CustomResourceDefinition{}
	return crd, c.Get(t.Context(), types.NamespacedName{Name: "wukongs.vm.novasphere.dev"}, crd)
}
