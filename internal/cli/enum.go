package cli

import (
	"errors"
	"slices"
	"strings"

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

// Words are the values of a flag that takes several of some words.
type Words struct {
	allowed, values []string
}

// NewWords returns no words of those that are allowed.
func NewWords(allowed ...string) *Words { return &Words{allowed: allowed} }

// Values returns the words that were given.
func (w *Words) Values() []string { return w.values }

// EnumList adds a flag to a command that takes several words, one at a time or separated by commas, and lets shells complete them. Help calls it by
// the placeholder.
func EnumList(cmd *cobra.Command, w *Words, name, placeholder, usage string) {
	cmd.Flags().Var(wordsValue{w, placeholder}, name, usage)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(w.allowed, cobra.ShellCompDirectiveNoFileComp))
}

// A wordsValue is the value of a flag.
type wordsValue struct {
	*Words

	placeholder string
}

// Set adds words.
func (v wordsValue) Set(words string) error {
	for word := range strings.SplitSeq(words, ",") {
		if !slices.Contains(v.allowed, word) {
			return errors.New(v.taken())
		}
		v.values = append(v.values, word)
	}
	return nil
}

// String returns the words.
func (v wordsValue) String() string {
	if v.Words == nil {
		return ""
	}
	return strings.Join(v.values, ",")
}

// Type returns the placeholder of the value in help.
func (v wordsValue) Type() string { return v.placeholder }

// taken returns the words that the flag takes, as a list in prose.
func (v wordsValue) taken() string { return list(v.allowed) }
