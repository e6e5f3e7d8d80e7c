package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/novasphere/function-wukong/internal/cli"
	"github.com/novasphere/function-wukong/internal/preview"
)

func init() { register(10, renderCommand) }

// renderCommand returns the command that shows what Wukongs create.
func renderCommand() *cobra.Command {
	var m manifestFlags
	out := preview.Tree
	cmd := &cobra.Command{
		Use:   "render FILE|FOLDER... [flags]",
		Short: "Show what Wukongs create, without a cluster.",
		Long: "Show what Wukongs create, without a cluster. Files may have several documents,\n" +
			"and lists as kubectl prints them; what is no Wukong is left out. Everything that\n" +
			"is wrong goes to the standard error, as FILE:LINE: error: FIELD: why.",
		Example: "# A summary for people\n" +
			"function-wukong render web-01.yaml\n\n" +
			"# What would change in the cluster\n" +
			"function-wukong render -o manifests web-01.yaml | kubectl diff -f -\n\n" +
			"# What an edit does to what exists, such as a disk that would be deleted\n" +
			"kubectl get objects.kubernetes.m.crossplane.io -o yaml > observed.yaml\n" +
			"function-wukong render --observed observed.yaml web-01.yaml\n\n" +
			"# With a platform team's settings\n" +
			"function-wukong render --input composition.yaml web-01.yaml",
		Annotations: cli.ExitCodes(
			"0  every Wukong is accepted",
			"1  a Wukong is refused, or a file cannot be read",
			"2  the call is wrong",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			options, err := m.options(cmd, args)
			if err != nil {
				return err
			}
			err = preview.Command{Options: options, Output: out, Stdout: cmd.OutOrStdout(), Problems: m.printer(cmd)}.Run(cmd.Context())
			if errors.Is(err, preview.ErrRefused) {
				// The preview has printed the reasons.
				return cli.Verdict(cli.Failed)
			}
			return err
		},
	}
	cli.Enum(cmd, &out, "output", "o", "FORMAT",
		"tree: a summary for people; yaml: what the Crossplane command line prints; manifests: bare objects, as kubectl takes them; json: for programs.",
		preview.Tree, preview.Composed, preview.Manifests, preview.JSON)
	m.add(cmd)
	return cmd
}
