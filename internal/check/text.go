package check

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/kubevirt"
)

const (
	// width is the largest number of columns of a report.
	width = 80

	// labelWidth and valueWidth are those of the first column of a table, and of the others.
	labelWidth = 40
	valueWidth = 12

	cut = "..."
)

// WriteText writes the report for people, but for the findings: what the Wukongs of each namespace take, and what a drain does to virtual machines. Lines have
// at most 80 columns.
func (r Report) WriteText(w io.Writer) error {
	t := &textWriter{out: bufio.NewWriter(w)}
	for _, ns := range r.Namespaces {
		t.namespace(ns)
	}
	if len(r.Nodes) > 0 {
		t.line("%s", "All nodes")
		t.shares("RESOURCE", "ALLOCATABLE", r.Nodes)
		t.line("")
	}
	t.drains(r.VirtualMachines)
	for _, u := range r.Unknown {
		t.paragraph("", "Not known: "+u)
	}
	return t.out.Flush()
}

// A textWriter writes a report for people. The writer behind it keeps the first error until it is flushed.
type textWriter struct{ out *bufio.Writer }

// line writes one line.
func (t *textWriter) line(format string, args ...any) {
	_, _ = t.out.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
}

// row writes a row of a table: a label at the left, and values at the right of their columns.
func (t *textWriter) row(label string, values ...string) {
	var b strings.Builder
	fmt.Fprintf(&b, "  %-*s", labelWidth, shortened(label, labelWidth))
	for _, v := range values {
		fmt.Fprintf(&b, "%*s", valueWidth, shortened(v, valueWidth-1))
	}
	t.line("%s", b.String())
}

// shortened returns a text of at most n characters: the beginning and the end of a longer one.
func shortened(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)
	end := (n - len(cut)) / 2
	return string(runes[:n-len(cut)-end]) + cut + string(runes[len(runes)-end:])
}

// paragraph writes a text in lines that are indented, and of which only a word that is too long has more columns than a report.
func (t *textWriter) paragraph(indent, text string) {
	line := indent
	for _, word := range strings.Fields(text) {
		if line != indent && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			t.line("%s", line)
			line = indent + "  "
		} else if line != indent {
			line += " "
		}
		line += shortened(word, width-len(indent)-2)
	}
	t.line("%s", line)
}

// namespace writes what the Wukongs of a namespace take.
func (t *textWriter) namespace(ns Namespace) {
	t.line("Namespace %s: %s, %d running", shortened(ns.Name, labelWidth), counted(int64(ns.VirtualMachines), "virtual machine"), ns.Running)
	if ns.UnknownSize > 0 {
		t.paragraph("  ", fmt.Sprintf("CPU and memory of %d are not known, and not counted.", ns.UnknownSize))
	}
	t.row("REQUESTED BY PODS", "REQUESTS", "LIMITS")
	for _, name := range resourceNames(ns.Requests, ns.Limits) {
		t.row(string(name), orNone(name, ns.Requests), orNone(name, ns.Limits))
	}
	if len(ns.Storage) > 0 {
		t.row("STORAGE CLASS", "CLAIMS", "SIZE")
	}
	for _, s := range ns.Storage {
		size := bytesOf(s.Size.Value())
		if s.Estimated {
			size = "~" + size
		}
		class := s.Class
		if class == "" {
			class = "(default)"
		}
		t.row(class, strconv.FormatInt(s.Claims, 10), size)
	}
	for _, s := range ns.Storage {
		if s.UnknownSizes > 0 {
			t.paragraph("  ", fmt.Sprintf("The size of %s is that of what is cloned, which is not known, and not counted.", counted(s.UnknownSizes, "claim")))
		}
	}
	for _, q := range ns.Quotas {
		t.shares("QUOTA "+q.Name, "HARD", q.Shares)
	}
	if m := ns.Headroom.Migration; len(m) > 0 {
		t.paragraph("  ", fmt.Sprintf("A live migration takes up to %s of CPU and %s of memory more.", orNone(corev1.ResourceCPU, m), orNone(corev1.ResourceMemory, m)))
	}
	if a := ns.Headroom.Attachment; len(a) > 0 {
		t.paragraph("  ", fmt.Sprintf("Attaching or detaching a disk takes up to %s of CPU and %s of memory more, for a moment.",
			orNone(corev1.ResourceCPU, a), orNone(corev1.ResourceMemory, a)))
	}
	if q, imports := ns.Headroom.Import[corev1.ResourceRequestsStorage]; imports && !q.IsZero() {
		t.paragraph("  ", fmt.Sprintf("An import takes up to %s of storage more, until it is done.", bytesOf(q.Value())))
	}
	t.line("")
}

