// Rendered prints what the function renders for Wukongs, random ones or given, one JSON object to a line: the spec, and the manifests by
// the keys of their composed resources. Other modules test these with software that the function's own module must not depend on.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/alecthomas/kong"
	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

type command struct {
	Count int `default:"1000" help:"How many Wukongs to render."`
	Seed  int `default:"1"    help:"Where to begin; the same seed gives the same Wukongs."`

	Specs bool `help:"Render the specs on the standard input instead, one JSON object to a line."`
}

// A wukong is what was rendered for a spec.
type wukong struct {
	Spec      map[string]any            `json:"spec"`
	Manifests map[string]map[string]any `json:"manifests"`
}

// Run prints the Wukongs.
func (c *command) Run() error {
	out := json.NewEncoder(os.Stdout)
	fn := fn.New(logging.NewNopLogger())
	for spec, err := range c.specs() {
		if err != nil {
			return err
		}
		w, err := render(fn, spec)
		if err != nil {
			return err
		}
		if err := out.Encode(w); err != nil {
			return err
		}
	}
	return nil
}

// specs to render.
func (c *command) specs() iter.Seq2[map[string]any, error] {
	return func(yield func(map[string]any, error) bool) {
		if !c.Specs {
			random := wukongtest.Spec()
			for i := range c.Count {
				if !yield(random.Example(c.Seed+i), nil) {
					return
				}
			}
			return
		}
		in := json.NewDecoder(os.Stdin)
		for {
			var spec map[string]any
			err := in.Decode(&spec)
			if errors.Is(err, io.EOF) || !yield(spec, err) || err != nil {
				return
			}
		}
	}
}

func render(fn fnv1.FunctionRunnerServiceServer, spec map[string]any) (wukong, error) {
	req, err := wukongtest.Request(spec)
	if err != nil {
		return wukong{}, err
	}
	rsp, err := fn.RunFunction(context.Background(), req)
	if err != nil {
		return wukong{}, err
	}
	w := wukong{Spec: spec, Manifests: map[string]map[string]any{}}
	for key, r := range rsp.GetDesired().GetResources() {
		w.Manifests[key] = compose.Unwrap(r.GetResource().AsMap())
	}
	if len(w.Manifests) == 0 {
		return wukong{}, fmt.Errorf("a valid Wukong was refused: %v", rsp.GetResults())
	}
	return w, nil
}

func main() {
	ctx := kong.Parse(&command{}, kong.Name("rendered"), kong.Description("Print what the function renders for random Wukongs."))
	ctx.FatalIfErrorf(ctx.Run())
}
