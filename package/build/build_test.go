package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/tls"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

const repository = "../.."

var amd64, windowsAMD64 = v1.Platform{OS: "linux", Architecture: "amd64"}, v1.Platform{OS: "windows", Architecture: "amd64"}

// A releaseDir is a release that was built, with the artifacts that were read back from its layout.
type releaseDir struct {
	out       string
	artifacts []artifact
}

// released is the release that all tests share.
var released releaseDir

func TestMain(m *testing.M) {
	out, err := os.MkdirTemp("", "release-")
	if err == nil {
		released, err = build(repository, out)
	}
	code := 1
	if err == nil {
		code = m.Run()
	} else {
		fmt.Fprintln(os.Stderr, err)
	}
	_ = os.RemoveAll(out)
	os.Exit(code)
}

// build builds a release with an image for one platform, and a command line for two.
func build(repository, out string) (releaseDir, error) {
	r := release{
		source:    source{Repository: repository, Version: "v0.9.0"},
		platforms: []v1.Platform{amd64}, commands: []v1.Platform{amd64, windowsAMD64}, out: out,
	}
	artifacts, err := r.build(context.Background())
	if err != nil {
		return releaseDir{}, err
	}
	if err := write(filepath.Join(out, layoutDir), artifacts); err != nil {
		return releaseDir{}, err
	}
	artifacts, err = read(filepath.Join(out, layoutDir))
	return releaseDir{out: out, artifacts: artifacts}, err
}

// digests returns the digests of artifacts, by repository and tag.
func digests(t *testing.T, artifacts []artifact) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, a := range artifacts {
		d, err := partial.Digest(a.content)
		if err != nil {
			t.Fatal(err)
		}
		all[a.repository+":"+a.tag] = d.String()
	}
	return all
}

