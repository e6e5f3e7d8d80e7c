package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// krewTool returns the path of a program of krew, which is built once.
func krewTool(t *testing.T, name string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), filepath.Join(repository, "test/tools/build"), "krew/"+name)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// TestKrewManifest shows that the manifest names the published archives with their checksums, and that krew's own check takes it.
func TestKrewManifest(t *testing.T) {
	var plugin struct {
		Spec struct {
			Version   string
			Platforms []struct {
				URI, SHA256, Bin string
				Selector         struct{ MatchLabels map[string]string }
			}
		}
	}
	if err := yaml.Unmarshal(readRelease(t, "wukong.yaml"), &plugin); err != nil {
		t.Fatal(err)
	}
	if plugin.Spec.Version != "v0.9.0" || len(plugin.Spec.Platforms) != 2 {
		t.Fatalf("want two platforms of v0.9.0, got %+v", plugin)
	}
	for _, p := range plugin.Spec.Platforms {
		const published = "https://github.com/novasphere/function-wukong/releases/download/v0.9.0/"
		archive := filepath.Base(p.URI)
		if !strings.HasPrefix(p.URI, published) || !strings.Contains(archive, p.Selector.MatchLabels["os"]+"_"+p.Selector.MatchLabels["arch"]) {
			t.Errorf("want an archive of the release for its platform, got %+v", p)
		}
		if got := digest(readRelease(t, archive)); got != p.SHA256 {
			t.Errorf("%s has the checksum %s, and the manifest says %s", archive, got, p.SHA256)
		}
		if _, ok := readArchive(t, archive)[p.Bin]; !ok {
			t.Errorf("%s has no %s", archive, p.Bin)
		}
	}

	check := exec.CommandContext(t.Context(), krewTool(t, "validate-krew-manifest"), "-manifest", filepath.Join(released.out, "wukong.yaml"), "-skip-install")
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("krew refuses the manifest: %v\n%s", err, out)
	}
}

// TestKrewInstalls installs each archive with krew, and calls the plugin where it runs here. An archive that is not the one in the manifest is refused.
func TestKrewInstalls(t *testing.T) {
	krew := krewTool(t, "krew")
	install := func(root, goos, archive string) error {
		c := exec.CommandContext(t.Context(), krew, "install", "--manifest="+filepath.Join(released.out, "wukong.yaml"), "--archive="+archive)
		c.Env = append(os.Environ(), "KREW_ROOT="+root, "KREW_OS="+goos, "KREW_ARCH=amd64", "KREW_NO_UPGRADE_CHECK=1")
		out, err := c.CombinedOutput()
		t.Logf("%s", out)
		return err
	}
	for goos, archive := range map[string]string{"linux": linuxArchive, "windows": windowsArchive} {
		root := t.TempDir()
		if err := install(root, goos, filepath.Join(released.out, archive)); err != nil {
			t.Errorf("%s: %v", archive, err)
		}
		var got []string
		entries, err := os.ReadDir(filepath.Join(root, "store/wukong/v0.9.0"))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			got = append(got, e.Name())
		}
		if want := len(readArchive(t, archive)); len(got) != want {
			t.Errorf("%s: want all %d files, got %v", archive, want, got)
		}
		if goos != "linux" {
			continue
		}
		help, err := exec.CommandContext(t.Context(), filepath.Join(root, "bin/kubectl-wukong"), "render", "--help").CombinedOutput()
		if err != nil || !strings.Contains(string(help), "\n  kubectl wukong render ") {
			t.Errorf("want the plugin to call itself kubectl wukong, got %v: %s", err, help)
		}
	}

	changed := filepath.Join(t.TempDir(), linuxArchive)
	if err := os.WriteFile(changed, append(readRelease(t, linuxArchive), 0), 0o600); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := install(root, "linux", changed); err == nil {
		t.Error("want an archive with another checksum refused")
	}
	if diff := cmp.Diff([]string(nil), glob(t, filepath.Join(root, "store/*"))); diff != "" {
		t.Errorf("want nothing installed: -want, +got:\n%s", diff)
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return files
}
