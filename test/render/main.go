// Command render previews a Wukong with the real Crossplane command line, whatever its generation. It serves the function to it
// on a free port for as long as that takes. It runs in the root of the repository.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/crossplane/function-sdk-go/logging"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/preview"
	"github.com/novasphere/function-wukong/internal/server"
)

const (
	functionsFile    = "examples/functions.yaml"
	annotationTarget = "render.crossplane.io/runtime-development-target"

	maxRequestBytes = 4 << 20
)

// A call has what the command is called with.
type call struct {
	example, composition, observed, required, crossplane string
}

// run prints what becomes of the example.
func (c call) run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "render-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	in, namespaced, err := c.inputs(ctx, dir)
	if err != nil {
		return err
	}
	r, err := findRenderer(ctx, c.crossplane, namespaced, os.Stderr)
	if err != nil {
		return err
	}
	var stop func()
	if in.functions, stop, err = serve(ctx, dir); err != nil {
		return err
	}
	defer stop()
	return r.render(ctx, in, os.Stdout, os.Stderr)
}

// inputs writes the files that a renderer takes into a folder: the composite of the example, and what is observed of it. It reports whether
// the composite has a namespace.
func (c call) inputs(ctx context.Context, dir string) (in inputs, namespaced bool, err error) {
	file, err := exampleFile(c.example)
	if err != nil {
		return inputs{}, false, err
	}
	in = inputs{composition: c.composition, required: c.required}
	if settings := filepath.Join("examples", c.example, "input.yaml"); exists(settings) {
		if in.composition, err = withSettings(filepath.Join(dir, "composition.yaml"), c.composition, settings); err != nil {
			return inputs{}, false, err
		}
	}
	r := preview.Read(ctx, preview.Options{Files: []string{file}, Input: in.composition, Observed: c.observed, Stdin: os.Stdin})
	manifest.Printer{Writer: os.Stderr}.Print(r.Problems...)
	if r.Failed() {
		return inputs{}, false, preview.ErrRefused
	}
	if len(r.Wukongs) != 1 {
		return inputs{}, false, fmt.Errorf("%s holds %d Wukongs, and the Crossplane command line renders one: use function-wukong render", file, len(r.Wukongs))
	}
	w := r.Wukongs[0]
	if in.composite, err = writeYAML(filepath.Join(dir, "composite.yaml"), w.Composite); err != nil {
		return inputs{}, false, err
	}
	if len(w.Observed) > 0 {
		in.observed, err = writeYAML(filepath.Join(dir, "observed.yaml"), w.Observed...)
	}
	return in, w.Composite.GetNamespace() != "", err
}

// withSettings writes a Composition with the settings that an example takes, beside its own, and returns the file.
func withSettings(file, composition, settings string) (string, error) {
	var c unstructured.Unstructured
	var added map[string]any
	for path, into := range map[string]any{composition: &c.Object, settings: &added} {
		b, err := os.ReadFile(path) //nolint:gosec // A file of this repository, or one that the user names.
		if err != nil {
			return "", err
		}
		if err := yaml.Unmarshal(b, into); err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
	}
	steps, _, err := unstructured.NestedSlice(c.Object, "spec", "pipeline")
	if err != nil || len(steps) == 0 {
		return "", fmt.Errorf("%s has no pipeline: %w", composition, err)
	}
	step, _ := steps[0].(map[string]any)
	input, _ := step["input"].(map[string]any)
	if input == nil {
		input = map[string]any{}
	}
	maps.Copy(input, added)
	step["input"] = input
	if err := unstructured.SetNestedSlice(c.Object, steps, "spec", "pipeline"); err != nil {
		return "", err
	}
	return writeYAML(file, &c)
}

// exampleFile returns the file of an example, or a file itself.
func exampleFile(example string) (string, error) {
	for _, path := range []string{filepath.Join("examples", example, "wukong.yaml"), example} {
		if exists(path) {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is neither an example nor a file called %q; the examples are the folders of examples/", example)
}

// serve the function on a free port until stop is called, and write the file that tells the command line where.
func serve(ctx context.Context, dir string) (functions string, stop func(), err error) {
	lis, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "localhost:0")
	if err != nil {
		return "", nil, err
	}
	creds, err := server.Credentials("", true)
	if err != nil {
		return "", nil, err
	}

	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	s := server.Server{Function: fn.New(logging.NewNopLogger()), Credentials: creds, MaxRequestBytes: maxRequestBytes, Log: logging.NewNopLogger()}
	go func() {
		defer close(done)
		if err := s.Serve(ctx, lis, nil); err != nil {
			fmt.Fprintln(os.Stderr, "render:", err)
		}
	}()
	stop = func() {
		cancel()
		<-done
	}

	if functions, err = functionsAt(lis.Addr().String(), dir); err != nil {
		stop()
		return "", nil, err
	}
	return functions, stop, nil
}

// functionsAt writes the functions file of the examples with another address.
func functionsAt(address, dir string) (string, error) {
	b, err := os.ReadFile(functionsFile)
	if err != nil {
		return "", err
	}
	fn := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(b, &fn.Object); err != nil {
		return "", fmt.Errorf("cannot read %s: %w", functionsFile, err)
	}
	annotations := fn.GetAnnotations()
	annotations[annotationTarget] = address
	fn.SetAnnotations(annotations)
	return writeYAML(filepath.Join(dir, "functions.yaml"), fn)
}

// writeYAML writes objects to a file, and returns its path.
func writeYAML(path string, objects ...*unstructured.Unstructured) (string, error) {
	var b bytes.Buffer
	for _, o := range objects {
		y, err := yaml.Marshal(o.Object)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "---\n%s", y)
	}
	return path, os.WriteFile(path, b.Bytes(), 0o600)
}

func exists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func main() {
	os.Exit(run())
}

// run renders what the flags ask for, and returns the exit code.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c call
	flag.StringVar(&c.composition, "composition", "package/configuration-namespaced/composition.yaml", "`file` with the Composition to render with")
	flag.StringVar(&c.observed, "observed", "", "`file` with composed resources as they are in the cluster")
	flag.StringVar(&c.required, "required", "", "`file` with what else is in the cluster")
	flag.StringVar(&c.crossplane, "crossplane", "", "`path` of the Crossplane command line (default: the one on the PATH, else the pinned one)")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "Usage: render [flags] EXAMPLE\n\nEXAMPLE is the name of an example, or a file with a Wukong or an XWukong.")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		return 2
	}
	c.example = flag.Arg(0)
	if err := c.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "render:", err)
		return 1
	}
	return 0
}
