package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/sigstore/cosign/v3/pkg/cosign"
	"github.com/sigstore/cosign/v3/pkg/cosign/bundle"
	"github.com/sigstore/cosign/v3/pkg/oci/mutate"
	ociremote "github.com/sigstore/cosign/v3/pkg/oci/remote"
	"github.com/sigstore/cosign/v3/pkg/oci/static"
	"github.com/sigstore/cosign/v3/pkg/providers"
	_ "github.com/sigstore/cosign/v3/pkg/providers/envvar" // Where the identity of a workflow comes from.
	_ "github.com/sigstore/cosign/v3/pkg/providers/github" // The same, of workflows on GitHub.
	rekor "github.com/sigstore/rekor/pkg/client"
	generated "github.com/sigstore/rekor/pkg/generated/client"
	"github.com/sigstore/sigstore-go/pkg/sign"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/payload"
)

// audience is the audience of an identity token that Fulcio takes.
const audience = "sigstore"

// passwordEnv is the variable with the password of a key that cosign generated. It is cosign's own.
const passwordEnv = "COSIGN_PASSWORD"

type signCmd struct {
	References []string `arg:"" help:"What is signed, by digest, as push prints it. The images of an index are signed with it."`
	Key        string   `type:"existingfile" help:"Private key in PEM; of cosign with its COSIGN_PASSWORD. Without it, the workflow's identity signs."`
	Fulcio     string   `default:"https://fulcio.sigstore.dev" help:"Authority that certifies the identity of the workflow (${default})."`
	Rekor      string   `default:"https://rekor.sigstore.dev" help:"Transparency log, without which Crossplane takes no signature (${default})."`
}

// A signer signs payloads.
type signer struct {
	sign func(ctx context.Context, payload []byte) ([]byte, error)

	// verifier is what the signatures are verified with, in PEM: a public key, or a certificate if that is set.
	verifier    []byte
	certificate bool
}

// Run signs artifacts in a registry.
//
// Crossplane looks for a signature under a tag that follows from the digest, with an entry of a transparency log of version 1 beside it. The
// current command line of cosign writes another format by default, which Crossplane does not find.
func (c *signCmd) Run(ctx context.Context) error {
	s, err := c.signer(ctx)
	if err != nil {
		return err
	}
	log, err := rekor.GetRekorClient(c.Rekor)
	if err != nil {
		return fmt.Errorf("--rekor: %w", err)
	}
	for _, r := range c.References {
		ref, err := name.NewDigest(r)
		if err != nil {
			return err
		}
		all, err := withImages(ctx, ref)
		if err != nil {
			return fmt.Errorf("cannot read %s: %w", ref, err)
		}
		for _, digest := range all {
			if err := s.attach(ctx, digest, log); err != nil {
				return fmt.Errorf("cannot sign %s: %w", digest, err)
			}
			fmt.Println("signed", digest)
		}
	}
	return nil
}

// signer returns a signer with the key, or else with one whose certificate names the identity of the workflow.
func (c *signCmd) signer(ctx context.Context) (*signer, error) {
	if c.Key != "" {
		return keySigner(c.Key)
	}
	token, err := providers.Provide(ctx, audience)
	if err != nil {
		return nil, fmt.Errorf("cannot get an identity token, which a workflow of GitHub has with the permission id-token: write; else give a --key: %w", err)
	}
	pair, err := sign.NewEphemeralKeypair(nil)
	if err != nil {
		return nil, err
	}
	fulcio := sign.NewFulcio(&sign.FulcioOptions{BaseURL: c.Fulcio, Retries: retries})
	der, err := fulcio.GetCertificate(ctx, pair, &sign.CertificateProviderOptions{IDToken: token})
	if err != nil {
		return nil, fmt.Errorf("cannot get a certificate of %s: %w", c.Fulcio, err)
	}
	return &signer{
		sign: func(ctx context.Context, payload []byte) ([]byte, error) {
			sig, _, err := pair.SignData(ctx, payload)
			return sig, err
		},
		verifier:    pem.EncodeToMemory(&pem.Block{Type: string(cryptoutils.CertificatePEMType), Bytes: der}),
		certificate: true,
	}, nil
}

// retries is how often a request to Fulcio is tried again.
const retries = 3

// keySigner returns a signer with the private key in a file.
func keySigner(file string) (*signer, error) {
	b, err := os.ReadFile(file) //nolint:gosec // The caller's key.
	if err != nil {
		return nil, err
	}
	key, err := cryptoutils.UnmarshalPEMToPrivateKey(b, func(bool) ([]byte, error) { return []byte(os.Getenv(passwordEnv)), nil })
	if err != nil {
		return nil, fmt.Errorf("cannot read the private key in %s: %w", file, err)
	}
	s, err := signature.LoadDefaultSignerVerifier(key)
	if err != nil {
		return nil, err
	}
	public, err := s.PublicKey()
	if err != nil {
		return nil, err
	}
	verifier, err := cryptoutils.MarshalPublicKeyToPEM(public)
	if err != nil {
		return nil, err
	}
	return &signer{
		sign: func(_ context.Context, payload []byte) ([]byte, error) {
			return s.SignMessage(bytes.NewReader(payload))
		},
		verifier: verifier,
	}, nil
}

// attach signs an artifact, enters the signature into the log, and puts both beside the artifact in its registry.
func (s *signer) attach(ctx context.Context, digest name.Digest, log *generated.Rekor) error {
	claim, err := payload.Cosign{Image: digest}.MarshalJSON()
	if err != nil {
		return err
	}
	sig, err := s.sign(ctx, claim)
	if err != nil {
		return err
	}
	sum := sha256.New()
	sum.Write(claim)
	entry, err := cosign.TLogUpload(ctx, log, sig, sum, s.verifier)
	if err != nil {
		return err
	}
	options := []static.Option{static.WithBundle(bundle.EntryToBundle(entry))}
	if s.certificate {
		// Without its chain, which whoever verifies has from the root of trust.
		options = append(options, static.WithCertChain(s.verifier, nil))
	}
	signed, err := static.NewSignature(claim, base64.StdEncoding.EncodeToString(sig), options...)
	if err != nil {
		return err
	}
	registry := ociremote.WithRemoteOptions(remoteOptions(ctx)...)
	entity, err := mutate.AttachSignatureToEntity(ociremote.SignedUnknown(digest, registry), signed)
	if err != nil {
		return err
	}
	return ociremote.WriteSignatures(digest.Repository, entity, registry)
}

// withImages returns the digest of an artifact and, if it is an index, those of its images.
func withImages(ctx context.Context, ref name.Digest) ([]name.Digest, error) {
	found, err := remote.Get(ref, remoteOptions(ctx)...)
	if err != nil {
		return nil, err
	}
	all := []name.Digest{ref}
	if !found.MediaType.IsIndex() {
		return all, nil
	}
	index, err := found.ImageIndex()
	if err != nil {
		return nil, err
	}
	entries, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, d := range entries.Manifests {
		all = append(all, ref.Digest(d.Digest.String()))
	}
	return all, nil
}

// remoteOptions returns the options of requests to a registry.
func remoteOptions(ctx context.Context) []remote.Option {
	return []remote.Option{remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)}
}
