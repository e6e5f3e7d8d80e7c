package plane

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// The targets that differ in more than their configuration.
const (
	targetClaim  = "claim"
	targetNative = "native"
)

// published is where packages are pulled from elsewhere, and the part of our registry that stands in for it.
var mirrors = map[string]string{
	"ghcr.io/novasphere":                    "novasphere",
	"xpkg.crossplane.io/crossplane-contrib": "crossplane-contrib",
}

// installPackages lets Crossplane's package manager install the configuration of the target, with everything that it depends on.
func (p *Plane) installPackages(ctx context.Context) error {
	if err := p.publishProvider(ctx); err != nil {
		return err
	}
	for from, to := range mirrors {
		if err := p.create(ctx, object("pkg.crossplane.io/v1beta1", "ImageConfig", "", to, map[string]any{"spec": map[string]any{
			"matchImages":  []any{map[string]any{"type": "Prefix", "prefix": from}},
			"rewriteImage": map[string]any{"prefix": p.address("registry") + "/" + to},
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

// Configuration is the name of the configuration package of a target.
func Configuration(target string) string {
	if target == targetClaim {
		return "configuration-wukong"
	}
	return "configuration-wukong-" + target
}

// Definition is the name of the definition that it brings: that of the composite of a claim, or that of Wukongs.
func Definition(target string) string {
	if target == targetClaim {
		return "xwukongs.vm.novasphere.dev"
	}
	return "wukongs.vm.novasphere.dev"
}

// activate all kinds of resources that providers bring, as Crossplane 2 does when it is installed. Before, there was nothing to activate.
func (p *Plane) activateManagedResources(ctx context.Context) error {
	if p.Crossplane == "1.20" {
		return nil
	}
	return p.create(ctx, object("apiextensions.crossplane.io/v1alpha1", "ManagedResourceActivationPolicy", "", "default", map[string]any{
		"spec": map[string]any{"activate": []any{"*"}},
	}))
}

// installed waits until the package manager says of everything that was installed that it is healthy, and the API is served.
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

// healthyPackage waits until a package is installed and healthy.
func (p *Plane) awaitPackage(ctx context.Context, kind, name string) error {
	o := object("pkg.crossplane.io/v1", kind, "", name, nil)
	var conditions []any
	err := p.await(ctx, kind+" "+name+" is healthy", func() (bool, error) {
		if err := p.client.Get(ctx, types.NamespacedName{Name: name}, o); err != nil {
			return false, client.IgnoreNotFound(err)
		}
		conditions, _, _ = unstructured.NestedSlice(o.Object, "status", "conditions")
		return isTrue(conditions, "Installed") && isTrue(conditions, "Healthy"), nil
	})
	if err != nil {
		return fmt.Errorf("%w: %v", err, conditions)
	}
	fmt.Fprintf(p.Progress, "  %-24s installed and healthy: %s\n", kind, name)
	return nil
}

func isTrue(conditions []any, kind string) bool {
	for _, c := range conditions {
		if c, ok := c.(map[string]any); ok && c["type"] == kind {
			return c["status"] == "True"
		}
	}
	return false
}

// publishProvider packages provider-kubernetes from its module and pushes it.
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
		// It packs a folder examples of where it runs, too.
		c.Dir = dir
		c.Env = append(os.Environ(), "SSL_CERT_FILE="+p.state.Registry.CA)
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("crossplane %s %s: %w: %s", args[0], args[1], err, out)
		}
	}
	return nil
}
