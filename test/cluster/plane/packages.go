package plane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

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
		if err := p.create(ctx, object("pkg.crossplane.io/v1beta1", "ImageConfig", "", repository, map[string]any{"spec": map[string]any{
			"matchImages":  []any{map[string]any{"type": "Prefix", "prefix": prefix}},
			"rewriteImage": map[string]any{"prefix": p.address("registry") + "/" + repository},
		}})); err != nil {
			return err
		}
	}
	if err := p.activateManagedResources(ctx); err != nil {
		return err
	}
	name := Configuration(p.Target)
	return p.create(ctx, object("pkg.crossplane.io/v1", "Configuration", "", name, map[string]any{
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
	if p.Crossplane == "1.20" {
		return nil
	}
	return p.create(ctx, object("apiextensions.crossplane.io/v1alpha1", "ManagedResourceActivationPolicy", "", "default", map[string]any{
		"spec": map[string]any{"activate": []any{"*"}},
	}))
}

// awaitPackages waits until the package manager reports all packages as healthy, and the API server serves Wukongs.
func (p *Plane) awaitPackages(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	packages := map[string]string{Configuration(p.Target): "Configuration", "novasphere-function-wukong": "Function"}
	if p.Target != targetNative {
		packages["crossplane-contrib-provider-kubernetes"] = "Provider"
	}
	for name, kind := range packages {
		if err := p.awaitPackage(ctx, kind, name); err != nil {
			return err
		}
	}
	return p.awaitCRD(ctx, Definition(p.Target))
}

// awaitPackage waits until a package is installed and healthy.
func (p *Plane) awaitPackage(ctx context.Context, kind, name string) error {
	pkg := object("pkg.crossplane.io/v1", kind, "", name, nil)
	var unhealthy error
	err := p.await(ctx, kind+" "+name+" is healthy", func(ctx context.Context) (bool, error) {
		if err := p.client.Get(ctx, types.NamespacedName{Name: name}, pkg); err != nil {
			return false, client.IgnoreNotFound(err)
		}
		unhealthy = CheckPackageHealthy(pkg)
		return unhealthy == nil, nil
	})
	if err != nil {
		return errors.Join(err, unhealthy)
	}
	fmt.Fprintf(p.Progress, "  %-24s installed and healthy: %s\n", kind, name)
	return nil
}

// publishProvider builds the package of provider-kubernetes from its module and pushes it to the local registry.
func (p *Plane) publishProvider(ctx context.Context) error {
	if p.Target == targetNative {
		return nil
	}
	dir := filepath.Join(p.Dir, providerTool)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	crds, err := p.providerCRDs(ctx)
	if err != nil {
		return err
	}
	meta, err := p.moduleFiles(ctx, toolsDir+providerTool, providerModule, "package/crossplane.yaml")
	if err != nil {
		return err
	}
	for i, o := range append(meta, crds...) {
		b, err := yaml.Marshal(o.Object)
		if err != nil {
			return err
		}
		file := "crossplane.yaml"
		if i > 0 {
			file = o.GetName() + ".yaml"
		}
		if err := os.WriteFile(filepath.Join(dir, file), b, 0o600); err != nil {
			return err
		}
	}
	for _, args := range [][]string{
		{"xpkg", "build", "--package-root=" + dir, "--package-file=" + dir + ".xpkg"},
		{"xpkg", "push", "--package-files=" + dir + ".xpkg", p.address("registry") + "/crossplane-contrib/provider-kubernetes:" + providerVersion},
	} {
		c := exec.CommandContext(ctx, p.tool(packagingTool), args...) //nolint:gosec // A tool of this repository.
		// It also packs the folder examples of its working directory.
		c.Dir = dir
		c.Env = append(os.Environ(), "SSL_CERT_FILE="+p.state.Registry.CA)
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("crossplane %s %s: %w: %s", args[0], args[1], err, out)
		}
	}
	return nil
}
