// Package preview shows what Wukongs would create, without a server or a cluster.
package preview

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/message"
)

// ErrRefused is returned where at least one Wukong was refused. The reasons are printed before.
var ErrRefused = errors.New("a Wukong was refused")

// A Format is what is printed of a Wukong.
type Format int

// The formats.
const (
	// Composed is what crossplane render prints: the composite and its composed resources.
	Composed Format = iota

	// Manifests are the Kubernetes objects that the composed resources apply.
	Manifests

	// Tree is a summary for people.
	Tree
)

// A Command previews the Wukongs of files.
type Command struct {
	// Files with Wukongs; - is standard input. Each may hold several documents, and lists as kubectl prints them.
	Files []string

	// Target is how Wukongs are composed. Empty for that of Input, else for Namespaced.
	Target Target

	// Input is a file with an Input, or with a Composition that has one. Empty for none.
	Input string

	// Observed is a file with observed composed resources. Empty for none.
	Observed string

	// Required is a file with other objects of the cluster, which the function may require. Empty for none.
	Required string

	// Format is what is printed of each Wukong.
	Format Format

	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Run prints previews to Stdout, and results and notes to Stderr. It returns ErrRefused where a Wukong was refused, and another error where
// a file cannot be read.
func (c Command) Run(ctx context.Context) error {
	p, err := readPlatform(c.Input, c.Target, c.Stdin)
	if err != nil {
		return err
	}
	wukongs, err := c.read(p.target)
	if err != nil {
		return err
	}
	in, err := c.readCluster()
	if err != nil {
		return err
	}

	f := fn.New(logging.NewNopLogger())
	refused := false
	for _, w := range wukongs {
		ok, err := c.preview(ctx, f, w, p, in)
		if err != nil {
			return err
		}
		refused = refused || !ok
	}
	if refused {
		return ErrRefused
	}
	c.noteUnrequired(in)
	return nil
}

// Wukongs returns the Wukongs of the files, with their observed composed resources.
func (c Command) Wukongs() ([]*Wukong, error) {
	p, err := readPlatform(c.Input, c.Target, c.Stdin)
	if err != nil {
		return nil, err
	}
	return c.read(p.target)
}

// read returns the Wukongs of the files, with their observed composed resources. It notes other objects in the files.
func (c Command) read(t Target) ([]*Wukong, error) {
	var out []*Wukong
	for _, path := range c.Files {
		docs, err := readFile(path, c.Stdin)
		if err != nil {
			return nil, err
		}
		before := len(out)
		for _, d := range docs {
			ok, err := isWukong(d)
			if err != nil {
				return nil, err
			}
			if !ok {
				c.note(d, msgLeftOutOther.With())
				continue
			}
			out = append(out, newWukong(d, t))
		}
		if len(out) == before {
			return nil, errors.New(msgNoWukong.With(sourceName(path)))
		}
	}
	if err := c.readObserved(out); err != nil {
		return nil, err
	}
	for _, w := range out {
		w.dropStatus()
	}
	return out, nil
}

// preview prints one Wukong, and reports whether it was accepted.
func (c Command) preview(ctx context.Context, f fnv1.FunctionRunnerServiceServer, w *Wukong, p platform, in cluster) (bool, error) {
	if err := w.check(); err != nil {
		c.printMessage(w.document, severityError, err.Error())
		return false, nil
	}
	r, err := render(ctx, f, w, p, in)
	if err != nil {
		return false, fmt.Errorf("%s: %w", w.document.source, err)
	}
	for _, result := range r.results {
		c.printMessage(w.document, result.severity, result.message)
	}
	if r.fatal {
		return false, nil
	}
	if w.defaultNamespace {
		c.note(w.document, msgDefaultNamespace.With())
	}
	return true, c.print(w.title(), r)
}

// note prints a note about a document.
func (c Command) note(d document, text string) { c.printMessage(d, "note", text) }

// printMessage prints a message about a document.
func (c Command) printMessage(d document, severity, text string) {
	_, _ = fmt.Fprintf(c.Stderr, "%s, %s: %s: %s\n", d.source, message.Clean(d.title()), severity, message.Clean(text))
}

// print prints an accepted Wukong in the requested format.
func (c Command) print(title string, r rendering) error {
	switch c.Format {
	case Tree:
		t, err := tree(title, r)
		if err != nil {
			return err
		}
		_, err = io.WriteString(c.Stdout, t)
		return err
	case Manifests:
		return c.printManifests(r)
	case Composed:
		if err := c.printYAML(r.composite.Object); err != nil {
			return err
		}
		for _, key := range r.keys() {
			if err := c.printYAML(r.composed[key].Object); err != nil {
				return err
			}
		}
	}
	return nil
}

// printManifests prints the objects that are applied.
func (c Command) printManifests(r rendering) error {
	for _, o := range r.objects() {
		if !o.applied() {
			continue
		}
		manifest, err := compose.Manifest(o.Object)
		if err != nil {
			return err
		}
		if err := c.printYAML(manifest.AsMap()); err != nil {
			return err
		}
	}
	return nil
}

func (c Command) printYAML(o map[string]any) error {
	y, err := yaml.Marshal(o)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.Stdout, "---\n%s", y)
	return err
}
