package main

import (
	"github.com/spf13/cobra"

	"github.com/novasphere/function-wukong/internal/cli"
)

func init() { register(90, versionCommand) }

// versionCommand returns the command that prints the version.
func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, and Go's.",
		Args:  cli.NoArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cli.PrintVersion(cmd) },
	}
}
