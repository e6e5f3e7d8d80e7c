package edit

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/preview"
)

// git runs Git in a folder.
func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=test", "-c", "user.email=test@example.org"}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// TestRevision compares the files of a folder with a revision: a Wukong that changed, one whose file is gone, and one that is new.
func TestRevision(t *testing.T) {
	dir := t.TempDir()
	put := func(name, content string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	named := func(name string) string { return strings.Replace(web, "web-01", name, 1) }
	git(t, dir, "init", "--quiet")
	put("teams/a/web-01.yaml", web)
	put("teams/a/deep/web-02.yaml", named("web-02"))
	put("teams/a/notes.txt", "no manifest")
	put("teams/b.yaml", named("web-03"))
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "--quiet", "--message=first")
	put("teams/a/web-01.yaml", edited(t, "cpu: 2", "cpu: 4"))
	if err := os.RemoveAll(filepath.Join(dir, "teams/a/deep")); err != nil {
		t.Fatal(err)
	}
	put("teams/a/web-04.yaml", named("web-04"))

	cases := map[string]struct {
		reason    string
		files     []string
		recursive bool
		want      map[string]Action
	}{
		"Recursive": {
			reason: "All folders are read.", files: []string{"teams"}, recursive: true,
			want: map[string]Action{"web-01": Change, "web-02": Delete, "web-03": Keep, "web-04": Create},
		},
		"Folder":  {reason: "That of the folder alone is read.", files: []string{"teams/a"}, want: map[string]Action{"web-01": Change, "web-04": Create}},
		"File":    {reason: "One file is compared.", files: []string{"teams/a/web-01.yaml"}, want: map[string]Action{"web-01": Change}},
		"NewFile": {reason: "The revision does not have it.", files: []string{"teams/a/web-04.yaml"}, want: map[string]Action{"web-04": Create}},
	}
	for name, tc := range cases {
		for form, base := range map[string]string{"Relative": ".", "Absolute": dir} {
			t.Run(name+form, func(t *testing.T) {
				t.Chdir(dir)
				var files []string
				for _, f := range tc.files {
					files = append(files, filepath.Join(base, f))
				}
				var problems bytes.Buffer
				c := Command{
					Options: preview.Options{Files: files, Recursive: tc.recursive}, Revision: "HEAD",
					Problems: manifest.Printer{Writer: &problems},
				}
				before, after := c.before(t.Context()), preview.Read(t.Context(), c.Options)
				if before.Failed() || after.Failed() {
					t.Fatal(before.Problems, after.Problems)
				}
				got := map[string]Action{}
				c.planFiles(before, after, func(w Wukong, _ []manifest.Problem) { got[w.Name] = w.Action })
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("%s -want, +got:\n%s", tc.reason, diff)
				}
			})
		}
	}

	t.Chdir(dir)
	_, stderr, _, err := run(t, Command{Options: preview.Options{Files: []string{"teams"}, Recursive: true}, Revision: "no-such-branch"})
	if want := "no-such-branch:teams: error: Git knows no such revision: "; !errors.Is(err, preview.ErrRefused) || !strings.HasPrefix(stderr, want) {
		t.Errorf("want %q, got %v, %s", want, err, stderr)
	}
}

// root of the repository.
const root = "../../"

