//go:build image

// Package image proves what the Dockerfile builds: that its content is that of the image that make package builds without an engine, that
// it runs with nothing but what it needs, and that the Crossplane command line renders with it. It takes root: make image-test.
package image

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthgrpc "google.golang.org/grpc/health/grpc_health_v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/preview"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

var (
	packageFile = flag.String("package", "", "function's package for this machine's architecture, as make package writes it")
	version     = flag.String("version", "", "version that it was built with")
	buildCache  = flag.String("build-cache", "", "Go's build cache that it was built with")
)

const (
	golang = "golang:1.26"

	// fromDockerfile is called as the example of a Function for renderers calls the package, so that it is found without pulling.
	fromDockerfile = "ghcr.io/novasphere/function-wukong:v0.1.0"

	nonroot = "65532"
)

func TestMain(m *testing.M) {
	if err := os.Chdir("../.."); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestImage(t *testing.T) {
	if *packageFile == "" || *version == "" || *buildCache == "" {
		t.Fatal("no -package, -version or -build-cache is given: run make image-test")
	}
	startEngine(t)
	importGolang(t, golang)
	platform := "linux/" + runtime.GOARCH
	t.Log(docker(t, "build", "--quiet", "--network=none", "--tag="+fromDockerfile, "--build-arg=BUILDPLATFORM="+platform, "--build-arg=VERSION="+*version, "."))
	ofPackage := load(t, *packageFile)

	t.Run("SameContent", func(t *testing.T) {
		packaged := files(t, ofPackage)
		// Beside the runtime's files, the package has Crossplane's.
		delete(packaged, "package.yaml")
		if diff := cmp.Diff(packaged, files(t, fromDockerfile)); diff != "" {
			t.Errorf("-package, +Dockerfile:\n%s", diff)
		}
	})
	t.Run("SameConfig", func(t *testing.T) {
		want := config{User: nonroot + ":" + nonroot, Entrypoint: []string{"/function"}, WorkingDir: "/", ExposedPorts: map[string]struct{}{"9443/tcp": {}, "8080/tcp": {}}}
		for _, image := range []string{ofPackage, fromDockerfile} {
			if diff := cmp.Diff(want, inspect(t, image)); diff != "" {
				t.Errorf("%s: -want, +got:\n%s", image, diff)
			}
		}
	})
	t.Run("NothingElseRuns", func(t *testing.T) {
		var programs []string
		for name, f := range files(t, fromDockerfile) {
			// The engine itself adds files without content.
			if f.Mode&0o111 != 0 && f.Type == tar.TypeReg && f.Size > 0 {
				programs = append(programs, name)
			}
		}
		if diff := cmp.Diff([]string{"function"}, programs); diff != "" {
			t.Errorf("programs in the image: -want, +got:\n%s", diff)
		}
		if out, errs, err := try(t.Context(), "docker", "run", "--rm", "--entrypoint=/bin/sh", fromDockerfile, "-c", "true"); err == nil {
			t.Errorf("there is a shell: %s%s", out, errs)
		}
	})
	for name, image := range map[string]string{"Dockerfile": fromDockerfile, "Package": ofPackage} {
		t.Run("Run"+name, func(t *testing.T) { testRun(t, image) })
	}
	t.Run("Crossplane", testCrossplane)
	t.Run("NextTenant", testNextTenant)
	t.Run("Crowd", testCrowd)
}

// locked are the options of a container that may do nothing but compute and serve.
func locked(options ...string) []string {
	return append([]string{"run", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"}, options...)
}

// testRun runs an image without any rights: it tells its version and previews without a network, and serves.
func testRun(t *testing.T, image string) {
	alone := locked("--rm", "--network=none", "--interactive", image)
	if got, want := docker(t, append(alone, "--version")...), fmt.Sprintf("function-wukong %s (%s)", *version, runtime.Version()); got != want {
		t.Errorf("want version %s, got %s", want, got)
	}

	claim := "examples/minimal/wukong.yaml"
	c := exec.CommandContext(t.Context(), "docker", append(alone, "render", "-")...)
	c.Stdin, c.Stderr = bytes.NewReader(read(t, claim)), os.Stderr
	got, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(previewed(t, claim, ""), string(got)); diff != "" {
		t.Errorf("-preview, +container's preview:\n%s", diff)
	}

	id := docker(t, append(locked("--detach", "--publish=127.0.0.1::9443"), image, "--insecure")...)
	defer docker(t, "rm", "--force", id)
	address := docker(t, "port", id, "9443/tcp")
	await(t, "the function does not serve on "+address, func() error { return healthy(t.Context(), address) })

	status := string(read(t, filepath.Join("/proc", docker(t, "inspect", "--format={{.State.Pid}}", id), "status")))
	for _, want := range []string{
		"Uid:\t" + strings.Repeat(nonroot+"\t", 3) + nonroot,
		"Gid:\t" + strings.Repeat(nonroot+"\t", 3) + nonroot,
		"CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2",
	} {
		if !strings.Contains(status, want+"\n") {
			t.Errorf("the process does not have %q:\n%s", want, status)
		}
	}
	docker(t, "stop", "--time=20", id)
	if code := docker(t, "inspect", "--format={{.State.ExitCode}}", id); code != "0" {
		t.Errorf("the function stops with code %s when it is told to", code)
	}
	_, log, _ := try(t.Context(), "docker", "logs", id)
	if !strings.Contains(log, `"msg":"Serving","version":"`+*version+`"`) {
		t.Errorf("the log does not say which version serves:\n%s", log)
	}
}

func healthy(ctx context.Context, address string) error {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	rsp, err := healthgrpc.NewHealthClient(conn).Check(ctx, &healthgrpc.HealthCheckRequest{})
	if err == nil && rsp.GetStatus() != healthgrpc.HealthCheckResponse_SERVING {
		err = errors.New(rsp.GetStatus().String())
	}
	return err
}

// testCrossplane lets the Crossplane command line run the image as it does by default, with Docker.
func testCrossplane(t *testing.T) {
	functions := map[string]any{}
	if err := yaml.Unmarshal(read(t, "examples/functions.yaml"), &functions); err != nil {
		t.Fatal(err)
	}
	fn := unstructured.Unstructured{Object: functions}
	fn.SetAnnotations(map[string]string{
		"render.crossplane.io/runtime":                    "Docker",
		"render.crossplane.io/runtime-docker-pull-policy": "Never",
		"render.crossplane.io/runtime-docker-cleanup":     "Remove",
	})
	if pkg, _, _ := unstructured.NestedString(functions, "spec", "package"); pkg != fromDockerfile {
		t.Fatalf("examples/functions.yaml names %s, and this test builds %s", pkg, fromDockerfile)
	}
	functionsFile := write(t, functions)
	composition := wukongtest.Compositions["claim"]

	for _, example := range []string{"minimal", "three-networks", "four-disks"} {
		claim := filepath.Join("examples", example, "wukong.yaml")
		wukongs, err := preview.Command{Files: []string{claim}, Input: composition, Stderr: os.Stderr}.Wukongs()
		if err != nil {
			t.Fatal(err)
		}
		ours, xr := previewed(t, claim, composition), write(t, wukongs[0].Composite.Object)

		t.Run("1.20/"+example, func(t *testing.T) {
			theirs := run(t, os.Getenv("WUKONG_CLI_1_20"), "render", xr, composition, functionsFile)
			if diff := cmp.Diff(strings.TrimSpace(ours), theirs); diff != "" {
				t.Errorf("-preview, +crossplane render:\n%s", diff)
			}
		})
		t.Run("2.5/"+example, func(t *testing.T) {
			theirs := run(t, os.Getenv("WUKONG_CLI_2_5"), "composition", "render", xr, composition, functionsFile, "--crossplane-binary="+os.Getenv("CROSSPLANE_BINARY"))
			if diff := cmp.Diff(composed(t, ours), composed(t, theirs)); diff != "" {
				t.Errorf("-preview, +crossplane composition render:\n%s", diff)
			}
		})
	}
	if left := docker(t, "ps", "--all", "--quiet"); left != "" {
		t.Errorf("containers are left: %s", left)
	}
}

// composed resources of a rendering by their keys, without the metadata that Crossplane adds, in which its generations differ, and without the
// UID that it gives the composite.
func composed(t *testing.T, rendering string) map[string]any {
	t.Helper()
	out := map[string]any{}
	d := utilyaml.NewYAMLOrJSONDecoder(strings.NewReader(rendering), 4096)
	for {
		u := &unstructured.Unstructured{}
		if err := d.Decode(&u.Object); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if key := u.GetAnnotations()["crossplane.io/composition-resource-name"]; key != "" {
			delete(u.Object, "metadata")
			unstructured.RemoveNestedField(u.Object, "spec", "forProvider", "manifest", "metadata", "annotations", names.AnnotationComposite)
			out[key] = u.Object
		}
	}
	if len(out) == 0 {
		t.Fatalf("nothing is composed:\n%s", rendering)
	}
	return out
}

// previewed is our own preview of a claim.
func previewed(t *testing.T, claim, composition string) string {
	t.Helper()
	var out bytes.Buffer
	if err := (preview.Command{Files: []string{claim}, Input: composition, Stdout: &out, Stderr: os.Stderr}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// load a package into the engine, and return the name of the image.
func load(t *testing.T, file string) string {
	t.Helper()
	out := docker(t, "load", "--quiet", "--input="+file)
	return out[strings.LastIndex(out, " ")+1:]
}

// A config is what an image says of how it runs.
type config struct {
	User, WorkingDir string
	Entrypoint, Cmd  []string
	ExposedPorts     map[string]struct{}
}

func inspect(t *testing.T, image string) config {
	t.Helper()
	var c config
	if err := json.Unmarshal([]byte(docker(t, "image", "inspect", "--format={{json .Config}}", image)), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// A file of an image.
type file struct {
	Type     byte
	Mode     int64
	UID, GID int
	Size     int64
	Digest   string
}

// files of an image, with those that the engine adds to every container.
func files(t *testing.T, image string) map[string]file {
	t.Helper()
	id := docker(t, "create", image)
	defer docker(t, "rm", id)
	c := exec.CommandContext(t.Context(), "docker", "export", id)
	export, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}

	out := map[string]file{}
	r := tar.NewReader(bytes.NewReader(export))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		digest := sha256.New()
		if _, err := io.Copy(digest, r); err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(h.Name, "/")] = file{h.Typeflag, h.Mode, h.Uid, h.Gid, h.Size, hex.EncodeToString(digest.Sum(nil))}
	}
	for _, name := range []string{"function", "etc/passwd", "etc/ssl/certs/ca-certificates.crt"} {
		if _, ok := out[name]; !ok {
			t.Fatalf("%s has no %s", image, name)
		}
	}
	return out
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// write an object to a file.
func write(t *testing.T, o map[string]any) string {
	t.Helper()
	y, err := yaml.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "object.yaml")
	if err := os.WriteFile(path, y, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
