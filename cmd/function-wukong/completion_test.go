package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCompletionScripts shows that each shell reads its script without an error, and that the script is for the name of the command line. A shell
// that is not on this machine is left out, but bash must be.
func TestCompletionScripts(t *testing.T) {
	cases := map[string]struct {
		// read are the arguments by which the shell reads a script without running it.
		read []string
		want string
	}{
		"bash":       {read: []string{"bash", "-n"}, want: "-F __start_function-wukong function-wukong\n"},
		"zsh":        {read: []string{"zsh", "-n"}, want: "#compdef function-wukong\n"},
		"fish":       {read: []string{"fish", "--no-execute"}, want: "complete -c function-wukong "},
		"powershell": {read: []string{"pwsh", "-NoProfile", "-File"}, want: "-CommandName 'function-wukong'"},
		"kubectl":    {read: []string{"sh", "-n"}, want: "exec kubectl-wukong __complete"},
	}
	for _, s := range shells() {
		t.Run(s.name, func(t *testing.T) {
			tc := cases[s.name]
			got := call(t, binary, "completion", s.name)
			if got.Code != 0 || got.Err != "" || !strings.Contains(got.Out, tc.want) {
				t.Fatalf("want a script with %q, got %d: %s%s", tc.want, got.Code, got.Err, got.Out)
			}
			if other := call(t, plugin, "completion", s.name).Out; s.name != "kubectl" && !strings.Contains(other, strings.ReplaceAll(tc.want, "function", "kubectl")) {
				t.Errorf("want the plugin's script for kubectl-wukong, got:\n%s", other)
			}
			if _, err := exec.LookPath(tc.read[0]); err != nil && s.name != "bash" {
				t.Skipf("there is no %s on this machine", tc.read[0])
			}
			file := filepath.Join(t.TempDir(), "script.ps1")
			if err := os.WriteFile(file, []byte(got.Out), 0o600); err != nil {
				t.Fatal(err)
			}
			if read := call(t, tc.read[0], append(tc.read[1:], file)...); read.Code != 0 || read.Err != "" {
				t.Errorf("%s does not read it: %s", s.name, read.Err)
			}
		})
	}
}

// complete returns what bash completes a command line with.
func complete(t *testing.T, words ...string) []string {
	t.Helper()
	const script = `
source <("$0" completion bash)
compopt() { :; }
COMP_WORDS=(function-wukong "$@")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMP_LINE="${COMP_WORDS[*]}"
COMP_POINT=${#COMP_LINE}
_get_comp_words_by_ref() { cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD; }
__start_function-wukong
printf '%s\n' "${COMPREPLY[@]}"`
	c := exec.CommandContext(t.Context(), "bash", append([]string{"-c", script, binary}, words...)...)
	c.Env = append(os.Environ(), "PATH="+filepath.Dir(binary)+":"+os.Getenv("PATH"))
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var got []string
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		word, _, _ := strings.Cut(line, " ")
		got = append(got, word)
	}
	return got
}

// TestCompletion completes words in bash.
func TestCompletion(t *testing.T) {
	cases := map[string]struct {
		reason string
		words  []string
		want   []string
	}{
		"Command": {reason: "the name of a command", words: []string{"ren"}, want: []string{"render"}},
		"Flag":    {reason: "a flag", words: []string{"render", "--ob"}, want: []string{"--observed"}},
		"Word":    {reason: "the words of a flag", words: []string{"render", "-o", ""}, want: []string{"json", "manifests", "tree", "yaml"}},
		"Target":  {reason: "one of the words", words: []string{"render", "--target", "na"}, want: []string{"namespaced", "native"}},
		"Shell":   {reason: "the shells", words: []string{"completion", "b"}, want: []string{"bash"}},
		"Help":    {reason: "the command to read about", words: []string{"help", "se"}, want: []string{"serve"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := complete(t, tc.words...)
			if diff := cmp.Diff(strings.Join(tc.want, " "), strings.Join(sorted(got), " ")); diff != "" {
				t.Errorf("%s: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestCompletionOfFiles shows that shells complete manifests, and nothing else that is in a folder.
func TestCompletionOfFiles(t *testing.T) {
	for _, before := range [][]string{{"render"}, {"render", "a.yaml"}, {"render", "-f"}, {"render", "--observed"}} {
		got := call(t, binary, slices.Concat([]string{"__complete"}, before, []string{""})...)
		// 8 is cobra's ShellCompDirectiveFilterFileExt.
		if want := "yaml\nyml\njson\n:8\n"; got.Out != want {
			t.Errorf("after %s: want %q, got %+v", before, want, got)
		}
	}
}

// TestCompletionOfPlugin completes as kubectl does: by a program beside the plugin.
func TestCompletionOfPlugin(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kubectl_complete-wukong")
	if err := os.WriteFile(file, []byte(call(t, plugin, "completion", "kubectl").Out), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Dir(plugin)+":"+os.Getenv("PATH"))
	got := call(t, file, "render", "--target", "")
	if want := "namespaced\nnative\nclaim\n:4\n"; got.Code != 0 || got.Out != want {
		t.Errorf("want %q, got %+v", want, got)
	}
}

func sorted(words []string) []string {
	return slices.Sorted(slices.Values(words))
}
