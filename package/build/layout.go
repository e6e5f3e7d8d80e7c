package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// layoutDir is the folder with the artifacts, as an OCI image layout.
const layoutDir = "oci"

// refName is the annotation of the OCI image specification for the name of an entry in a layout.
const refName = "org.opencontainers.image.ref.name"

// An artifact is an image or an index of images. A referrer has no tag: clients find it by the artifact that it refers to.
type artifact struct {
	repository, tag string
	content         partial.WithRawManifest
}

// write writes artifacts into a new layout, and prints their digests.
func write(dir string, artifacts []artifact) error {
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	for _, a := range artifacts {
		named := layout.WithAnnotations(map[string]string{refName: strings.TrimSuffix(a.repository+":"+a.tag, ":")})
		switch c := a.content.(type) {
		case v1.ImageIndex:
			err = path.AppendIndex(c, named)
		case v1.Image:
			err = path.AppendImage(c, named)
		default:
			err = fmt.Errorf("%T is neither an image nor an index", c)
		}
		if err != nil {
			return fmt.Errorf("cannot write %s: %w", a.repository, err)
		}
		if err := a.print(""); err != nil {
			return err
		}
	}
	return nil
}

// read returns the artifacts of a layout.
func read(dir string) ([]artifact, error) {
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot read a layout in %s: %w", dir, err)
	}
	entries, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	var out []artifact
	for _, d := range entries.Manifests {
		repository, tag, _ := strings.Cut(d.Annotations[refName], ":")
		a := artifact{repository: repository, tag: tag}
		if d.MediaType.IsIndex() {
			a.content, err = index.ImageIndex(d.Digest)
		} else {
			a.content, err = index.Image(d.Digest)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// push pushes artifacts to a registry in their order, in which referrers come after the artifacts that they refer to.
func push(ctx context.Context, registry string, artifacts []artifact) error {
	for _, a := range artifacts {
		ref, err := a.reference(registry)
		if err != nil {
			return err
		}
		options := remoteOptions(ctx)
		switch c := a.content.(type) {
		case v1.ImageIndex:
			err = remote.WriteIndex(ref, c, options...)
		case v1.Image:
			err = remote.Write(ref, c, options...)
		}
		if err != nil {
			return fmt.Errorf("cannot push %s: %w", ref, err)
		}
		if err := a.print(registry + "/"); err != nil {
			return err
		}
	}
	return nil
}

// reference returns the reference of the artifact in a registry: by its tag, else by its digest.
func (a artifact) reference(registry string) (name.Reference, error) {
	if a.tag != "" {
		return name.NewTag(registry + "/" + a.repository + ":" + a.tag)
	}
	digest, err := partial.Digest(a.content)
	if err != nil {
		return nil, err
	}
	return name.NewDigest(registry + "/" + a.repository + "@" + digest.String())
}

// print prints the repository, the tag and the digest of a tagged artifact.
func (a artifact) print(prefix string) error {
	if a.tag == "" {
		return nil
	}
	digest, err := partial.Digest(a.content)
	if err != nil {
		return err
	}
	_, err = fmt.Printf("%s%s:%s@%s\n", prefix, a.repository, a.tag, digest)
	return err
}
