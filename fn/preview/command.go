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

	"github.com/novasphere/function-wukong/fn/compose"
	"github.com/novasphere/function-wukong/fn/function"
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
	// Files to read; - is standard input. Each may hold several documents.
	Files []string

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
	p, err := readPlatform(c.Input, c.Stdin)
	if err != nil {
		return err
	}
	s := settings{input: p.input}
	if s.observed, err = readObserved(c.Observed, c.Stdin); err != nil {
		return err
	}
	if s.required, err = readRequired(c.Required, c.Stdin); err != nil {
		return err
	}

	var wukongs []wukong
	for _, path := range c.Files {
		w, err := readWukongs(path, c.Stdin, p.namespaced)
		if err != nil {
			return err
		}
		wukongs = append(wukongs, w...)
	}

	fn := function.New(logging.NewNopLogger())
	refused := false
	for _, w := range wukongs {
		ok, err := c.preview(ctx, fn, w, s)
		if err != nil {
			return err
		}
		refused = refused || !ok
	}
	if refused {
		return ErrRefused
	}
	return nil
}

// preview prints one Wukong, and says whether the function accepted it.
func (c Command) preview(ctx context.Context, fn fnv1.FunctionRunnerServiceServer, w wukong, s settings) (bool, error) {
	r, err := render(ctx, fn, w.composite, s)
	if err != nil {
		return false, fmt.Errorf("%s: %w", w.source, err)
	}
	for _, result := range r.results {
		if _, err := fmt.Fprintf(c.Stderr, "%s, %s: %s\n", w.source, w.title, result); err != nil {
			return false, err
		}
	}
	if r.fatal {
		return false, nil
	}
	return true, c.print(w.title, r)
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
		for _, key := range r.keys() {
			manifest, creates := compose.Unwrap(r.desired[key])
			if !creates {
				continue
			}
			if err := c.printYAML(manifest); err != nil {
				return err
			}
		}
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

func (c Command) printYAML(o map[string]any) error {
	y, err := yaml.Marshal(o)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.Stdout, "---\n%s", y)
	return err
}
