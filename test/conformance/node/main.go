// Node runs a test binary in a virtual machine with Debian's kernel. That kernel has network devices (VLANs, Open vSwitch) that the kernel of this
// machine may lack. Use it with go test:
//
//	go test -exec 'bin/node -file bridge=/path/to/bridge' ./...
//
// On the node, CNI_PATH names the folder with the given files.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
)

// A command is a program that runs on the node.
type command struct {
	// program is the path of a statically linked program on this machine, and args are its arguments.
	program string
	args    []string

	// files are paths on this machine, by their names on the node.
	files map[string]string
}

// run runs the program on a new node, and returns an error unless it succeeds.
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
	flag.Func("file", "`NAME=FILE` to copy to the node", func(s string) error {
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