// TestReproducible shows that a release has the same digests and files in whichever folder it is built: anyone can verify that a package was built from the
// source.
func TestReproducible(t *testing.T) {
	elsewhere := t.TempDir()
	for _, part := range []string{"cmd", "fn", "input", "internal", "package"} {
		if err := os.CopyFS(filepath.Join(elsewhere, part), os.DirFS(filepath.Join(repository, part))); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"go.mod", "go.sum", "LICENSE"} {
		b, err := os.ReadFile(filepath.Join(repository, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(elsewhere, file), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	there, err := build(elsewhere, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	here := digests(t, released.artifacts)
	if diff := cmp.Diff(here, digests(t, there.artifacts)); diff != "" {
		t.Errorf("digests differ: -here, +elsewhere:\n%s", diff)
	}
	sums, err := os.ReadFile(filepath.Join(there.out, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(readRelease(t, "SHA256SUMS")), string(sums)); diff != "" {
		t.Errorf("checksums differ: -here, +elsewhere:\n%s", diff)
	}
	if len(here) != 5 {
		t.Errorf("want the function, its bill of materials and three configurations, got %v", here)
	}
}

// TestImage shows the configuration and the files of the function's image.
func TestImage(t *testing.T) {
	img := functionImage(t)
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	want := v1.Config{
		User: "65532:65532", WorkingDir: "/", Entrypoint: []string{"/function", "serve"}, ExposedPorts: map[string]struct{}{"8080/tcp": {}, "9443/tcp": {}},
		Labels: config.Config.Labels,
	}
	if diff := cmp.Diff(want, config.Config); diff != "" {
		t.Errorf("how it runs: -want, +got:\n%s", diff)
	}
	if config.Platform().String() != "linux/amd64" {
		t.Errorf("want an image for linux/amd64, got %s", config.Platform())
	}

	modes := map[string]int64{}
	for name, f := range files(t, img) {
		modes[name] = f.mode
	}
	if diff := cmp.Diff(map[string]int64{
		"etc": 0o755, "etc/ssl": 0o755, "etc/ssl/certs": 0o755,
		"etc/passwd": 0o644, "etc/group": 0o644, "etc/ssl/certs/ca-certificates.crt": 0o644, "package.yaml": 0o644,
		"function": 0o755,
	}, modes); diff != "" {
		t.Errorf("files and their modes, without a shell: -want, +got:\n%s", diff)
	}
}

// TestPackages shows that each package has the version, the annotations and the dependency that Crossplane and registries read.
func TestPackages(t *testing.T) {
	for _, a := range released.artifacts {
		if a.tag == "" {
			continue
		}
		img, isImage := a.content.(v1.Image)
		if !isImage {
			img = functionImage(t)
		}
		if err := validate.Image(img); err != nil {
			t.Errorf("%s: %v", a.repository, err)
		}
		manifest, err := img.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		if got := manifest.Annotations["org.opencontainers.image.version"]; got != "v0.9.0" {
			t.Errorf("%s: want its version in its annotations, got %v", a.repository, manifest.Annotations)
		}
		if got := manifest.Annotations["org.opencontainers.image.source"]; got != "https://github.com/novasphere/function-wukong" {
			t.Errorf("%s: want its source in its annotations, got %v", a.repository, manifest.Annotations)
		}
		if last := manifest.Layers[len(manifest.Layers)-1]; last.Annotations[xpkg.AnnotationKey] != xpkg.PackageAnnotation {
			t.Errorf("%s: Crossplane looks for a layer with the annotation %s", a.repository, xpkg.AnnotationKey)
		}
		stream := string(files(t, img)["package.yaml"].content)
		for _, want := range []string{annotationVersion + ": v0.9.0", annotationReadme + ": ", annotationSource + ": github.com/novasphere/function-wukong"} {
			if !strings.Contains(stream, want) {
				t.Errorf("%s: want %q in its package", a.repository, want)
			}
		}
		if isImage && !strings.Contains(stream, "function: ghcr.io/novasphere/function-wukong\n    version: '>=v0.9.0'") {
			t.Errorf("%s: want it to depend on the function of its own release:\n%s", a.repository, stream)
		}
	}
	for _, file := range []string{"function-wukong-linux-amd64", "configuration-wukong", "configuration-wukong-namespaced", "configuration-wukong-native"} {
		if _, err := os.Stat(filepath.Join(released.out, file+".xpkg")); err != nil {
			t.Errorf("want a package file: %v", err)
		}
	}
}

// TestMaterials shows that the bill of materials lists the modules that the binary records.
func TestMaterials(t *testing.T) {
	info, err := buildinfo.ReadFile(filepath.Join(released.out, "bin", "function-wukong-linux-amd64"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"std": info.GoVersion}
	for _, d := range info.Deps {
		want[d.Path] = d.Version
	}
	b, err := os.ReadFile(filepath.Join(released.out, "function-wukong-linux-amd64.cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	bom := cyclonedx.BOM{}
	if err := json.Unmarshal(b, &bom); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range *bom.Components {
		got[c.Name] = c.Version
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-the binary's modules, +the bill's:\n%s", diff)
	}
	if bom.Metadata.Component.Version != "v0.9.0" {
		t.Errorf("want the bill of v0.9.0, got that of %s", bom.Metadata.Component.Version)
	}
}

// TestSubjects shows that whatever has a program inside is what a bill of materials is the bill of.
func TestSubjects(t *testing.T) {
	image, err := functionImage(t).Digest()
	if err != nil {
		t.Fatal(err)
	}
	line := func(name string) string { return digest(readRelease(t, name)) + "  " + name + "\n" }
	want := map[string]string{
		"function-wukong-linux-amd64": image.Hex + "  ghcr.io/novasphere/function-wukong\n" +
			line("function-wukong-linux-amd64.xpkg") + line("function-wukong_v0.9.0_linux_amd64.tar.gz"),
		"function-wukong-windows-amd64": line("function-wukong_v0.9.0_windows_amd64.zip"),
	}
	got := map[string]string{}
	entries, err := os.ReadDir(filepath.Join(released.out, subjectsDir))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		got[e.Name()] = string(readRelease(t, filepath.Join(subjectsDir, e.Name())))
		readRelease(t, e.Name()+".cdx.json")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestPush pushes to a registry with TLS, as platform teams have.
func TestPush(t *testing.T) {
	server := httptest.NewTLSServer(registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "https://") + "/platform"
	trusting := server.Client().Transport

	err := push(t.Context(), host, released.artifacts)
	if unknown := (*tls.CertificateVerificationError)(nil); !errors.As(err, &unknown) {
		t.Errorf("want an error about an untrusted certificate, got %v", err)
	}

	defer func(before http.RoundTripper) { remote.DefaultTransport = before }(remote.DefaultTransport)
	remote.DefaultTransport = trusting
	if err := push(t.Context(), host, released.artifacts); err != nil {
		t.Fatal(err)
	}
	for _, a := range released.artifacts {
		ref, err := a.reference(host)
		if err != nil {
			t.Fatal(err)
		}
		there, err := remote.Head(ref, remote.WithTransport(trusting))
		if err != nil {
			t.Fatal(err)
		}
		if want, _ := partial.Digest(a.content); there.Digest != want {
			t.Errorf("%s: want %s, got %s", ref, want, there.Digest)
		}
	}

	digest, err := functionImage(t).Digest()
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.NewDigest(host + "/function-wukong@" + digest.String())
	if err != nil {
		t.Fatal(err)
	}
	bills, err := remote.Referrers(ref, remote.WithTransport(trusting))
	if err != nil {
		t.Fatal(err)
	}
	found, err := bills.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Manifests) != 1 || found.Manifests[0].ArtifactType != string(billMediaType) {
		t.Errorf("want the bill of materials to be found by the image that it lists, got %+v", found.Manifests)
	}
}

// TestVersion shows which versions are refused.
func TestVersion(t *testing.T) {
	for version, reason := range map[string]string{
		"0.9.0":   "tags of Go modules and of Crossplane packages begin with a v",
		"v1":      "Crossplane compares versions in three parts",
		"abcdef0": "a commit is no version: nothing would satisfy the dependency on the function",
	} {
		r := release{source: source{Repository: repository, Version: version}, out: t.TempDir()}
		if _, err := r.build(t.Context()); err == nil || !strings.Contains(err.Error(), "--version") {
			t.Errorf("%s: want %q refused, got %v", reason, version, err)
		}
	}
}

// functionImage returns the function's image of the release.
func functionImage(t *testing.T) v1.Image {
	t.Helper()
	index, ok := released.artifacts[0].content.(v1.ImageIndex)
	if !ok {
		t.Fatalf("want an index of images, got %T", released.artifacts[0].content)
	}
	images, err := partial.FindImages(index, func(d v1.Descriptor) bool { return d.Platform.Satisfies(amd64) })
	if err != nil || len(images) != 1 {
		t.Fatalf("want an image for %s, got %d: %v", amd64, len(images), err)
	}
	return images[0]
}

type file struct {
	mode    int64
	content []byte
}

// files returns the files of an image, by path.
func files(t *testing.T, img v1.Image) map[string]file {
	t.Helper()
	content := mutate.Extract(img)
	defer content.Close()
	all := map[string]file{}
	for r := tar.NewReader(content); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		b := &bytes.Buffer{}
		if _, err := io.Copy(b, r); err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(h.Name, "/")] = file{mode: h.Mode, content: b.Bytes()}
	}
}
