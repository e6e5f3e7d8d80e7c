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

// system is the operating system of the node.
var system = rootfs.Bookworm("linux-image-cloud-amd64", "initramfs-tools", "kmod", "iproute2", "iputils-ping", "nftables", "openvswitch-switch")

// exitStatus begins the last line that start.sh prints.
const exitStatus = "node: exit status "

// unpack is the command that the kernel starts. The payload is the node's second disk.
const unpack = "tar -x -f /dev/vdb -C " + payloadDir + " && exec " + payloadDir + "/start"

// boot boots the node with a payload, prints the node's output, and returns an error unless its program succeeded.
func boot(ctx context.Context, dir, payload string) error {
	root, err := rootfs.Build(ctx, system)
	if err != nil {
		return err
	}
	console := filepath.Join(dir, "console.log")
	cmd, err := qemu.Machine{
		Root: root, Kernel: []string{"init=/bin/sh", "--", "-c", `"` + unpack + `"`}, Disks: []string{payload}, Console: console,
		Args: []string{"-nic", "none"},
	}.Command(ctx)
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
		return errors.Join(fmt.Errorf("the node stopped before its program ended; its console:\n%s", log), err, readErr)
	default:
		return fmt.Errorf("exit status %s", status)
	}
}
