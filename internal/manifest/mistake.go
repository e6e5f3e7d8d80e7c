package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/internal/message"
)

// A mistake is what is wrong with a text.
type mistake struct {
	// line of the text, from 1.
	line int
	text string

	// other reports that the text is YAML, and no manifest.
	other bool
}

// isOther reports whether the text is YAML, and no manifest.
func (m mistake) isOther() bool { return m.other }

// What is wrong with a file, or its YAML.
var (
	msgNoManifest = message.New(message.Report, "file-no-manifest", "is no Kubernetes manifest, which begins with apiVersion and kind")
	msgNoObject   = message.New(message.Report, "file-no-object", "is no object, as the items of a list are")
	msgNotText    = message.New(message.Report, "file-not-text", "is no text in UTF-8: {reason}")

	msgTab         = message.New(message.Report, "yaml-tab", "there is a tab, and YAML is indented with spaces: replace it")
	msgTemplate    = message.New(message.Report, "yaml-template", "this is a template: render it first, as with helm template . | function-wukong render -")
	msgTwice       = message.New(message.Report, "yaml-key-twice", "the key {value} is there twice: remove one")
	msgIndentation = message.New(message.Report, "yaml-indentation", "is indented differently from what it belongs to: fields of one object, and items of one list, begin in one column")
	msgColon       = message.New(message.Report, "yaml-colon", "a key lacks its colon, or the space after it: write KEY: VALUE")
	msgColons      = message.New(message.Report, "yaml-colons", "has a colon and a space inside a value: put the value in quotes, or the key on a line of its own")
	msgUnclosed    = message.New(message.Report, "yaml-unclosed", "a quote or a bracket that opens here is not closed")
	msgEscape      = message.New(message.Report, "yaml-escape", "there is no such escape, and in double quotes a backslash begins one: use single quotes")
	msgAnchor      = message.New(message.Report, "yaml-anchor", "begins with *, and names an anchor that there is not: put the value in quotes")
	msgCharacter   = message.New(message.Report, "yaml-character", "a value begins with a character that YAML reserves: put the value in quotes")
	msgConflict    = message.New(message.Report, "yaml-conflict", "is what Git leaves of a merge with a conflict: resolve it first")
	msgNotYAML     = message.New(message.Report, "yaml-other", "is no YAML: {reason}")
)

// explanations are what the errors of the YAML parser mean, by a part of their text.
var explanations = []struct {
	text    string
	message message.Message
}{
	{"mapping values are not allowed", msgColons},
	{"could not find expected ':'", msgColon},
	{"did not find expected key", msgIndentation},
	{"did not find expected '-' indicator", msgIndentation},
	{"block sequence entries are not allowed", msgIndentation},
	{"found unexpected end of stream", msgUnclosed},
	{"did not find expected ',' or", msgUnclosed},
	{"did not find expected node content", msgUnclosed},
	{"found unknown escape character", msgEscape},
	{"unknown anchor", msgAnchor},
	{"did not find expected alphabetic or numeric character", msgAnchor},
	{"found character that cannot start any token", msgCharacter},
}

var (
	// indentingTab matches a line that is indented with a tab.
	indentingTab = regexp.MustCompile(`^ *\t`)

	// conflict matches a line with which Git marks a conflict.
	conflict = regexp.MustCompile(`^(<{7}|>{7}) `)

	// key matches a line with a key and its colon, and colonInValue one whose value has another.
	key          = regexp.MustCompile(`^\s*(- +)*[^\s:][^:]*:(\s|$)`)
	colonInValue = regexp.MustCompile(`^\s*(- +)*[^\s:][^:]*: .*:(\s|$)`)

	// lineNumber matches the place in an error of the parser, and what precedes it.
	lineNumber = regexp.MustCompile(`^.*yaml: (unmarshal errors:\s*)?(line (\d+): )?`)

	// quoted matches a value that the parser quotes.
	quoted = regexp.MustCompile("`[^`]*`")

	// keyTwice matches an error about a key that is there twice.
	keyTwice = regexp.MustCompile(`line (\d+): key (".*") already set in map`)
)

