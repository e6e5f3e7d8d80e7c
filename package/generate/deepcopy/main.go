// Command deepcopy writes the DeepCopy methods of the types of the API and of the Input. It is apart from command generate, which is compiled
// with those types, and so with their methods.
//
// It takes the root of the repository as its only argument.
package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/tools/go/packages"
	"sigs.k8s.io/controller-tools/pkg/deepcopy"
	"sigs.k8s.io/controller-tools/pkg/genall"
	"sigs.k8s.io/controller-tools/pkg/loader"
	"sigs.k8s.io/controller-tools/pkg/markers"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: deepcopy ROOT")
		os.Exit(2)
	}
	if err := deepCopies(os.Args[1], "./fn/api/v1alpha1", "./input/v1beta1"); err != nil {
		fmt.Fprintln(os.Stderr, "deepcopy:", err)
		os.Exit(1)
	}
}

// deepCopies writes the DeepCopy methods beside the types.
func deepCopies(root string, paths ...string) error {
	roots, err := loader.LoadRootsWithConfig(&packages.Config{Dir: root}, paths...)
	if err != nil {
		return err
	}
	var object genall.Generator = deepcopy.Generator{}
	generators := genall.Generators{&object}
	collector := &markers.Collector{Registry: &markers.Registry{}}
	if err := generators.RegisterMarkers(collector.Registry); err != nil {
		return err
	}
	rt := genall.Runtime{
		Generators: generators,
		GenerationContext: genall.GenerationContext{
			Collector: collector,
			Roots:     roots,
			Checker:   &loader.TypeChecker{NodeFilters: []loader.NodeFilter{deepcopy.Generator{}.CheckFilter()}},
		},
		OutputRules: genall.OutputRules{Default: genall.OutputArtifacts{}},
	}
	if failed := rt.Run(); failed {
		return errors.New("cannot generate DeepCopy methods")
	}
	return nil
}
