// Command root writes the files of the function's image to a folder, for the Dockerfile.
package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/novasphere/function-wukong/package/build/runtime"
)

type cli struct {
	Repository string `default:"." type:"existingdir" help:"Folder of the repository (${default})."`
	Version    string `required:"" help:"Version of the release, such as v0.1.0."`
	OS         string `default:"linux" name:"os" help:"Operating system that the function is built for (${default})."`
	Arch       string `default:"amd64" help:"Architecture that it is built for (${default})."`
	Dir        string `arg:"" help:"Folder for the result."`
}

// Run writes the files of the function's image.
func (c *cli) Run(ctx context.Context) error {
	if err := runtime.Compile(ctx, c.Repository, c.Version, c.OS, c.Arch, filepath.Join(c.Dir, "function")); err != nil {
		return err
	}
	return runtime.Write(c.Dir, runtime.Files())
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k := kong.Parse(&cli{},
		kong.Name("root"),
		kong.Description("Writes the files of the function's image to a folder."),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	k.FatalIfErrorf(k.Run())
}
