package manifest

import (
	"encoding/json"
	"fmt"
	"io"
)

// WriteReport writes what a command prints as JSON.
func WriteReport(w io.Writer, report any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(report)
}

// ReportVersion is the apiVersion of what commands print as JSON. Fields are added to it, and none is removed or changed.
const ReportVersion = "cli.vm.novasphere.dev/v1"

// colors are the escape sequences of severities (ECMA-48, SGR).
var colors = map[Severity]string{Error: "\x1b[1;31m", Warning: "\x1b[1;33m", Note: "\x1b[1;36m"}

// uncolored ends a color.
const uncolored = "\x1b[0m"

// A Printer prints problems, one on a line.
type Printer struct {
	io.Writer

	// Color prints each severity in a color of its own.
	Color bool

	// Recorded collects what is printed; nil for nothing.
	Recorded *[]Problem
}

// Print prints problems in their order.
func (p Printer) Print(problems ...Problem) {
	if p.Recorded != nil {
		*p.Recorded = append(*p.Recorded, problems...)
	}
	for _, problem := range problems {
		line := problem.String()
		if p.Color {
			place := ""
			if problem.Position != (Position{}) {
				place = problem.Position.String() + ": "
			}
			rest := line[min(len(line), len(place)+len(problem.Severity)):]
			line = place + colors[problem.Severity] + string(problem.Severity) + uncolored + rest
		}
		_, _ = fmt.Fprintln(p.Writer, line)
	}
}
