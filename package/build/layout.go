package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// layoutDir holds everything that is pushed, as an OCI image layout.
const layoutDir = "oci"

// refName is the annotation of the OCI image specification that says what an entry of a layout is called.
const refName = "org.opencontainers.image.ref.name"

// An artifact is what is pushed as one: an image or an index of images, with a tag unless it is found by what it refers to.
type artifact struct {
	repository, tag string
	content         partial.WithRawManifest
}

// write the artifacts into a new layout, and say by which digests they are known.
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

// read the artifacts of a layout.
func read(dir string) ([]artifact, error) {
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, fmt.Errorf("nothing was built there: %w", err)
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

// push the artifacts to a registry, in order: what others refer to comes first.
func push(ctx context.Context, registry string, artifacts []artifact) error {
	for _, a := range artifacts {
		ref, err := a.reference(registry)
		if err != nil {
			return err
		}
		with := []remote.Option{remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)}
		switch c := a.content.(type) {
		case v1.ImageIndex:
			err = remote.WriteIndex(ref, c, with...)
		case v1.Image:
			err = remote.Write(ref, c, with...)
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

// reference of the artifact in a registry: by its tag, else by its digest.
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

// print a line that says where a tagged artifact is, and by which digest it is known.
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
