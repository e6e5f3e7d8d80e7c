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

// billMediaType is the media type of CycloneDX in JSON (https://cyclonedx.org/specification/overview/).
const billMediaType types.MediaType = "application/vnd.cyclonedx+json"

// materials returns the bill of materials of a binary, as CycloneDX in JSON: the modules that the Go linker recorded in it. It has no serial number
// and no timestamp, so that the same binary gives the same bytes.
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

// referrer returns an artifact with one file about another artifact, the subject, in the same repository. Clients find it by the subject
// (https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidelines-for-artifact-usage).
func referrer(content []byte, mediaType types.MediaType, subject v1.Descriptor) (partial.WithRawManifest, error) {
	base := mutate.MediaType(mutate.ConfigMediaType(empty.Image, mediaType), types.OCIManifestSchema1)
	img, err := mutate.AppendLayers(base, static.NewLayer(content, mediaType))
	if err != nil {
		return nil, err
	}
	return mutate.Subject(img, subject), nil
}
