//go:build image

package image

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

const (
	// few is for how many the next tenant is answered in time: requests are answered in turn, and one that costs most takes some 50 ms.
	few = 10

	// many is how many Crossplane reconciles at once, unless it is told otherwise.
	many = 100

	// longestRequest is the length from which requests are refused unread.
	longestRequest = 4 << 20

	// patience is what the next tenant has. Crossplane itself would wait longer.
	patience = time.Second
)

// testNextTenant shows that others are answered, by a container with no more memory than production's has, while one tenant asks for what
// costs most.
func testNextTenant(t *testing.T) {
	id, address := startLikeProduction(t)
	defer docker(t, "rm", "--force", id)
	costly := slices.Concat(costlyRequests(t, 0), costlyRequests(t, 5))

	ctx, stop := context.WithCancel(t.Context())
	var others sync.WaitGroup
	defer others.Wait()
	defer stop()
	for i := range few {
		others.Go(func() {
			conn := connect(t, address)
			for n := i; ctx.Err() == nil; n++ {
				_ = ask(ctx, conn, costly[n%len(costly)])
			}
		})
	}

	fn := fnv1.NewFunctionRunnerServiceClient(connect(t, address))
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
	checkRunsOn(t, id)
}

// testCrowd shows that such a container answers everybody, and health at once, while as many as Crossplane may have ask for what costs
// most, in requests almost as long as are read: each over a connection of its own, and all over one, as Crossplane does.
func testCrowd(t *testing.T) {
	id, address := startLikeProduction(t)
	defer docker(t, "rm", "--force", id)
	costly := costlyRequests(t, 26)
	one := connect(t, address)
	for how, conn := range map[string]func() *grpc.ClientConn{
		"connections": func() *grpc.ClientConn { return connect(t, address) },
		"streams":     func() *grpc.ClientConn { return one },
	} {
		began := time.Now()
		var crowd sync.WaitGroup
		for i := range many {
			crowd.Go(func() {
				if err := ask(t.Context(), conn(), costly[i%len(costly)]); err != nil {
					t.Errorf("%s: a request that waits is not answered: %v", how, err)
				}
			})
		}
		within, cancel := context.WithTimeout(t.Context(), patience)
		if err := healthy(within, address); err != nil {
			t.Errorf("%s: health waits: %v", how, err)
		}
		cancel()
		crowd.Wait()
		t.Logf("%s: %d requests took %s", how, many, time.Since(began))
	}
	checkRunsOn(t, id)
}

// startLikeProduction starts a container with production's memory, and with as many threads as on a larger node.
func startLikeProduction(t *testing.T) (id, address string) {
	t.Helper()
	limit := productionMemory(t)
	memory := strconv.FormatInt(limit, 10)
	options := locked("--detach", "--publish=127.0.0.1::9443", "--memory="+memory, "--memory-swap="+memory, "--env=GOMAXPROCS=8")
	id = docker(t, append(options, fromDockerfile, "--insecure")...)
	address = docker(t, "port", id, "9443/tcp")
	await(t, "the function does not serve on "+address, func() error { return healthy(t.Context(), address) })
	if got := memoryLimit(t, docker(t, "inspect", "--format={{.State.Pid}}", id)); got != limit {
		t.Fatalf("want the container to have %d bytes of memory, got %d", limit, got)
	}
	return id, address
}

func checkRunsOn(t *testing.T, id string) {
	t.Helper()
	if state := docker(t, "inspect", "--format={{.State.Running}} {{.State.OOMKilled}} {{.RestartCount}}", id); state != "true false 0" {
		t.Errorf("want it to run on, got (running, out of memory, restarts) %s", state)
	}
}

// costlyRequests returns requests with the user data that costs most: of the smallest Wukong, or else of the largest and all that is
// observed of it, where its objects have so many managers. They are encoded, so that asking costs little beside answering.
func costlyRequests(t *testing.T, managers int) []*emptypb.Empty {
	t.Helper()
	var observed map[string]*fnv1.Resource
	if managers > 0 {
		req, err := wukongtest.Request(wukongtest.Large("#!/bin/sh\n"))
		if err != nil {
			t.Fatal(err)
		}
		rsp, err := fn.New(logging.NewNopLogger()).RunFunction(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if observed, err = wukongtest.Applied(rsp.GetDesired().GetResources(), managers); err != nil {
			t.Fatal(err)
		}
	}

	var out []*emptypb.Empty
	length := 0
	for _, data := range wukongtest.Costly() {
		req := asking(t, map[string]any{"userData": data})
		if managers > 0 {
			var err error
			if req, err = wukongtest.Request(wukongtest.Large(data)); err != nil {
				t.Fatal(err)
			}
		}
		req.Observed.Resources = observed
		b, err := proto.Marshal(req)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > longestRequest {
			continue
		}
		// What a message does not know it sends as it is.
		encoded := &emptypb.Empty{}
		encoded.ProtoReflect().SetUnknown(b)
		out, length = append(out, encoded), max(length, len(b))
	}
	t.Logf("with %d managers, the longest of %d requests has %d bytes", managers, len(out), length)
	return out
}

// ask with an encoded request.
func ask(ctx context.Context, conn *grpc.ClientConn, req *emptypb.Empty) error {
	return conn.Invoke(ctx, fnv1.FunctionRunnerService_RunFunction_FullMethodName, req, &emptypb.Empty{})
}

func connect(t *testing.T, address string) *grpc.ClientConn {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Error(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
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
