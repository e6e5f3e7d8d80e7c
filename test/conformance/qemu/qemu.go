// Package qemu boots root file systems in virtual machines, by software emulation: they need no support by the processor, and have their
// own kernel whatever this machine's can do.
package qemu

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/novasphere/function-wukong/test/conformance/rootfs"
)

// A Machine is a virtual machine that boots a root file system with the kernel that is installed in it.
type Machine struct {
	// Root file system, as package rootfs built it. It stays as it is: what the machine writes is lost with it.
	Root string

	// Kernel parameters beside those that every machine has.
	Kernel []string

	// Disks are files with further disks, which the machine may only read.
	Disks []string

	// Console is the file that the kernel, and whoever else uses /dev/ttyS0, writes to.
	Console string

	// Netns is the network namespace in which the emulator runs; empty for that of its caller.
	Netns string

	// Args are further arguments of qemu-system-x86_64 (https://www.qemu.org/docs/master/system/invocation.html).
	Args []string
}

// Command returns the command that boots the machine and ends when it is switched off. Its standard output is the machine's
// /dev/ttyS1.
func (m Machine) Command(ctx context.Context) (*exec.Cmd, error) {
	if err := rootfs.Need(ctx, "qemu-system-x86_64", "qemu-system-x86"); err != nil {
		return nil, err
	}
	image, err := imageOf(ctx, m.Root)
	if err != nil {
		return nil, err
	}
	kernel, err := one(filepath.Join(m.Root, "boot", "vmlinuz-*"))
	if err != nil {
		return nil, err
	}
	initrd, err := one(filepath.Join(m.Root, "boot", "initrd.img-*"))
	if err != nil {
		return nil, err
	}

	args := []string{
		"qemu-system-x86_64", "-machine", "q35,accel=tcg", "-cpu", "max", "-smp", "2", "-m", "1024", "-display", "none", "-no-reboot",
		"-kernel", kernel, "-initrd", initrd,
		"-append", strings.Join(append([]string{"console=ttyS0", "root=/dev/vda", "rw", "quiet"}, m.Kernel...), " "),
		"-serial", "file:" + m.Console, "-serial", "stdio",
		"-drive", "file=" + image + ",format=raw,if=virtio,snapshot=on",
	}
	for _, d := range m.Disks {
		args = append(args, "-drive", "file="+d+",format=raw,if=virtio,readonly=on")
	}
	args = append(args, m.Args...)
	if m.Netns != "" {
		args = append([]string{"ip", "netns", "exec", m.Netns}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	return cmd, nil
}

// imageOf a root file system, which is made once and lies beside it.
func imageOf(ctx context.Context, root string) (string, error) {
	const size = 2 << 30
	image := root + ".ext4"
	if _, err := os.Stat(image); err == nil {
		return image, nil
	}
	// Made beside its final name and moved, so that an interrupted run never leaves half an image.
	tmp := image + "." + strconv.Itoa(os.Getpid())
	defer func() { _ = os.Remove(tmp) }()
	if out, err := exec.CommandContext(ctx, "mke2fs", "-q", "-t", "ext4", "-d", root, tmp, strconv.Itoa(size>>10)+"k").CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot make an image of %s: %w: %s", root, err, out)
	}
	return image, os.Rename(tmp, image)
}

// one is the only file that matches a pattern.
func one(pattern string) (string, error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return "", err
	}
	if len(files) != 1 {
		return "", fmt.Errorf("want one file %s, found %d", pattern, len(files))
	}
	return files[0], nil
}
