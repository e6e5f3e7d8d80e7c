package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const (
	// columns is the width of help.
	columns = 80

	// exitCodes is the annotation with the exit codes of a command.
	exitCodes = "exit-codes"
)

// ExitCodes returns the annotations of a command whose help says what its exit codes mean. Each code is a line such as "1  a Wukong is refused".
func ExitCodes(lines ...string) map[string]string {
	return map[string]string{exitCodes: strings.Join(lines, "\n")}
}

// helpText returns the help of a command.
func helpText(cmd *cobra.Command) string {
	b := &strings.Builder{}
	text := cmd.Long
	if text == "" {
		text = cmd.Short
	}
	fmt.Fprintf(b, "%s\n", text)
	section(b, "Usage", usage(cmd))
	section(b, "Commands", commandList(cmd))
	section(b, "Examples", cmd.Example)
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) { flags.AddFlag(f) })
	cmd.InheritedFlags().VisitAll(func(f *pflag.Flag) { flags.AddFlag(f) })
	section(b, "Flags", strings.TrimSuffix(flags.FlagUsagesWrapped(columns), "\n"))
	section(b, "Exit codes", cmd.Annotations[exitCodes])
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(b, "\n'%s COMMAND --help' has examples and exit codes.\n", cmd.CommandPath())
	}
	return strings.ReplaceAll(b.String(), program, cmd.Root().DisplayName())
}

// section writes a section of help, indented by two columns, unless it is empty.
func section(b *strings.Builder, title, text string) {
	if text == "" {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", title)
	for _, line := range strings.Split(text, "\n") {
		fmt.Fprintln(b, strings.TrimRight("  "+strings.TrimPrefix(line, "  "), " "))
	}
}

// usage returns how a command is called. It has a line for each of the ways in its Use, which " | " separates.
func usage(cmd *cobra.Command) string {
	if cmd.HasAvailableSubCommands() {
		return cmd.CommandPath() + " COMMAND [flags]"
	}
	_, arguments, _ := strings.Cut(cmd.Use, " ")
	var lines []string
	for way := range strings.SplitSeq(arguments, " | ") {
		lines = append(lines, strings.TrimSpace(cmd.CommandPath()+" "+way))
	}
	return strings.Join(lines, "\n")
}

// commandList returns a line for each command below a command.
func commandList(cmd *cobra.Command) string {
	var lines []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			lines = append(lines, fmt.Sprintf("%-*s  %s", cmd.NamePadding(), c.Name(), c.Short))
		}
	}
	return strings.Join(lines, "\n")
}

// helpCommand returns the command that prints the help of another.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:                   "help [COMMAND]",
		Short:                 "Print the help of a command.",
		DisableFlagsInUseLine: true,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var names []cobra.Completion
			for _, c := range cmd.Root().Commands() {
				if c.IsAvailableCommand() {
					names = append(names, cobra.CompletionWithDesc(c.Name(), c.Short))
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			about, _, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			if about == cmd.Root() && len(args) > 0 {
				return unknownCommand(cmd.Root(), args[0])
			}
			return about.Help()
		},
	}
}
