package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/novasphere/function-wukong/internal/message"
)

// The exit codes that all commands share.
const (
	// Fine is the exit code of a command that did what it was called for.
	Fine = 0

	// Failed is the exit code of a command that refused something, or could not read or do something.
	Failed = 1

	// WrongCall is the exit code of a call with an unknown command or flag, a wrong value, or too few or too many arguments.
	WrongCall = 2
)

// A Verdict is an error of a command that has printed why, or has nothing to add. Its value is the exit code.
type Verdict int

// Error returns the exit code as a sentence.
func (v Verdict) Error() string { return fmt.Sprintf("exit code %d", int(v)) }

// A wrongCall is an error of the caller.
type wrongCall struct {
	// text says what is wrong.
	text string

	// help is the command whose help tells how to call it right. Empty for the command that was called.
	help string
}

func (e wrongCall) Error() string { return e.text }

// Run runs the command that the arguments of the process name, and returns the exit code. It prints an error to the standard error.
func Run(ctx context.Context, root *cobra.Command) int {
	called, err := root.ExecuteContextC(ctx)
	return report(root.ErrOrStderr(), called, err)
}

// report prints an error of a command unless that has printed it, and returns its exit code.
func report(w io.Writer, called *cobra.Command, err error) int {
	if err == nil {
		return Fine
	}
	if v := Verdict(0); errors.As(err, &v) {
		return int(v)
	}
	_, _ = fmt.Fprintln(w, "error:", message.Clean(err.Error()))
	wrong := wrongCall{}
	if !errors.As(err, &wrong) {
		return Failed
	}
	_, _ = fmt.Fprintln(w, msgSeeHelp.With(cmp.Or(wrong.help, called.CommandPath())))
	return WrongCall
}
