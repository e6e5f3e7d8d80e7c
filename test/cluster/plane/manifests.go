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

// manifests are the objects that a tool prints.
func (p *Plane) manifests(ctx context.Context, tool string) ([]*unstructuredObject, error) {
	out, err := exec.CommandContext(ctx, p.tool(tool)).Output() //nolint:gosec // A tool of this repository.
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tool, err)
	}
	return decodeObjects(out)
}

// moduleDir is the folder of a module that the module in the given folder of this repository requires.
func (p *Plane) moduleDir(ctx context.Context, dir, module string) (string, error) {
	c := exec.CommandContext(ctx, "go", "mod", "download", "-json", module) //nolint:gosec // One of ours.
	c.Dir = filepath.Join(p.Repository, dir)
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("cannot download %s: %w: %s", module, err, out)
	}
	m := struct{ Dir string }{}
	err = json.Unmarshal(out, &m)
	return m.Dir, err
}

// moduleFiles are the objects in files of a module that the module in the given folder of this repository requires.
func (p *Plane) moduleFiles(ctx context.Context, dir, module, pattern string) ([]*unstructuredObject, error) {
	source, err := p.moduleDir(ctx, dir, module)
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(source, pattern))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("found no %s in %s: %w", pattern, source, err)
	}
	var all []*unstructuredObject
	for _, f := range files {
		objects, err := readObjects(f)
		if err != nil {
			return nil, err
		}
		all = append(all, objects...)
	}
	return all, nil
}

func readObjects(file string) ([]*unstructuredObject, error) {
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

// decode the objects of a YAML stream. They lose what only a server may say.
func decodeObjects(b []byte) ([]*unstructuredObject, error) {
	var out []*unstructuredObject
	d := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(b), 4096)
	for {
		o := &unstructuredObject{}
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

// split objects by their kind.
func splitByKind(objects []*unstructuredObject, is func(kind string) bool) (those, others []*unstructuredObject) {
	for _, o := range objects {
		if is(o.GetKind()) {
			those = append(those, o)
			continue
		}
		others = append(others, o)
	}
	return those, others
}

// createFile creates the objects of a file of this repository.
func (p *Plane) createFile(ctx context.Context, file string) error {
	objects, err := readObjects(filepath.Join(p.Repository, file))
	if err != nil {
		return err
	}
	return p.create(ctx, objects...)
}
