package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const (
	// pluginName is the name of the command line as a plugin of kubectl
	// (https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/).
	pluginName = "kubectl-wukong"

	// completionName is the name of the program by which kubectl completes the words of the plugin.
	completionName = "kubectl_complete-wukong"

	windows = "windows"
)

// commandLines writes an archive with the command line for each platform, and a manifest for krew with all of them.
func (r release) commandLines() error {
	if len(r.commands) == 0 {
		return nil
	}
	var platforms []krewPlatform
	for _, p := range r.commands {
		files, err := r.packedFor(p)
		if err != nil {
			return err
		}
		name := r.archiveName(p)
		pack := tarGzip
		if p.OS == windows {
			pack = zipped
		}
		content, err := pack(files)
		if err != nil {
			return fmt.Errorf("cannot pack %s: %w", name, err)
		}
		if err := r.write(name, content); err != nil {
			return err
		}
		platforms = append(platforms, krewPlatform{platform: p, archive: name, digest: digest(content), program: files[0].name})
	}
	plugin, err := r.krewManifest(platforms)
	if err != nil {
		return err
	}
	return r.write(krewFile, plugin)
}

// archiveName returns the name of the archive with the command line for a platform.
func (r release) archiveName(p v1.Platform) string {
	extension := ".tar.gz"
	if p.OS == windows {
		extension = ".zip"
	}
	return fmt.Sprintf("%s_%s_%s_%s%s", functionName, r.Version, p.OS, p.Architecture, extension)
}

// packedFor returns the files of the archive for a platform, the program first.
func (r release) packedFor(p v1.Platform) ([]packed, error) {
	program := pluginName
	if p.OS == windows {
		program += ".exe"
	}
	sources := []struct {
		name, path string
		mode       fs.FileMode
	}{
		{program, r.binary(p), 0o755},
		{"LICENSE", filepath.Join(r.Repository, "LICENSE"), 0o644},
		{"README.md", filepath.Join(r.Repository, "package", pluginName, "README.md"), 0o644},
		{completionName, filepath.Join(r.Repository, "cmd", functionName, completionName), 0o755},
	}
	var out []packed
	for _, s := range sources {
		if s.name == completionName && p.OS == windows {
			// It is a script for a shell that Windows does not have.
			continue
		}
		content, err := os.ReadFile(s.path)
		if err != nil {
			return nil, err
		}
		out = append(out, packed{s.name, s.mode, content})
	}
	return out, nil
}

// checksums writes the SHA-256 sums of all files of the release, as sha256sum checks them.
func (r release) checksums() error {
	files, err := filepath.Glob(filepath.Join(r.out, "*.*"))
	if err != nil {
		return err
	}
	sums := &strings.Builder{}
	for _, file := range files {
		content, err := os.ReadFile(file) //nolint:gosec // Built here.
		if err != nil {
			return err
		}
		fmt.Fprintf(sums, "%s  %s\n", digest(content), filepath.Base(file))
	}
	return r.write("SHA256SUMS", []byte(sums.String()))
}

// digest returns the SHA-256 sum of a content in hexadecimal digits.
func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// write writes a file of the release.
func (r release) write(name string, content []byte) error {
	return os.WriteFile(filepath.Join(r.out, name), content, 0o644) //nolint:gosec // For everybody to read.
}
