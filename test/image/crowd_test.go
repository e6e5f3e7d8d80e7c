//go:build image

package image

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/wukongtest"
)

const (
	// crowd is how many Wukongs Crossplane reconciles at once, unless it is told otherwise.
	crowd = 10

	// patience is what the next tenant has. Crossplane itself would wait longer.
	patience = time.Second
)

// testNextTenant shows that others are answered, by a container with no more memory than production's has, while one tenant asks for what
// costs most.
func testNextTenant(t *testing.T) {
	limit := productionMemory(t)
	memory := strconv.FormatInt(limit, 10)
	id := docker(t, append(locked("--detach", "--publish=127.0.0.1::9443", "--memory="+memory, "--memory-swap="+memory), fromDockerfile, "--insecure")...)
	defer docker(t, "rm", "--force", id)
	address := docker(t, "port", id, "9443/tcp")
	await(t, "the function does not serve on "+address, func() error { return healthy(t.Context(), address) })
	if got := memoryLimit(t, docker(t, "inspect", "--format={{.State.Pid}}", id)); got != limit {
		t.Fatalf("want the container to have %d bytes of memory, got %d", limit, got)
	}

	ctx, stop := context.WithCancel(t.Context())
	var others sync.WaitGroup
	defer others.Wait()
	defer stop()
	costly := slices.Collect(maps.Values(wukongtest.Costly()))
	for i := range crowd {
		others.Go(func() {
			fn := client(t, address)
			for n := i; ctx.Err() == nil; n++ {
				_, _ = fn.RunFunction(ctx, asking(t, map[string]any{"userData": costly[n%len(costly)]}))
			}
		})
	}

	fn := client(t, address)
	var slowest time.Duration
	for range 100 {
		within, cancel := context.WithTimeout(t.Context(), patience)
		began := time.Now()
		rsp, err := fn.RunFunction(within, asking(t, nil))
		cancel()
		if err != nil {
			t.Fatalf("the next tenant is not answered: %v", err)
		}
		if rsp.GetDesired().GetResources()["vm"] == nil {
			t.Fatalf("want a virtual machine, got %v", rsp.GetResults())
		}
		slowest = max(slowest, time.Since(began))
	}
	t.Logf("the slowest answer took %s", slowest)
	if state := docker(t, "inspect", "--format={{.State.Running}} {{.State.OOMKilled}} {{.RestartCount}}", id); state != "true false 0" {
		t.Errorf("want it to run on, got (running, out of memory, restarts) %s", state)
	}
}

func client(t *testing.T, address string) fnv1.FunctionRunnerServiceClient {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Error(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return fnv1.NewFunctionRunnerServiceClient(conn)
}

// asking is a request about a Wukong, which has had its objects looked for, with this cloud-init.
func asking(t *testing.T, cloudInit map[string]any) *fnv1.RunFunctionRequest {
	xr := map[string]any{}
	if err := yaml.Unmarshal(read(t, "examples/minimal/xwukong.yaml"), &xr); err != nil {
		t.Error(err)
	}
	if spec, ok := xr["spec"].(map[string]any); ok && cloudInit != nil {
		delete(spec, "cloudInitUser")
		spec["cloudInit"] = cloudInit
	}
	s, err := structpb.NewStruct(xr)
	if err != nil {
		t.Error(err)
	}
	return &fnv1.RunFunctionRequest{Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: s}}}
}

// productionMemory is how much memory production's manifest gives the function, in bytes.
func productionMemory(t *testing.T) int64 {
	t.Helper()
	for _, document := range strings.Split(string(read(t, "examples/production/function.yaml")), "\n---\n") {
		var config struct {
			Spec struct {
				DeploymentTemplate struct {
					Spec struct {
						Template struct {
							Spec corev1.PodSpec `json:"spec"`
						} `json:"template"`
					} `json:"spec"`
				} `json:"deploymentTemplate"`
			} `json:"spec"`
		}
		if err := yaml.Unmarshal([]byte(document), &config); err != nil {
			t.Fatal(err)
		}
		for _, c := range config.Spec.DeploymentTemplate.Spec.Template.Spec.Containers {
			return c.Resources.Limits.Memory().Value()
		}
	}
	t.Fatal("examples/production/function.yaml limits no memory")
	return 0
}

// memoryLimit is how much memory a process may have by its cgroup, of whichever version this machine has.
func memoryLimit(t *testing.T, pid string) int64 {
	t.Helper()
	for _, line := range strings.Split(string(read(t, filepath.Join("/proc", pid, "cgroup"))), "\n") {
		for prefix, files := range map[string][2]string{"0::": {"/sys/fs/cgroup", "memory.max"}, ":memory:": {"/sys/fs/cgroup/memory", "memory.limit_in_bytes"}} {
			_, path, ok := strings.Cut(line, prefix)
			if !ok {
				continue
			}
			text, err := os.ReadFile(filepath.Join(files[0], path, files[1]))
			if errors.Is(err, os.ErrNotExist) {
				continue
			}
			limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return limit
		}
	}
	t.Fatalf("process %s is in no cgroup of memory", pid)
	return 0
}
