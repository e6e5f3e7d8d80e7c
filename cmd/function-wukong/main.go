// Command function-wukong is the composition function that gives Kubernetes namespaces virtual machines. It serves Crossplane, and shows
// what Wukongs become before they are applied. Each command has a file.
package main

import (
	"cmp"
	"context"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/novasphere/function-wukong/internal/cli"
)

// registered are the commands, each with its place in help.
var registered []placed

// A placed command has a place among the others.
type placed struct {
	place int
	make  func() *cobra.Command
}

// register adds a command to the command line. Help lists commands by their places, from small to large.
func register(place int, command func() *cobra.Command) {
	registered = append(registered, placed{place, command})
}

// commands returns the commands in the order of help.
func commands() []*cobra.Command {
	slices.SortFunc(registered, func(a, b placed) int { return cmp.Compare(a.place, b.place) })
	out := make([]*cobra.Command, len(registered))
	for i, r := range registered {
		out[i] = r.make()
	}
	return out
}

func main() {
	os.Exit(run())
}

// run runs the command that was called until it ends or a signal arrives, and returns the exit code.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return cli.Run(ctx, cli.New(os.Args[0], commands()...))
}