// explain returns what is wrong with a text that the parser refuses.
func explain(b []byte, err error) mistake {
	lines := strings.Split(string(b), "\n")
	at := brokenLine(lines, err)
	line := lines[at-1]
	if i := slices.IndexFunc(lines, conflict.MatchString); i >= 0 {
		return mistake{line: i + 1, text: msgConflict.String()}
	}
	switch {
	case indentingTab.MatchString(line):
		return mistake{line: at, text: msgTab.String()}
	case strings.Contains(line, "{{"), strings.Contains(line, "{%"), strings.Contains(err.Error(), "invalid map key"):
		return mistake{line: at, text: msgTemplate.String()}
	case strings.Contains(err.Error(), "mapping values are not allowed") && !colonInValue.MatchString(line):
		// The line continues the value of the one before, which has no key, or is a value that ends there.
		if before := lineBefore(lines, at); before > 0 && !key.MatchString(lines[before-1]) {
			return mistake{line: before, text: msgColon.String()}
		}
		return mistake{line: at, text: msgIndentation.String()}
	}
	for _, e := range explanations {
		if strings.Contains(err.Error(), e.text) {
			return mistake{line: at, text: e.message.String()}
		}
	}
	// What the parser quotes may be a secret.
	return mistake{line: at, text: msgNotYAML.With(quoted.ReplaceAllString(lineNumber.ReplaceAllString(err.Error(), ""), "a value"))}
}

// maxBisected is the number of lines up to which the broken one is looked for. That takes time with the square of the number.
const maxBisected = 2000

// brokenLine returns the line from which on a text can no longer be parsed. The parser itself names that on which the surrounding object begins,
// or the next one.
func brokenLine(lines []string, err error) int {
	named := 1
	if m := lineNumber.FindStringSubmatch(err.Error()); m != nil && m[3] != "" {
		named, _ = strconv.Atoi(m[3])
	}
	if len(lines) <= maxBisected {
		for n := len(lines) - 1; n >= 0; n-- {
			var value any
			if yaml.Unmarshal([]byte(strings.Join(lines[:n], "\n")), &value) == nil {
				named = n + 1
				break
			}
		}
	}
	for named < len(lines) && isBlank(lines[named-1]) {
		named++
	}
	return min(max(named, 1), len(lines))
}

// lineBefore returns the last line before another one that is not blank; 0 for none.
func lineBefore(lines []string, at int) int {
	for n := at - 1; n > 0; n-- {
		if !isBlank(lines[n-1]) {
			return n
		}
	}
	return 0
}

// isBlank reports whether a line holds nothing but space or a comment.
func isBlank(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || strings.HasPrefix(line, "#")
}

// firstLine returns the first line of a text that is not blank.
func firstLine(b []byte) int {
	for i, line := range strings.Split(string(b), "\n") {
		if !isBlank(line) {
			return i + 1
		}
	}
	return 1
}

// duplicates returns the keys that are there twice, by the error of the strict parser.
func duplicates(err error) []mistake {
	if err == nil {
		return nil
	}
	var out []mistake
	for _, m := range keyTwice.FindAllStringSubmatch(err.Error(), -1) {
		line, _ := strconv.Atoi(m[1])
		out = append(out, mistake{line: line, text: msgTwice.With(m[2])})
	}
	return out
}

// notText returns why a file is no text; empty for text.
func notText(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte{0x1f, 0x8b}):
		return msgNotText.With("it is compressed by gzip, so decompress it first")
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return msgNotText.With("it is UTF-16, so save it as UTF-8")
	case !utf8.Valid(b):
		return msgNotText.With("it has bytes that are no characters")
	case bytes.IndexByte(b, 0) >= 0:
		return msgNotText.With("it has bytes that are 0")
	}
	return ""
}

// reason returns why a file cannot be read, without the operation and the name that Go's errors begin with.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// field returns the path of a list's item.
func field(list string, index int) string { return fmt.Sprintf("%s[%d]", list, index) }
