// Command cluster runs a real control plane for virtual machines as plain processes on one computer. It serves for trying the function and for
// its end-to-end tests.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

type cli struct {
	Up        upCmd        `cmd:"" help:"Start a control plane, and return when it is ready."`
	Down      downCmd      `cmd:"" help:"Stop the control plane."`
	Tools     toolsCmd     `cmd:"" help:"Build the tools of control planes, without starting one."`
	Supervise superviseCmd `cmd:"" help:"Start a control plane in the foreground, and stop it at SIGTERM. up runs this in the background."`
	Play      playCmd      `cmd:"" help:"Play the nodes and the storage of a control plane. supervise runs this."`
	Registry  registryCmd  `cmd:"" help:"Serve an OCI registry in memory. supervise runs this."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k := kong.Parse(&cli{},
		kong.Name("cluster"),
		kong.Description("A real control plane for virtual machines, as plain processes on loopback."),
		kong.UsageOnError(),
		kong.Vars{"dir": defaultDir()},
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	k.FatalIfErrorf(k.Run())
}
