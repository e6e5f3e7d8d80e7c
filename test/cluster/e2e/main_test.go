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
	crossplaneVersion = flag.String("crossplane", "2.3", "generation of Crossplane: 1.20 or 2.3")
	target            = flag.String("target", targetClaim, "what Wukongs are composed of: claim, namespaced or native")
	migrationTarget   = flag.String("to", "", "target that TestMigrate moves Wukongs to")
	clusterDir        = flag.String("cluster", "", "folder of a control plane that runs already and that the tests are to use, instead of one of their own")
	timeout           = flag.Duration("patience", 5*time.Minute, "how long a test waits for anything: far longer than it takes")
	fromCommit        = flag.String("from", "", "commit whose function and configuration are there at the start; without it, those of the working tree")
)

// cluster is the control plane of all tests.
var cluster *Cluster

// TestMain gives the tests a control plane, of their own unless it is told to use another. When a test fails, the folder of their own
// stays, with the logs of every process.
func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

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

	fmt.Printf("Starting a control plane with Crossplane %s and target %s in %s\n", *crossplaneVersion, *target, dir)
	c, err := startCluster(dir, *crossplaneVersion, *target, *fromCommit)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer c.stop()
	cluster = c
	return tests(m)
}

// tests runs them, and shows that the permissions of Crossplane and of the provider have sufficed for all of them.
func tests(m *testing.M) int {
	code := m.Run()
	refused, err := cluster.forbidden()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if len(refused) > 0 {
		fmt.Printf("FAIL: Crossplane and the provider miss permissions:\n%s\n", strings.Join(refused, "\n"))
		return 1
	}
	return code
}
