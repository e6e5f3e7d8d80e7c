package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// subjectsDir is the folder with a file for each bill of materials: what it is the bill of, as sha256sum lists files. With that the release workflow
// attests the bills. They are no files of the release.
const subjectsDir = "subjects"

// subjects writes for each platform the digests of what has the program for it inside: the function's image and its package file, and the archive
// with the command line. The configurations have no program, and so no bill.
func (r release) subjects(function artifact) error {
	index, ok := function.content.(v1.ImageIndex)
	if !ok {
		return fmt.Errorf("%T is no index of images", function.content)
	}
	images, err := index.IndexManifest()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(r.out, subjectsDir), 0o755); err != nil { //nolint:gosec // For everybody to read.
		return err
	}
	for _, p := range slices.Concat(r.platforms, r.commands) {
		list := &strings.Builder{}
		for _, d := range images.Manifests {
			if d.Platform != nil && d.Platform.Equals(p) {
				fmt.Fprintf(list, "%s  %s\n", d.Digest.Hex, publishedRegistry+functionName)
			}
		}
		for _, name := range []string{functionName + "-" + dashed(p) + ".xpkg", r.archiveName(p)} {
			content, err := os.ReadFile(filepath.Join(r.out, name)) //nolint:gosec // Built here.
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(list, "%s  %s\n", digest(content), name)
		}
		if err := r.write(filepath.Join(subjectsDir, strings.TrimSuffix(billName(p), ".cdx.json")), []byte(list.String())); err != nil {
			return err
		}
	}
	return nil
}
