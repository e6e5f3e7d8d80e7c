package cli

import (
	"errors"
	"slices"

	"github.com/spf13/cobra"
)

// An enum is the value of a flag that takes one of several words.
type enum[T ~string] struct {
	value       *T
	placeholder string
	allowed     []T
}

// Enum adds a flag to a command that takes one of several words, and lets shells complete them. The value that the variable has is the default. Help
// calls it by the placeholder.
func Enum[T ~string](cmd *cobra.Command, value *T, name, shorthand, placeholder, usage string, allowed ...T) {
	e := enum[T]{value, placeholder, allowed}
	cmd.Flags().VarP(e, name, shorthand, usage)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(e.words(), cobra.ShellCompDirectiveNoFileComp))
}

// Set sets the value to a word.
func (e enum[T]) Set(word string) error {
	if !slices.Contains(e.allowed, T(word)) {
		return errors.New(e.taken())
	}
	*e.value = T(word)
	return nil
}

// String returns the word.
func (e enum[T]) String() string {
	if e.value == nil {
		return ""
	}
	return string(*e.value)
}

// Type returns the placeholder of the value in help.
func (e enum[T]) Type() string { return e.placeholder }

// words returns the words that the flag takes.
func (e enum[T]) words() []string {
	out := make([]string, len(e.allowed))
	for i, a := range e.allowed {
		out[i] = string(a)
	}
	return out
}

// taken returns the words that the flag takes, as a list in prose.
func (e enum[T]) taken() string { return list(e.words()) }
