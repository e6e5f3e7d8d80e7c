package main

import (
	"github.com/spf13/cobra"

	"github.com/novasphere/function-wukong/internal/cli"
	"github.com/novasphere/function-wukong/internal/limit"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/preview"
)

func init() { register(40, limitsCommand) }

// limitsCommand returns the command that prints the limits of the platform team as a policy of the API server.
func limitsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "limits FILE [flags]",
		Short: "Print the platform's limits as a policy of the API server.",
		Long: "Print the limits of an Input, or of a Composition that has one, as a\n" +
			"ValidatingAdmissionPolicy with its binding. With it kubectl apply refuses at\n" +
			"once what the function would refuse, in the same words. Print it again whenever\n" +
			"the limits change: the function needs no policy, and is bound by none.",
		Example: "# Apply the limits of a Composition\n" +
			"function-wukong limits composition.yaml | kubectl apply -f -\n\n" +
			"# Say what they refuse among the Wukongs of a repository\n" +
			"function-wukong render --input composition.yaml -R clusters/",
		Annotations: cli.ExitCodes(
			"0  the policy is printed",
			"1  the file cannot be read, or its Input is refused",
			"2  the call is wrong",
		),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return extensions, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cli.NoFile()
			}
			if err := cli.NoArguments(cmd, args[1:]); err != nil {
				return err
			}
			in, problems := preview.ReadInput(cmd.Context(), manifest.Reader{Stdin: cmd.InOrStdin()}, args[0])
			manifest.Printer{Writer: cmd.ErrOrStderr()}.Print(problems...)
			if in == nil || manifest.HasErrors(problems) {
				return cli.Verdict(cli.Failed)
			}
			return limit.Print(cmd.OutOrStdout(), in)
		},
	}
}
