//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"testing"

	"github.com/novasphere/function-wukong/test/cluster/plane"
)

// TestVersions upgrades the components of a control plane to the versions of another set under ten virtual machines, one component after the
// other. No object is deleted, replaced, changed or restarted, and no further one requires a restart. In the end all can be edited and deleted.
func TestVersions(t *testing.T) {
	if *upgradeTo == "" {
		t.Skip("there is no set of versions to upgrade to: make e2e-versions")
	}
	to, err := plane.ReadSet(repository, *upgradeTo)
	if err != nil {
		t.Fatal(err)
	}
	tenant := cluster.NewTenant(t)
	wukongs := tenant.applyVariety(t, 2)
	unchanged := tenant.record(t, wukongs)
	for _, component := range []string{plane.KubeVirt, plane.CDI, plane.Provider, plane.Crossplane} {
		cluster.upgrade(t, component, to[component])
		// Until a new one runs, the component has seen the others, too.
		fresh := cluster.NewTenant(t).Apply(t, "minimal", withDisks(emptyDisk("system"), importedDisk("data")))
		fresh.EventuallyRuns(t)
		unchanged(t)
		fresh.Delete(t)
	}

	for _, w := range wukongs {
		w.Edit(t, combine(editDisk("system", withSize("4Gi")), withCPUs(1)))
		w.eventuallyHasSize(t, "system", "4Gi")
		w.Eventually(t, "requires a restart", func(o Observed) bool { return o.True("RestartRequired") })
	}
	tenant.deleteWithObjects(t, wukongs)
}

// upgrade replaces a component of the control plane by another version.
func (c *Cluster) upgrade(t *testing.T, component, version string) {
	t.Helper()
	logf(t, "upgrading %s to %s", component, version)
	if _, err := fmt.Fprintln(c.lifeline, component, version); err != nil {
		t.Fatal(err)
	}
	eventually(t, component+" is upgraded to "+version, func() error {
		select {
		case <-c.ended:
			t.Fatal("the control plane has stopped")
		default:
		}
		s, err := c.State()
		if err != nil {
			return err
		}
		if s.Set[component] != version {
			return errors.New("it still has version " + s.Set[component])
		}
		return nil
	})
}
