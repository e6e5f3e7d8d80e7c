package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

const (
	planScript   = "../../examples/pull-request/plan.sh"
	planWorkflow = "../../examples/pull-request/plan.yml"
)

// twoDisks is a Wukong with two disks, for a repository.
const twoDisks = `apiVersion: vm.novasphere.dev/v1alpha1
kind: Wukong
metadata:
  name: db-01
  namespace: team-a
spec:
  cpu: 2
  memory: 4Gi
  sshKeySecret: ops-keys
  disks:
  - {name: system, size: 20Gi, image: "docker://quay.io/containerdisks/debian:12"}
  - {name: data, size: 500Gi}
`

// A clone is a Git repository with Wukongs and the files of the example.
type clone struct {
	t   *testing.T
	dir string
}

// newClone returns a repository whose first commit has a Wukong.
func newClone(t *testing.T) clone {
	t.Helper()
	r := clone{t, t.TempDir()}
	r.git("init", "--quiet", "--initial-branch=main")
	r.write(".github/plan.sh", read(t, planScript))
	r.write("wukongs/team-a/db-01.yaml", twoDisks)
	r.commit()
	return r
}

// write writes a file. It is executable if it is the script.
func (r clone) write(name, content string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		r.t.Fatal(err)
	}
}

func (r clone) commit() {
	r.t.Helper()
	r.git("add", "--all")
	r.git("commit", "--quiet", "--message=edit")
}

func (r clone) git(args ...string) {
	r.t.Helper()
	if got := r.run("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.org"}, args...)...); got.Code != 0 {
		r.t.Fatalf("git %v: %s", args, got.Err)
	}
}

// run runs a program in the repository, with the command line as the script's.
func (r clone) run(program string, args ...string) result {
	r.t.Helper()
	return callIn(r.t, r.dir, []string{"FUNCTION_WUKONG=" + binary, "WUKONGS=wukongs"}, program, args...)
}

// callIn calls a program in a folder with further variables, and returns the result.
func callIn(t *testing.T, dir string, variables []string, program string, args ...string) result {
	t.Helper()
	var out, errs strings.Builder
	c := exec.CommandContext(t.Context(), program, args...)
	c.Dir, c.Env, c.Stdout, c.Stderr = dir, append(os.Environ(), variables...), &out, &errs
	if err := c.Run(); err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return result{Out: out.String(), Err: errs.String(), Code: c.ProcessState.ExitCode()}
}

// TestPlanScript plans edits of a repository, as an example for pull requests does.
func TestPlanScript(t *testing.T) {
	without := strings.Replace(twoDisks, "  - {name: data, size: 500Gi}\n", "", 1)
	cases := map[string]struct {
		reason, edited string
		args           []string
		want, err      string
		code           int
	}{
		"Nothing": {
			reason: "nothing is edited", edited: twoDisks,
			args: []string{"HEAD", "wukongs", "--fail-on=change"}, want: "1 Wukong stays as it is.",
		},
		"Data": {
			reason: "a disk is removed", edited: without,
			args: []string{"HEAD", "wukongs", "--fail-on=data"}, want: "**DATA LOSS: team-a/db-01: disk data", code: 5,
		},
		"Tolerant": {reason: "the report alone is wanted", edited: without, args: []string{"HEAD", "wukongs"}, want: "**DATA LOSS: team-a/db-01"},
		"Refused": {
			reason: "a field is misspelt", edited: strings.Replace(twoDisks, "cpu:", "cpus:", 1), args: []string{"HEAD", "wukongs"},
			want: "\n```\nwukongs/team-a/db-01.yaml:7: error: spec.cpus: there is no such field: did you mean cpu?\n```\n", err: "spec.cpus", code: 1,
		},
		"Fence": {
			reason: "a manifest quotes what would end the block", edited: strings.Replace(twoDisks, "cpu:", "\"```\":", 1), args: []string{"HEAD", "wukongs"},
			want: "\n````\nwukongs/team-a/db-01.yaml:", err: "```", code: 1,
		},
		"Flag": {
			reason: "a flag is misspelt", edited: twoDisks,
			args: []string{"HEAD", "wukongs", "--fail-no=data"}, want: "did you mean --fail-on?", err: "--fail-on", code: 2,
		},
		"Usage": {reason: "there is no folder", edited: twoDisks, args: []string{"HEAD"}, err: "usage: plan.sh REVISION FOLDER... [FLAG...]\n", code: 2},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := newClone(t)
			r.write("wukongs/team-a/db-01.yaml", tc.edited)
			got := r.run(".github/plan.sh", tc.args...)
			if got.Code != tc.code || !strings.Contains(got.Out, tc.want) || !strings.Contains(got.Err, tc.err) {
				t.Errorf("%s: want exit code %d, %q and the error %q, got %d:\n%s\n%s", tc.reason, tc.code, tc.want, tc.err, got.Code, got.Out, got.Err)
			}
		})
	}
}

