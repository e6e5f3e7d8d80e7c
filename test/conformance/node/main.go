// Node runs a test binary on a node of its own: a virtual machine with Debian's kernel, whose network devices (VLANs, Open vSwitch) the
// kernel of this machine need not have. It is to be given to go test:
//
//	go test -exec 'bin/node -file bridge=/path/to/bridge' ./...
//
// The files given lie in the folder that CNI_PATH names on the node.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
)

// A command is what is to be run on the node.
type command struct {
	// program, linked statically, and its arguments.
	program string
	args    []string

	// files that are to be on the node, by their names there.
	files map[string]string
}

// run the program, and end as it does.
func (c *command) run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "wukong-node-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()

	payload, err := c.pack(dir)
	if err != nil {
		return err
	}
	return boot(ctx, dir, payload)
}

func main() {
	c := &command{files: map[string]string{}}
	flag.Func("file", "`NAME=FILE` that is to be on the node", func(s string) error {
		name, file, ok := strings.Cut(s, "=")
		if !ok {
			return fmt.Errorf("want NAME=FILE, got %q", s)
		}
		c.files[name] = file
		return nil
	})
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: node [-file NAME=FILE]... PROGRAM [ARGUMENT]...")
		os.Exit(2)
	}
	c.program, c.args = flag.Arg(0), flag.Args()[1:]
	if err := c.run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "node:", err)
		os.Exit(1)
	}
}
