package main

import (
	"archive/tar"
	"bytes"
	"io"
	"maps"
	"os"
	"path"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/novasphere/function-wukong/package/build/runtime"
)

// image returns the function's image for a platform: a layer that seldom changes, and one with the function.
func image(p v1.Platform, binary string) (v1.Image, error) {
	function, err := os.ReadFile(binary) //nolint:gosec // Built here.
	if err != nil {
		return nil, err
	}
	base, err := layer(runtime.Files(), 0o644)
	if err != nil {
		return nil, err
	}
	program, err := layer(map[string][]byte{"function": function}, 0o755)
	if err != nil {
		return nil, err
	}
	img, err := mutate.AppendLayers(mutate.MediaType(mutate.ConfigMediaType(empty.Image, types.OCIConfigJSON), types.OCIManifestSchema1), base, program)
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Variant = p.OS, p.Architecture, p.Variant
	config.Config = v1.Config{
		User:         runtime.Nonroot + ":" + runtime.Nonroot,
		WorkingDir:   "/",
		Entrypoint:   []string{"/function", "serve"},
		ExposedPorts: map[string]struct{}{"9443/tcp": {}, "8080/tcp": {}},
	}
	return mutate.ConfigFile(img, config)
}

// layer returns a layer with files of the user root and their folders. It has no timestamps, so that the same files give the same bytes.
func layer(files map[string][]byte, mode int64) (v1.Layer, error) {
	b := &bytes.Buffer{}
	w := tar.NewWriter(b)
	folders := map[string]bool{".": true}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for _, folder := range parents(name) {
			if folders[folder] {
				continue
			}
			folders[folder] = true
			if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: folder + "/", Mode: 0o755}); err != nil {
				return nil, err
			}
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(files[name]))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(files[name]); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil }, tarball.WithMediaType(types.OCILayer))
}

// parents returns the folders of a file, the outermost first.
func parents(name string) []string {
	dir := path.Dir(name)
	if dir == "." {
		return nil
	}
	return append(parents(dir), dir)
}
