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

// podInterface is what KubeVirt calls a pod's interface; the name is a hash there.
const podInterface = "pod16477688c0e"

// plugins is the folder with the CNI plugins.
var plugins = os.Getenv("CNI_PATH")

// A guest is a running virtual machine on one network.
type guest struct {
	namespace

	mac string
}

// start a virtual machine that is attached to a network, with an address: its pod's interface is made by the CNI plugin, as Multus has
// it made, and connected with the guest, as KubeVirt does for its bridge binding.
func (m *machine) start(t *testing.T, network, address string) guest {
	t.Helper()
	nic, config := m.nic(t, network)
	if nic.Bridge == nil {
		t.Fatalf("%s is attached to network %s by another binding than bridge", m.name, network)
	}
	pod := newNamespace(t, m.name+"-pod")
	attach(t, pod, config, nic.MacAddress)

	g := guest{namespace: newNamespace(t, m.name), mac: nic.MacAddress}
	g.bind(t, pod)
	g.ip(t, "address", "add", address, "dev", "eth0")
	return g
}

// attach a pod to a network. KubeVirt asks for the MAC address of the guest, which Multus hands on in CNI_ARGS.
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
		t.Fatalf("the plugin does not take the configuration: %v\n%s", err, config)
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
		t.Errorf("the pod was given the addresses %v and routes %v, which are the guest's to have", result.IPs, result.Routes)
	}
}

// bind the guest to its pod's interface as KubeVirt's bridge binding does: the pod's interface gives its MAC address to the guest, takes
// another, and joins a bridge with the guest's tap device, of which a veth plays the part.
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
