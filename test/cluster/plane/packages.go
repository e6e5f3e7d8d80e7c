package plane

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// Targets that differ from others in more than their configuration.
const (
	targetClaim  = "claim"
	targetNative = "native"
)

// mirrors maps the prefix of published images to the repository of the local registry that serves them instead.
var mirrors = map[string]string{
	"ghcr.io/novasphere":                    "novasphere",
	"xpkg.crossplane.io/crossplane-contrib": "crossplane-contrib",
}

// installPackages creates the Configuration of the target. Crossplane's package manager installs it with its dependencies.
func (p *Plane) installPackages(ctx context.Context) error {
	if err := p.publishProvider(ctx); err != nil {
		return err
	}
	for prefix, repository := range mirrors {
		if err := p.apply(ctx, object("pkg.crossplane.io/v1beta1", "ImageConfig", "", repository, map[string]any{"spec": map[string]any{
			"matchImages":  []any{map[string]any{"type": "Prefix", "prefix": prefix}},
			"rewriteImage": map[string]any{"prefix": p.address("registry") + "/" + repository},
		}})); err != nil {
			return err
		}
	}
	name := Configuration(p.Target)
	return p.apply(ctx, object("pkg.crossplane.io/v1", "Configuration", "", name, map[string]any{
		"spec": map[string]any{"package": "ghcr.io/novasphere/" + name + ":" + Version},
	}))
}

// Configuration returns the name of the configuration package of a target.
func Configuration(target string) string {
	if target == targetClaim {
		return "configuration-wukong"
	}
	return "configuration-wukong-" + target
}

// Definition returns the name of the CompositeResourceDefinition in the configuration of a target. The one of target claim defines XWukongs.
func Definition(target string) string {
	if target == targetClaim {
		return "xwukongs.vm.novasphere.dev"
	}
	return "wukongs.vm.novasphere.dev"
}

// activateManagedResources activates all managed resources of providers, as Crossplane 2 does when it is installed. Crossplane 1 has no activation.
func (p *Plane) activateManagedResources(ctx context.Context) error {
	if p.Set.HasClaimsAlone() {
		return nil
	}
	return p.apply(ctx, object("apiextensions.crossplane.io/v1alpha1", "ManagedResourceActivationPolicy", "", "default", map[string]any{
		"spec": map[string]any{"activate": []any{"*"}},
	}))
}

// applyPolicies applies the policy of production on who chooses Compositions, so that everything works under it.
func (p *Plane) applyPolicies(ctx context.Context) error {
	return p.applyFile(ctx, "examples/production/composition-policy.yaml")
}

// awaitPackages waits until the package manager reports all packages as healthy, and the API server serves Wukongs.
func (p *Plane) awaitPackages(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	packages := map[string]string{Configuration(p.Target): "Configuration", "novasphere-function-wukong": "Function"}
	if p.Target != targetNative {
		packages[providerName] = "Provider"
	}
	for name, kind := range packages {
		if err := p.awaitPackage(ctx, kind, name, ""); err != nil {
			return err
		}
	}
	return p.awaitCRD(ctx, Definition(p.Target))
}

// awaitPackage waits until a package is installed and healthy, from an image unless that is empty.
func (p *Plane) awaitPackage(ctx context.Context, kind, name, image string) error {
	pkg := object("pkg.crossplane.io/v1", kind, "", name, nil)
	var unhealthy error
	err := p.await(ctx, kind+" "+name+" is healthy", func(ctx context.Context) (bool, error) {
		if err := p.client.Get(ctx, types.NamespacedName{Name: name}, pkg); err != nil {
			return false, client.IgnoreNotFound(err)
		}
		unhealthy = CheckPackageHealthy(pkg)
		installed, _, err := unstructured.NestedString(pkg.Object, "status", "currentIdentifier")
		return unhealthy == nil && (image == "" || installed == image), err
	})
	if err != nil {
		return errors.Join(err, unhealthy)
	}
	fmt.Fprintf(p.Progress, "  %-24s installed and healthy: %s\n", kind, name)
	return nil
}

// publishProvider pushes the package of the provider to the local registry: the metadata and the CRDs of its Go module.
func (p *Plane) publishProvider(ctx context.Context) error {
	if p.Target == targetNative {
		return nil
	}
	m, err := p.providerModule(ctx)
	if err != nil {
		return err
	}
	meta, err := m.objects("package/crossplane.yaml")
	if err != nil {
		return err
	}
	crds, err := p.providerCRDs(ctx)
	if err != nil {
		return err
	}
	var stream bytes.Buffer
	for _, o := range append(meta, crds...) {
		b, err := yaml.Marshal(o.Object)
		if err != nil {
			return err
		}
		fmt.Fprintf(&stream, "---\n%s", b)
	}
	return p.state.Registry.publish(ctx, "crossplane-contrib/provider-kubernetes:"+m.Version, stream.Bytes())
}
