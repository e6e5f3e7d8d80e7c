//go:build e2e

package e2e

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/novasphere/function-wukong/test/cluster/plane"
)

var (
	setName           = flag.String("set", "current", "set of versions, of those in test/tools/sets")
	crossplaneVersion = flag.String("crossplane", "", "another minor version of Crossplane than the set has")
	target            = flag.String("target", targetClaim, "what Wukongs are composed of: claim, namespaced or native")
	migrationTarget   = flag.String("to", "", "target to which TestMigrate moves Wukongs")
	clusterDir        = flag.String("cluster", "", "folder of a running control plane that the tests use; without it, they start their own")
	timeout           = flag.Duration("patience", 5*time.Minute, "how long a test waits for a condition, with a large margin")
	upgradeTo         = flag.String("upgrade-to", "", "set of versions to which TestVersions upgrades the control plane")
	fromCommit        = flag.String("from", "", "commit whose function and configuration are installed at the start; without it, those of the working tree")
)

// cluster is the control plane of all tests.
var cluster *Cluster

// TestMain starts a control plane for the tests, or connects to the one in the flag -cluster. If a test fails, the folder with the logs of a
// started control plane is kept.
func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

// run runs the tests in a control plane and returns the exit code.
func run(m *testing.M) (code int) {
	if *clusterDir != "" {
		c := &Cluster{dir: *clusterDir}
		if err := c.connect(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		log, err := os.Stat(filepath.Join(c.dir, plane.AuditLog))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		c.auditOffset = log.Size()
		cluster = c
		return tests(m)
	}

	dir, err := os.MkdirTemp("", "wukong-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		if code != 0 {
			fmt.Fprintf(os.Stderr, "The logs of every process are in %s\n", dir)
			return
		}
		_ = os.RemoveAll(dir)
	}()

	c, err := startCluster(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer c.stop()
	cluster = c
	return tests(m)
}

// tests runs the tests. It fails if the API server has refused Crossplane or the provider a permission.
func tests(m *testing.M) int {
	code := m.Run()
	forbidden, err := cluster.forbidden()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if len(forbidden) > 0 {
		fmt.Printf("FAIL: Crossplane or the provider lacks permissions:\n%s\n", strings.Join(forbidden, "\n"))
		return 1
	}
	return code
}
