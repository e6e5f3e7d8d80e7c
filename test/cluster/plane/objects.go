package plane

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

type unstructuredObject = unstructured.Unstructured

const pollInterval = 100 * time.Millisecond

// object is an object with the given fields besides its kind and its name.
func object(apiVersion, kind, namespace, name string, fields map[string]any) *unstructuredObject {
	o := &unstructuredObject{Object: maps.Clone(fields)}
	o.SetAPIVersion(apiVersion)
	o.SetKind(kind)
	metadata, _ := fields["metadata"].(map[string]any)
	o.Object["metadata"] = maps.Clone(metadata)
	if metadata == nil {
		o.Object["metadata"] = map[string]any{}
	}
	o.SetName(name)
	if namespace != "" {
		o.SetNamespace(namespace)
	}
	return o
}

// create objects, in order.
func (p *Plane) create(ctx context.Context, objects ...*unstructuredObject) error {
	for _, o := range objects {
		if err := p.client.Create(ctx, o); err != nil {
			return fmt.Errorf("cannot create %s %s: %w", o.GetKind(), o.GetName(), err)
		}
	}
	return nil
}

// setStatus says of an object what a controller says elsewhere.
func (p *Plane) setStatus(ctx context.Context, o *unstructuredObject, status map[string]any) error {
	patch, err := json.Marshal(map[string]any{"status": status})
	if err != nil {
		return err
	}
	if err := p.client.Status().Patch(ctx, o, client.RawPatch(types.MergePatchType, patch)); err != nil {
		return fmt.Errorf("cannot set the status of %s %s: %w", o.GetKind(), o.GetName(), err)
	}
	return nil
}

func (p *Plane) namespace(ctx context.Context, name string) error {
	return p.create(ctx, object("v1", "Namespace", "", name, nil))
}

// install creates objects, the CRDs first, and waits until these are served.
func (p *Plane) install(ctx context.Context, objects ...*unstructuredObject) error {
	crds, others := splitByKind(objects, func(kind string) bool { return kind == "CustomResourceDefinition" })
	if err := p.create(ctx, crds...); err != nil {
		return err
	}
	for _, crd := range crds {
		if err := p.awaitCRD(ctx, crd.GetName()); err != nil {
			return err
		}
	}
	return p.create(ctx, others...)
}

// offered waits until a CRD is there and its API is served.
func (p *Plane) awaitCRD(ctx context.Context, name string) error {
	return p.await(ctx, "the API server serves "+name, func() (bool, error) {
		crd := &extv1.CustomResourceDefinition{}
		if err := p.client.Get(ctx, types.NamespacedName{Name: name}, crd); err != nil {
			return false, client.IgnoreNotFound(err)
		}
		for _, c := range crd.Status.Conditions {
			if c.Type == extv1.Established && c.Status == extv1.ConditionTrue {
				return true, nil
			}
		}
		return false, nil
	})
}

func (p *Plane) await(ctx context.Context, what string, done func() (bool, error)) error {
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited in vain until %s: %w", what, ctx.Err())
		case <-time.After(pollInterval):
		}
	}
}

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

func (a *authority) base64() string { return base64.StdEncoding.EncodeToString(a.pem) }
