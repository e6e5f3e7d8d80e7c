// Package rootfs builds root file systems of Debian and Ubuntu, for tests with the software of real guests.
package rootfs

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Build returns the folder of a root file system in the user's cache, and builds it the first time. Callers must not change it: they work in an
// overlay or a copy. It needs root and, to install a missing debootstrap, Debian's apt-get. Progress goes to standard error.
func Build(ctx context.Context, s Spec) (dir string, err error) {
	key, err := s.key()
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(cache, "function-wukong", "rootfs", key)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := Need(ctx, "debootstrap", "debootstrap"); err != nil {
		return "", err
	}
	args, err := s.bootstrap(ctx)
	if err != nil {
		return "", err
	}

	fmt.Fprintf(os.Stderr, "Building the root file system %s, which takes some minutes and is then cached in %s\n", s.Name, dir)
	if err := os.MkdirAll(filepath.Dir(dir), 0o750); err != nil {
		return "", err
	}
	// The build is renamed once it is complete, so that an interrupted one never leaves a part of a tree.
	tmp := dir + ".partial"
	unlock, err := lock(dir + ".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(dir); err == nil {
		// Another process has built it in the meantime.
		return dir, nil
	}
	if err := os.RemoveAll(tmp); err != nil {
		return "", err
	}
	if err := run(ctx, "debootstrap", append(args, s.Suite, tmp, s.Mirror, s.script())...); err != nil {
		return "", fmt.Errorf("cannot build %s from %s: %w", s.Name, s.Mirror, err)
	}
	if err := install(ctx, tmp, s.Packages); err != nil {
		return "", fmt.Errorf("cannot install packages into %s: %w", s.Name, err)
	}
	return dir, os.Rename(tmp, dir)
}

// lock locks a file until unlock is called or this process ends.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}

// bootstrap returns the options of debootstrap.
func (s Spec) bootstrap(ctx context.Context) ([]string, error) {
	args := []string{"--variant=minbase", "--components=" + s.Components}
	if s.Keyring == nil {
		return args, nil
	}
	from, err := Build(ctx, s.Keyring.From)
	if err != nil {
		return nil, err
	}
	return append(args, "--keyring="+filepath.Join(from, s.Keyring.Path)), nil
}

// script returns the path of debootstrap's script for the suite.
func (s Spec) script() string {
	const scripts = "/usr/share/debootstrap/scripts"
	if s.Script == "" {
		return filepath.Join(scripts, s.Suite)
	}
	return filepath.Join(scripts, s.Script)
}

// install installs packages with the tree's own apt, which unlike debootstrap resolves alternative dependencies. It starts no services. Its mounts
// are in a mount namespace that ends with it.
func install(ctx context.Context, root string, packages []string) error {
	if len(packages) == 0 {
		return nil
	}
	const script = `mount --bind /dev "$0/dev" && mount -t sysfs -o ro sysfs "$0/sys" && exec chroot "$0" /bin/sh -ec '
printf "#!/bin/sh\nexit 101\n" > /usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet
apt-get install --quiet --quiet --yes --no-install-recommends "$@"
apt-get clean
rm /usr/sbin/policy-rc.d' install "$@"`
	args := []string{"--mount", "--pid", "--fork", "--kill-child", "--mount-proc=" + filepath.Join(root, "proc"), "sh", "-ec", script, root}
	return run(ctx, "unshare", append(args, packages...)...)
}

// Need installs the Debian package of a program if this machine lacks the program.
func Need(ctx context.Context, program, pkg string) error {
	if _, err := exec.LookPath(program); err == nil {
		return nil
	}
	fmt.Fprintf(os.Stderr, "Installing Debian's %s\n", pkg)
	// If that fails, the package lists may be old or missing.
	if run(ctx, "apt-get", "install", "--quiet", "--yes", "--no-install-recommends", pkg) == nil {
		return nil
	}
	if err := run(ctx, "apt-get", "update", "--quiet"); err != nil {
		return err
	}
	return run(ctx, "apt-get", "install", "--quiet", "--yes", "--no-install-recommends", pkg)
}

// run runs a program, whose output goes to standard error.
func run(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return nil
}
