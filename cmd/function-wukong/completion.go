package main

import (
	_ "embed"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/novasphere/function-wukong/internal/cli"
)

func init() { register(80, completionCommand) }

// kubectlCompletion is the program by which kubectl completes a plugin's words
// (https://github.com/kubernetes/kubectl/blob/master/pkg/cmd/plugin_completion.go). Archives of a release hold the same file.
//
//go:embed kubectl_complete-wukong
var kubectlCompletion string

// A shell is what completion scripts are for.
type shell struct {
	name, example string
	script        func(root *cobra.Command, w io.Writer) error
}

// shells returns the shells that have a script, and kubectl, which completes its plugins itself.
func shells() []shell {
	return []shell{
		{
			name: "bash", example: "source <(function-wukong completion bash)",
			script: func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		},
		{
			name: "zsh", example: "source <(function-wukong completion zsh)",
			script: (*cobra.Command).GenZshCompletion,
		},
		{
			name: "fish", example: "function-wukong completion fish | source",
			script: func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
		},
		{
			name: "powershell", example: "function-wukong completion powershell | Out-String | Invoke-Expression",
			script: (*cobra.Command).GenPowerShellCompletionWithDesc,
		},
		{
			name: "kubectl", example: "function-wukong completion kubectl > ~/.local/bin/kubectl_complete-wukong\nchmod +x ~/.local/bin/kubectl_complete-wukong",
			script: func(_ *cobra.Command, w io.Writer) error {
				_, err := io.WriteString(w, kubectlCompletion)
				return err
			},
		},
	}
}

// completionCommand returns the command that prints completion scripts.
func completionCommand() *cobra.Command {
	const argument = "SHELL"
	var names []string
	scripts := map[string]func(*cobra.Command, io.Writer) error{}
	var examples []string
	for _, s := range shells() {
		names = append(names, s.name)
		scripts[s.name] = s.script
		examples = append(examples, "# "+s.name+"\n"+s.example)
	}
	return &cobra.Command{
		Use:   "completion " + argument,
		Short: "Print a script that lets a shell complete commands.",
		Long: "Print a script that lets a shell complete commands, flags and files: bash, zsh,\n" +
			"fish, powershell, or kubectl, which completes the words of its plugins.",
		Example:   strings.Join(examples, "\n\n"),
		ValidArgs: names,
		Args:      func(_ *cobra.Command, args []string) error { return cli.OneOf(argument, args, names...) },
		RunE: func(cmd *cobra.Command, args []string) error {
			return scripts[args[0]](cmd.Root(), cmd.OutOrStdout())
		},
	}
}
