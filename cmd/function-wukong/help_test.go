package main

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/novasphere/function-wukong/internal/golden"
)

// commandNames are the commands that have help, with the empty one for the command line itself.
func commandNames() []string {
	names := []string{""}
	for _, c := range commands() {
		names = append(names, c.Name())
	}
	return names
}

// TestHelp shows the help of each command: it fits a terminal of 80 columns, and goes to the standard output.
func TestHelp(t *testing.T) {
	for _, name := range commandNames() {
		t.Run(name, func(t *testing.T) {
			args := []string{"--help"}
			file := "function-wukong.txt"
			if name != "" {
				args, file = []string{name, "--help"}, name+".txt"
			}
			got := call(t, binary, args...)
			if got.Code != 0 || got.Err != "" {
				t.Errorf("want exit code 0 and no error, got %+v", got)
			}
			golden.Compare(t, "testdata/help/"+file, got.Out)
			for _, line := range strings.Split(got.Out, "\n") {
				if n := utf8.RuneCountInString(line); n > 80 {
					t.Errorf("a line has %d columns: %s", n, line)
				}
			}
			if same := call(t, binary, append([]string{"help"}, args[:len(args)-1]...)...); same.Out != got.Out {
				t.Errorf("want of the command help what the flag prints, got:\n%s", same.Out)
			}
			if short := call(t, binary, append(args[:len(args)-1], "-h")...); short.Out != got.Out {
				t.Errorf("want of -h what --help prints, got:\n%s", short.Out)
			}
		})
	}
}

// TestHelpOfPlugin shows that a plugin of kubectl names itself as its users call it.
func TestHelpOfPlugin(t *testing.T) {
	for _, name := range commandNames() {
		own, asPlugin := call(t, binary, "help", name), call(t, plugin, "help", name)
		if name == "" {
			own, asPlugin = call(t, binary), call(t, plugin)
		}
		for _, got := range []string{asPlugin.Out, asPlugin.Err} {
			if strings.Contains(got, "function-wukong") || strings.Contains(got, "kubectl-wukong ") {
				t.Errorf("%s: want kubectl wukong alone:\n%s", name, got)
			}
		}
		if want := strings.ReplaceAll(own.Out+own.Err, "function-wukong", "kubectl wukong"); asPlugin.Out+asPlugin.Err != want {
			t.Errorf("%s: want the help of function-wukong with another name, got:\n%s", name, asPlugin.Out)
		}
	}
}

// ofServer matches what only the server's help speaks of.
var ofServer = regexp.MustCompile(`(?i)\bserve|TLS|gRPC|DeploymentRuntimeConfig`)

// TestHelpForPeople shows that who previews does not read of a server.
func TestHelpForPeople(t *testing.T) {
	for _, c := range commands() {
		if c.Name() == "serve" {
			continue
		}
		out := call(t, binary, c.Name(), "--help").Out
		if word := ofServer.FindString(out); word != "" {
			t.Errorf("%s: want nothing of %q:\n%s", c.Name(), word, out)
		}
	}
}

// TestBare shows that a call without a command prints how it is called, and fails.
func TestBare(t *testing.T) {
	got := call(t, binary)
	if got.Code != 2 || got.Out != "" || got.Err != call(t, binary, "--help").Out {
		t.Errorf("want exit code 2 and help as an error, got %d:\n%s%s", got.Code, got.Out, got.Err)
	}
	if strings.Index(got.Err, "  render") > strings.Index(got.Err, "  serve") {
		t.Errorf("want render first:\n%s", got.Err)
	}
}
