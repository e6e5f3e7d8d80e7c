// Package preview shows what Wukongs would create, without a server or a cluster.
//
// Read reads manifests and what is known of the cluster, Render calls the function for one of the Wukongs, and a Command prints that.
package preview

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/crossplane/function-sdk-go/logging"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/manifest"
)

// ErrRefused is returned where something is wrong with a manifest. The reasons are printed before.
var ErrRefused = errors.New("a manifest was refused")

// An Output is what is printed of a Wukong.
type Output string

// The outputs.
const (
	// Tree is a summary for people.
	Tree Output = "tree"

	// Composed is what crossplane render prints: the composite and its composed resources.
	Composed Output = "yaml"

	// Manifests are the Kubernetes objects that the composed resources apply.
	Manifests Output = "manifests"

	// JSON is a Report for programs.
	JSON Output = "json"
)

// A Command previews the Wukongs of files.
type Command struct {
	Options

	// Output is what is printed of each Wukong.
	Output Output

	Stdout io.Writer

	// Problems prints what is wrong with the files, and what the function says.
	Problems manifest.Printer
}

// Run prints previews to Stdout, and what is wrong to Problems. It returns ErrRefused where a manifest is refused or cannot be read.
func (c Command) Run(ctx context.Context) error {
	out := Report{APIVersion: manifest.ReportVersion, Kind: "Rendering", Wukongs: []Rendered{}, Problems: []manifest.Problem{}}
	c.Problems.Recorded = &out.Problems
	r := Read(ctx, c.Options)
	c.Problems.Print(r.Problems...)
	failed := r.Failed()

	f := fn.New(logging.NewNopLogger())
	for _, w := range r.Wukongs {
		rendering, problems, err := r.Render(ctx, f, w)
		if err != nil {
			return fmt.Errorf("%s: %w", w.Document.Position(""), err)
		}
		c.Problems.Print(problems...)
		failed = failed || manifest.HasErrors(problems)
		if rendering == nil {
			continue
		}
		if c.Output == JSON {
			out.Wukongs = append(out.Wukongs, report(w, rendering))
			continue
		}
		if err := c.print(w.Title(), rendering); err != nil {
			return err
		}
	}
	if !failed {
		c.Problems.Print(r.NotRequired()...)
	}
	if c.Output == JSON {
		if err := manifest.WriteReport(c.Stdout, out); err != nil {
			return err
		}
	}
	if failed {
		return ErrRefused
	}
	return nil
}

// print prints an accepted Wukong.
func (c Command) print(title string, r *Rendering) error {
	switch c.Output {
	case Manifests:
		return c.printManifests(r)
	case Composed:
		if err := c.printYAML(r.Composite.Object); err != nil {
			return err
		}
		for _, key := range r.keys() {
			if err := c.printYAML(r.Composed[key].Object); err != nil {
				return err
			}
		}
		return nil
	default:
		_, err := io.WriteString(c.Stdout, tree(title, r))
		return err
	}
}

// printManifests prints the objects that are applied.
func (c Command) printManifests(r *Rendering) error {
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
