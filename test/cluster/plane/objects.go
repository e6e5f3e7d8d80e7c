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
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const pollInterval = 100 * time.Millisecond

// object returns an object of a kind and a name with further fields. Namespace is empty for a cluster-scoped kind.
func object(apiVersion, kind, namespace, name string, fields map[string]any) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: maps.Clone(fields)}
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

// fieldManager is who has applied the objects of a control plane.
const fieldManager = "cluster"

// apply creates objects in order, or changes those that exist, by server-side apply. What only an earlier version had stays.
func (p *Plane) apply(ctx context.Context, objects ...*unstructured.Unstructured) error {
	for _, o := range objects {
		// An applied object must not have managedFields, which the API server has put into one that was applied before.
		o.SetManagedFields(nil)
		if err := p.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(o), client.FieldOwner(fieldManager), client.ForceOwnership); err != nil {
			return fmt.Errorf("cannot apply %s %s: %w", o.GetKind(), o.GetName(), err)
		}
	}
	return nil
}

// setStatus merges fields into the status of an object, in place of the controller that is not run here.
func (p *Plane) setStatus(ctx context.Context, o *unstructured.Unstructured, status map[string]any) error {
	patch, err := json.Marshal(map[string]any{"status": status})
	if err != nil {
		return err
	}
	if err := p.client.Status().Patch(ctx, o, client.RawPatch(types.MergePatchType, patch)); err != nil {
		return fmt.Errorf("cannot set the status of %s %s: %w", o.GetKind(), o.GetName(), err)
	}
	return nil
}

// namespace creates a namespace, unless it exists.
func (p *Plane) namespace(ctx context.Context, name string) error {
	return client.IgnoreAlreadyExists(p.client.Create(ctx, object("v1", "Namespace", "", name, nil)))
}

// install applies CRDs, waits until the API server serves them, and applies the other objects.
func (p *Plane) install(ctx context.Context, objects ...*unstructured.Unstructured) error {
	crds, others := splitByKind(objects, func(kind string) bool { return kind == "CustomResourceDefinition" })
	if err := p.apply(ctx, crds...); err != nil {
		return err
	}
	for _, crd := range crds {
		if err := p.awaitCRD(ctx, crd.GetName()); err != nil {
			return err
		}
	}
	return p.apply(ctx, others...)
}

// awaitCRD waits until a CRD exists and the API server serves it.
func (p *Plane) awaitCRD(ctx context.Context, name string) error {
	return p.await(ctx, "the API server serves "+name, func(ctx context.Context) (bool, error) {
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

// await polls until done returns true or an error, or the context ends.
func (p *Plane) await(ctx context.Context, condition string, done wait.ConditionWithContextFunc) error {
	if err := wait.PollUntilContextCancel(ctx, pollInterval, true, done); err != nil {
		return fmt.Errorf("waiting until %s: %w", condition, err)
	}
	return nil
}
