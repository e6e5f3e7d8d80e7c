package plane

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// manifests returns the objects that the operator of a component creates. A command of ours prints them as YAML.
func (p *Plane) manifests(ctx context.Context, component string) ([]*unstructured.Unstructured, error) {
	out, err := exec.CommandContext(ctx, p.command(component, "manifests")).Output() //nolint:gosec // A tool of this repository.
	if err != nil {
		return nil, fmt.Errorf("the manifests of %s: %w", component, err)
	}
	return decodeObjects(out)
}

// A module is a Go module in the module cache.
type module struct {
	// Dir is the folder of its files.
	Dir string

	// Version is its exact version, such as v1.9.0.
	Version string
}

// module downloads a Go module. Its version is the one that the module in the folder dir of this repository requires.
func (p *Plane) module(ctx context.Context, dir, path string) (module, error) {
	c := exec.CommandContext(ctx, "go", "mod", "download", "-json", path) //nolint:gosec // One of ours.
	c.Dir, c.Env = filepath.Join(p.Repository, dir), append(os.Environ(), "GOWORK=off")
	out, err := c.Output()
	if err != nil {
		return module{}, fmt.Errorf("cannot download %s: %w: %s", path, err, out)
	}
	m := module{}
	return m, json.Unmarshal(out, &m)
}

// moduleOf downloads the Go module of a component.
func (p *Plane) moduleOf(ctx context.Context, component, path string) (module, error) {
	return p.module(ctx, toolsDir+p.Set.folder(component), path)
}

// objects returns the objects in the files that match a pattern.
func (m module) objects(pattern string) ([]*unstructured.Unstructured, error) {
	files, err := filepath.Glob(filepath.Join(m.Dir, pattern))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("found no %s in %s: %w", pattern, m.Dir, err)
	}
	var all []*unstructured.Unstructured
	for _, f := range files {
		objects, err := ReadObjects(f)
		if err != nil {
			return nil, err
		}
		all = append(all, objects...)
	}
	return all, nil
}

// ReadObjects returns the objects in a YAML file, without the fields that only the API server sets.
func ReadObjects(file string) ([]*unstructured.Unstructured, error) {
	b, err := os.ReadFile(file) //nolint:gosec // A file of this repository or of a module that it pins.
	if err != nil {
		return nil, err
	}
	objects, err := decodeObjects(b)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", file, err)
	}
	return objects, nil
}

// decodeObjects returns the objects of a YAML stream, without the fields that only the API server sets.
func decodeObjects(b []byte) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	d := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(b), 4096)
	for {
		o := &unstructured.Unstructured{}
		if err := d.Decode(&o.Object); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, err
		}
		if len(o.Object) == 0 {
			continue
		}
		delete(o.Object, "status")
		unstructured.RemoveNestedField(o.Object, "metadata", "creationTimestamp")
		out = append(out, o)
	}
}

// splitByKind splits objects into those whose kind matches and the others.
func splitByKind(objects []*unstructured.Unstructured, matches func(kind string) bool) (matching, others []*unstructured.Unstructured) {
	for _, o := range objects {
		if matches(o.GetKind()) {
			matching = append(matching, o)
			continue
		}
		others = append(others, o)
	}
	return matching, others
}

// applyFile applies the objects in a file of this repository.
func (p *Plane) applyFile(ctx context.Context, file string) error {
	objects, err := ReadObjects(filepath.Join(p.Repository, file))
	if err != nil {
		return err
	}
	return p.apply(ctx, objects...)
}
