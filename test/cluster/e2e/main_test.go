//go:build e2e

package e2e

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

var generation = flag.String("crossplane", "2.3", "generation of Crossplane: 1.20 or 2.3")

// cluster is the control plane of all tests.
var cluster *Cluster

// TestMain gives the tests a control plane of their own. When a test fails, its folder stays, with the logs of every process.
func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) (code int) {
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

	fmt.Printf("Starting a control plane with Crossplane %s in %s\n", *generation, dir)
	c, err := startCluster(dir, *generation)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer c.stop()
	cluster = c
	return m.Run()
}
