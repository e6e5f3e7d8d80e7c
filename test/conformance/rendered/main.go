// Rendered prints what the function renders for random or given Wukongs, as one JSON object per line: the spec, and the manifests by the keys of
// their composed resources. For random edits it prints the virtual machines before and after, and what KubeVirt makes of that. Modules whose
// dependencies the function must not have test them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/feature"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// A command has what to print.
type command struct {
	// count is the number of Wukongs, seed that of the first one.
	count, seed int

	// specs has the specs on the standard input rendered.
	specs bool

	// edits is the version of KubeVirt for which random edits are rendered, with what it makes of each. Empty for none.
	edits string

	// gates is the version of KubeVirt whose feature gates are printed. Empty to render.
	gates string

	// pairs is the version of KubeVirt for which pairs of values are rendered. Empty for none.
	pairs string

	// capacity is the version of KubeVirt in the clusters in which the Wukongs are checked. Empty to render.
	capacity string
}

// A wukong is a spec with the manifests that the function renders for it.
type wukong struct {
	Spec      map[string]any            `json:"spec"`
	Manifests map[string]map[string]any `json:"manifests"`
}

// run renders and prints the Wukongs, or prints the feature gates.
func (c command) run() error {
	switch {
	case c.gates != "":
		return c.printGates(os.Stdout)
	case c.pairs != "":
		return c.printPairs(os.Stdout)
	case c.capacity != "":
		return c.printChecked(os.Stdout)
	case c.edits != "":
		return encode(os.Stdout, c.toEdit())
	default:
		return encode(os.Stdout, c.rendered())
	}
}

// encode prints values, until one of them is an error.
func encode[T any](out io.Writer, values iter.Seq2[T, error]) error {
	encoder := json.NewEncoder(out)
	for v, err := range values {
		if err != nil {
			return err
		}
		if err := encoder.Encode(v); err != nil {
			return err
		}
	}
	return nil
}

// printGates prints which feature gates a version of KubeVirt has on by default.
func (c command) printGates(out io.Writer) error {
	gates := map[feature.Gate]bool{}
	in := &v1beta1.Input{Cluster: &v1beta1.Cluster{KubeVirt: &v1beta1.KubeVirt{Version: v1beta1.Version(c.gates)}}}
	for _, g := range feature.Gates() {
		gates[g], _ = feature.Enabled(in, g)
	}
	return json.NewEncoder(out).Encode(gates)
}

// rendered returns the Wukongs with what the function renders for them.
func (c command) rendered() iter.Seq2[wukong, error] {
	return func(yield func(wukong, error) bool) {
		fn := fn.New(logging.NewNopLogger())
		for spec, err := range c.toRender() {
			var w wukong
			if err == nil {
				w, err = render(fn, spec)
			}
			if !yield(w, err) || err != nil {
				return
			}
		}
	}
}

// toRender returns the specs to render.
func (c command) toRender() iter.Seq2[map[string]any, error] {
	return func(yield func(map[string]any, error) bool) {
		if !c.specs {
			random := wukongtest.WithTemplate(wukongtest.GatedTemplate())
			for i := range c.count {
				if !yield(random.Example(c.seed+i), nil) {
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

// render renders a spec, which must be valid, with what its disks are cloned from.
func render(fn fnv1.FunctionRunnerServiceServer, spec map[string]any) (wukong, error) {
	req, err := wukongtest.Request(spec)
	if err != nil {
		return wukong{}, err
	}
	rsp, err := fn.RunFunction(context.Background(), req)
	if err != nil {
		return wukong{}, err
	}
	for more := true; more; {
		if more, err = observeSources(req, rsp); err != nil {
			return wukong{}, err
		}
		if rsp, err = fn.RunFunction(context.Background(), req); err != nil {
			return wukong{}, err
		}
	}
	w := wukong{Spec: spec, Manifests: map[string]map[string]any{}}
	for key, r := range rsp.GetDesired().GetResources() {
		w.Manifests[key] = compose.Unwrap(r.GetResource().AsMap())
	}
	if len(w.Manifests) == 0 {
		return wukong{}, fmt.Errorf("the function refuses a valid Wukong: %v", rsp.GetResults())
	}
	return w, nil
}

// observeSources puts the objects that lead to what disks are cloned from into a request, as the provider would find them, and reports whether there were
// some that it did not have.
func observeSources(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse) (more bool, err error) {
	for key, r := range rsp.GetDesired().GetResources() {
		manifest := compose.Unwrap(r.GetResource().AsMap())
		if req.GetObserved().GetResources()[key] != nil || !lead(key, manifest) {
			continue
		}
		object := r.GetResource().AsMap()
		object["status"] = map[string]any{"atProvider": map[string]any{"manifest": manifest}}
		observed, err := structpb.NewStruct(object)
		if err != nil {
			return false, err
		}
		if req.GetObserved().Resources == nil {
			req.Observed.Resources = map[string]*fnv1.Resource{}
		}
		req.Observed.Resources[key] = &fnv1.Resource{Resource: observed}
		more = true
	}
	return more, nil
}

// lead completes the manifest of an object that leads to what a disk is cloned from, and returns false for any other. Some DataSources lead to a claim beside
// them, the others to a snapshot.
func lead(key string, manifest map[string]any) bool {
	metadata, _ := manifest["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	switch manifest["kind"] {
	case "DataSource":
		kind := "pvc"
		if len(name)%2 == 0 {
			kind = "snapshot"
		}
		source := map[string]any{"source": map[string]any{kind: map[string]any{"namespace": metadata["namespace"], "name": name}}}
		manifest["spec"], manifest["status"] = source, source
	case "VirtualMachineSnapshot":
		manifest["status"] = map[string]any{"readyToUse": true, "virtualMachineSnapshotContentName": "content"}
	case "VirtualMachine":
		disk, isSource := strings.CutPrefix(key, "machine-")
		if !isSource {
			return false
		}
		metadata["labels"] = map[string]any{"vm.novasphere.dev/wukong": name}
		volume := map[string]any{"name": disk, "persistentVolumeClaim": map[string]any{"claimName": "claim"}}
		manifest["spec"] = map[string]any{"template": map[string]any{"spec": map[string]any{"volumes": []any{volume}}}}
	case "VirtualMachineSnapshotContent":
		_, holder, _ := strings.Cut(key, "-")
		disk, _, _ := strings.Cut(holder, ".")
		manifest["spec"] = map[string]any{"volumeBackups": []any{map[string]any{"volumeName": disk, "volumeSnapshotName": "volume"}}}
	default:
		return false
	}
	return true
}

func main() {
	var c command
	flag.IntVar(&c.count, "count", 1000, "number of Wukongs to render")
	flag.IntVar(&c.seed, "seed", 1, "seed of the first Wukong; the same seed gives the same Wukongs")
	flag.BoolVar(&c.specs, "specs", false, "render the specs on the standard input instead, one JSON object to a line")
	flag.StringVar(&c.edits, "edits", "", "render random edits instead, with what a `version` of KubeVirt makes of each")
	flag.StringVar(&c.gates, "gates", "", "print instead which feature gates are on by default in a `version` of KubeVirt, as far as the function knows them")
	flag.StringVar(&c.pairs, "pairs", "", "render instead each pair of values of some fields, and count combinations of more, for a `version` of KubeVirt")
	flag.StringVar(&c.capacity, "capacity", "", "print instead what a check says of the Wukongs in random clusters with a `version` of KubeVirt")
	flag.Parse()
	if err := c.run(); err != nil {
		fmt.Fprintln(os.Stderr, "rendered:", err)
		os.Exit(1)
	}
}
