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

	// platforms are those of the function's images.
	platforms []v1.Platform

	// commands are the platforms of the command line.
	commands []v1.Platform

	// out is the folder for the result.
	out string
}

// build returns the artifacts of the release. It also writes a package file for each package, archives with the command line, the bills of materials
// and checksums.
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

	if err := r.compile(ctx); err != nil {
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
	if err := r.commandLines(); err != nil {
		return nil, err
	}
	if err := r.subjects(artifacts[0]); err != nil {
		return nil, err
	}
	return artifacts, r.checksums()
}

// compile compiles the program for each platform of the images and of the command line, which it is both, and writes its bill of materials.
func (r release) compile(ctx context.Context) error {
	for _, p := range slices.Concat(r.platforms, r.commands) {
		if _, err := os.Stat(r.binary(p)); err == nil {
			continue
		}
		if err := runtime.Compile(ctx, r.Repository, r.Version, p.OS, p.Architecture, r.binary(p)); err != nil {
			return err
		}
		bill, err := materials(r.binary(p), r.Version)
		if err != nil {
			return err
		}
		if err := r.write(billName(p), bill); err != nil {
			return err
		}
	}
	return nil
}

// binary returns the path of the program for a platform.
func (r release) binary(p v1.Platform) string {
	return filepath.Join(r.out, "bin", functionName+"-"+dashed(p))
}

// billName returns the name of the file with the bill of materials of the program for a platform.
func billName(p v1.Platform) string { return functionName + "-" + dashed(p) + ".cdx.json" }

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
		base, err := image(p, r.binary(p))
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

		bill, err := os.ReadFile(filepath.Join(r.out, billName(p)))
		if err != nil {
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
