package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/novasphere/function-wukong/test/cluster/plane"
)

type toolsCmd struct {
	Repository string `default:"." type:"existingdir" help:"Folder of this repository (${default})."`
	Set        string `default:"current" help:"Set of versions, of those in test/tools/sets (${default})."`
	Crossplane string `placeholder:"2.3" help:"Another minor version of Crossplane than the set has."`
}

// Run builds and downloads all tools of a set, so that control planes start without a network.
func (c *toolsCmd) Run(ctx context.Context) error {
	set, err := plane.ReadSet(c.Repository, c.Set)
	if err != nil {
		return err
	}
	if _, err := buildTools(ctx, c.Repository, set.With(plane.Crossplane, c.Crossplane).ToolNames("claim")); err != nil {
		return err
	}
	etcd := exec.CommandContext(ctx, filepath.Join(c.Repository, "test", "tools", "etcd")) //nolint:gosec // A script of this repository.
	etcd.Stderr = os.Stdout
	return etcd.Run()
}

// buildTools builds those tools that are missing. It returns the paths of all by name.
func buildTools(ctx context.Context, repository string, names []string) (map[string]string, error) {
	build := exec.CommandContext(ctx, filepath.Join(repository, "test", "tools", "build"), names...) //nolint:gosec // A script of this repository.
	build.Stderr = os.Stdout
	out, err := build.Output()
	if err != nil {
		return nil, fmt.Errorf("cannot build the tools: %w", err)
	}
	paths := strings.Fields(string(out))
	if len(paths) != len(names) {
		return nil, fmt.Errorf("want the paths of %d tools, got %q", len(names), out)
	}
	tools := map[string]string{}
	for i, name := range names {
		tools[name] = paths[i]
	}
	return tools, nil
}
