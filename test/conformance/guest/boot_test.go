//go:build conformance

package guest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/novasphere/function-wukong/test/conformance/qemu"
	"github.com/novasphere/function-wukong/test/conformance/rootfs"
)

// bootable is a system with a kernel, as images of virtual machines have.
var bootable = rootfs.Bookworm(
	"cloud-init", "dbus", "initramfs-tools", "iproute2", "linux-image-cloud-amd64", "locales", "netplan.io", "openssh-server", "sudo",
	"systemd-resolved", "systemd-sysv", "udev",
)

// TestBoot boots a virtual machine with a disk of the rendered seed and with the rendered network interfaces. The interface on the pod network is
// connected to a DHCP server, the other one to a bridge that has the gateway's address.
func TestBoot(t *testing.T) {
	k := newKey(t, systems[0])
	s := render(t, `
sshKeySecret: team-keys
cloudInitUser: {name: ops, groups: [adm]}
cloudInit: {userData: "#cloud-config\nlocale: C.UTF-8\nwrite_files: [{path: /etc/motd, content: hello}]\n"}
networks:
- {name: office, type: bridge, mtu: 1400, ipConfig: {mode: static, address: 192.0.2.10/24, gateway: 192.0.2.1, dnsServers: [192.0.2.53]}}
`, secrets{"team-keys": {"alice": []byte(k.public)}})
	c := startComputer(t, s, k)

	for command, want := range map[string]string{
		"cloud-init status --wait > /dev/null; cloud-init status": "status: done",
		"hostname":                                                    "web-01",
		"id --name --user":                                            "ops",
		"id --name --groups":                                          "ops adm",
		"sudo --non-interactive id --name -u":                         "root",
		"cat /etc/motd":                                               "hello",
		"cat /sys/class/net/pod/address":                              s.macs[0],
		"cat /sys/class/net/nic-office/address":                       s.macs[1],
		"cat /sys/class/net/nic-office/mtu":                           "1400",
		"ip -4 -brief address show dev pod | awk '{print $3}'":        "10.0.2.15/24",
		"ip -4 route show default | head -n 1 | awk '{print $3, $5}'": "192.0.2.1 nic-office",
		"ip -4 route show default dev pod | awk '{print $3}'":         "10.0.2.2",
		"resolvectl dns nic-office | cut -d : -f 2 | xargs":           "192.0.2.53",
		"systemctl is-active systemd-networkd-wait-online.service":    "active",
	} {
		if got, err := c.login(t.Context(), command); err != nil || got != want {
			t.Errorf("%s: want %q, got %q: %v", command, want, got, err)
		}
	}
}

// A computer is an emulated computer in its own network namespace, with the file of a key that logs in.
type computer struct{ netns, key string }

// startComputer boots the system with a seed, waits until the key logs in, and stops the computer after the test.
func startComputer(t *testing.T, s seed, k key) computer {
	t.Helper()
	root, err := rootfs.Build(t.Context(), bootable)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	c := computer{netns: "wukong-boot", key: filepath.Join(dir, "key")}
	if err := os.WriteFile(c.key, []byte(k.private), 0o600); err != nil {
		t.Fatal(err)
	}
	ip(t, "netns add "+c.netns)
	t.Cleanup(func() { ip(t, "netns delete "+c.netns) })
	for _, command := range []string{
		"link set lo up", "link add br-office type bridge", "link set br-office up", "address add 192.0.2.1/24 dev br-office",
		"tuntap add tap-office mode tap", "link set tap-office master br-office up",
	} {
		ip(t, "-n "+c.netns+" "+command)
	}

	console := filepath.Join(dir, "console.log")
	cmd, err := qemu.Machine{
		Root: root, Disks: []string{seedDisk(t, dir, s)}, Console: console, Netns: c.netns,
		Args: []string{
			// QEMU's user network has a DHCP server.
			"-netdev", "user,id=pod", "-device", "virtio-net-pci,netdev=pod,mac=" + s.macs[0],
			"-netdev", "tap,id=office,ifname=tap-office,script=no,downscript=no", "-device", "virtio-net-pci,netdev=office,mac=" + s.macs[1],
		},
	}.Command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if log, err := os.ReadFile(console); t.Failed() && err == nil {
			t.Logf("console:\n%s", log)
		}
	})
	c.awaitLogin(t)
	return c
}

// login runs a command as the user.
func (c computer) login(ctx context.Context, command string) (string, error) {
	out, err := exec.CommandContext(ctx, "ip", "netns", "exec", c.netns, "ssh", "-i", c.key,
		"-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "StrictHostKeyChecking=no",
		"-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "ops@192.0.2.10", command).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// awaitLogin waits until the user can log in, which takes some minutes on a slow machine.
func (c computer) awaitLogin(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Minute); ; time.Sleep(time.Second) {
		out, err := c.login(t.Context(), "true")
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the user cannot log in: %v: %s", err, out)
		}
	}
}

// seedDisk creates the disk of the NoCloud data source, as KubeVirt does.
func seedDisk(t *testing.T, dir string, s seed) string {
	t.Helper()
	if err := rootfs.Need(t.Context(), "xorrisofs", "xorriso"); err != nil {
		t.Fatal(err)
	}
	files, disk := filepath.Join(dir, "seed"), filepath.Join(dir, "seed.iso")
	if err := os.Mkdir(files, 0o750); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"user-data": s.userData, "network-config": s.networkData, "meta-data": s.metaData} {
		if err := os.WriteFile(filepath.Join(files, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	iso := exec.CommandContext(t.Context(), "xorrisofs", "-quiet", "-output", disk, "-volid", "cidata", "-joliet", "-rock", files)
	if out, err := iso.CombinedOutput(); err != nil {
		t.Fatalf("cannot create the disk: %v\n%s", err, out)
	}
	return disk
}

// ip runs iproute2's ip on this machine. It can be called when the context of the test is cancelled.
func ip(t *testing.T, command string) {
	t.Helper()
	if out, err := exec.CommandContext(context.WithoutCancel(t.Context()), "ip", strings.Fields(command)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v\n%s", command, err, out)
	}
}
