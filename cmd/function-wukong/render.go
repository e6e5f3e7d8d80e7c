package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/novasphere/function-wukong/internal/cli"
	"github.com/novasphere/function-wukong/internal/preview"
)

func init() { register(10, renderCommand) }

// An output is what is printed of each Wukong.
type output string

// The outputs.
const (
	outputTree      output = "tree"
	outputYAML      output = "yaml"
	outputManifests output = "manifests"
)

// formats are the formats of the outputs.
var formats = map[output]preview.Format{outputTree: preview.Tree, outputYAML: preview.Composed, outputManifests: preview.Manifests}

// renderCommand returns the command that shows what Wukongs create.
func renderCommand() *cobra.Command {
	var m manifestFlags
	out := outputTree
	cmd := &cobra.Command{
		Use:   "render FILE... [flags]",
		Short: "Show what Wukongs create, without a cluster.",
		Long: "Show what Wukongs create, without a cluster. Files may have several documents,\n" +
			"and lists as kubectl prints them; what is no Wukong is left out. Refusals,\n" +
			"advice and notes go to the standard error.",
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
			files, err := m.files(args)
			if err != nil {
				return err
			}
			err = preview.Command{
				Files: files, Target: m.target, Input: m.input, Observed: m.observed, Required: m.required, Format: formats[out],
				Stdin: cmd.InOrStdin(), Stdout: cmd.OutOrStdout(), Stderr: cmd.ErrOrStderr(),
			}.Run(cmd.Context())
			if errors.Is(err, preview.ErrRefused) {
				// The preview has printed the reasons.
				return cli.Verdict(cli.Failed)
			}
			return err
		},
	}
	cli.Enum(cmd, &out, "output", "o", "FORMAT",
		"tree: a summary for people; yaml: what the Crossplane command line prints; manifests: bare objects, as kubectl takes them.",
		outputTree, outputYAML, outputManifests)
	m.add(cmd)
	return cmd
}
