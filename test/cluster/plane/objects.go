package plane

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
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
