//go:build e2e

package signature

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/package/build/sigstoretest"
	"github.com/novasphere/function-wukong/test/cluster/plane"
)

var (
	setName           = flag.String("set", "current", "set of versions, of those in test/tools/sets")
	crossplaneVersion = flag.String("crossplane", "", "another minor version of Crossplane than the set has")
)

const (
	repository = "../../.."

	// patience is how long the test waits for a condition, with a large margin.
	patience = 5 * time.Minute

	functionName = "function-wukong"
)

// TestSignature lets Crossplane install a package that nobody has signed, then one that somebody else has signed, and then one with the signature that
// the ImageConfig asks for. Then it names packages by digest.
func TestSignature(t *testing.T) {
	sigstore := sigstoretest.New(t)
	c := startPlane(t)
	if c == nil {
		t.Skip("Crossplane 1 reports signatures in other conditions")
	}
	ours, others := writeKey(t), writeKey(t)

	// As with a mirror: the place counts from which Crossplane pulls.
	c.apply(t, "v1", "Secret", "crossplane-system", "signer", map[string]any{"stringData": map[string]any{"cosign.pub": ours.public}})
	c.apply(t, "pkg.crossplane.io/v1beta1", "ImageConfig", "", "mirror", map[string]any{"spec": map[string]any{
		"matchImages":  []any{map[string]any{"type": "Prefix", "prefix": "ghcr.io/novasphere/"}},
		"rewriteImage": map[string]any{"prefix": c.registry.Address + "/novasphere/"},
	}})
	c.apply(t, "pkg.crossplane.io/v1beta1", "ImageConfig", "", "verify", map[string]any{"spec": map[string]any{
		"matchImages": []any{map[string]any{"type": "Prefix", "prefix": c.registry.Address + "/novasphere/"}},
		"verification": map[string]any{"provider": "Cosign", "cosign": map[string]any{"authorities": []any{map[string]any{
			"name": "signer",
			"key":  map[string]any{"secretRef": map[string]any{"name": "signer", "key": "cosign.pub"}, "hashAlgorithm": "sha256"},
		}}}},
	}})

	c.install(t, "Function", functionName, functionName+":"+plane.Version)
	c.await(t, "Function", functionName, "an unsigned package is refused", refused("no signatures found", "not found", "MANIFEST_UNKNOWN"))

	c.sign(t, sigstore, others, functionName)
	c.await(t, "Function", functionName, "somebody else's signature is refused", refused("comparing public key"))
	if revisions := c.revisions(t, "FunctionRevision"); revisions > 0 {
		t.Errorf("want nothing installed of a package that was refused, got %d revisions", revisions)
	}

	c.sign(t, sigstore, ours, functionName)
	c.await(t, "Function", functionName, "the signature is found", installed)

	// By digest, which the version that the configuration asks for cannot be compared with.
	const configuration = "configuration-wukong-native"
	c.sign(t, sigstore, ours, configuration)
	c.install(t, "Function", functionName, functionName+"@"+c.digest(t, functionName))
	c.install(t, "Configuration", configuration, configuration+"@"+c.digest(t, configuration))
	c.await(t, "Configuration", configuration, "the configuration asks for a version", func(p *unstructured.Unstructured) error {
		if healthy := condition(p, "Healthy"); !strings.Contains(healthy, "invalid semantic version") {
			return errors.New(healthy)
		}
		return nil
	})
	p := newPackage("Configuration", configuration)
	skip := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"skipDependencyResolution":true}}`))
	if err := c.Patch(t.Context(), p, skip); err != nil {
		t.Fatal(err)
	}
	c.await(t, "Configuration", configuration, "it does not ask", plane.CheckPackageHealthy)
}

// refused returns a check that a package is not installed, for one of some reasons.
func refused(reasons ...string) func(*unstructured.Unstructured) error {
	return func(p *unstructured.Unstructured) error {
		got := condition(p, "Installed") + condition(p, "Healthy")
		for _, reason := range reasons {
			if strings.Contains(got, "signature verification failed") && strings.Contains(got, reason) {
				return nil
			}
		}
		return fmt.Errorf("want it refused with one of %q, got %s", reasons, got)
	}
}

// installed returns an error unless a package is installed.
func installed(p *unstructured.Unstructured) error {
	if got := condition(p, "Installed"); !strings.HasPrefix(got, "True") {
		return errors.New(got)
	}
	return nil
}

// condition returns the status and the message of a condition.
func condition(p *unstructured.Unstructured, kind string) string {
	all, _, _ := unstructured.NestedSlice(p.Object, "status", "conditions")
	for _, c := range all {
		if c, ok := c.(map[string]any); ok && c["type"] == kind {
			return fmt.Sprintf("%v %v", c["status"], c["message"])
		}
	}
	return kind + " is not known"
}

// A cluster is a Kubernetes API with Crossplane, and a registry.
type cluster struct {
	client.Client

	registry  plane.Registry
	transport http.RoundTripper
}

// startPlane starts Crossplane, which verifies signatures, and a registry with unsigned packages. It returns nil for Crossplane 1.
func startPlane(t *testing.T) *cluster {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	set, err := plane.ReadSet(root, *setName)
	if err != nil {
		t.Fatal(err)
	}
	set = set.With(plane.Crossplane, *crossplaneVersion)
	if set.HasClaimsAlone() {
		return nil
	}
	program, packager := filepath.Join(dir, "cluster"), filepath.Join(dir, "package")
	for binary, module := range map[string]string{program: "..", packager: filepath.Join(root, "package", "build")} {
		run(t, nil, module, "go", "build", "-o", binary, ".")
	}
	tools := map[string]string{}
	for _, tool := range set.ToolNames("native") {
		if strings.HasPrefix(tool, plane.Crossplane) || strings.HasPrefix(tool, plane.Kubernetes) {
			tools[tool] = strings.TrimSpace(run(t, nil, root, "test/tools/build", tool))
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	p, err := plane.StartPackageManager(ctx, plane.Options{
		Dir: dir, Repository: root, Set: set, Target: "native", Source: root, Packager: packager, RegistryCommand: []string{program, "registry"},
		Tools: tools, TrustRoot: os.Getenv("TUF_ROOT"), Progress: os.Stdout,
	})
	t.Cleanup(func() {
		cancel()
		p.Stop()
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := plane.ReadState(dir)
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", s.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{registry: s.Registry}
	if c.Client, err = client.New(config, client.Options{}); err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(s.Registry.CA)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	c.transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	return c
}

// run runs a program and returns its output.
func run(t *testing.T, env []string, dir, program string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), program, args...)
	c.Dir, c.Env, c.Stderr = dir, append(append(os.Environ(), "GOWORK=off"), env...), os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(program), err)
	}
	return string(out)
}

// A key is a file with a private key, and the public key in PEM.
type key struct{ file, public string }

// writeKey writes a new key.
func writeKey(t *testing.T) key {
	t.Helper()
	private := sigstoretest.NewKey(t)
	b, err := cryptoutils.MarshalPrivateKeyToPEM(private)
	if err != nil {
		t.Fatal(err)
	}
	public, err := cryptoutils.MarshalPublicKeyToPEM(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	k := key{file: filepath.Join(t.TempDir(), "cosign.key"), public: string(public)}
	if err := os.WriteFile(k.file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return k
}

// digest returns the digest of a package in the registry.
func (c *cluster) digest(t *testing.T, pkg string) string {
	t.Helper()
	ref, err := name.ParseReference(c.registry.Address + "/novasphere/" + pkg + ":" + plane.Version)
	if err != nil {
		t.Fatal(err)
	}
	d, err := remote.Head(ref, remote.WithTransport(c.transport))
	if err != nil {
		t.Fatal(err)
	}
	return d.Digest.String()
}

// sign signs a package in the registry.
func (c *cluster) sign(t *testing.T, s *sigstoretest.Sigstore, k key, pkg string) {
	t.Helper()
	ref := c.registry.Address + "/novasphere/" + pkg + "@" + c.digest(t, pkg)
	run(t, []string{"SSL_CERT_FILE=" + c.registry.CA}, ".", c.registry.Packager, "sign", "--key="+k.file, "--rekor="+s.URL, ref)
}

// apply creates an object.
func (c *cluster) apply(t *testing.T, apiVersion, kind, namespace, name string, content map[string]any) {
	t.Helper()
	o := &unstructured.Unstructured{Object: content}
	o.SetAPIVersion(apiVersion)
	o.SetKind(kind)
	o.SetNamespace(namespace)
	o.SetName(name)
	if err := c.Create(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

// install installs a package, or has it be another one.
func (c *cluster) install(t *testing.T, kind, name, image string) {
	t.Helper()
	p := newPackage(kind, name)
	p.Object["spec"] = map[string]any{"package": "ghcr.io/novasphere/" + image}
	//nolint:staticcheck // Server-side apply of unstructured objects.
	if err := c.Patch(t.Context(), p, client.Apply, client.ForceOwnership, client.FieldOwner("test")); err != nil {
		t.Fatal(err)
	}
}

// newPackage returns a package of Crossplane without a spec.
func newPackage(kind, name string) *unstructured.Unstructured {
	p := &unstructured.Unstructured{}
	p.SetAPIVersion("pkg.crossplane.io/v1")
	p.SetKind(kind)
	p.SetName(name)
	return p
}

// revisions returns how many revisions there are of a kind.
func (c *cluster) revisions(t *testing.T, kind string) int {
	t.Helper()
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion("pkg.crossplane.io/v1")
	list.SetKind(kind + "List")
	if err := c.List(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	return len(list.Items)
}

// await waits until a package passes a check.
func (c *cluster) await(t *testing.T, kind, name, what string, check func(*unstructured.Unstructured) error) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(500 * time.Millisecond) {
		p := newPackage(kind, name)
		err := c.Get(t.Context(), client.ObjectKeyFromObject(p), p)
		if err == nil {
			if err = check(p); err == nil {
				t.Logf("%s: %s, %s", what, condition(p, "Installed"), condition(p, "Healthy"))
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", what, err)
		}
	}
}
