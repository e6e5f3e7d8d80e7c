package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/validation"
)

// The lines around the table of rules in the chapter on troubleshooting.
const (
	rulesBegin = "<!-- The table of rules is written by make generate from internal/validation. -->\n"
	rulesEnd   = "<!-- The end of the table of rules. -->\n"
)

// writeRules writes the table of rules into the chapter on troubleshooting, with the messages about the forms of strings by ID.
func writeRules(root, path string, forms map[string]string) error {
	file := filepath.Join(root, path)
	b, err := os.ReadFile(file) //nolint:gosec // A file of the repository.
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(b), rulesBegin)
	_, after, ends := strings.Cut(rest, rulesEnd)
	if !begins || !ends {
		return fmt.Errorf("%s has no place for the table of rules", path)
	}
	text := before + rulesBegin + "\n" + rulesTable(forms) + "\n" + rulesEnd + after
	return os.WriteFile(file, []byte(text), 0o644) //nolint:gosec // Everybody may read the repository.
}

// rulesTable returns the messages about structure, and the rules of the table.
func rulesTable(forms map[string]string) string {
	rules := map[string]validation.Rule{}
	for _, r := range validation.Rules() {
		rules[r.ID] = r
	}
	var b strings.Builder
	b.WriteString("| refusal | where | notes |\n|---|---|---|\n")
	for _, e := range validation.Examples() {
		r, isRule := rules[e.ID]
		where := "any field of this kind, such as " + code(e.At)
		if isRule {
			where = code(e.At)
		}
		var notes []string
		if r.Note != "" {
			notes = append(notes, r.Note)
		}
		if r.GoOnly != "" {
			notes = append(notes, "by the function alone: "+r.GoOnly)
		}
		m := message.ByID(e.ID)
		if form, found := forms[e.ID]; found {
			m.Text = form
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", code(m.Entry()), where, cell(strings.Join(notes, "; ")))
	}
	return b.String()
}

// code is text in a cell of a table, as it is.
func code(text string) string { return "`" + cell(text) + "`" }
