// Command render previews a Wukong with the real Crossplane command line, whatever its generation. It serves the function to it
// on a free port for as long as that takes. It runs in the root of the repository.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/crossplane/function-sdk-go/logging"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/function"
	"github.com/novasphere/function-wukong/fn/preview"
	"github.com/novasphere/function-wukong/fn/server"
)

const (
	functionsFile    = "examples/functions.yaml"
	annotationTarget = "render.crossplane.io/runtime-development-target"

	maxRequestBytes = 4 << 20
)

type cli struct {
	Example     string `arg:"" help:"Name of an example, or a file with a Wukong or an XWukong."`
	Composition string `default:"package/configuration/composition.yaml" help:"Composition to render with."`
	Observed    string `placeholder:"FILE" help:"Composed resources as they are in the cluster."`
	Required    string `placeholder:"FILE" help:"What else is in the cluster."`
	Crossplane  string `placeholder:"PATH" help:"Crossplane command line. Default: the one on the PATH, else the pinned one."`
}

// Run prints what becomes of the example.
func (c *cli) Run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "render-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	composite, namespaced, err := compositeFile(c.Example, c.Composition, dir)
	if err != nil {
		return err
	}
	r, err := findRenderer(ctx, c.Crossplane, namespaced, os.Stderr)
	if err != nil {
		return err
	}
	functions, stop, err := serve(ctx, dir)
	if err != nil {
		return err
	}
	defer stop()
	return r.render(ctx, inputs{composite, c.Composition, functions, c.Observed, c.Required}, os.Stdout, os.Stderr)
}

// compositeFile is a file with the composite of an example, or of a file, for a Composition, and whether it has a namespace.
func compositeFile(example, composition, dir string) (path string, namespaced bool, err error) {
	file := example
	if path := filepath.Join("examples", example, "wukong.yaml"); exists(path) {
		file = path
	}
	if !exists(file) {
		return "", false, fmt.Errorf("there is neither an example nor a file called %q; the examples are the folders of examples/", example)
	}
	xrs, err := preview.Composites(file, composition, os.Stdin)
	if err != nil {
		return "", false, err
	}
	if len(xrs) != 1 {
		return "", false, fmt.Errorf("%s holds %d Wukongs, and the Crossplane command line renders one: use go run ./fn render", file, len(xrs))
	}
	path, err = writeYAML(filepath.Join(dir, "xwukong.yaml"), xrs[0])
	return path, xrs[0].GetNamespace() != "", err
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
	s := server.Server{Function: function.New(logging.NewNopLogger()), Credentials: creds, MaxRequestBytes: maxRequestBytes, Log: logging.NewNopLogger()}
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

func writeYAML(path string, o *unstructured.Unstructured) (string, error) {
	y, err := yaml.Marshal(o.Object)
	if err != nil {
		return "", err
	}
	return path, os.WriteFile(path, y, 0o600)
}

func exists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k := kong.Parse(&cli{}, kong.Name("render"), kong.Description("Preview a Wukong with the real Crossplane command line."), kong.BindTo(ctx, (*context.Context)(nil)))
	k.FatalIfErrorf(k.Run())
}
