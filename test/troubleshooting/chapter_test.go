// Package troubleshooting holds docs/troubleshooting.md to what the function really says: each message that the chapter explains is told
// in some scenario, and each message that is told, here or in the tests and examples of the repository, is explained there.
package troubleshooting

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root of the repository.
const root = "../.."

// An entry of the chapter explains a message.
type entry struct {
	// text of the message, with words in capitals for what differs.
	text string

	// kind of the entry: the first cell in the head of its table, or message for a heading.
	kind string

	pattern *regexp.Regexp
}

// Kinds of entries. A refusal and advice are about a field, whose path comes before the text.
const (
	kindMessage = "message"
	kindRefusal = "refusal"
	kindAdvice  = "advice"
)

const (
	name  = `[A-Za-z0-9][-A-Za-z0-9._/]*`
	field = `[a-z][A-Za-z]*(?:\.[^.:\[\]]*|\[[^\]]*\])*`
	thing = `(?:(?:network|disk) ` + name + `|cloud-init data|VM)`
)

// placeholders are what the words in capitals stand for.
var placeholders = map[string]string{
	"THING":     thing,
	"NETWORKS":  `network ` + name + `(?:, network ` + name + `)*(?: and \d+ more)?`,
	"FIELD":     field,
	"NAME":      name,
	"WUKONG":    name,
	"NAMESPACE": name,
	"DISK":      name,
	"KEY":       name,
	"UID":       name,
	"ID":        `[0-9a-f]+`,
	"CLASS":     name,
	"KIND":      `[A-Za-z][-A-Za-z.0-9]*`,
	"TYPE":      `[a-z]+`,
	"VERB":      `[a-z]+`,
	"FEATURE":   `[a-z ]+`,
	"PHASE":     `[A-Z][A-Za-z]+`,
	"NUMBER":    `\d+`,
	"SIZE":      `[0-9.]+[A-Za-z]*`,
	"PERCENT":   `[0-9.]+%`,
	"FILE":      `.+`,
	"VALUE":     `(?s:.*)`,
	"REASON":    `(?s:.+)`,
}

var (
	placeholder = regexp.MustCompile(`\b[A-Z]+\b`)
	codeSpan    = regexp.MustCompile("`([^`]+)`")
)

// newEntry makes the pattern of an entry. What stands before a refusal is how Kubernetes writes an error about a field.
func newEntry(kind, text string) entry {
	pattern := placeholder.ReplaceAllStringFunc(regexp.QuoteMeta(text), func(word string) string {
		if p, ok := placeholders[word]; ok {
			return p
		}
		return word
	})
	switch kind {
	case kindRefusal:
		pattern = field + `: (?:Invalid value: (?:(?s:.*): )?|Required value: |Forbidden: |Unsupported value: (?:(?s:.*): )?|Too many: \d+: |Too long: )` + pattern
	case kindAdvice:
		pattern = field + `: ` + pattern
	}
	return entry{text: text, kind: kind, pattern: regexp.MustCompile(`^` + pattern + `$`)}
}

// chapter reads the entries: code in headings of the fourth level, and in the first column of tables whose head names a kind.
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
		case slices.Contains([]string{kindMessage, kindRefusal, kindAdvice}, kind):
			out = append(out, entries(kind, strings.ReplaceAll(cells[1], "\x00", "|"))...)
		}
	}
	if len(out) == 0 {
		t.Fatal("found no messages in the chapter")
	}
	return out
}

func entries(kind, line string) []entry {
	var out []entry
	for _, m := range codeSpan.FindAllStringSubmatch(line, -1) {
		out = append(out, newEntry(kind, m[1]))
	}
	return out
}

// told are the entries that explain a message.
func told(entries []entry, message string) []entry {
	var out []entry
	for _, e := range entries {
		if e.pattern.MatchString(message) {
			out = append(out, e)
		}
	}
	return out
}

// next is where an error about another field begins in a list of several.
var next = regexp.MustCompile(`, (spec|metadata|target|providerConfigRef|defaults|cluster|sharedNetworkNamespaces|action|namespace|name)(\.[^ :\[]*(\[[^\]]*\])?)*: (Invalid|Required|Forbidden|Unsupported|Too|Duplicate)`)

// single are the errors of a list as Kubernetes writes it, or the message alone. Of a list that is too long the end is missing.
func single(message string) []string {
	list, ok := strings.CutPrefix(message, "[")
	if ok && strings.HasSuffix(list, "...") {
		at := next.FindAllStringIndex(list, -1)
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
		at := next.FindStringIndex(list)
		if at == nil {
			return append(out, list)
		}
		out = append(out, list[:at[0]])
		list = list[at[0]+len(", "):]
	}
}
