// Command cluster runs a real control plane for virtual machines on this machine, without containers, for trying the function
// out and for its end-to-end tests.
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
	Down      downCmd      `cmd:"" help:"Stop it."`
	Tools     toolsCmd     `cmd:"" help:"Build what control planes need, and start none."`
	Supervise superviseCmd `cmd:"" help:"Start a control plane, and keep it running until told to stop. This is what up runs in the background."`
	Play      playCmd      `cmd:"" help:"Play the nodes of a control plane. This is one of the processes that are supervised."`
	Registry  registryCmd  `cmd:"" help:"Serve an OCI registry that forgets everything when it ends. This is another one."`
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