// TestObserved compares an edit with what is observed, with the Wukong as it is in the cluster and without.
func TestObserved(t *testing.T) {
	example, err := os.ReadFile(root + "examples/cloud-image/wukong.yaml")
	if err != nil {
		t.Fatal(err)
	}
	renamed := strings.NewReplacer("name: system", "name: root", "cpu: 4", "cpu: 8").Replace(string(example))
	for _, target := range []preview.Target{preview.Claim, preview.Namespaced, preview.Native} {
		state, err := os.ReadFile(root + "examples/observed/" + string(target) + "/running.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for form, observed := range map[string]string{"Objects": string(state), "WithWukong": string(state) + "\n---\n" + string(example)} {
			t.Run(string(target)+form, func(t *testing.T) {
				c := Command{
					Options: preview.Options{Files: []string{write(t, "wukong.yaml", renamed)}, Target: target, Observed: write(t, "state.yaml", observed)},
				}
				stdout, stderr, worst, err := run(t, c)
				if err != nil || strings.Contains(stderr, "itself is not in the state") != (form == "Objects") || worst != ClassData {
					t.Fatalf("want data to be lost, got %v, %v, %s", worst, err, stderr)
				}
				text := strings.Join(strings.Fields(stdout), " ")
				for _, want := range []string{
					"DATA LOSS: team-a/build-01: disk system is deleted with its data: DataVolume build-01-system-dt7d7",
					"~ cpu at the next restart 4 -> 8",
					"+ disks[root] at the next restart",
				} {
					if !strings.Contains(text, want) {
						t.Errorf("want %q, got:\n%s", want, stdout)
					}
				}
			})
		}
	}

	t.Run("Unreadable", func(t *testing.T) {
		c := Command{Options: preview.Options{Files: []string{write(t, "wukong.yaml", web)}, Observed: "no-such-file.yaml"}}
		stdout, stderr, _, err := run(t, c)
		if !errors.Is(err, preview.ErrRefused) || stdout != "" || !strings.Contains(stderr, "no-such-file.yaml: error: ") {
			t.Errorf("want no plan without the state, got %v, %s%s", err, stderr, stdout)
		}
	})
}

// rendered returns what function-wukong render -o manifests prints of a Wukong.
func rendered(t *testing.T, wukong string) string {
	t.Helper()
	var out bytes.Buffer
	c := preview.Command{
		Options: preview.Options{Files: []string{write(t, "wukong.yaml", wukong)}}, Output: preview.Manifests,
		Stdout: &out, Problems: manifest.Printer{Writer: &bytes.Buffer{}},
	}
	if err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestVersion compares what another version of the function renders of the same Wukong.
func TestVersion(t *testing.T) {
	same := rendered(t, web)
	replace := func(replacements ...string) string {
		for i := 0; i < len(replacements); i += 2 {
			if !strings.Contains(same, replacements[i]) {
				t.Fatalf("%q is not rendered:\n%s", replacements[i], same)
			}
		}
		return strings.NewReplacer(replacements...).Replace(same)
	}
	cases := map[string]struct {
		reason, before string
		want           map[string]plan.Effect
		lost           int
	}{
		"Same": {reason: "An upgrade of the function alone changes nothing.", before: same, want: map[string]plan.Effect{}},
		"Device": {
			reason: "A new device takes a restart.", before: replace("          rng: {}\n", ""),
			want: map[string]plan.Effect{"VirtualMachine spec.template.spec.domain.devices.rng": plan.EffectRestart},
		},
		"CPU": {
			reason: "A field is named where one says it.", before: replace("sockets: 2", "sockets: 1"), want: map[string]plan.Effect{"cpu": plan.EffectMigration},
		},
		"Name": {
			reason: "A disk of another name is another disk.", before: replace("web-01-data-9678x", "web-01-data"),
			want: map[string]plan.Effect{
				"PersistentVolumeClaim web-01-data-9678x": plan.EffectLive,
				"disks[data].claimName":                   plan.EffectRestart,
			},
			lost: 1,
		},
		"Network": {
			reason: "A network has another configuration from the next start on.", before: replace(`"vlan":120`, `"vlan":1`),
			want: map[string]plan.Effect{"NetworkAttachmentDefinition web-01-office-zpgjq spec.config": plan.EffectRestart},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []Wukong
			c := Command{Options: preview.Options{Files: []string{write(t, "wukong.yaml", web)}}, With: write(t, "before.yaml", tc.before)}
			c.Problems = manifest.Printer{Writer: &bytes.Buffer{}}
			c.planVersion(t.Context(), preview.Read(t.Context(), c.Options), func(w Wukong, problems []manifest.Problem) {
				if manifest.HasErrors(problems) {
					t.Fatal(problems)
				}
				got = append(got, w)
			})
			effects := map[string]plan.Effect{}
			for _, c := range got[0].Changes {
				effects[c.name()] = c.Effect
			}
			if diff := cmp.Diff(tc.want, effects); diff != "" || len(got[0].Lost) != tc.lost {
				t.Errorf("%s Want %d disks to be lost, got %v. -want, +got:\n%s", tc.reason, tc.lost, got[0].Lost, diff)
			}
		})
	}
}
