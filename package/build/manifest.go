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

// publishedRegistry is the registry of the published packages. Crossplane derives their names from it, also for packages that are pulled from
// another registry, and the Compositions call the function by such a name.
const publishedRegistry = "ghcr.io/novasphere/"

// Annotations of a package's metadata
// (https://github.com/crossplane/crossplane/blob/main/contributing/specifications/xpkg.md#packageyaml-annotations).
const (
	annotationVersion     = "meta.crossplane.io/version"
	annotationReadme      = "meta.crossplane.io/readme"
	annotationDescription = "meta.crossplane.io/description"
	annotationLicense     = "meta.crossplane.io/license"
	annotationSource      = "meta.crossplane.io/source"
	annotationMaintainer  = "meta.crossplane.io/maintainer"
)

// A manifest is the content of a package: its metadata and its objects.
type manifest struct {
	meta    *unstructured.Unstructured
	objects []string
}

// readManifest returns the package in a folder, with its version.
func readManifest(folder, version string) (*manifest, error) {
	m := &manifest{meta: &unstructured.Unstructured{}}
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	for _, file := range files {
		// It says to kustomize what Crossplane reads from a package.
		if filepath.Base(file) == "kustomization.yaml" {
			continue
		}
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
	annotations[annotationVersion] = version
	switch readme, err := os.ReadFile(filepath.Join(folder, "README.md")); { //nolint:gosec // The caller's repository.
	case err == nil:
		annotations[annotationReadme] = string(readme)
	case !errors.Is(err, os.ErrNotExist):
		return nil, err
	}
	m.meta.SetAnnotations(annotations)
	return m, m.require(version)
}

// require makes the package depend on the function of this release or a later one. An earlier function may not know fields of this release's
// Composition.
func (m *manifest) require(version string) error {
	dependencies, found, err := unstructured.NestedSlice(m.meta.Object, "spec", "dependsOn")
	if err != nil || !found {
		return err
	}
	for _, d := range dependencies {
		if d, ok := d.(map[string]any); ok && d["function"] == publishedRegistry+functionName {
			d["version"] = ">=" + version
		}
	}
	return unstructured.SetNestedSlice(m.meta.Object, dependencies, "spec", "dependsOn")
}

// name returns the name of the package.
func (m *manifest) name() string { return m.meta.GetName() }

// pack adds the package to an image by Crossplane's own code. It returns an error if the package breaks Crossplane's rules. See
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

// Init returns os.ErrNotExist.
func (noExamples) Init(context.Context, ...parser.BackendOption) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("")), os.ErrNotExist
}

// asOCI converts an image to OCI media types, as Docker's have no annotations, and annotates each layer as Crossplane expects.
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
		if content, ok := config.Config.Labels[xpkg.Label(digest.String())]; ok {
			add.Annotations = map[string]string{xpkg.AnnotationKey: content}
		}
		if out, err = mutate.Append(out, add); err != nil {
			return nil, err
		}
	}
	return mutate.ConfigFile(out, config)
}

// annotate adds the annotations that registries show to an image or an index. Their keys are those of the OCI image specification
// (https://github.com/opencontainers/image-spec/blob/main/annotations.md).
func (m *manifest) annotate(f partial.WithRawManifest) partial.WithRawManifest {
	a := m.meta.GetAnnotations()
	return mutate.Annotations(f, map[string]string{
		"org.opencontainers.image.title":       m.name(),
		"org.opencontainers.image.description": a[annotationDescription],
		"org.opencontainers.image.licenses":    a[annotationLicense],
		"org.opencontainers.image.source":      "https://" + a[annotationSource],
		"org.opencontainers.image.vendor":      a[annotationMaintainer],
		"org.opencontainers.image.version":     a[annotationVersion],
	})
}