// A workflow has the parts of a workflow of GitHub that these tests read.
type workflow struct {
	On          map[string]any
	Permissions map[string]string
	Jobs        map[string]job
}

type job struct {
	Permissions map[string]string
	Steps       []step
}

type step struct {
	Name, Uses, Run string
	Env             map[string]any
}

// readWorkflow returns the workflow of the example.
func readWorkflow(t *testing.T) workflow {
	t.Helper()
	var w workflow
	// Without quotes, the key on is a truth value of YAML.
	content := strings.Replace(read(t, planWorkflow), "\non:\n", "\n\"on\":\n", 1)
	if err := yaml.Unmarshal([]byte(content), &w); err != nil {
		t.Fatal(err)
	}
	return w
}

// script returns what a step of a job runs.
func (w workflow) script(t *testing.T, job, name string) string {
	t.Helper()
	i := slices.IndexFunc(w.Jobs[job].Steps, func(s step) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("job %s has no step %q", job, name)
	}
	return w.Jobs[job].Steps[i].Run
}

// TestPlanWorkflowIsSafe shows that what a pull request brings is never run with a token that may write, and that actions are pinned.
func TestPlanWorkflowIsSafe(t *testing.T) {
	w := readWorkflow(t)
	if _, ok := w.On["pull_request"]; !ok || len(w.On) != 1 {
		t.Errorf("want the event pull_request alone, under which the token of a fork may not write, got %v", w.On)
	}
	if len(w.Permissions) != 0 {
		t.Errorf("want no permission but those of a job, got %v", w.Permissions)
	}
	want := map[string]map[string]string{"plan": {"contents": "read"}, "comment": {"pull-requests": "write"}}
	for name, j := range w.Jobs {
		if diff := cmp.Diff(want[name], j.Permissions); diff != "" {
			t.Errorf("permissions of job %s: -want, +got:\n%s", name, diff)
		}
		for _, s := range j.Steps {
			if _, revision, _ := strings.Cut(s.Uses, "@"); s.Uses != "" && len(revision) != 40 {
				t.Errorf("%s is not pinned by a commit", s.Uses)
			}
			if name == "comment" && strings.HasPrefix(s.Uses, "actions/checkout@") {
				t.Error("the job that writes must not have the files of the pull request")
			}
			if strings.Contains(s.Run, "${{") {
				t.Errorf("the script of step %q must not have expressions, whose values it would run", s.Name)
			}
		}
	}
}

