package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWrongCalls shows that a wrong call ends with code 2 and two lines: what is wrong, and the way out.
func TestWrongCalls(t *testing.T) {
	file := filepath.Join(t.TempDir(), "web.yaml")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason string
		args   []string
		want   string
	}{
		"Command": {
			reason: "a command is misspelt", args: []string{"rendr"},
			want: "there is no command rendr: did you mean render?\nrun 'function-wukong --help'",
		},
		"OtherCommand": {
			reason: "a command is like none", args: []string{"deploy", "--now"},
			want: "there is no command deploy\nrun 'function-wukong --help'",
		},
		"FileAlone": {
			reason: "the command is forgotten before a file", args: []string{file},
			want: "there is no command " + file + ": did you mean function-wukong render " + file + "?\nrun 'function-wukong --help'",
		},
		"HelpOfNone": {
			reason: "the command that is asked about is misspelt", args: []string{"help", "sevre"},
			want: "there is no command sevre: did you mean serve?\nrun 'function-wukong --help'",
		},
		"Flag": {
			reason: "a flag is misspelt", args: []string{"render", "--traget=native", "web.yaml"},
			want: "there is no flag --traget: did you mean --target?\nrun 'function-wukong render --help'",
		},
		"OtherFlag": {
			reason: "a flag is like none", args: []string{"render", "--dry-run", "web.yaml"},
			want: "there is no flag --dry-run\nrun 'function-wukong render --help'",
		},
		"ServerFlag": {
			reason: "a preview knows nothing of a server's flags", args: []string{"render", "--insecure", "web.yaml"},
			want: "there is no flag --insecure\nrun 'function-wukong render --help'",
		},
		"Letter": {
			reason: "a letter is no flag", args: []string{"render", "-x", "web.yaml"},
			want: "there is no flag -x\nrun 'function-wukong render --help'",
		},
		"Dashes": {
			reason: "three dashes are one too many", args: []string{"render", "---output=tree"},
			want: "there is no flag ---output=tree\nrun 'function-wukong render --help'",
		},
		"FlagFirst": {
			reason: "the command is forgotten before its flag", args: []string{"--insecure"},
			want: "there is no flag --insecure: did you mean function-wukong serve --insecure?\nrun 'function-wukong --help'",
		},
		"LetterFirst": {
			reason: "the command is forgotten before its short flag", args: []string{"-f", file},
			want: "there is no flag -f: did you mean function-wukong render -f?\nrun 'function-wukong --help'",
		},
		"NoValue": {
			reason: "a flag lacks its value", args: []string{"render", "web.yaml", "-o"},
			want: "--output takes a value: tree, yaml, manifests or json\nrun 'function-wukong render --help'",
		},
		"NoFileValue": {
			reason: "a flag lacks its file", args: []string{"render", "web.yaml", "--input"},
			want: "--input takes a value: FILE\nrun 'function-wukong render --help'",
		},
		"Word": {
			reason: "a word is none of those that a flag takes", args: []string{"render", "-o", "jsno", "web.yaml"},
			want: "\"jsno\" is no value of --output: it takes tree, yaml, manifests or json\nrun 'function-wukong render --help'",
		},
		"Number": {
			reason: "a word is no number", args: []string{"serve", "--max-recv-message-size=4MB"},
			want: "\"4MB\" is no value of --max-recv-message-size: it takes a whole number\nrun 'function-wukong serve --help'",
		},
		"Bool": {
			reason: "a word is no truth value", args: []string{"serve", "--debug=maybe"},
			want: "\"maybe\" is no value of --debug: it takes true or false\nrun 'function-wukong serve --help'",
		},
		"NoFile": {
			reason: "there is nothing to render", args: []string{"render"},
			want: "there is no file to read: name one, or - for the standard input\nrun 'function-wukong render --help'",
		},
		"Argument": {
			reason: "a command without arguments has one", args: []string{"serve", "web.yaml"},
			want: "the argument web.yaml is one too many\nrun 'function-wukong serve --help'",
		},
		"NoShell": {
			reason: "a script is for a shell", args: []string{"completion"},
			want: "SHELL takes a value: bash, zsh, fish, powershell or kubectl\nrun 'function-wukong completion --help'",
		},
		"OtherShell": {
			reason: "a shell has no script", args: []string{"completion", "tcsh"},
			want: "\"tcsh\" is no value of SHELL: it takes bash, zsh, fish, powershell or kubectl\nrun 'function-wukong completion --help'",
		},
		"TwoShells": {
			reason: "a script is for one shell", args: []string{"completion", "bash", "zsh"},
			want: "the argument zsh is one too many\nrun 'function-wukong completion --help'",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			want := result{Err: "error: " + tc.want + "\n", Code: 2}
			if diff := cmp.Diff(want, call(t, binary, tc.args...)); diff != "" {
				t.Errorf("%s: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
	want := result{Err: "error: there is no flag --bogus\nrun 'kubectl wukong render --help'\n", Code: 2}
	if diff := cmp.Diff(want, call(t, plugin, "render", "--bogus")); diff != "" {
		t.Errorf("a plugin of kubectl names itself as its users call it: -want, +got:\n%s", diff)
	}
}
