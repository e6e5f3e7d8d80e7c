package edit

import (
	"bytes"
	"encoding/json"
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

// TestSnapshots shows which snapshots a lowered number lets go, by the status in the cluster.
func TestSnapshots(t *testing.T) {
	example, err := os.ReadFile(root + "examples/cloud-image/wukong.yaml")
	if err != nil {
		t.Fatal(err)
	}
	state, err := os.ReadFile(root + "examples/observed/namespaced/running.yaml")
	if err != nil {
		t.Fatal(err)
	}
	keeping := func(n string) string {
		return strings.Replace(string(example), "spec:\n", "spec:\n  snapshots: {keep: "+n+"}\n", 1)
	}
	const status = "status:\n  snapshots: [{name: build-01-4}, {name: build-01-3, ready: true}, {name: build-01-2, ready: true}, {name: build-01-1, ready: true}]\n"
	cases := map[string]struct {
		keep  string
		worst Class
		want  string
	}{
		"Some": {"1", ClassData, "~ snapshots.keep deletes data 7 -> 1 deleted, with what only they hold: build-01-2, build-01-1"},
		"None": {"3", ClassChange, "~ snapshots.keep live 7 -> 3"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, worst, err := run(t, Command{Options: preview.Options{
				Files:    []string{write(t, "wukong.yaml", keeping(tc.keep))},
				Observed: write(t, "state.yaml", string(state)+"\n---\n"+keeping("7")+status),
			}})
			text := strings.Join(strings.Fields(stdout), " ")
			if err != nil || stderr != "" || worst != tc.worst || !strings.Contains(text, tc.want) {
				t.Errorf("want %q, got %v, %v, %s:\n%s", tc.want, worst, err, stderr, stdout)
			}
		})
	}
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

// TestUnread shows that what cannot be read is neither new nor gone.
func TestUnread(t *testing.T) {
	const mistake = "\ta: 1\n"
	lost := edited(t, "  - {name: data, size: 100Gi}\n", "")
	cases := map[string]struct {
		reason, before, after string

		wukongs int
		stderr  string
		err     error
	}{
		"After":          {reason: "A mistake deletes nothing.", before: web, after: mistake, stderr: "after.yaml:1: error: there is a tab", err: preview.ErrRefused},
		"OtherKind":      {reason: "Nor does another kind.", before: web, after: strings.Replace(web, "kind: Wukong", "kind: Wukung", 1), stderr: "did you mean Wukong?", err: preview.ErrRefused},
		"Nameless":       {reason: "Nor does a missing name.", before: web, after: strings.Replace(web, "  name: web-01\n", "", 1), stderr: "needs a name", err: preview.ErrRefused},
		"Empty":          {reason: "Nor does an empty file.", before: web, after: "", stderr: "holds no Wukong", err: preview.ErrRefused},
		"Before":         {reason: "An edit that mends a mistake does not fail, and nobody knows whether the Wukong is new.", before: mistake, after: lost, stderr: "may be new"},
		"RefusedBefore":  {reason: "So does one that mends a refused manifest.", before: edited(t, "cpu: 2", "cpus: 2"), after: lost, stderr: "it was refused before the edit"},
		"RefusedAfter":   {reason: "A refused manifest is not planned.", before: web, after: edited(t, "cpu: 2", "cpus: 2"), stderr: "did you mean cpu?", err: preview.ErrRefused},
		"ReadBothBefore": {reason: "What can be read is planned.", before: web, after: lost, wukongs: 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, _, err := run(t, Command{
				Options: preview.Options{Files: []string{write(t, "after.yaml", tc.after)}}, Before: []string{write(t, "before.yaml", tc.before)}, Output: JSON,
			})
			var p Plan
			if decodeErr := json.Unmarshal([]byte(stdout), &p); decodeErr != nil {
				t.Fatal(decodeErr)
			}
			if !errors.Is(err, tc.err) || len(p.Wukongs) != tc.wukongs || !strings.Contains(stderr, tc.stderr) {
				t.Errorf("%s Want %d Wukongs and %q, got %v, %v:\n%s", tc.reason, tc.wukongs, tc.stderr, err, p.Wukongs, stderr)
			}
		})
	}
	for name, c := range map[string]Command{
		"NoBefore":   {Options: preview.Options{Files: []string{write(t, "after.yaml", web)}}, Before: []string{"no-such-file.yaml"}},
		"NoWith":     {Options: preview.Options{Files: []string{write(t, "after.yaml", web)}}, With: "no-such-file.yaml"},
		"EmptyWith":  {Options: preview.Options{Files: []string{write(t, "after.yaml", web)}}, With: write(t, "with.yaml", "# nothing\n")},
		"NoObserved": {Options: preview.Options{Files: []string{write(t, "after.yaml", web)}, Observed: "no-such-file.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			if stdout, stderr, _, err := run(t, c); !errors.Is(err, preview.ErrRefused) || stdout != "" || !strings.Contains(stderr, ": error: ") {
				t.Errorf("want no plan, got %v, %s%s", err, stderr, stdout)
			}
		})
	}
}

// TestLinks shows that a symbolic link is followed in a revision as it is in the work tree.
func TestLinks(t *testing.T) {
	dir := t.TempDir()
	put := func(content string) {
		if err := os.WriteFile(filepath.Join(dir, "real.txt"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(web)
	if err := os.Symlink("real.txt", filepath.Join(dir, "web-01.yaml")); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "init", "--quiet")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "--quiet", "--message=first")
	put(edited(t, "  - {name: data, size: 100Gi}\n", ""))
	for _, file := range []string{dir, filepath.Join(dir, "web-01.yaml")} {
		_, stderr, worst, err := run(t, Command{Options: preview.Options{Files: []string{file}}, Revision: "HEAD"})
		if err != nil || worst != ClassData {
			t.Errorf("%s: want the data to be lost, got %v, %v\n%s", file, worst, err, stderr)
		}
	}
}

// TestSettings shows that the settings of a revision are those of the revision, and that a Wukong keeps its uplink where they change.
func TestSettings(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "web-01.yaml"), []byte(strings.Replace(web, "  networks:\n", "  networks:\n  - {name: more, type: macvlan}\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	master := func(name string) {
		text := "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, defaults: {master: " + name + "}}"
		if err := os.WriteFile(filepath.Join(dir, "input.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	master("eth1")
	git(t, dir, "init", "--quiet")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "--quiet", "--message=first")
	c := Command{Options: preview.Options{Files: []string{filepath.Join(dir, "web-01.yaml")}, Input: filepath.Join(dir, "input.yaml")}, Revision: "HEAD", Output: JSON}
	if stdout, stderr, worst, err := run(t, c); err != nil || worst != ClassNone {
		t.Errorf("want nothing to change, got %v, %v\n%s%s", worst, err, stderr, stdout)
	}
	if err := os.Remove(filepath.Join(dir, "web-01.yaml")); err != nil {
		t.Fatal(err)
	}
	// Without its uplink the Wukong of the revision would be refused.
	if err := os.WriteFile(filepath.Join(dir, "input.yaml"), []byte("{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, worst, err := run(t, c); err != nil || worst != ClassData {
		t.Errorf("want the Wukong to go with its disks, got %v, %v\n%s%s", worst, err, stderr, stdout)
	}
}
