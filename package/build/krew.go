package main

import (
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

const (
	// krewFile is the file with the plugin's manifest. Krew takes the name of the plugin from it.
	krewFile = "wukong.yaml"

	// publishedFiles is where the files of releases are published, by version.
	publishedFiles = "https://github.com/novasphere/function-wukong/releases/download/"
)

// A krewPlatform is the archive from which krew installs the plugin on a platform.
type krewPlatform struct {
	platform v1.Platform

	// archive is the name of the file, and digest its SHA-256 sum.
	archive, digest string

	// program is the name of the executable in the archive.
	program string
}

// krewManifest returns the manifest by which krew installs the plugin
// (https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/).
func (r release) krewManifest(platforms []krewPlatform) ([]byte, error) {
	file := filepath.Join(r.Repository, "package", pluginName, krewFile)
	b, err := os.ReadFile(file) //nolint:gosec // The caller's repository.
	if err != nil {
		return nil, err
	}
	plugin := map[string]any{}
	if err := yaml.Unmarshal(b, &plugin); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", file, err)
	}
	var list []any
	for _, p := range platforms {
		list = append(list, map[string]any{
			"uri":      publishedFiles + r.Version + "/" + p.archive,
			"sha256":   p.digest,
			"bin":      p.program,
			"selector": map[string]any{"matchLabels": map[string]any{"os": p.platform.OS, "arch": p.platform.Architecture}},
		})
	}
	if err := unstructured.SetNestedField(plugin, r.Version, "spec", "version"); err != nil {
		return nil, err
	}
	if err := unstructured.SetNestedSlice(plugin, list, "spec", "platforms"); err != nil {
		return nil, err
	}
	return yaml.Marshal(plugin)
}
