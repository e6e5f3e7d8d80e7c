package main

import (
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/novasphere/function-wukong/internal/cli"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/preview"
)

// extensions are those of the files that shells complete.
var extensions = []string{"yaml", "yml", "json"}

// The flags of commands that read Wukongs.
type manifestFlags struct {
	filenames                            []string
	recursive                            bool
	namespace, input, observed, required string
	target                               preview.Target
	color                                colorMode
}

// add adds the flags to a command, and lets shells complete files.
func (m *manifestFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVarP(&m.filenames, "filename", "f", nil, "`FILE` or folder with Wukongs, as without the flag; - is the standard input. May be repeated.")
	f.BoolVarP(&m.recursive, "recursive", "R", false, "Read the folders in folders, too.")
	f.StringVarP(&m.namespace, "namespace", "n", "", "`NAMESPACE` of Wukongs that name none.")
	f.StringVar(&m.input, "input", "", "The platform team's settings: a `FILE` with an Input, or with a Composition that has one.")
	cli.Enum(cmd, &m.target, "target", "", "TARGET",
		"What Wukongs are composed of: namespaced, native or claim. By default as --input says, else namespaced.",
		preview.Namespaced, preview.Native, preview.Claim)
	f.StringVar(&m.observed, "observed", "", "`FILE` or folder with composed resources and Wukongs as they are in the cluster.")
	f.StringVar(&m.required, "required", "", "`FILE` or folder with other objects of the cluster, which Wukongs of the target native ask for.")
	m.color = colorAuto
	cli.Enum(cmd, &m.color, "color", "", "WHEN", "Use colors: auto, which is on a terminal unless NO_COLOR is set, always or never.",
		colorAuto, colorAlways, colorNever)
	for _, name := range []string{"filename", "input", "observed", "required"} {
		_ = cmd.MarkFlagFilename(name, extensions...)
	}
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return extensions, cobra.ShellCompDirectiveFilterFileExt
	}
}

// options returns what a call reads. It returns an error where it names no file.
func (m *manifestFlags) options(cmd *cobra.Command, args []string) (preview.Options, error) {
	files := slices.Concat(m.filenames, args)
	if len(files) == 0 {
		return preview.Options{}, cli.NoFile()
	}
	return preview.Options{
		Files: files, Recursive: m.recursive, Namespace: m.namespace, Target: m.target, Input: m.input, Observed: m.observed, Required: m.required,
		Stdin: cmd.InOrStdin(),
	}, nil
}

// A colorMode says when colors are printed.
type colorMode string

// The modes.
const (
	colorAuto   colorMode = "auto"
	colorAlways colorMode = "always"
	colorNever  colorMode = "never"
)

// printer returns the printer of problems.
func (m *manifestFlags) printer(cmd *cobra.Command) manifest.Printer {
	w := cmd.ErrOrStderr()
	return manifest.Printer{Writer: w, Color: m.colored(w)}
}

// colored reports whether what is written to w has colors.
func (m *manifestFlags) colored(w io.Writer) bool {
	if m.color != colorAuto {
		return m.color == colorAlways
	}
	f, isFile := w.(*os.File)
	// See https://no-color.org.
	return isFile && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
