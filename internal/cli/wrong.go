package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/novasphere/function-wukong/internal/suggest"
)

// NoArguments refuses arguments. It is for commands that take flags alone.
func NoArguments(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return wrongCall{text: msgArgument.With(args[0])}
}

// OneOf refuses arguments other than one of several words. The argument has a name in help.
func OneOf(name string, args []string, allowed ...string) error {
	switch {
	case len(args) == 0:
		return wrongCall{text: msgNoValue.With(name, list(allowed))}
	case !slices.Contains(allowed, args[0]):
		return wrongCall{text: msgWrongValue.With(fmt.Sprintf("%q", args[0]), name, list(allowed))}
	}
	return NoArguments(nil, args[1:])
}

// NoFile returns the error of a call that names no file.
func NoFile() error { return wrongCall{text: msgNoFile.String()} }

// Exclusive returns the error of a call with two arguments or flags that exclude each other.
func Exclusive(one, other string) error { return wrongCall{text: msgExclusive.With(one, other)} }

// TwoFiles returns the error of a call of plan that does not name an old file and a new one.
func TwoFiles() error { return wrongCall{text: msgTwoFiles.String()} }

// unknownCommand returns the error of a call of a command that does not exist. A file is taken for that of the first command.
func unknownCommand(root *cobra.Command, name string) error {
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	meant, found := suggest.Nearest(name, names)
	if _, err := os.Stat(name); !found && err == nil {
		meant, found = fmt.Sprintf("%s %s %s", root.CommandPath(), names[0], name), true
	}
	return wrongCall{text: withMeant(msgNoCommand.With(name), meant, found), help: root.CommandPath()}
}

// withMeant returns a text with what was meant instead, where that is found.
func withMeant(text, meant string, found bool) string {
	if !found {
		return text
	}
	return text + ": " + msgDidYouMean.With(meant)
}

// wrongFlag returns the error of a call whose flags cannot be read, in our words.
func wrongFlag(cmd *cobra.Command, err error) error {
	var (
		unknown *pflag.NotExistError
		syntax  *pflag.InvalidSyntaxError
		missing *pflag.ValueRequiredError
		value   *pflag.InvalidValueError
	)
	if args := cmd.Flags().Args(); len(args) > 0 && cmd.HasAvailableSubCommands() {
		// The flag follows a command that does not exist, of which nobody knows the flags.
		return unknownCommand(cmd, args[0])
	}
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		short := unknown.GetSpecifiedName()
		meant, found := of(cmd, func(f *pflag.FlagSet) bool { return f.ShorthandLookup(short) != nil }, "-"+short)
		return wrongCall{text: withMeant(msgNoFlag.With("-"+short), meant, found)}
	case errors.As(err, &unknown):
		return unknownFlag(cmd, unknown.GetSpecifiedName())
	case errors.As(err, &syntax):
		return wrongCall{text: msgNoFlag.With(syntax.GetSpecifiedFlag())}
	case errors.As(err, &missing):
		return wrongCall{text: msgNoValue.With("--"+missing.GetFlag().Name, taken(missing.GetFlag()))}
	case errors.As(err, &value):
		return wrongCall{text: msgWrongValue.With(fmt.Sprintf("%q", value.GetValue()), "--"+value.GetFlag().Name, taken(value.GetFlag()))}
	}
	return wrongCall{text: err.Error()}
}

// unknownFlag returns the error of a call with a long flag that the command does not have.
func unknownFlag(cmd *cobra.Command, name string) error {
	if meant, found := of(cmd, func(f *pflag.FlagSet) bool { return f.Lookup(name) != nil }, "--"+name); found {
		return wrongCall{text: withMeant(msgNoFlag.With("--"+name), meant, true)}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	meant, found := suggest.Nearest(name, names)
	return wrongCall{text: withMeant(msgNoFlag.With("--"+name), "--"+meant, found)}
}

// of returns the call of the first command below a command that has a flag. Of a flag before the command, most likely the command was forgotten.
func of(cmd *cobra.Command, has func(*pflag.FlagSet) bool, flag string) (string, bool) {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() && has(c.Flags()) {
			return c.CommandPath() + " " + flag, true
		}
	}
	return "", false
}

// taken returns which values a flag takes.
func taken(f *pflag.Flag) string {
	if e, ok := f.Value.(interface{ taken() string }); ok {
		return e.taken()
	}
	switch f.Value.Type() {
	case "bool":
		return "true or false"
	case "int":
		return "a whole number"
	}
	placeholder, _ := pflag.UnquoteUsage(f)
	return strings.ToUpper(placeholder)
}

// list returns words as a list in prose.
func list(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
