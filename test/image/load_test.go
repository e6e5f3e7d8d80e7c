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
	// fewRequests is the number of concurrent requests of one tenant. The function answers requests in turn; the costliest takes about 50 ms.
	fewRequests = 10

	// manyRequests is the number of composites that Crossplane reconciles at once by default.
	manyRequests = 100

	// maxRequestBytes is the size of the longest request that the function reads.
	maxRequestBytes = 4 << 20

	// deadline of requests of other tenants. Crossplane's own is longer.
	deadline = time.Second
)

// testOneTenant shows that a container with production's memory answers other tenants in time while one tenant sends the costliest requests.
func testOneTenant(t *testing.T) {
	id, address := startLikeProduction(t)
	defer docker(t, "rm", "--force", id)
	costly := slices.Concat(costlyRequests(t, 0), costlyRequests(t, 5))

	ctx, stop := context.WithCancel(t.Context())
	var senders sync.WaitGroup
	defer senders.Wait()
	defer stop()
	for i := range fewRequests {
		senders.Go(func() {
			conn := connect(t, address)
			for n := i; ctx.Err() == nil; n++ {
				_ = send(ctx, conn, costly[n%len(costly)])
			}
		})
	}

	fn := fnv1.NewFunctionRunnerServiceClient(connect(t, address))
	var slowest time.Duration
	for range 100 {
		ctx, cancel := context.WithTimeout(t.Context(), deadline)
		start := time.Now()
		rsp, err := fn.RunFunction(ctx, request(t, nil))
		cancel()
		if err != nil {
			t.Fatalf("another tenant gets no response: %v", err)
		}
		if rsp.GetDesired().GetResources()["vm"] == nil {
			t.Fatalf("want a virtual machine, got %v", rsp.GetResults())
		}
		slowest = max(slowest, time.Since(start))
	}
	t.Logf("the slowest response took %s", slowest)
	checkRunning(t, id)
}

// testManyRequests shows that such a container answers as many of the costliest requests as Crossplane sends at once, and health checks in time.
// The requests are almost as long as the function reads. Each has its own connection, and then all have one, as in Crossplane.
func testManyRequests(t *testing.T) {
	id, address := startLikeProduction(t)
	defer docker(t, "rm", "--force", id)
	costly := costlyRequests(t, 26)
	one := connect(t, address)
	for transport, conn := range map[string]func() *grpc.ClientConn{
		"connections": func() *grpc.ClientConn { return connect(t, address) },
		"streams":     func() *grpc.ClientConn { return one },
	} {
		start := time.Now()
		var senders sync.WaitGroup
		for i := range manyRequests {
			senders.Go(func() {
				if err := send(t.Context(), conn(), costly[i%len(costly)]); err != nil {
					t.Errorf("%s: a request gets no response: %v", transport, err)
				}
			})
		}
		ctx, cancel := context.WithTimeout(t.Context(), deadline)
		if err := checkHealth(ctx, address); err != nil {
			t.Errorf("%s: a health check gets no response in time: %v", transport, err)
		}
		cancel()
		senders.Wait()
		t.Logf("%s: %d requests took %s", transport, manyRequests, time.Since(start))
	}
	checkRunning(t, id)
}

// startLikeProduction starts a container with production's memory limit, and with as many threads as on a larger node.
func startLikeProduction(t *testing.T) (id, address string) {
	t.Helper()
	limit := productionMemory(t)
	memory := strconv.FormatInt(limit, 10)
	options := unprivileged("--detach", "--publish=127.0.0.1::9443", "--memory="+memory, "--memory-swap="+memory, "--env=GOMAXPROCS=8")
	id = docker(t, append(options, fromDockerfile, "--insecure")...)
	address = docker(t, "port", id, "9443/tcp")
	await(t, "the function does not serve on "+address, func() error { return checkHealth(t.Context(), address) })
	if got := memoryLimit(t, docker(t, "inspect", "--format={{.State.Pid}}", id)); got != limit {
		t.Fatalf("want a memory limit of %d bytes, got %d", limit, got)
	}
	return id, address
}

// checkRunning checks that a container runs and was not restarted.
func checkRunning(t *testing.T, id string) {
	t.Helper()
	if state := docker(t, "inspect", "--format={{.State.Running}} {{.State.OOMKilled}} {{.RestartCount}}", id); state != "true false 0" {
		t.Errorf("want a container that still runs, got (running, out of memory, restarts) %s", state)
	}
}

// costlyRequests returns requests with the costliest user data. Without managers they are about the smallest Wukong, else about the largest one and
// its observed objects with so many field managers. They are encoded, so that sending them costs little.
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
		req := request(t, map[string]any{"userData": data})
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
		if len(b) > maxRequestBytes {
			continue
		}
		// A message sends its unknown fields unchanged.
		encoded := &emptypb.Empty{}
		encoded.ProtoReflect().SetUnknown(b)
		out, length = append(out, encoded), max(length, len(b))
	}
	t.Logf("with %d managers, the longest of %d requests has %d bytes", managers, len(out), length)
	return out
}

// send sends an encoded request, and drops the response.
func send(ctx context.Context, conn *grpc.ClientConn, req *emptypb.Empty) error {
	return conn.Invoke(ctx, fnv1.FunctionRunnerService_RunFunction_FullMethodName, req, &emptypb.Empty{})
}

// connect returns a connection that is closed at the end of the test.
func connect(t *testing.T, address string) *grpc.ClientConn {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Error(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// request returns a request about the composite of examples/minimal, with another cloudInit unless that is nil.
func request(t *testing.T, cloudInit map[string]any) *fnv1.RunFunctionRequest {
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

// productionMemory returns the function's memory limit in examples/production, in bytes.
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

// memoryLimit returns the memory limit of a process's cgroup, of either version, in bytes.
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
