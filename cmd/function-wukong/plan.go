package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/novasphere/function-wukong/internal/cli"
	"github.com/novasphere/function-wukong/internal/edit"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/preview"
)

func init() { register(20, planCommand) }

// The classes of changes by the words of --fail-on, and the exit codes of the command where one of them is in the plan.
var (
	failClasses = map[string]edit.Class{"change": edit.ClassChange, "restart": edit.ClassRestart, "data": edit.ClassData}
	failCodes   = map[edit.Class]int{edit.ClassChange: 3, edit.ClassRestart: 4, edit.ClassData: 5}
)

// planCommand returns the command that says what an edit does.
func planCommand() *cobra.Command {
	var m manifestFlags
	var revision, with string
	failOn := cli.NewWords("change", "restart", "data")
	out := edit.Text
	cmd := &cobra.Command{
		Use:   "plan OLD NEW | --from REVISION FILE... | --observed FILE FILE",
		Short: "Say what an edit changes, restarts, refuses or deletes.",
		Long: "Say what an edit of Wukongs does before it is applied: which changes take effect\n" +
			"while the guest runs, which wait for a restart, which are refused, and which\n" +
			"disks are deleted with their data. It compares two files or folders, the files\n" +
			"with a Git revision of them, or the files with what is in the cluster.",
		Example: "# An edit in a file\n" +
			"function-wukong plan before.yaml after.yaml\n\n" +
			"# A branch of a repository\n" +
			"function-wukong plan --from origin/main -R clusters/\n\n" +
			"# What is in the cluster\n" +
			"kubectl get wukong,objects.kubernetes.m.crossplane.io -o yaml > state.yaml\n" +
			"function-wukong plan --observed state.yaml web-01.yaml\n\n" +
			"# Another version of the function, with the same files\n" +
			"./function-wukong-v0.1.0 render -o manifests web-01.yaml > v0.1.0.yaml\n" +
			"function-wukong plan --with v0.1.0.yaml web-01.yaml\n\n" +
			"# Fail where a disk would be deleted\n" +
			"function-wukong plan --from origin/main --fail-on data -R clusters/",
		Annotations: cli.ExitCodes(
			"0  nothing is refused, and --fail-on does not apply",
			"1  a Wukong or a change is refused, or a file cannot be read",
			"2  the call is wrong",
			"3  something changes (--fail-on change)",
			"4  a virtual machine must restart or stops (--fail-on restart)",
			"5  a disk is deleted with its data (--fail-on data)",
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			c := edit.Command{
				Revision: revision, With: with, Output: out, Stdout: cmd.OutOrStdout(), Color: m.colored(cmd.OutOrStdout()), Problems: m.printer(cmd),
			}
			var err error
			if c.Options, err = m.options(cmd, args); err != nil {
				return err
			}
			if err := exclusive(c); err != nil {
				return err
			}
			if revision == "" && with == "" && m.observed == "" {
				if len(c.Files) != 2 {
					return cli.TwoFiles()
				}
				c.Before, c.Files = c.Files[:1], c.Files[1:]
			}
			worst, err := c.Run(cmd.Context())
			return planVerdict(worst, err, failOn.Values())
		},
	}
	f := cmd.Flags()
	f.StringVar(&revision, "from", "", "Git `REVISION` of the files that they are compared with, such as origin/main.")
	f.StringVar(&with, "with", "", "`FILE` with what another version of function-wukong prints of them with -o manifests.")
	_ = cmd.MarkFlagFilename("with", extensions...)
	cli.EnumList(cmd, failOn, "fail-on", "WHAT", "Fail where the plan has this or worse: change, restart or data. May be repeated.")
	cli.Enum(cmd, &out, "output", "o", "FORMAT", "text; markdown: for a comment on a pull request; json: for programs.", edit.Text, edit.Markdown, edit.JSON)
	m.add(cmd)
	return cmd
}

// exclusive returns why what a plan compares with is not clear; nil where it is.
func exclusive(c edit.Command) error {
	stdin := 0
	for _, file := range c.Files {
		if file == manifest.Stdin {
			stdin++
		}
	}
	switch {
	case c.Revision != "" && c.With != "":
		return cli.Exclusive("--from", "--with")
	case c.Observed != "" && c.With != "":
		return cli.Exclusive("--observed", "--with")
	case c.Revision != "" && stdin > 0:
		return cli.Exclusive("--from", manifest.Stdin)
	case stdin > 1:
		return cli.Exclusive(manifest.Stdin, manifest.Stdin)
	}
	return nil
}

// planVerdict returns the verdict of a plan with its worst class, and an error of planning.
func planVerdict(worst edit.Class, err error, failOn []string) error {
	refused := errors.Is(err, preview.ErrRefused)
	if err != nil && !refused {
		return err
	}
	for _, word := range failOn {
		if worst >= failClasses[word] {
			return cli.Verdict(failCodes[worst])
		}
	}
	if refused {
		// The reasons are printed.
		return cli.Verdict(cli.Failed)
	}
	return nil
}
