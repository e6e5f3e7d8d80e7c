package main

import (
	"crypto/ecdsa"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/package/build/sigstoretest"
)

// published is the ImageConfig that platform teams apply.
const published = repository + "/examples/production/image-config.yaml"

// The identity with which GitHub runs the release workflow.
const (
	issuer   = "https://token.actions.githubusercontent.com"
	workflow = "novasphere/function-wukong/.github/workflows/release.yml@refs/tags/v0.9.0"
)

// TestSigned signs the packages of a release, and verifies them by Crossplane's own code.
func TestSigned(t *testing.T) {
	s := sigstoretest.New(t)
	server := httptest.NewServer(registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")

	for name, tc := range map[string]struct {
		reason string
		who    sigstoretest.Identity
		err    string
	}{
		"release": {
			reason: "the release workflow, at a tag of a version",
			who:    sigstoretest.Identity{Issuer: issuer, WorkflowRef: workflow},
		},
		"branch": {
			reason: "whoever may push a branch is nobody who may release",
			who:    sigstoretest.Identity{Issuer: issuer, WorkflowRef: strings.Replace(workflow, "tags/v0.9.0", "heads/v0.9.0", 1)},
			err:    "none of the expected identities matched",
		},
		"tag": {
			reason: "a tag that begins like that of a release",
			who:    sigstoretest.Identity{Issuer: issuer, WorkflowRef: workflow + "-test"},
			err:    "none of the expected identities matched",
		},
		"workflow": {
			reason: "another workflow of the repository",
			who:    sigstoretest.Identity{Issuer: issuer, WorkflowRef: strings.Replace(workflow, "release.yml", "ci.yml", 1)},
			err:    "none of the expected identities matched",
		},
		"repository": {
			reason: "another repository with a workflow of the same name",
			who:    sigstoretest.Identity{Issuer: issuer, WorkflowRef: "example/" + workflow},
			err:    "none of the expected identities matched",
		},
		"issuer": {
			reason: "somebody else's issuer can name any workflow",
			who:    sigstoretest.Identity{Issuer: "https://token.example.org", WorkflowRef: workflow},
			err:    "none of the expected identities matched",
		},
	} {
		t.Run(name, func(t *testing.T) {
			refs := pushed(t, host+"/"+name)
			tc.who.Subject = "repo:novasphere/function-wukong"
			t.Setenv("SIGSTORE_ID_TOKEN", tc.who.Token(t))
			signAll(t, s, signCmd{References: refs})
			check(t, tc.reason, published, everything(t, refs), tc.err)
		})
	}

	t.Run("key", func(t *testing.T) {
		refs := pushed(t, host+"/key")
		key, others := sigstoretest.NewKey(t), sigstoretest.NewKey(t)
		signAll(t, s, signCmd{References: refs, Key: keyFile(t, key)})
		check(t, "the key's signature", keyConfig(t, key), everything(t, refs), "")
		check(t, "another key's signature", keyConfig(t, others), refs[:1], "comparing public key")
		check(t, "a key has no identity", published, refs[:1], "would be refused by Crossplane")

		signAll(t, s, signCmd{References: refs, Key: keyFile(t, others)})
		check(t, "a second signature leaves the first one", keyConfig(t, key), refs, "")
		check(t, "a second signature is found beside the first one", keyConfig(t, others), refs, "")
	})

	t.Run("unsigned", func(t *testing.T) {
		check(t, "nobody has signed it", published, pushed(t, host+"/unsigned")[:1], "would be refused by Crossplane")
	})

	t.Run("moved", func(t *testing.T) {
		key := sigstoretest.NewKey(t)
		signed, other := pushed(t, host+"/moved")[0], pushRandom(t, host+"/moved/function-wukong")
		signAll(t, s, signCmd{References: []string{signed}, Key: keyFile(t, key)})
		from, to := signatureTag(t, signed), signatureTag(t, other)
		img, err := remote.Image(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Write(to, img); err != nil {
			t.Fatal(err)
		}
		check(t, "a signature of something else", keyConfig(t, key), []string{other}, "digest")
	})
}

// pushed pushes the release to a registry, and returns the references of its tagged artifacts as push prints them.
func pushed(t *testing.T, host string) []string {
	t.Helper()
	if err := push(t.Context(), host, released.artifacts); err != nil {
		t.Fatal(err)
	}
	var refs []string
	for _, a := range released.artifacts {
		if a.tag == "" {
			continue
		}
		digest, err := partial.Digest(a.content)
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, fmt.Sprintf("%s/%s:%s@%s", host, a.repository, a.tag, digest))
	}
	return refs
}

// pushRandom pushes an image to a repository, and returns its reference.
func pushRandom(t *testing.T, repository string) string {
	t.Helper()
	img, err := random.Image(64, 1)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.NewDigest(repository + "@" + digest.String())
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, img); err != nil {
		t.Fatal(err)
	}
	return ref.String()
}

// everything returns references, with the image of the function for its platform.
func everything(t *testing.T, refs []string) []string {
	t.Helper()
	digest, err := functionImage(t).Digest()
	if err != nil {
		t.Fatal(err)
	}
	index, err := name.NewDigest(refs[0])
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{index.Digest(digest.String()).String()}, refs...)
}

// signatureTag returns the tag under which Crossplane looks for signatures.
func signatureTag(t *testing.T, r string) name.Tag {
	t.Helper()
	ref, err := name.NewDigest(r)
	if err != nil {
		t.Fatal(err)
	}
	h, err := v1.NewHash(ref.DigestStr())
	if err != nil {
		t.Fatal(err)
	}
	return ref.Tag(h.Algorithm + "-" + h.Hex + ".sig")
}

// signAll signs references at a Sigstore.
func signAll(t *testing.T, s *sigstoretest.Sigstore, c signCmd) {
	t.Helper()
	c.Fulcio, c.Rekor = s.URL, s.URL
	if err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// check verifies references one by one, and wants an error that contains a text, or none.
func check(t *testing.T, reason, config string, refs []string, want string) {
	t.Helper()
	for _, ref := range refs {
		err := (&verifyCmd{References: []string{ref}, Config: config}).Run(t.Context())
		if want == "" && err != nil {
			t.Errorf("%s: want %s verified, got %v", reason, ref, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: want %s refused with %q, got %v", reason, ref, want, err)
		}
	}
}

// keyFile writes a private key to a file.
func keyFile(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	b, err := cryptoutils.MarshalPrivateKeyToPEM(key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cosign.key")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// keyConfig writes an ImageConfig with the Secret that holds a public key.
func keyConfig(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	public, err := cryptoutils.MarshalPublicKeyToPEM(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	secret := corev1.Secret{Data: map[string][]byte{"cosign.pub": public}}
	secret.Kind, secret.APIVersion, secret.Name = "Secret", "v1", "signer"
	b, err := yaml.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	config := `apiVersion: pkg.crossplane.io/v1beta1
kind: ImageConfig
metadata:
  name: signer
spec:
  matchImages:
  - prefix: registry.example.org/
  verification:
    provider: Cosign
    cosign:
      authorities:
      - name: signer
        key:
          secretRef:
            name: signer
            key: cosign.pub
          hashAlgorithm: sha256
---
`
	file := filepath.Join(t.TempDir(), "image-config.yaml")
	if err := os.WriteFile(file, append([]byte(config), b...), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