// shares writes a table of limited resources.
func (t *textWriter) shares(title, limit string, shares []Share) {
	t.row(title, "USED", limit, "")
	for _, s := range shares {
		over := ""
		if s.Exceeded != nil {
			over = "EXCEEDED"
		}
		t.row(string(s.Resource), quantity(s.Resource, s.Used), quantity(s.Resource, s.Hard), over)
	}
}

// resourceNames returns the names of resources in several lists: CPU and memory, then the others.
func resourceNames(lists ...corev1.ResourceList) []corev1.ResourceName {
	var out []corev1.ResourceName
	for _, l := range lists {
		for name := range l {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	first := []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory}
	isFirst := func(name corev1.ResourceName) bool { return slices.Contains(first, name) }
	first = slices.DeleteFunc(first, func(name corev1.ResourceName) bool { return !slices.Contains(out, name) })
	return append(first, slices.DeleteFunc(out, isFirst)...)
}

// orNone returns a quantity in a list; - for none.
func orNone(name corev1.ResourceName, list corev1.ResourceList) string {
	q, ok := list[name]
	if !ok {
		return "-"
	}
	return quantity(name, q)
}

// verdicts are the words for verdicts, in a summary and of one virtual machine.
var verdicts = map[kubevirt.Verdict]struct{ all, one string }{
	kubevirt.VerdictNotRunning: {all: "not running", one: "is not running"},
	kubevirt.VerdictMigrates:   {all: "moved while running", one: "is moved while it runs"},
	kubevirt.VerdictRestarts:   {all: "shut down and started on another node", one: "is shut down and started on another node"},
	kubevirt.VerdictStaysDown:  {all: "shut down for good", one: "is shut down, and stays so"},
	kubevirt.VerdictExternal:   {all: "left to another controller", one: "is left to another controller"},
	kubevirt.VerdictBlocks:     {all: "in its way for ever", one: "makes the drain wait for ever"},
	VerdictUnknown:             {all: "not known", one: "is not known"},
}

// drains writes what a drain does: how many virtual machines of each verdict there are, and each one that is neither moved nor started again.
func (t *textWriter) drains(machines []VirtualMachine) {
	counts := map[kubevirt.Verdict]int{}
	for _, m := range machines {
		counts[m.Drain.Verdict]++
	}
	var parts []string
	for _, v := range append(kubevirt.Verdicts(), VerdictUnknown) {
		if counts[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[v], verdicts[v].all))
		}
	}
	if len(parts) == 0 {
		return
	}
	t.paragraph("", "Drain of a node: "+strings.Join(parts, ", ")+".")
	for _, m := range machines {
		if isClean(m.Drain.Verdict) {
			continue
		}
		text := m.Wukong + " " + verdicts[m.Drain.Verdict].one
		if m.Drain.Verdict == VerdictUnknown {
			text = fmt.Sprintf("%s %s, or it %s", m.Wukong, verdicts[m.Drain.Best].one, verdicts[m.Drain.Worst].one)
		}
		t.paragraph("  ", text)
		for _, reason := range m.Drain.Reasons {
			t.paragraph("    ", reason.String())
		}
	}
	t.line("")
}

// isClean reports whether a drain leaves a virtual machine running somewhere, or has nothing to do.
func isClean(v kubevirt.Verdict) bool {
	return v == kubevirt.VerdictNotRunning || v == kubevirt.VerdictMigrates || v == kubevirt.VerdictRestarts
}

// counted returns a number of things.
func counted(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
