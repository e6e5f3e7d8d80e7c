package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/novasphere/function-wukong/internal/check"
	"github.com/novasphere/function-wukong/internal/cli"
	"github.com/novasphere/function-wukong/internal/preview"
)

func init() { register(30, checkCommand) }

// checkCommand returns the command that looks at many Wukongs together.
func checkCommand() *cobra.Command {
	var m manifestFlags
	var cluster string
	var strict bool
	out := check.Text
	cmd := &cobra.Command{
		Use:   "check FILE|FOLDER... [flags]",
		Short: "Say whether Wukongs fit together, and survive a drain.",
		Long: "Say what nothing sees that sees one Wukong at a time: addresses, MAC addresses,\n" +
			"claims and uplinks that two of them have; MTUs and gateways that differ on one\n" +
			"network; groups larger than the nodes. And whether each virtual machine survives\n" +
			"the drain of its node, and what all of them take of nodes and quotas.",
		Example: "# A repository\n" +
			"function-wukong check -R clusters/\n\n" +
			"# With what the cluster has: nodes, quotas, storage and instance types\n" +
			"kubectl get nodes,resourcequotas,storageclasses,storageprofiles,pvc,\\\n" +
			"  virtualmachineclusterinstancetypes -A -o yaml > cluster.yaml\n" +
			"function-wukong check --cluster cluster.yaml -R clusters/\n\n" +
			"# For programs\n" +
			"function-wukong check -o json -R clusters/",
		Annotations: cli.ExitCodes(
			"0  nothing is wrong; there may be warnings",
			"1  something is wrong, or a file cannot be read; with --strict a warning, too",
			"2  the call is wrong",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			options, err := m.options(cmd, args)
			if err != nil {
				return err
			}
			err = check.Command{
				Options: options, Cluster: cluster, Output: out, Strict: strict, Stdout: cmd.OutOrStdout(), Problems: m.printer(cmd),
			}.Run(cmd.Context())
			if errors.Is(err, preview.ErrRefused) {
				// The reasons are printed.
				return cli.Verdict(cli.Failed)
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&cluster, "cluster", "", "`FILE` or folder with objects of the cluster: nodes, quotas, claims, storage and instance types.")
	f.BoolVar(&strict, "strict", false, "Fail on warnings, too.")
	_ = cmd.MarkFlagFilename("cluster", extensions...)
	cli.Enum(cmd, &out, "output", "o", "FORMAT", "text, or json: for programs.", check.Text, check.JSON)
	m.add(cmd)
	return cmd
}
