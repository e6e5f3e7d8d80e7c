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

// manifests returns the objects that a tool prints as YAML.
func (p *Plane) manifests(ctx context.Context, tool string) ([]*unstructured.Unstructured, error) {
	out, err := exec.CommandContext(ctx, p.tool(tool)).Output() //nolint:gosec // A tool of this repository.
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tool, err)
	}
	return decodeObjects(out)
}

// moduleDir returns the folder of a Go module. Its version is the one that the module in the folder dir of this repository requires.
func (p *Plane) moduleDir(ctx context.Context, dir, module string) (string, error) {
	c := exec.CommandContext(ctx, "go", "mod", "download", "-json", module) //nolint:gosec // One of ours.
	c.Dir, c.Env = filepath.Join(p.Repository, dir), append(os.Environ(), "GOWORK=off")
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("cannot download %s: %w: %s", module, err, out)
	}
	m := struct{ Dir string }{}
	err = json.Unmarshal(out, &m)
	return m.Dir, err
}

// moduleFiles returns the objects in the files of a Go module that match a pattern. See moduleDir for its version.
func (p *Plane) moduleFiles(ctx context.Context, dir, module, pattern string) ([]*unstructured.Unstructured, error) {
	source, err := p.moduleDir(ctx, dir, module)
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(source, pattern))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("found no %s in %s: %w", pattern, source, err)
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

// createFile creates the objects in a file of this repository.
func (p *Plane) createFile(ctx context.Context, file string) error {
	objects, err := ReadObjects(filepath.Join(p.Repository, file))
	if err != nil {
		return err
	}
	return p.create(ctx, objects...)
}
