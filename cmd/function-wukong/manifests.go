package main

import (
	"github.com/spf13/cobra"

	"github.com/novasphere/function-wukong/internal/cli"
	"github.com/novasphere/function-wukong/internal/preview"
)

// extensions are those of the files that shells complete.
var extensions = []string{"yaml", "yml", "json"}

// The flags of commands that read Wukongs.
type manifestFlags struct {
	filenames                 []string
	target                    preview.Target
	input, observed, required string
}

// add adds the flags to a command, and lets shells complete files.
func (m *manifestFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVarP(&m.filenames, "filename", "f", nil, "`FILE` with Wukongs, as without the flag; - is the standard input. May be repeated.")
	f.StringVar(&m.input, "input", "", "The platform team's settings: a `FILE` with an Input, or with a Composition that has one.")
	cli.Enum(cmd, &m.target, "target", "", "TARGET",
		"What Wukongs are composed of: namespaced, native or claim. By default as --input says, else namespaced.",
		preview.Namespaced, preview.Native, preview.Claim)
	f.StringVar(&m.observed, "observed", "", "`FILE` with composed resources as they are in the cluster: shows what an edit changes.")
	f.StringVar(&m.required, "required", "", "`FILE` with other objects of the cluster, which Wukongs of the target native ask for.")
	for _, name := range []string{"filename", "input", "observed", "required"} {
		_ = cmd.MarkFlagFilename(name, extensions...)
	}
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return extensions, cobra.ShellCompDirectiveFilterFileExt
	}
}

// files returns the files that a call names, by flags and as arguments. It returns an error where there are none.
func (m *manifestFlags) files(args []string) ([]string, error) {
	files := append(m.filenames, args...)
	if len(files) == 0 {
		return nil, cli.NoFile()
	}
	return files, nil
}
