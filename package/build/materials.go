package main

import (
	"bytes"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/CycloneDX/cyclonedx-gomod/pkg/generate/bin"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/rs/zerolog"
)

// billMediaType is that of CycloneDX in JSON. See https://cyclonedx.org/specification/overview/.
const billMediaType types.MediaType = "application/vnd.cyclonedx+json"

// materials lists what a binary was built from, as CycloneDX: the modules that the Go linker has written into it. It has neither a
// serial number nor a time, so that it is the same for the same binary.
func materials(binary, version string) ([]byte, error) {
	g, err := bin.NewGenerator(binary, bin.WithIncludeStdlib(true), bin.WithVersionOverride(version), bin.WithLogger(zerolog.Nop()))
	if err != nil {
		return nil, err
	}
	bom, err := g.Generate()
	if err != nil {
		return nil, err
	}
	b := &bytes.Buffer{}
	if err := cyclonedx.NewBOMEncoder(b, cyclonedx.BOMFileFormatJSON).SetPretty(true).Encode(bom); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// referrer is an artifact with one file that says something of another artifact in the same repository. Tools find it by what it
// refers to: see the guidelines for artifacts of the OCI image specification.
func referrer(content []byte, mediaType types.MediaType, subject v1.Descriptor) (partial.WithRawManifest, error) {
	img, err := mutate.AppendLayers(mutate.MediaType(mutate.ConfigMediaType(empty.Image, mediaType), types.OCIManifestSchema1), static.NewLayer(content, mediaType))
	if err != nil {
		return nil, err
	}
	return mutate.Subject(img, subject), nil
}
