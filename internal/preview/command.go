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

// ErrRefused says that at least one Wukong was refused; the reasons were printed.
var ErrRefused = errors.New("a Wukong was refused")

// A Format of a preview.
type Format int

// The formats.
const (
	// Composed is what the Crossplane CLI prints: the composite and its composed resources.
	Composed Format = iota

	// Manifests are the Kubernetes objects that come of the composed resources.
	Manifests

	// Tree is a summary for people.
	Tree
)

// A Command previews the Wukongs of files.
type Command struct {
	// Files to read; - is standard input. Each may hold several documents, and lists as kubectl prints them.
	Files []string

	// Target is what Wukongs are composed of; empty for what Input says, else for the namespaced one.
	Target Target

	// Input is a file with the platform team's settings; empty for none.
	Input string

	// Observed is a file with composed resources as they are in the cluster; empty for none.
	Observed string

	// Required is a file with what else is in the cluster, and may be asked for; empty for none.
	Required string

	// Format of the output.
	Format Format

	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Run prints the previews to standard output, and what users should know to standard error.
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

	fn := fn.New(logging.NewNopLogger())
	refused := false
	for _, w := range wukongs {
		ok, err := c.preview(ctx, fn, w, p, in)
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

// Wukongs returns the Wukongs of the files, with what is observed of each.
func (c Command) Wukongs() ([]*Wukong, error) {
	p, err := readPlatform(c.Input, c.Target, c.Stdin)
	if err != nil {
		return nil, err
	}
	return c.read(p.target)
}

// read the Wukongs of the files, and what is observed of them. Whatever else is beside them in a file is noted.
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
				c.note(d, "is left out: it is no Wukong")
				continue
			}
			out = append(out, asWukong(d, t))
		}
		if len(out) == before {
			return nil, fmt.Errorf("%s: holds no Wukong", sourceName(path))
		}
	}
	if err := c.readObserved(out); err != nil {
		return nil, err
	}
	for _, w := range out {
		w.forget()
	}
	return out, nil
}

// preview prints one Wukong, and reports whether it was accepted.
func (c Command) preview(ctx context.Context, fn fnv1.FunctionRunnerServiceServer, w *Wukong, p platform, in cluster) (bool, error) {
	if err := w.check(); err != nil {
		c.tell(w.document, severityError, err.Error())
		return false, nil
	}
	r, err := render(ctx, fn, w, p, in)
	if err != nil {
		return false, fmt.Errorf("%s: %w", w.document.source, err)
	}
	for _, result := range r.results {
		c.tell(w.document, result.severity, result.message)
	}
	if r.fatal {
		return false, nil
	}
	if w.nowhere {
		c.note(w.document, "names no namespace, and is taken to be in this one, from which its names and MAC addresses follow")
	}
	return true, c.print(w.title(), r)
}

// note tells of a document that is left out.
func (c Command) note(d document, text string) { c.tell(d, "note", text) }

// tell a user about a document.
func (c Command) tell(d document, severity, text string) {
	_, _ = fmt.Fprintf(c.Stderr, "%s, %s: %s: %s\n", d.source, message.Clean(d.title()), severity, message.Clean(text))
}

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
