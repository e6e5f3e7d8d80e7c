package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// A renderer is a Crossplane command line with the command of its generation that renders.
type renderer struct {
	// binary is the path of the command line.
	binary string

	// command renders: "beta render" up to 1.16, "render" up to 2.4, "composition render" since.
	command []string

	// core is the path of the Crossplane binary whose reconciler "composition render" runs. Without one it would need Docker.
	core string
}

// generations are the commands that render, the newest first.
var generations = [][]string{{"composition", "render"}, {"render"}, {"beta", "render"}}

// findRenderer returns the given Crossplane command line. Without one it returns the one on the PATH, or a pinned one where that does not fit,
// which it builds if need be. Namespaced composites need the last generation.
func findRenderer(ctx context.Context, binary string, namespaced bool, progress io.Writer) (renderer, error) {
	if binary != "" {
		return newRenderer(ctx, binary, namespaced, progress)
	}
	binary, err := exec.LookPath("crossplane")
	if err == nil {
		var r renderer
		if r, err = newRenderer(ctx, binary, namespaced, progress); !errors.Is(err, errUnfit) {
			return r, err
		}
		fmt.Fprintf(progress, "The command line on the PATH does not fit: %v\n", err)
	} else if !errors.Is(err, exec.ErrNotFound) {
		return renderer{}, err
	}

	pinned := "crossplane-cli-1.20"
	if namespaced {
		pinned = "crossplane-cli-2.5"
	}
	if binary, err = buildTool(ctx, pinned, progress); err != nil {
		return renderer{}, err
	}
	return newRenderer(ctx, binary, namespaced, progress)
}

// errUnfit says that a command line cannot render what is asked for.
var errUnfit = errors.New("take the Crossplane command line of another generation")

// newRenderer finds out how a command line renders.
func newRenderer(ctx context.Context, binary string, namespaced bool, progress io.Writer) (renderer, error) {
	r := renderer{binary: binary}
	for _, command := range generations {
		if exec.CommandContext(ctx, binary, append(command, "--help")...).Run() == nil { //nolint:gosec // The user's own binary.
			r.command = command
			break
		}
	}
	if r.command == nil {
		return renderer{}, fmt.Errorf("%s renders nothing: %w", binary, errUnfit)
	}
	if r.command[0] != "composition" {
		if namespaced {
			return renderer{}, fmt.Errorf("%s renders no namespaced composites, as 2.5 and later do: %w", binary, errUnfit)
		}
		return r, nil
	}

	r.core = os.Getenv("CROSSPLANE_BINARY")
	if r.core != "" {
		return r, nil
	}
	var err error
	r.core, err = buildTool(ctx, "crossplane-core", progress)
	return r, err
}

// Inputs are the files that a renderer takes.
type inputs struct {
	composite, composition, functions string

	// observed composed resources, and what else is in the cluster; empty for none.
	observed, required string
}

// render prints what becomes of a composite to out.
func (r renderer) render(ctx context.Context, in inputs, out, progress io.Writer) error {
	args := append([]string{}, r.command...)
	args = append(args, in.composite, in.composition, in.functions)
	if in.observed != "" {
		args = append(args, "--observed-resources="+in.observed)
	}
	if in.required != "" {
		args = append(args, "--required-resources="+in.required)
	}
	if r.core != "" {
		args = append(args, "--crossplane-binary="+r.core)
	}
	c := exec.CommandContext(ctx, r.binary, args...) //nolint:gosec // The user's own binary.
	c.Stdout, c.Stderr = out, progress
	if err := c.Run(); err != nil {
		return fmt.Errorf("crossplane %s: %w", strings.Join(r.command, " "), err)
	}
	return nil
}

// buildTool returns the path of a tool of test/tools, which it builds if need be.
func buildTool(ctx context.Context, name string, progress io.Writer) (string, error) {
	c := exec.CommandContext(ctx, "test/tools/build", name) //nolint:gosec // A script of this repository.
	c.Stderr = progress
	// Older sets of versions have a Crossplane that cannot render.
	c.Env = append(os.Environ(), "SET=current")
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("cannot build %s: %w", name, err)
	}
	return strings.TrimSpace(string(out)), nil
}
