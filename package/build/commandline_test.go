package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readRelease returns a file of the release.
func readRelease(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(released.out, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// readArchive returns the files of an archive of the release, by name.
func readArchive(t *testing.T, name string) map[string]file {
	t.Helper()
	content := readRelease(t, name)
	if strings.HasSuffix(name, ".zip") {
		return readZip(t, content)
	}
	return readTarGzip(t, content)
}

func readZip(t *testing.T, content []byte) map[string]file {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]file{}
	for _, f := range r.File {
		b, err := fs.ReadFile(r, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = file{mode: int64(f.Mode()), content: b}
	}
	return all
}

func readTarGzip(t *testing.T, content []byte) map[string]file {
	t.Helper()
	compressed, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]file{}
	for r := tar.NewReader(compressed); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all[h.Name] = file{mode: h.Mode, content: b}
	}
}

const (
	linuxArchive   = "function-wukong_v0.9.0_linux_amd64.tar.gz"
	windowsArchive = "function-wukong_v0.9.0_windows_amd64.zip"
)

// TestArchives shows which files an archive holds, and that it has the program for its platform.
func TestArchives(t *testing.T) {
	cases := map[string]struct {
		program, goos string
		modes         map[string]int64
	}{
		linuxArchive: {
			program: "kubectl-wukong", goos: "linux",
			modes: map[string]int64{"kubectl-wukong": 0o755, "kubectl_complete-wukong": 0o755, "LICENSE": 0o644, "README.md": 0o644},
		},
		windowsArchive: {
			program: "kubectl-wukong.exe", goos: "windows",
			modes: map[string]int64{"kubectl-wukong.exe": 0o755, "LICENSE": 0o644, "README.md": 0o644},
		},
	}
	for name, tc := range cases {
		t.Run(tc.goos, func(t *testing.T) {
			all, modes := readArchive(t, name), map[string]int64{}
			for path, f := range all {
				modes[path] = f.mode
				if len(f.content) == 0 {
					t.Errorf("%s is empty", path)
				}
			}
			if diff := cmp.Diff(tc.modes, modes); diff != "" {
				t.Errorf("files and their modes: -want, +got:\n%s", diff)
			}
			info, err := buildinfo.Read(bytes.NewReader(all[tc.program].content))
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, s := range info.Settings {
				got[s.Key] = s.Value
			}
			if got["GOOS"] != tc.goos || got["GOARCH"] != "amd64" || got["CGO_ENABLED"] != "0" {
				t.Errorf("want a program for %s on amd64 that needs no library, got %v", tc.goos, got)
			}
		})
	}
}

// TestProgram shows that the program in an archive runs, knows its version and is the one of the image.
func TestProgram(t *testing.T) {
	dir := t.TempDir()
	for name, f := range readArchive(t, linuxArchive) {
		if err := os.WriteFile(filepath.Join(dir, name), f.content, fs.FileMode(f.mode)); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "kubectl-wukong")
	out, err := exec.CommandContext(t.Context(), program, "version").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "function-wukong v0.9.0 (go") {
		t.Errorf("want version v0.9.0, got %v: %s", err, out)
	}
	out, err = exec.CommandContext(t.Context(), program, "render", filepath.Join(repository, "examples/minimal/wukong.yaml")).CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "Wukong team-a/web-01\n") {
		t.Errorf("want an example to be rendered, got %v: %s", err, out)
	}
	own, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(own, files(t, functionImage(t))["function"].content) {
		t.Error("want the program of the image")
	}

	// What the program prints, an archive has as a file.
	out, err = exec.CommandContext(t.Context(), program, "completion", "kubectl").Output()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(readArchive(t, linuxArchive)["kubectl_complete-wukong"].content), string(out)); diff != "" {
		t.Errorf("-archive, +completion kubectl:\n%s", diff)
	}
}

// TestChecksums shows that each file that is published has a checksum.
func TestChecksums(t *testing.T) {
	got := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(readRelease(t, "SHA256SUMS"))), "\n") {
		sum, name, _ := strings.Cut(line, "  ")
		got[name] = sum
	}
	want := map[string]string{}
	for _, name := range []string{
		"function-wukong-linux-amd64.xpkg", "configuration-wukong.xpkg", "configuration-wukong-namespaced.xpkg", "configuration-wukong-native.xpkg",
		"function-wukong-linux-amd64.cdx.json", "function-wukong-windows-amd64.cdx.json", linuxArchive, windowsArchive, "wukong.yaml",
	} {
		sum := sha256.Sum256(readRelease(t, name))
		want[name] = hex.EncodeToString(sum[:])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}
