//go:build image

// Package image tests the image that the Dockerfile builds: it has the content of the image that make package builds without an engine, it runs
// without privileges, and the Crossplane command line renders with it. The tests need root: make image-test.
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

	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/preview"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

var (
	packageFile = flag.String("package", "", "function's package for this machine's architecture, as make package writes it")
	version     = flag.String("version", "", "version of the package")
	buildCache  = flag.String("build-cache", "", "Go's build cache with which the package was built")
)

const (
	golang = "golang:1.26"

	// fromDockerfile is the name of the image. It is the package in the example of a Function for renderers, so that they need not pull it.
	fromDockerfile = "ghcr.io/novasphere/function-wukong:v0.1.0"

	nonroot = "65532"
)

func TestMain(m *testing.M) {
	if err := os.Chdir("../.."); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// TestImage builds the image and runs all tests of it in one engine.
func TestImage(t *testing.T) {
	if *packageFile == "" || *version == "" || *buildCache == "" {
		t.Fatal("no -package, -version or -build-cache is given: run make image-test")
	}
	startEngine(t)
	importGolang(t, golang)
	platform := "linux/" + runtime.GOARCH
	t.Log(docker(t, "build", "--quiet", "--network=none", "--tag="+fromDockerfile,
		"--build-arg=BUILDPLATFORM="+platform, "--build-arg=VERSION="+*version, "."))
	packageImage := load(t, *packageFile)

	t.Run("SameContent", func(t *testing.T) {
		packaged := files(t, packageImage)
		// Only the package has Crossplane's metadata.
		delete(packaged, "package.yaml")
		if diff := cmp.Diff(packaged, files(t, fromDockerfile)); diff != "" {
			t.Errorf("-package, +Dockerfile:\n%s", diff)
		}
	})
	t.Run("SameConfig", func(t *testing.T) {
		want := config{
			User: nonroot + ":" + nonroot, Entrypoint: []string{"/function", "serve"}, WorkingDir: "/",
			ExposedPorts: map[string]struct{}{"9443/tcp": {}, "8080/tcp": {}},
		}
		for _, image := range []string{packageImage, fromDockerfile} {
			if diff := cmp.Diff(want, inspect(t, image)); diff != "" {
				t.Errorf("%s: -want, +got:\n%s", image, diff)
			}
		}
	})
	t.Run("NothingElseRuns", func(t *testing.T) {
		var programs []string
		for name, f := range files(t, fromDockerfile) {
			// The engine adds empty files.
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
	for name, image := range map[string]string{"Dockerfile": fromDockerfile, "Package": packageImage} {
		t.Run("Run"+name, func(t *testing.T) { testRun(t, image) })
	}
	t.Run("Crossplane", testCrossplane)
	t.Run("OneTenant", testOneTenant)
	t.Run("ManyRequests", testManyRequests)
}

// unprivileged returns the arguments of docker run for a container without capabilities and with a read-only file system.
func unprivileged(options ...string) []string {
	return append([]string{"run", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"}, options...)
}

// testRun runs an image without privileges: it prints its version and renders a preview without a network, and it serves.
func testRun(t *testing.T, image string) {
	alone := unprivileged("--rm", "--network=none", "--interactive", "--entrypoint=/function", image)
	if got, want := docker(t, append(alone, "--version")...), fmt.Sprintf("function-wukong %s (%s)", *version, runtime.Version()); got != want {
		t.Errorf("want version %s, got %s", want, got)
	}

	claim := "examples/minimal/wukong.yaml"
	c := exec.CommandContext(t.Context(), "docker", append(alone, "render", "--output=yaml", "-")...)
	c.Stdin, c.Stderr = bytes.NewReader(read(t, claim)), os.Stderr
	got, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(renderPreview(t, claim, ""), string(got)); diff != "" {
		t.Errorf("-preview, +container's preview:\n%s", diff)
	}

	id := docker(t, append(unprivileged("--detach", "--publish=127.0.0.1::9443"), image, "--insecure")...)
	defer docker(t, "rm", "--force", id)
	address := docker(t, "port", id, "9443/tcp")
	await(t, "the function does not serve on "+address, func() error { return checkHealth(t.Context(), address) })

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
		t.Errorf("want exit code 0 after docker stop, got %s", code)
	}
	_, log, _ := try(t.Context(), "docker", "logs", id)
	if !strings.Contains(log, `"msg":"Serving","version":"`+*version+`"`) {
		t.Errorf("the log does not have the version:\n%s", log)
	}
}

// checkHealth returns an error unless the health service at an address reports SERVING.
func checkHealth(ctx context.Context, address string) error {
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

// testCrossplane renders with the Crossplane command line, which by default runs the image with Docker.
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
		r := preview.Read(t.Context(), preview.Options{Files: []string{claim}, Input: composition})
		if r.Failed() {
			t.Fatal(r.Problems)
		}
		want, xr := renderPreview(t, claim, composition), write(t, r.Wukongs[0].Composite.Object)

		t.Run("1.20/"+example, func(t *testing.T) {
			got := run(t, os.Getenv("WUKONG_CLI_1_20"), "render", xr, composition, functionsFile)
			if diff := cmp.Diff(strings.TrimSpace(want), got); diff != "" {
				t.Errorf("-preview, +crossplane render:\n%s", diff)
			}
		})
		t.Run("2.5/"+example, func(t *testing.T) {
			got := run(t, os.Getenv("WUKONG_CLI_2_5"), "composition", "render", xr, composition, functionsFile,
				"--crossplane-binary="+os.Getenv("CROSSPLANE_BINARY"))
			if diff := cmp.Diff(composedResources(t, want), composedResources(t, got)); diff != "" {
				t.Errorf("-preview, +crossplane composition render:\n%s", diff)
			}
		})
	}
	if containers := docker(t, "ps", "--all", "--quiet"); containers != "" {
		t.Errorf("want no containers afterwards, got %s", containers)
	}
}

// composedResources returns the composed resources of a rendering by key. It leaves out the metadata that Crossplane adds, in which versions of
// Crossplane differ, and the UID that Crossplane gives the composite.
func composedResources(t *testing.T, rendering string) map[string]any {
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
		if key := u.GetAnnotations()[crossplane.AnnotationResourceName]; key != "" {
			delete(u.Object, "metadata")
			unstructured.RemoveNestedField(u.Object, "spec", "forProvider", "manifest", "metadata", "annotations", names.AnnotationComposite)
			out[key] = u.Object
		}
	}
	if len(out) == 0 {
		t.Fatalf("the rendering has no composed resources:\n%s", rendering)
	}
	return out
}

// renderPreview returns the preview of a claim.
func renderPreview(t *testing.T, claim, composition string) string {
	t.Helper()
	var out bytes.Buffer
	if err := (preview.Command{Options: preview.Options{Files: []string{claim}, Input: composition}, Output: preview.Composed, Stdout: &out, Problems: manifest.Printer{Writer: os.Stderr}}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// load loads a package into the engine, and returns the name of the image.
func load(t *testing.T, file string) string {
	t.Helper()
	out := docker(t, "load", "--quiet", "--input="+file)
	return out[strings.LastIndex(out, " ")+1:]
}

// A config has the fields of an image's configuration that these tests compare.
type config struct {
	User, WorkingDir string
	Entrypoint, Cmd  []string
	ExposedPorts     map[string]struct{}
}

// inspect returns the configuration of an image.
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

// files returns the files of an image, and those that the engine adds to every container, by path.
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
		out[strings.TrimSuffix(h.Name, "/")] = file{
			Type: h.Typeflag, Mode: h.Mode, UID: h.Uid, GID: h.Gid, Size: h.Size, Digest: hex.EncodeToString(digest.Sum(nil)),
		}
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

// write writes an object to a file, and returns the path.
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
