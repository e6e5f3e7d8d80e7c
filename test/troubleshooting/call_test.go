package troubleshooting

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/novasphere/function-wukong/internal/cli"
)

// calls returns the scenarios of wrong calls of the command line.
func calls() []scenario {
	return []scenario{
		{want: "there is no command VALUE", message: called("rendr")},
		{want: "there is no flag VALUE", message: called("render", "--outptu=tree")},
		{want: "VALUE takes a value: VALUE", message: called("render", "--output")},
		{want: "VALUE is no value of VALUE: it takes VALUE", message: called("render", "--output=jsno")},
		{want: "the argument VALUE is one too many", message: called("render", "web-01.yaml")},
		{want: "there is no file to read: name one, or - for the standard input", message: called("render")},
		{want: "VALUE and VALUE exclude each other: give one of both", message: func(*testing.T) string { return cli.Exclusive("--from", "--with").Error() }},
		{want: "a plan takes two files or folders, the old one and the new one: name both, or compare with --from or --observed", message: func(*testing.T) string {
			return cli.TwoFiles().Error()
		}},
		{want: "did you mean VALUE?", message: func(t *testing.T) string {
			_, meant, _ := strings.Cut(called("rendr")(t), ": ")
			return meant
		}},
		{want: "run 'VALUE --help'", message: func(t *testing.T) string {
			_, wayOut, _ := strings.Cut(printed(t, "rendr"), "\n")
			return strings.TrimSuffix(wayOut, "\n")
		}},
	}
}

// called returns a function that returns what a call says is wrong.
func called(args ...string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		line, _, _ := strings.Cut(printed(t, args...), "\n")
		return strings.TrimPrefix(line, "error: ")
	}
}

// printed returns what a call of a command line with a command of its own prints as an error.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	render := &cobra.Command{Use: "render", Args: cli.NoArguments, RunE: func(*cobra.Command, []string) error { return cli.NoFile() }}
	output := "tree"
	cli.Enum(render, &output, "output", "o", "FORMAT", "What is printed.", "tree", "yaml")
	root := cli.New("function-wukong", render)
	var errs bytes.Buffer
	root.SetArgs(args)
	root.SetErr(&errs)
	if code := cli.Run(context.Background(), root); code != cli.WrongCall {
		t.Fatalf("want exit code %d, got %d", cli.WrongCall, code)
	}
	return errs.String()
}
