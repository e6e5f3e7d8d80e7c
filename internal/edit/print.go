package edit

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/text"
)

// width is the number of columns of a plan as text.
const width = 80

// Escape sequences of colors (ECMA-48, SGR).
const (
	red, yellow, green, plain = "\x1b[1;31m", "\x1b[33m", "\x1b[32m", "\x1b[0m"
)

// title returns the name of a Wukong: NAMESPACE/NAME.
func (w Wukong) title() string {
	if w.Namespace == "" {
		return w.Name
	}
	return w.Namespace + "/" + w.Name
}

// size returns the size of a disk in brackets; empty where it is not known.
func (d Disk) size() string {
	if d.Size == "" {
		return ""
	}
	return " (" + d.Size + ")"
}

// losses returns a line for each disk whose data is deleted: the first lines of a plan, which nobody must overlook.
func (p Plan) losses() []string {
	var out []string
	for _, w := range p.Wukongs {
		for _, d := range w.Lost {
			out = append(out, fmt.Sprintf("DATA LOSS: %s: disk %s is deleted with its data: %s %s%s", w.title(), d.Name, d.Kind, d.Object, d.size()))
		}
	}
	return out
}

// words returns the summary as a sentence.
func (s Summary) words() string {
	var out []string
	count := func(n int, one, many string) {
		switch {
		case n == 1:
			out = append(out, "1 "+one)
		case n > 1:
			out = append(out, fmt.Sprintf("%d %s", n, many))
		}
	}
	count(s.Lost, "disk is deleted with its data", "disks are deleted with their data")
	count(s.Deleted, "Wukong is deleted", "Wukongs are deleted")
	count(s.Refused, "change is refused", "changes are refused")
	count(s.Stopped, "virtual machine is stopped", "virtual machines are stopped")
	count(s.Restarts, "Wukong waits for a restart", "Wukongs wait for a restart")
	count(s.Changed, "Wukong changes", "Wukongs change")
	count(s.Created, "Wukong is created", "Wukongs are created")
	count(s.Kept, "Wukong stays as it is", "Wukongs stay as they are")
	return cmp.Or(strings.Join(out, ", "), "there is no Wukong")
}

// symbols begin the lines of changes.
var symbols = map[Action]string{Create: "+", Change: "~", Delete: "-"}

// text returns the plan for people, in lines of at most 80 columns but for names and values that are longer.
func (p Plan) text(color bool) string {
	paint := func(c, s string) string {
		if !color {
			return s
		}
		return c + s + plain
	}
	var b strings.Builder
	for _, l := range p.losses() {
		var line strings.Builder
		text.Wrap(&line, width, "", "  ", l)
		b.WriteString(paint(red, strings.TrimSuffix(line.String(), "\n")) + "\n")
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	for _, w := range p.Wukongs {
		if w.Action == Keep {
			continue
		}
		fmt.Fprintf(&b, "Wukong %s %s\n", w.title(), verb(w.Action))
		for _, d := range w.Kept {
			text.Wrap(&b, width, "  = ", "      ", fmt.Sprintf("disk %s stays with its data: %s %s%s", d.Name, d.Kind, d.Object, d.size()))
		}
		w.writeChanges(&b, paint)
		b.WriteString("\n")
	}
	text.Wrap(&b, width, "", "  ", "Plan: "+p.Summary.words()+".")
	return b.String()
}

// verb returns what becomes of a Wukong.
func verb(a Action) string {
	switch a {
	case Create:
		return "is created"
	case Delete:
		return "is deleted"
	default:
		return "changes"
	}
}

// writeChanges writes the changes of a Wukong, one below the other.
func (w Wukong) writeChanges(b *strings.Builder, paint func(color, s string) string) {
	names, effects := 0, 0
	for _, c := range w.Changes {
		names, effects = max(names, text.Columns(c.name())), max(effects, text.Columns(string(c.Effect)))
	}
	names = min(names, 32)
	for _, c := range w.Changes {
		head := fmt.Sprintf("  %s %-*s  %-*s", symbols[c.Action], names, c.name(), effects, string(c.Effect))
		values := c.values()
		line := head + "  " + values
		if text.Columns(line) > width {
			line = strings.TrimRight(head, " ")
		}
		b.WriteString(paint(colorOf(c.Effect), strings.TrimRight(line, " ")) + "\n")
		if values != "" && text.Columns(head+"  "+values) > width {
			text.Wrap(b, width, "      ", "      ", values)
		}
		if c.Message != "" {
			text.Wrap(b, width, "      ", "      ", message.Clean(c.Message))
		}
	}
}

// colorOf returns the color of an effect.
func colorOf(e plan.Effect) string {
	switch e {
	case plan.EffectDataLoss, plan.EffectRefused:
		return red
	case plan.EffectRestart, plan.EffectNewDisk, plan.EffectStop:
		return yellow
	default:
		return green
	}
}

// name returns what a change is about.
func (c FieldChange) name() string {
	switch {
	case c.Field != "":
		return c.Field
	case c.Path != "":
		return c.Object + " " + c.Path
	default:
		return c.Object
	}
}

// values returns the values before and after: FROM -> TO.
func (c FieldChange) values() string {
	switch {
	case c.From == "" && c.To == "":
		return ""
	case c.From == "":
		return c.To
	case c.To == "":
		return "was " + c.From
	default:
		return c.From + " -> " + c.To
	}
}

// markdown returns the plan as a comment on a pull request.
func (p Plan) markdown() string {
	var b strings.Builder
	b.WriteString("### Plan of the virtual machines\n\n")
	for _, l := range p.losses() {
		fmt.Fprintf(&b, "> [!CAUTION]\n> **%s**\n\n", cell(l))
	}
	fmt.Fprintf(&b, "%s.\n", capitalized(p.Summary.words()))
	for _, w := range p.Wukongs {
		if w.Action == Keep {
			continue
		}
		fmt.Fprintf(&b, "\n#### %s %s\n", cell(w.title()), verb(w.Action))
		for _, d := range w.Kept {
			fmt.Fprintf(&b, "\nDisk %s stays with its data: %s %s%s.\n", cell(d.Name), d.Kind, cell(d.Object), d.size())
		}
		if len(w.Changes) == 0 {
			continue
		}
		b.WriteString("\n| | field | effect | from | to | |\n|---|---|---|---|---|---|\n")
		for _, c := range w.Changes {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", symbols[c.Action], code(c.name()), c.bold(), code(c.From), code(c.To), cell(c.Message))
		}
	}
	return b.String()
}

// capitalized returns a sentence with a capital letter.
func capitalized(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// bold returns the effect, in bold type where it costs something.
func (c FieldChange) bold() string {
	if c.class() == ClassChange && c.Effect != plan.EffectRefused {
		return string(c.Effect)
	}
	return "**" + string(c.Effect) + "**"
}

// markup are the characters that mean something to Markdown or HTML.
var markup = strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "`", "'", "@", "&#64;")

// cell returns a text as it is.
func cell(s string) string { return markup.Replace(message.Clean(s)) }

// code returns a value in the type of code; empty for none.
func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + strings.NewReplacer("`", "'", "|", `\|`).Replace(message.Clean(s)) + "`"
}
