package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/novasphere/function-wukong/test/conformance/qemu"
	"github.com/novasphere/function-wukong/test/conformance/rootfs"
)

// system of the node.
var system = rootfs.Bookworm("linux-image-cloud-amd64", "initramfs-tools", "kmod", "iproute2", "iputils-ping", "openvswitch-switch")

// exitStatus begins the last line that start.sh prints.
const exitStatus = "node: exit status "

// unpack is what the kernel starts: the payload is the node's second disk.
const unpack = "tar -x -f /dev/vdb -C " + payloadDir + " && exec " + payloadDir + "/start"

// boot the node with the payload, print what it prints, and return an error unless its program succeeded.
func boot(ctx context.Context, dir, payload string) error {
	root, err := rootfs.Build(ctx, system)
	if err != nil {
		return err
	}
	console := filepath.Join(dir, "console.log")
	cmd, err := qemu.Machine{Root: root, Kernel: []string{"init=/bin/sh", "--", "-c", `"` + unpack + `"`}, Disks: []string{payload}, Console: console, Args: []string{"-nic", "none"}}.Command(ctx)
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	status := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if s, ok := strings.CutPrefix(lines.Text(), exitStatus); ok {
			status = s
			continue
		}
		fmt.Println(lines.Text())
	}
	err = cmd.Wait()
	switch status {
	case "0":
		return err
	case "":
		log, readErr := os.ReadFile(console)
		return errors.Join(fmt.Errorf("the node went without a word; its console:\n%s", log), err, readErr)
	default:
		return fmt.Errorf("exit status %s", status)
	}
}
