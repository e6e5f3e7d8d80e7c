// Command build builds a release and pushes it to a registry: the function's image, the packages that Crossplane installs and bills of materials.
// It needs only Go: no container engine and no base image.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

type cli struct {
	Packages packagesCmd `cmd:"" help:"Build the images, the packages and the bills of materials."`
	Push     pushCmd     `cmd:"" help:"Push what was built to a registry."`
}

// A source is the repository of a release, and the release's version.
type source struct {
	Repository string `default:"." type:"existingdir" help:"Folder of the repository (${default})."`
	Version    string `required:"" help:"Version of the release, such as v0.1.0."`
}

type packagesCmd struct {
	source
	Platforms []string `default:"linux/amd64,linux/arm64" help:"Platforms that the function is built for (${default})."`
	Out       string   `default:"dist" help:"Folder for the result (${default}). It is emptied."`
}

// Run builds everything into a folder.
func (c *packagesCmd) Run(ctx context.Context) error {
	r := release{source: c.source, out: c.Out}
	for _, p := range c.Platforms {
		platform, err := v1.ParsePlatform(p)
		if err != nil {
			return fmt.Errorf("--platforms: %w", err)
		}
		r.platforms = append(r.platforms, *platform)
	}
	artifacts, err := r.build(ctx)
	if err != nil {
		return err
	}
	return write(filepath.Join(c.Out, layoutDir), artifacts)
}

type pushCmd struct {
	Registry string `arg:"" help:"Registry, such as registry.example.org/platform. Each package is a repository in it."`
	From     string `default:"dist" type:"existingdir" help:"Folder with the result of the build (${default})."`
}

// Run pushes the artifacts of a build, and prints their digests.
func (c *pushCmd) Run(ctx context.Context) error {
	artifacts, err := read(filepath.Join(c.From, layoutDir))
	if err != nil {
		return err
	}
	return push(ctx, c.Registry, artifacts)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k := kong.Parse(&cli{},
		kong.Name("build"),
		kong.Description("Builds and pushes the packages of function-wukong, without a container engine."),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	k.FatalIfErrorf(k.Run())
}
