package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg"
	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg/parser"
	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg/parser/examples"
	packageyaml "github.com/crossplane/crossplane-runtime/v2/pkg/xpkg/parser/yaml"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// ours is where the packages of this repository are published, and so what they are to Crossplane wherever they are pulled from. The
// Compositions call the function by the name that Crossplane makes of it.
const ours = "ghcr.io/novasphere/"

// A manifest is what a package consists of: its metadata, and the objects that it brings.
type manifest struct {
	meta    *unstructured.Unstructured
	objects []string
}

// readManifest reads the folder of a package, and marks it with its version.
func readManifest(folder, version string) (*manifest, error) {
	m := &manifest{meta: &unstructured.Unstructured{}}
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	for _, file := range files {
		b, err := os.ReadFile(file) //nolint:gosec // The caller's repository.
		if err != nil {
			return nil, err
		}
		if filepath.Base(file) != xpkg.MetaFile {
			m.objects = append(m.objects, string(b))
			continue
		}
		if err := yaml.Unmarshal(b, &m.meta.Object); err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", file, err)
		}
	}
	if len(m.meta.Object) == 0 {
		return nil, fmt.Errorf("%s has no %s", folder, xpkg.MetaFile)
	}

	annotations := m.meta.GetAnnotations()
	annotations["meta.crossplane.io/version"] = version
	switch readme, err := os.ReadFile(filepath.Join(folder, "README.md")); { //nolint:gosec // The caller's repository.
	case err == nil:
		annotations["meta.crossplane.io/readme"] = string(readme)
	case !errors.Is(err, os.ErrNotExist):
		return nil, err
	}
	m.meta.SetAnnotations(annotations)
	return m, m.require(version)
}

// require the function of this release, or a later one: an earlier one may not know what this release's Composition says.
func (m *manifest) require(version string) error {
	dependencies, found, err := unstructured.NestedSlice(m.meta.Object, "spec", "dependsOn")
	if err != nil || !found {
		return err
	}
	for _, d := range dependencies {
		if d, ok := d.(map[string]any); ok && d["function"] == ours+functionName {
			d["version"] = ">=" + version
		}
	}
	return unstructured.SetNestedSlice(m.meta.Object, dependencies, "spec", "dependsOn")
}

// name of the package.
func (m *manifest) name() string { return m.meta.GetName() }

// pack what the package brings on top of an image, by Crossplane's own rules for packages, which it must hold. See
// https://docs.crossplane.io/latest/concepts/packages/ and contributing/specifications/xpkg.md of Crossplane.
func (m *manifest) pack(ctx context.Context, base v1.Image) (v1.Image, error) {
	meta, err := yaml.Marshal(m.meta.Object)
	if err != nil {
		return nil, err
	}
	stream := strings.Join(append([]string{string(meta)}, m.objects...), "\n---\n")
	p, err := packageyaml.New()
	if err != nil {
		return nil, err
	}
	img, _, err := xpkg.New(parser.NewEchoBackend(stream), noExamples{}, p, examples.New()).Build(ctx, xpkg.WithBase(base))
	if err != nil {
		return nil, err
	}
	return asOCI(img)
}

// noExamples is a folder of examples that does not exist.
type noExamples struct{}

func (noExamples) Init(context.Context, ...parser.BackendOption) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("")), os.ErrNotExist
}

// asOCI has the media types of OCI, which are the ones that have annotations, and says of each layer what Crossplane wants to know.
func asOCI(img v1.Image) (v1.Image, error) {
	layers, err := img.Layers()
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	out := mutate.MediaType(mutate.ConfigMediaType(empty.Image, types.OCIConfigJSON), types.OCIManifestSchema1)
	for _, l := range layers {
		digest, err := l.Digest()
		if err != nil {
			return nil, err
		}
		add := mutate.Addendum{Layer: l, MediaType: types.OCILayer}
		if is, ok := config.Config.Labels[xpkg.Label(digest.String())]; ok {
			add.Annotations = map[string]string{xpkg.AnnotationKey: is}
		}
		if out, err = mutate.Append(out, add); err != nil {
			return nil, err
		}
	}
	return mutate.ConfigFile(out, config)
}

// annotate an image or an index with what registries show of it, by the keys of the OCI image specification.
func (m *manifest) annotate(f partial.WithRawManifest) partial.WithRawManifest {
	a := m.meta.GetAnnotations()
	return mutate.Annotations(f, map[string]string{
		"org.opencontainers.image.title":       m.name(),
		"org.opencontainers.image.description": a["meta.crossplane.io/description"],
		"org.opencontainers.image.licenses":    a["meta.crossplane.io/license"],
		"org.opencontainers.image.source":      "https://" + a["meta.crossplane.io/source"],
		"org.opencontainers.image.vendor":      a["meta.crossplane.io/maintainer"],
		"org.opencontainers.image.version":     a["meta.crossplane.io/version"],
	})
}