// TestPlanWorkflow runs the plan of the workflow on the merge of a pull request with a branch that has gone on.
func TestPlanWorkflow(t *testing.T) {
	r := newClone(t)
	r.git("checkout", "--quiet", "-b", "edit")
	r.write("wukongs/team-a/db-01.yaml", strings.Replace(twoDisks, "500Gi", "600Gi", 1))
	r.commit()
	r.git("checkout", "--quiet", "main")
	r.write("wukongs/team-a/db-02.yaml", strings.ReplaceAll(twoDisks, "db-01", "db-02"))
	r.commit()
	r.git("merge", "--quiet", "--no-ff", "--message=merge", "edit")

	if got := r.run("bash", "-e", "-c", readWorkflow(t).script(t, "plan", "Plan")); got.Code != 0 {
		t.Errorf("want exit code 0, got %+v", got)
	}
	plan := read(t, filepath.Join(r.dir, "plan.md"))
	if !strings.Contains(plan, "team-a/db-01 changes") || !strings.Contains(plan, "`600Gi`") || strings.Contains(plan, "db-02") {
		t.Errorf("want the edit, and nothing of what the branch has anyway:\n%s", plan)
	}

	r.write("wukongs/team-a/db-01.yaml", strings.Replace(twoDisks, "name: data,", "name: database,", 1))
	r.git("commit", "--quiet", "--all", "--amend", "--no-edit")
	if got := r.run("bash", "-e", "-c", readWorkflow(t).script(t, "plan", "Plan")); got.Code != 5 {
		t.Errorf("want a renamed disk to fail the job with exit code 5, got %+v", got)
	}
}

// gh stands in for GitHub's command line: it logs its arguments and the comment, and prints the comment that was found.
const gh = `#!/bin/sh
echo "$@" >> "$LOG"
case "$*" in
*--paginate*) printf '%s' "$FOUND" ;;
*--field*) cat comment.md > "$SENT" ;;
esac
`

// TestPlanComment shows that the workflow writes one comment, writes it anew the next time, and cuts what is too long.
func TestPlanComment(t *testing.T) {
	script := readWorkflow(t).script(t, "comment", "Write the comment, or write it anew")
	long := strings.Repeat("| a row of a plan that is "+strings.Repeat("very ", 20)+"long |\n", 1000)
	cases := map[string]struct {
		reason, found, plan string
		call, want          string
	}{
		"First": {
			reason: "there is no comment yet", plan: "### Plan\n",
			call: "api repos/o/r/issues/7/comments --field body=@comment.md", want: "<!-- function-wukong plan -->\n### Plan\n",
		},
		"Again": {
			reason: "there is one", found: "https://api.example.org/comments/1\nhttps://api.example.org/comments/2\n", plan: "### Plan\n",
			call: "api --method PATCH https://api.example.org/comments/1 --field body=@comment.md", want: "<!-- function-wukong plan -->\n### Plan\n",
		},
		"Long": {
			reason: "GitHub does not take all of it", plan: long,
			call: "api repos/o/r/issues/7/comments --field body=@comment.md",
			want: "<!-- function-wukong plan -->\n" +
				"**This is the beginning of a long plan.** [The run of the workflow](https://run.example.org) shows all of it.\n\n| a row",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := clone{t, t.TempDir()}
			r.write("bin/gh", gh)
			r.write("plan.md", tc.plan)
			log, sent := filepath.Join(r.dir, "log"), filepath.Join(r.dir, "sent")
			got := callIn(t, r.dir, []string{
				"PATH=" + filepath.Join(r.dir, "bin") + ":" + os.Getenv("PATH"), "LOG=" + log, "SENT=" + sent, "FOUND=" + tc.found,
				"COMMENTS=repos/o/r/issues/7/comments", "RUN=https://run.example.org", "LIMIT=60000",
			}, "bash", "-e", "-c", script)
			if got.Code != 0 {
				t.Fatalf("%s: %+v", tc.reason, got)
			}
			calls := strings.Split(strings.TrimSpace(read(t, log)), "\n")
			if calls[len(calls)-1] != tc.call {
				t.Errorf("%s: want the call %q, got %q", tc.reason, tc.call, calls)
			}
			body := read(t, sent)
			if !strings.HasPrefix(body, tc.want) || len(body) > 65536 || !strings.HasSuffix(body, "\n") {
				t.Errorf("%s: want %q, got %d bytes:\n%.200s", tc.reason, tc.want, len(body), body)
			}
		})
	}
}
