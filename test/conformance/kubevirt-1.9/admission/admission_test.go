// Package admission shows that KubeVirt and CDI admit what the function renders, by running their own admission webhooks over random Wukongs.
package admission

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/client-go/tools/cache"
)

var (
	count = flag.Int("count", 2000, "number of Wukongs to render")
	seed  = flag.Int("seed", 1, "seed of the first Wukong; a failure names that of its Wukong")
)

// wukongs are the random Wukongs of all tests.
var wukongs []wukong

// A wukong is a spec with the manifests that the function renders for it, by key.
type wukong struct {
	Spec      map[string]any             `json:"spec"`
	Manifests map[string]json.RawMessage `json:"manifests"`
}

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if wukongs, err = render(nil, fmt.Sprintf("--count=%d", *count), fmt.Sprintf("--seed=%d", *seed)); err != nil {
		fmt.Fprintln(os.Stderr, "cannot render Wukongs:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// render renders random Wukongs or, if there are specs, those. It runs in the function's own module, whose dependencies conflict with KubeVirt's.
func render(specs io.Reader, args ...string) ([]wukong, error) {
	cmd := exec.CommandContext(context.Background(), "go", append([]string{"run", "./test/conformance/rendered"}, args...)...)
	cmd.Dir, cmd.Stdin, cmd.Stderr, cmd.Env = "../../../..", specs, os.Stderr, append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var rendered []wukong
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, len(out)+1)
	for lines.Scan() {
		var w wukong
		if err := json.Unmarshal(lines.Bytes(), &w); err != nil {
			return nil, err
		}
		rendered = append(rendered, w)
	}
	return rendered, lines.Err()
}

// check checks that an admission webhook admits a manifest.
func check(t *testing.T, i int, key string, rsp *admissionv1.AdmissionResponse) {
	t.Helper()
	if rsp.Allowed {
		return
	}
	message := ""
	if rsp.Result != nil {
		message = rsp.Result.Message
	}
	spec, err := json.Marshal(wukongs[i].Spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Errorf("%s is refused (-seed=%d): %s\nspec: %s\nmanifest: %s", key, *seed+i, message, spec, wukongs[i].Manifests[key])
}

// informer returns an informer without objects.
func informer() cache.SharedIndexInformer {
	return cache.NewSharedIndexInformer(&cache.ListWatch{}, nil, 0, nil)
}
