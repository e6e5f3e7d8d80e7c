//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"
)

// TestLongMany creates a hundred Wukongs in ten namespaces at once. It logs how long their VirtualMachines take to exist, and how much CPU and
// memory the function uses.
func TestLongMany(t *testing.T) {
	var tenants []*Tenant
	for range 10 {
		tenants = append(tenants, cluster.NewTenant(t))
	}
	idle := cluster.usage(t, "function-wukong")
	applied := map[types.NamespacedName]time.Time{}
	var wukongs []*Wukong
	for i := range 10 {
		for _, tenant := range tenants {
			w := tenant.Apply(t, "minimal", withName(fmt.Sprintf("web-%d", i)), withDisks(emptyDisk("system")))
			wukongs = append(wukongs, w)
			applied[w.key()] = time.Now()
		}
	}

	took := map[types.NamespacedName]time.Duration{}
	eventually(t, "a hundred VirtualMachines exist", func() error {
		all := &kubevirtv1.VirtualMachineList{}
		if err := cluster.List(t.Context(), all); err != nil {
			return err
		}
		for _, vm := range all.Items {
			key := types.NamespacedName{Namespace: vm.Namespace, Name: vm.Name}
			if at, isApplied := applied[key]; isApplied && took[key] == 0 {
				took[key] = time.Since(at)
			}
		}
		if len(took) < len(wukongs) {
			return fmt.Errorf("there are %d", len(took))
		}
		return nil
	})
	for _, w := range wukongs {
		w.EventuallyRuns(t)
	}
	running := time.Since(applied[wukongs[0].key()])
	cost := cluster.usage(t, "function-wukong")

	var times []time.Duration
	for _, d := range took {
		times = append(times, d)
	}
	slices.Sort(times)
	t.Logf("from a Wukong to its VirtualMachine: %.1f s in the median, %.1f s at most; all run after %.1f s",
		times[len(times)/2].Seconds(), times[len(times)-1].Seconds(), running.Seconds())
	t.Logf("the function: %.2f s of CPU, %d MB of memory after, %d MB before", (cost.cpu - idle.cpu).Seconds(), cost.memory>>20, idle.memory>>20)

	deleteAll(t, wukongs)
	for _, tenant := range tenants {
		tenant.EventuallyHasOnly(t)
	}
}

// usage is the resource usage of a process since its start.
type usage struct {
	cpu time.Duration

	// memory is the resident set size in bytes.
	memory int
}

// usage returns the resource usage of a process.
func (c *Cluster) usage(t *testing.T, process string) usage {
	t.Helper()
	stat, statm := procNumbers(t, c.pid(t, process), "stat"), procNumbers(t, c.pid(t, process), "statm")
	// See proc(5). Times are in clock ticks of 10 ms, and memory in pages.
	const user, system, resident, tick = 13, 14, 1, 10 * time.Millisecond
	return usage{cpu: time.Duration(stat[user]+stat[system]) * tick, memory: statm[resident] * os.Getpagesize()}
}

// procNumbers returns the fields of a file in /proc of a process as numbers. Other fields are zero.
func procNumbers(t *testing.T, pid int, file string) []int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		t.Fatal(err)
	}
	var out []int
	for _, f := range strings.Fields(string(b)) {
		n, _ := strconv.Atoi(f)
		out = append(out, n)
	}
	return out
}
