package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// root of the repository.
const root = "../.."

// A page of the documentation.
type page struct {
	// path below the root of the repository.
	path string

	// anchors of its headings, as GitHub names them.
	anchors map[string]bool

	// links to other pages, files and anchors.
	links []string

	// spans of code within the text.
	spans []string

	// blocks of code, with their languages.
	blocks []block
}

// A block of code.
type block struct {
	language, code string
}

// pages returns the Markdown files of the documentation, by path.
func pages(t *testing.T) map[string]page {
	t.Helper()
	out := map[string]page{}
	for _, pattern := range []string{"*.md", "docs/*.md", "test/*.md", ".github/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			path, err := filepath.Rel(root, file)
			if err != nil {
				t.Fatal(err)
			}
			out[path] = readPage(path, b)
		}
	}
	if len(out) < 10 {
		t.Fatalf("found only %d pages", len(out))
	}
	return out
}

// readPage parses a page.
func readPage(path string, source []byte) page {
	p := page{path: path, anchors: map[string]bool{}}
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			p.anchors[uniqueAnchor(p.anchors, anchor(textOf(n, source)))] = true
		case *ast.Link:
			p.links = append(p.links, string(n.Destination))
		case *ast.Image:
			p.links = append(p.links, string(n.Destination))
		case *ast.CodeSpan:
			p.spans = append(p.spans, textOf(n, source))
		case *ast.FencedCodeBlock:
			p.blocks = append(p.blocks, block{language: string(n.Language(source)), code: string(n.Lines().Value(source))})
		}
		return ast.WalkContinue, nil
	})
	return p
}

// textOf returns the text of a node and of all nodes below it.
func textOf(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Segment.Value(source))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// anchor returns GitHub's anchor of a heading: in lower case, without punctuation, and with hyphens for spaces.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(heading))
}

// uniqueAnchor returns an anchor that no earlier heading has, with a number like GitHub's if necessary.
func uniqueAnchor(existing map[string]bool, name string) string {
	if !existing[name] {
		return name
	}
	for i := 1; ; i++ {
		if numbered := fmt.Sprintf("%s-%d", name, i); !existing[numbered] {
			return numbered
		}
	}
}
