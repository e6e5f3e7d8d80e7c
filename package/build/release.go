package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/novasphere/function-wukong/package/build/runtime"
)

// functionName is the name of the function's package, of its image and of its files.
const functionName = "function-wukong"

// A release is what is built from a source.
type release struct {
	source

	platforms []v1.Platform

	// out is the folder for the result.
	out string
}

// build returns the artifacts of the release. It also writes a package file for each package, and the bills of materials.
func (r release) build(ctx context.Context) ([]artifact, error) {
	if _, err := semver.StrictNewVersion(strings.TrimPrefix(r.Version, "v")); err != nil || !strings.HasPrefix(r.Version, "v") {
		return nil, fmt.Errorf("--version: %q must be a semantic version with a leading v, such as v0.1.0: Crossplane accepts no others", r.Version)
	}
	if err := os.RemoveAll(r.out); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil { //nolint:gosec // For everybody to read.
		return nil, err
	}

	artifacts, err := r.function(ctx)
	if err != nil {
		return nil, err
	}
	folders, err := filepath.Glob(filepath.Join(r.Repository, "package", "configuration*"))
	if err != nil {
		return nil, err
	}
	slices.Sort(folders)
	for _, folder := range folders {
		m, err := readManifest(folder, r.Version)
		if err != nil {
			return nil, err
		}
		img, err := m.pack(ctx, empty.Image)
		if err != nil {
			return nil, fmt.Errorf("cannot package %s: %w", folder, err)
		}
		if err := r.file(m.name(), img); err != nil {
			return nil, err
		}
		artifacts = append(artifacts, artifact{repository: m.name(), tag: r.Version, content: m.annotate(img)})
	}
	return artifacts, nil
}

// function returns the function's package: an index of an image for each platform, which is both the runtime and the package, and a bill of
// materials that refers to each image.
func (r release) function(ctx context.Context) ([]artifact, error) {
	m, err := readManifest(filepath.Join(r.Repository, "package", "function"), r.Version)
	if err != nil {
		return nil, err
	}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	var bills []artifact
	for _, p := range r.platforms {
		binary := filepath.Join(r.out, "bin", functionName+"-"+dashed(p))
		if err := runtime.Compile(ctx, r.Repository, r.Version, p.OS, p.Architecture, binary); err != nil {
			return nil, err
		}
		base, err := image(p, binary)
		if err != nil {
			return nil, err
		}
		img, err := m.pack(ctx, base)
		if err != nil {
			return nil, fmt.Errorf("cannot package the function for %s: %w", p, err)
		}
		if err := r.file(functionName+"-"+dashed(p), img); err != nil {
			return nil, err
		}
		annotated := m.annotate(img).(v1.Image) //nolint:forcetypeassert // An image stays one.
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: annotated, Descriptor: v1.Descriptor{Platform: &p}})

		bill, err := materials(binary, r.Version)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(r.out, functionName+"-"+dashed(p)+".cdx.json"), bill, 0o644); err != nil { //nolint:gosec // For everybody to read.
			return nil, err
		}
		attached, err := attach(bill, annotated)
		if err != nil {
			return nil, err
		}
		bills = append(bills, artifact{repository: functionName, content: attached})
	}
	return append([]artifact{{repository: functionName, tag: r.Version, content: m.annotate(index)}}, bills...), nil
}

// file writes a package as the file that Crossplane's command line takes.
func (r release) file(name string, img v1.Image) error {
	return tarball.WriteToFile(filepath.Join(r.out, name+".xpkg"), nil, img)
}

// attach returns an artifact with a bill of materials that refers to an image.
func attach(bill []byte, img v1.Image) (partial.WithRawManifest, error) {
	subject, err := partial.Descriptor(img)
	if err != nil {
		return nil, err
	}
	return referrer(bill, billMediaType, *subject)
}

// dashed returns a platform as a part of a file name.
func dashed(p v1.Platform) string { return strings.ReplaceAll(p.String(), "/", "-") }
