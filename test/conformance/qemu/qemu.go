// Package qemu boots root file systems in virtual machines with a kernel of their own. It emulates the processor, so that it needs no hardware
// virtualization.
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
	// Root is the folder of a root file system from package rootfs. The machine does not change it: its writes are lost when it ends.
	Root string

	// Kernel has kernel parameters in addition to those of every machine.
	Kernel []string

	// Disks are image files of additional read-only disks.
	Disks []string

	// Console is the file with the output of /dev/ttyS0, such as that of the kernel.
	Console string

	// Netns is the network namespace of the emulator; empty for that of its caller.
	Netns string

	// Args are additional arguments of qemu-system-x86_64 (https://www.qemu.org/docs/master/system/invocation.html).
	Args []string
}

// Command returns the command that boots the machine. The command ends when the machine is switched off, and its standard output is that of
// /dev/ttyS1.
func (m Machine) Command(ctx context.Context) (*exec.Cmd, error) {
	if err := rootfs.Need(ctx, "qemu-system-x86_64", "qemu-system-x86"); err != nil {
		return nil, err
	}
	image, err := imageOf(ctx, m.Root)
	if err != nil {
		return nil, err
	}
	kernel, err := onlyFile(filepath.Join(m.Root, "boot", "vmlinuz-*"))
	if err != nil {
		return nil, err
	}
	initrd, err := onlyFile(filepath.Join(m.Root, "boot", "initrd.img-*"))
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

// imageOf returns the ext4 image of a root file system, beside which it is created the first time.
func imageOf(ctx context.Context, root string) (string, error) {
	const size = 2 << 30
	image := root + ".ext4"
	if _, err := os.Stat(image); err == nil {
		return image, nil
	}
	// The image is renamed once it is complete, so that an interrupted run never leaves a part of one.
	tmp := image + "." + strconv.Itoa(os.Getpid())
	defer func() { _ = os.Remove(tmp) }()
	if out, err := exec.CommandContext(ctx, "mke2fs", "-q", "-t", "ext4", "-d", root, tmp, strconv.Itoa(size>>10)+"k").CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot make an image of %s: %w: %s", root, err, out)
	}
	return image, os.Rename(tmp, image)
}

// onlyFile returns the only file that matches a pattern.
func onlyFile(pattern string) (string, error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return "", err
	}
	if len(files) != 1 {
		return "", fmt.Errorf("want one file %s, found %d", pattern, len(files))
	}
	return files[0], nil
}
