package cni

import (
	"context"
	"os"
	"testing"

	"github.com/containernetworking/cni/libcni"
	"github.com/containernetworking/cni/pkg/invoke"
	current "github.com/containernetworking/cni/pkg/types/100"
	"github.com/containernetworking/cni/pkg/version"
)

// podInterface is the name of a pod's interface. KubeVirt makes such names from a hash of the network's name.
const podInterface = "pod16477688c0e"

// plugins is the folder with the CNI plugins.
var plugins = os.Getenv("CNI_PATH")

// A guest is a running virtual machine with one network interface.
type guest struct {
	namespace

	mac string
}

// start starts a virtual machine with an address on a network. The CNI plugin creates the interface of its pod, as Multus calls it, and the guest is
// connected with that as by KubeVirt's bridge binding.
func (m *machine) start(t *testing.T, network, address string) guest {
	t.Helper()
	nic, config := m.nic(t, network)
	if nic.Bridge == nil {
		t.Fatalf("%s: want the bridge binding for network %s", m.name, network)
	}
	pod := newNamespace(t, m.name+"-pod")
	attach(t, pod, config, nic.MacAddress)

	g := guest{namespace: newNamespace(t, m.name), mac: nic.MacAddress}
	g.bind(t, pod)
	g.ip(t, "address", "add", address, "dev", "eth0")
	return g
}

// setMAC gives the guest's interface a MAC address, as its root can.
func (g guest) setMAC(t *testing.T, mac string) {
	t.Helper()
	g.ip(t, "link", "set", "eth0", "address", mac)
	g.ip(t, "neighbor", "flush", "all")
}

// attach attaches a pod to a network. KubeVirt requests the MAC address of the guest, which Multus passes on in CNI_ARGS.
func attach(t *testing.T, pod namespace, config []byte, mac string) {
	t.Helper()
	network, err := libcni.NetworkPluginConfFromBytes(config)
	if err != nil {
		t.Fatalf("no CNI configuration: %v\n%s", err, config)
	}
	exec := &invoke.DefaultExec{RawExec: &invoke.RawExec{Stderr: t.Output()}, PluginDecoder: version.PluginDecoder{}}
	cni := libcni.NewCNIConfigWithCacheDir([]string{plugins}, t.TempDir(), exec)
	rt := &libcni.RuntimeConf{ContainerID: string(pod), NetNS: pod.path(), IfName: podInterface, Args: [][2]string{{"IgnoreUnknown", "true"}, {"MAC", mac}}}
	if _, err := cni.ValidateNetwork(t.Context(), network); err != nil {
		t.Fatalf("the plugin refuses the configuration: %v\n%s", err, config)
	}
	added, err := cni.AddNetwork(t.Context(), network, rt)
	if err != nil {
		t.Fatalf("the plugin cannot attach the pod: %v\n%s", err, config)
	}
	t.Cleanup(func() {
		if err := cni.DelNetwork(context.WithoutCancel(t.Context()), network, rt); err != nil {
			t.Errorf("the plugin cannot detach the pod: %v", err)
		}
	})

	result, err := current.NewResultFromResult(added)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.IPs) > 0 || len(result.Routes) > 0 {
		t.Errorf("want neither addresses nor routes in the pod, got %v and %v", result.IPs, result.Routes)
	}
}

// bind connects the guest with its pod's interface as KubeVirt's bridge binding does. The guest gets the interface's MAC address, the interface
// another one, and a bridge connects it with the guest's tap device. Here a veth replaces the tap device.
//
// See https://kubevirt.io/user-guide/network/interfaces_and_networks/#bridge.
func (g guest) bind(t *testing.T, pod namespace) {
	t.Helper()
	const port, bridge, tap = "16477688c0e-nic", "k6t-16477688c0e", "tap16477688c0e"
	pod.ip(t, "link", "set", podInterface, "down")
	pod.ip(t, "link", "set", podInterface, "name", port, "address", "02:00:00:00:00:01")
	pod.ip(t, "link", "add", bridge, "type", "bridge")
	pod.ip(t, "link", "add", tap, "type", "veth", "peer", "name", "eth0", "address", g.mac, "netns", string(g.namespace))
	for _, l := range []string{port, tap} {
		pod.ip(t, "link", "set", l, "master", bridge)
	}
	for _, l := range []string{port, tap, bridge} {
		pod.ip(t, "link", "set", l, "up")
	}
	g.ip(t, "link", "set", "eth0", "up")
}
