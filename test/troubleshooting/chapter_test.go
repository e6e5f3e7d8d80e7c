// Package troubleshooting compares docs/troubleshooting.md with the messages of the function. Each entry of the chapter has a scenario that
// reports its message. Each message in a scenario, a test or an example of the repository has an entry.
package troubleshooting

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the path of the repository.
const root = "../.."

// An entry of the chapter explains a message.
type entry struct {
	// text of the message, with words in capitals as placeholders.
	text string

	// kind is the first cell in the head of the table; message for a heading.
	kind string

	// pattern matches the message.
	pattern *regexp.Regexp
}

// Kinds of entries. A refusal, advice and a finding are about a field, whose path comes before the text.
const (
	kindMessage = "message"
	kindRefusal = "refusal"
	kindAdvice  = "advice"
	kindFinding = "finding"
)

const (
	namePattern  = `[A-Za-z0-9][-A-Za-z0-9._/]*`
	fieldPattern = `[a-z][A-Za-z]*(?:\.[^.:\[\]]*|\[[^\]]*\])*`
	thingPattern = `(?:(?:network|disk) ` + namePattern + `|cloud-init data|VM)`

	// errorTypePattern matches the type of a field.Error, and the value that some types have.
	errorTypePattern = `(?:Invalid value: (?:(?s:.*): )?|Required value: |Forbidden: |Unsupported value: (?:(?s:.*): )?|Too many: \d+: |Too long: )`
)

// placeholders are the patterns of the words in capitals.
var placeholders = map[string]string{
	"THING":     thingPattern,
	"NETWORKS":  `network ` + namePattern + `(?:, network ` + namePattern + `)*(?: and \d+ more)?`,
	"FIELD":     fieldPattern + `(?:: (?:true|false))?`,
	"NAME":      `(?:DataSource |VirtualMachineSnapshot |Wukong )?` + namePattern,
	"WUKONG":    namePattern,
	"NAMESPACE": namePattern,
	"DISK":      namePattern,
	"DISKS":     `disk ` + namePattern + `(?:, disk ` + namePattern + `)*(?: and \d+ more)?`,
	"NAMES":     namePattern + `(?:, ` + namePattern + `)*(?: and \d+ more)?`,
	"SNAPSHOTS": namePattern + `(?:, ` + namePattern + `)*(?: and \d+ more)?`,
	"KEY":       namePattern,
	"UID":       namePattern,
	"ID":        `[0-9a-f]+`,
	"CLASS":     namePattern,
	"KIND":      `[A-Za-z][-A-Za-z.0-9]*`,
	"TYPE":      `[a-z]+`,
	"TASK":      `(?:import|clone|upload)`,
	"VERB":      `[a-z]+`,
	"FEATURE":   `[a-z ]+`,
	"FIELDS":    `[A-Za-z.,0-9 \[\]-]+`,
	"PHASE":     `[A-Z][A-Za-z]+`,
	"NUMBER":    `\d+`,
	"SIZE":      `[0-9.]+[A-Za-z]*`,
	"PERCENT":   `[0-9.]+%`,
	"FILE":      `.+`,
	"LIMIT":     `[a-z][A-Za-z]*`,
	"MAXIMUM":   `[0-9.]+[A-Za-z]*`,
	"ALLOWED":   `.+`,
	"VALUE":     `(?s:.*)`,
	"VALUES":    `.+`,
	"REASON":    `(?s:.+)`,
	"REFUSAL":   `(?s:.+)`,
}

var (
	placeholder = regexp.MustCompile(`\b[A-Z]+\b`)
	codeSpan    = regexp.MustCompile("`([^`]+)`")
)

// newEntry returns an entry. Before the text of a refusal, its pattern matches the path and the type of a field.Error of Kubernetes.
func newEntry(kind, text string) entry {
	pattern := placeholder.ReplaceAllStringFunc(regexp.QuoteMeta(text), func(word string) string {
		if p, ok := placeholders[word]; ok {
			return p
		}
		return word
	})
	switch kind {
	case kindRefusal:
		pattern = fieldPattern + `: ` + errorTypePattern + pattern
	case kindAdvice, kindFinding:
		pattern = fieldPattern + `: ` + pattern
	}
	return entry{text: text, kind: kind, pattern: regexp.MustCompile(`^` + pattern + `$`)}
}

// chapter returns the entries of the chapter. They are the code in headings of the fourth level, and in the first column of tables of a kind.
func chapter(t *testing.T) []entry {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "docs/troubleshooting.md"))
	if err != nil {
		t.Fatal(err)
	}
	var out []entry
	kind := ""
	for _, line := range strings.Split(string(b), "\n") {
		cells := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|")
		switch {
		case strings.HasPrefix(line, "#### `"):
			out = append(out, entries(kindMessage, line)...)
		case len(cells) < 3:
			kind = ""
		case kind == "":
			kind = strings.TrimSpace(cells[1])
		case slices.Contains([]string{kindMessage, kindRefusal, kindAdvice, kindFinding}, kind):
			out = append(out, entries(kind, strings.ReplaceAll(cells[1], "\x00", "|"))...)
		}
	}
	if len(out) == 0 {
		t.Fatal("found no messages in the chapter")
	}
	return out
}

// entries returns an entry for each piece of code in a line.
func entries(kind, line string) []entry {
	var out []entry
	for _, m := range codeSpan.FindAllStringSubmatch(line, -1) {
		out = append(out, newEntry(kind, m[1]))
	}
	return out
}

// matching returns the entries whose patterns match a message.
func matching(entries []entry, message string) []entry {
	var out []entry
	for _, e := range entries {
		if e.pattern.MatchString(message) {
			out = append(out, e)
		}
	}
	return out
}

// nextError matches the beginning of an error about another field in a list of errors.
var nextError = regexp.MustCompile(
	`, (spec|metadata|target|providerConfigRef|defaults|cluster|limits|sharedNetworkNamespaces|sharedImageNamespaces|action|namespace|name|selector|snapshot)(\.[^:\[]*(\[[^\]]*\])?)*: ` +
		`(Invalid|Required|Forbidden|Unsupported|Too|Duplicate)`)

// splitErrors returns the errors in a list that Kubernetes writes, or the message alone. It drops the last error of a shortened list.
func splitErrors(message string) []string {
	list, ok := strings.CutPrefix(message, "[")
	if ok && strings.HasSuffix(list, "...") {
		at := nextError.FindAllStringIndex(list, -1)
		if len(at) == 0 {
			return nil
		}
		list = list[:at[len(at)-1][0]] + "]"
	}
	if !ok || !strings.HasSuffix(list, "]") {
		return []string{message}
	}
	list = strings.TrimSuffix(list, "]")
	var out []string
	for {
		at := nextError.FindStringIndex(list)
		if at == nil {
			return append(out, list)
		}
		out = append(out, list[:at[0]])
		list = list[at[0]+len(", "):]
	}
}
