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
	Repository string   `default:"." type:"existingdir" help:"Folder of this repository (${default})."`
	Crossplane []string `default:"1.20,2.3" enum:"1.20,2.3" help:"Minor versions of Crossplane (${default})."`
}

// Run builds and downloads all tools, so that control planes start without a network.
func (c *toolsCmd) Run(ctx context.Context) error {
	for _, version := range c.Crossplane {
		if _, err := buildTools(ctx, c.Repository, version); err != nil {
			return err
		}
	}
	etcd := exec.CommandContext(ctx, filepath.Join(c.Repository, "test", "tools", "etcd")) //nolint:gosec // A script of this repository.
	etcd.Stderr = os.Stdout
	return etcd.Run()
}

// buildTools builds the missing tools of a control plane. It returns the paths of all tools by name.
func buildTools(ctx context.Context, repository, crossplane string) (map[string]string, error) {
	names, err := plane.ToolNames(crossplane)
	if err != nil {
		return nil, err
	}
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
