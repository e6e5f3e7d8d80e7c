// Package cli is the frame of the command line: its name, its help, what it says of a wrong call, and exit codes. It knows no command.
package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/novasphere/function-wukong/internal/version"
)

const (
	// program is the name of the command line, unless it is a plugin of kubectl. Help texts are written with it.
	program = "function-wukong"

	// plugin is the file name by which kubectl finds the command line
	// (https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/).
	plugin = "kubectl-wukong"

	// pluginCalled is how users call the plugin.
	pluginCalled = "kubectl wukong"
)

// New returns the root of the command line. Executable is the path by which the process was started: called kubectl-wukong, the command line is a
// plugin of kubectl, and names itself so. Help lists the commands in their order.
func New(executable string, commands ...*cobra.Command) *cobra.Command {
	cobra.EnableCommandSorting = false
	// A user of Windows may start it as they like.
	cobra.MousetrapHelpText = ""

	var showVersion bool
	root := &cobra.Command{
		Use:   program,
		Short: "Virtual machines for Kubernetes namespaces, one short manifest each.",
		Long: "Virtual machines for Kubernetes namespaces, one short manifest each: a Wukong.\n" +
			"What it becomes is shown without a cluster, before it is applied.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return unknownCommand(cmd, args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if showVersion {
				return PrintVersion(cmd)
			}
			_, _ = fmt.Fprint(cmd.ErrOrStderr(), helpText(cmd))
			return Verdict(WrongCall)
		},
		Annotations:           map[string]string{},
		DisableFlagsInUseLine: true,
		SilenceErrors:         true,
		SilenceUsage:          true,
		CompletionOptions:     cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	if strings.TrimSuffix(filepath.Base(executable), ".exe") == plugin {
		root.Use = plugin
		root.Annotations[cobra.CommandDisplayNameAnnotation] = pluginCalled
	}
	root.Flags().BoolVar(&showVersion, "version", false, "Print the version, and Go's.")
	root.PersistentFlags().BoolP("help", "h", false, "Print this help.")
	root.SetFlagErrorFunc(wrongFlag)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { _, _ = fmt.Fprint(cmd.OutOrStdout(), helpText(cmd)) })
	for _, c := range commands {
		// A command whose flags are worth a mention says so in its Use.
		c.DisableFlagsInUseLine = true
	}
	root.AddCommand(commands...)
	root.SetHelpCommand(helpCommand())
	return root
}

// PrintVersion prints the version of the command line, the commit where it is known, and Go's version.
func PrintVersion(cmd *cobra.Command) error {
	_, err := fmt.Fprintln(cmd.OutOrStdout(), program, version.Long())
	return err
}
