// Package manifest reads Kubernetes manifests from files, folders, lists, standard input and Git revisions, as kubectl does, and knows the line
// of each of their fields.
//
// It goes on after a mistake, so that one run tells of all of them.
package manifest

import (
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A Document is an object of a file.
type Document struct {
	unstructured.Unstructured

	// InFolder reports whether the file was found in a folder, rather than named itself.
	InFolder bool

	// Damaged reports that a problem was found in the document, though it could be read.
	Damaged bool

	// text that the object is in.
	text *text

	// base is the path of the object in the text: that of a list's item, or empty.
	base string
}

// A text is a YAML document of a file.
type text struct {
	file string

	// first is the line of the file at which the text begins.
	first int

	bytes []byte

	// root is the parsed text; nil until a line is asked for.
	root *yaml.Node
}

// Title returns the name of the object in messages: KIND NAMESPACE/NAME, without the parts that it lacks.
func (d Document) Title() string {
	name := d.GetName()
	if d.GetNamespace() != "" {
		name = d.GetNamespace() + "/" + name
	}
	return strings.TrimSpace(d.GetKind() + " " + name)
}

// File returns the name of the document's file; empty for a document that is in none.
func (d Document) File() string {
	if d.text == nil {
		return ""
	}
	return d.text.file
}

// Position returns the line of a field, by its path as k8s.io/apimachinery/pkg/util/validation/field writes it. Where there is no such field,
// it is the line of the innermost one around it that there is.
func (d Document) Position(field string) Position {
	if d.text == nil {
		return Position{}
	}
	path := d.base
	if path != "" && field != "" {
		path += "."
	}
	return Position{File: d.text.file, Line: d.text.line(path + field)}
}

// Problem returns a problem of the document at a field.
func (d Document) Problem(s Severity, field, text string) Problem {
	return Problem{Position: d.Position(field), Severity: s, Field: field, Text: text}
}

// Within returns the object at a path of the document as a document of its own, such as the Input in a Composition.
func (d Document) Within(path string, object map[string]any) Document {
	out := d
	out.Object = object
	if d.base != "" && path != "" {
		path = d.base + "." + path
	}
	out.base = path
	return out
}

// line returns the line of the file at which a field is.
func (t *text) line(path string) int {
	if t.root == nil {
		t.root = &yaml.Node{}
		// Another parser has read the text before.
		_ = yaml.Unmarshal(t.bytes, t.root)
	}
	n := t.root
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	return t.first + max(lineOf(n, path), 1) - 1
}
