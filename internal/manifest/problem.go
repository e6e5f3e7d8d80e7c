package manifest

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/novasphere/function-wukong/internal/message"
)

// A Severity says how bad a problem is.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// A Position is a line of a file.
type Position struct {
	// File as the user named it, or found in a folder that the user named.
	File string `json:"file,omitempty"`

	// Line counts from 1; 0 stands for the file as a whole.
	Line int `json:"line,omitempty"`
}

// String returns FILE:LINE.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line)
}

// A Problem is what a user should know about a line of a file.
type Problem struct {
	Position

	Severity Severity `json:"severity"`

	// Field is the path of the field; empty for none.
	Field string `json:"field,omitempty"`

	// Text is a sentence.
	Text string `json:"message"`
}

// String returns the problem as compilers print theirs, so that editors and CI find the line: FILE:LINE: SEVERITY: FIELD: TEXT.
func (p Problem) String() string {
	out := string(p.Severity) + ": "
	if p.Position != (Position{}) {
		out = p.Position.String() + ": " + out
	}
	if p.Field != "" {
		out += p.Field + ": "
	}
	return message.Clean(out + p.Text)
}

// Compare orders problems by their place: those of a file by their lines.
func (p Problem) Compare(q Problem) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line))
}

// HasErrors reports whether one of the problems is an error.
func HasErrors(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == Error })
}
