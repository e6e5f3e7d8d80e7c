// Command build builds a release, pushes it to a registry and signs it: the function's image, the packages that Crossplane installs, archives with the command
// line and bills of materials.
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
	Packages packagesCmd `cmd:"" help:"Build the images, the packages, the archives with the command line and the bills of materials."`
	Push     pushCmd     `cmd:"" help:"Push what was built to a registry."`
	Sign     signCmd     `cmd:"" help:"Sign what was pushed, so that Crossplane verifies it by an ImageConfig."`
	Verify   verifyCmd   `cmd:"" help:"Verify the signatures as Crossplane does."`
}

// A source is the repository of a release, and the release's version.
type source struct {
	Repository string `default:"." type:"existingdir" help:"Folder of the repository (${default})."`
	Version    string `required:"" help:"Version of the release, such as v0.1.0."`
}

type packagesCmd struct {
	source
	Platforms []string `default:"linux/amd64,linux/arm64" help:"Platforms that the function is built for (${default})."`
	Commands  []string `default:"${commands}" help:"Platforms that the command line is built for (${default}); empty for none."`
	Out       string   `default:"dist" help:"Folder for the result (${default}). It is emptied."`
}

// Run builds everything into a folder.
func (c *packagesCmd) Run(ctx context.Context) error {
	r := release{source: c.source, out: c.Out}
	var err error
	if r.platforms, err = platforms(c.Platforms); err != nil {
		return fmt.Errorf("--platforms: %w", err)
	}
	if r.commands, err = platforms(c.Commands); err != nil {
		return fmt.Errorf("--commands: %w", err)
	}
	artifacts, err := r.build(ctx)
	if err != nil {
		return err
	}
	return write(filepath.Join(c.Out, layoutDir), artifacts)
}

// platforms parses platforms such as linux/amd64.
func platforms(names []string) ([]v1.Platform, error) {
	var out []v1.Platform
	for _, name := range names {
		p, err := v1.ParsePlatform(name)
		if err != nil {
			return nil, err
		}
		out = append(out, *p)
	}
	return out, nil
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
		kong.Description("Builds, pushes and signs the packages of function-wukong, without a container engine."),
		kong.Vars{"commands": "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64"},
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	k.FatalIfErrorf(k.Run())
}
