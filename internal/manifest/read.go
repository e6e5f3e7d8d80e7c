package manifest

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// Stdin is the path that stands for standard input.
const Stdin = "-"

// stdinName is the name of standard input in positions.
const stdinName = "<stdin>"

// A Reader reads manifests.
type Reader struct {
	// Stdin is what the path - stands for.
	Stdin io.Reader

	// Recursive reads the folders in folders, too.
	Recursive bool

	// Revision is the Git revision whose files are read; empty for the files as they are.
	Revision string
}

// Read returns the objects of files and folders, and of the lists in them, with everything that is wrong with their YAML.
func (r Reader) Read(ctx context.Context, paths ...string) ([]Document, []Problem) {
	var docs []Document
	var problems []Problem
	for _, path := range paths {
		files, err := r.files(ctx, path)
		if err != nil {
			problems = append(problems, Problem{Position: Position{File: cmp.Or(r.name(path), `""`)}, Severity: Error, Text: reason(err)})
			continue
		}
		for _, f := range files {
			d, p := parse(f)
			docs, problems = append(docs, d...), append(problems, p...)
		}
	}
	return docs, problems
}

// name returns the name of a path in messages.
func (r Reader) name(path string) string {
	switch {
	case path == Stdin:
		return stdinName
	case r.Revision != "":
		return r.Revision + ":" + path
	default:
		return path
	}
}

// A file is a file's content.
type file struct {
	name     string
	content  []byte
	inFolder bool

	// err is why the file cannot be read.
	err error
}

// parse returns the objects of a file, and what is wrong with it.
func parse(f file) ([]Document, []Problem) {
	if f.err != nil {
		return nil, []Problem{{Position: Position{File: f.name}, Severity: Error, Text: reason(f.err)}}
	}
	if m := notText(f.content); m != "" {
		return nil, []Problem{{Position: Position{File: f.name}, Severity: Error, Text: m}}
	}
	var docs []Document
	var problems []Problem
	for _, t := range split(f) {
		object, mistakes := t.object()
		if f.inFolder && object == nil && slices.ContainsFunc(mistakes, mistake.isOther) {
			// Folders hold other files, too.
			continue
		}
		for _, m := range mistakes {
			problems = append(problems, Problem{Position: Position{File: f.name, Line: t.first + m.line - 1}, Severity: Error, Text: m.text})
		}
		if object == nil {
			continue
		}
		d := Document{InFolder: f.inFolder, Damaged: len(mistakes) > 0, text: t}
		d.Object = object
		items, p := itemsOf(d)
		docs, problems = append(docs, items...), append(problems, p...)
	}
	return docs, problems
}

// object returns the object of the text, as kubectl reads it; nil for none. A key that is there twice is a mistake, and does not hide others.
func (t *text) object() (map[string]any, []mistake) {
	var value any
	err := yaml.UnmarshalStrict(t.bytes, &value)
	twice := duplicates(err)
	if len(twice) > 0 {
		err = yaml.Unmarshal(t.bytes, &value)
	}
	if err != nil {
		return nil, []mistake{explain(t.bytes, err)}
	}
	object, isObject := value.(map[string]any)
	switch {
	case value == nil:
		return nil, nil
	case !isObject:
		return nil, []mistake{{line: firstLine(t.bytes), text: msgNoManifest.String(), other: true}}
	}
	return object, twice
}

// itemsOf returns the items of a list as kubectl prints it, and any other object by itself.
func itemsOf(d Document) ([]Document, []Problem) {
	items, isList := d.Object["items"].([]any)
	if !isList || !strings.HasSuffix(d.GetKind(), "List") {
		return []Document{d}, nil
	}
	var out []Document
	var problems []Problem
	for i, item := range items {
		object, ok := item.(map[string]any)
		within := d.Within(field("items", i), object)
		if !ok {
			problems = append(problems, within.Problem(Error, "", msgNoObject.String()))
			continue
		}
		out = append(out, within)
	}
	return out, problems
}

// separator begins a line between two YAML documents.
var separator = []byte("---")

// split returns the YAML documents of a file.
func split(f file) []*text {
	var out []*text
	t := &text{file: f.name, first: 1}
	line := 0
	for rest := f.content; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n') + 1
		if end == 0 {
			end = len(rest)
		}
		line++
		switch {
		case isSeparator(rest[:end]):
			// The rest of the line belongs to the document that it begins.
			out, t = append(out, t), &text{file: f.name, first: line}
			t.bytes = append(t.bytes, rest[len(separator):end]...)
		case rest[0] == '%' && len(bytes.TrimSpace(t.bytes)) == 0:
			// A directive, such as %YAML 1.1, says nothing that is read.
			t.bytes = append(t.bytes, '\n')
		default:
			t.bytes = append(t.bytes, rest[:end]...)
		}
		rest = rest[end:]
	}
	return append(out, t)
}

// isSeparator reports whether a line separates documents.
func isSeparator(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, separator)
	return ok && (len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0)
}
