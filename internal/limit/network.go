package limit

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/network"
)

// Names of limits on networks.
const (
	limitNetworkTypes  = "networkTypes"
	limitBridges       = "bridges"
	limitMasters       = "masters"
	limitResourceNames = "resourceNames"
	limitMACSpoofCheck = "macSpoofCheck"
)

// What is refused of networks without a list.
var (
	msgNodeBridge = message.New(message.Refusal, "limit-bridge-of-node",
		"{value} is one of the node's own networks, which no virtual machine may join unless the platform team lists it by its whole name "+
			"(limits.{limit}): take another bridge, or ask the platform team")
	msgUplinkOfNode = message.New(message.Refusal, "limit-uplink-of-node",
		"{value} would be taken from its node, so that no Wukong may name one which the platform team does not list (limits.{limit}): "+
			"take a network of another type, or ask the platform team")
	msgSpoofing = message.New(message.Refusal, "limit-mac-spoof-check",
		"the platform team requires the check (limits.{limit}): give true, or ask the platform team")
	msgVLAN = message.New(message.Refusal, "limit-vlan",
		"{value} is none that the platform team allows (limits.{limit}: {allowed}): give another vlanId, or ask the platform team")
)

// nodeBridges are bridges that carry the traffic of nodes, pods or other virtual machines, as common software calls them.
var nodeBridges = []string{
	"cni0", "cbr0", "kube-bridge", "weave", // of pods: CNI's bridge plugin and flannel, kubenet, kube-router, Weave
	"br-int", "br-ex", "br-tun", "ovs-system", // of Open vSwitch: OVN-Kubernetes, Antrea, Kube-OVN, OpenStack
	"docker0", "docker_gwbridge", "podman0", "cni-podman0", "lxcbr0", "lxdbr0", "incusbr0", "virbr0", "nerdctl0", // of containers and libvirt on the node
	"mgmt-br", "ovirtmgmt", "vmbr0", "xenbr0", // of the node itself: Harvester, oVirt, Proxmox, Xen
}

// VLANs that are none.
const (
	// untagged stands for the frames without a VLAN.
	untagged = 0

	// everyVLAN stands for all frames, of which the guest tags those that it likes.
	everyVLAN = -1
)

// A nodeNetwork is a network of the nodes that networks of a type are on.
type nodeNetwork struct {
	types []v1alpha1.NetworkType

	// limit is the name of the limit, and field that of the network's field.
	limit, field string

	// noun is what people call it.
	noun string

	// list returns the entries of the limit; nil for no limit.
	list func(l *v1beta1.Limits) []v1beta1.NetworkLimit

	// byDefault returns the name that the platform team's defaults have.
	byDefault func(in *v1beta1.Input) string

	// name returns its name in a network.
	name func(n *v1alpha1.Network) string

	// unlisted returns whether a name is refused without a list, and the message about it.
	unlisted    func(name string) bool
	unlistedCEL string
	refusal     message.Message

	// takesUntagged reports whether a network without a vlanId carries the frames of no VLAN alone.
	takesUntagged func(t v1alpha1.NetworkType) bool

	// wholeNames reports that a name which is refused without a list takes an entry with its whole name.
	wholeNames bool
}

// nodeNetworks are the networks of the nodes.
var nodeNetworks = []nodeNetwork{
	{
		types: []v1alpha1.NetworkType{v1alpha1.NetworkTypeBridge, v1alpha1.NetworkTypeOVS},
		limit: limitBridges, field: "bridgeName", noun: "bridge",
		list:          func(l *v1beta1.Limits) []v1beta1.NetworkLimit { return l.Bridges },
		byDefault:     func(*v1beta1.Input) string { return "" },
		name:          bridgeOf,
		unlisted:      func(name string) bool { return slices.Contains(nodeBridges, name) },
		unlistedCEL:   "n.on in " + quoteAll(nodeBridges),
		refusal:       msgNodeBridge,
		takesUntagged: func(t v1alpha1.NetworkType) bool { return t == v1alpha1.NetworkTypeBridge },
		wholeNames:    true,
	},
	{
		types: []v1alpha1.NetworkType{v1alpha1.NetworkTypeMacvlan},
		limit: limitMasters, field: "master", noun: "uplink",
		list:          func(l *v1beta1.Limits) []v1beta1.NetworkLimit { return l.Masters },
		byDefault:     func(in *v1beta1.Input) string { return string(in.Defaults.Master) },
		name:          func(n *v1alpha1.Network) string { return string(n.Master) },
		unlisted:      func(string) bool { return true },
		unlistedCEL:   "true",
		refusal:       msgUplinkOfNode,
		takesUntagged: func(v1alpha1.NetworkType) bool { return false },
	},
	{
		types: []v1alpha1.NetworkType{v1alpha1.NetworkTypeSRIOV},
		limit: limitResourceNames, field: "resourceName", noun: "resource",
		list:          func(l *v1beta1.Limits) []v1beta1.NetworkLimit { return l.ResourceNames },
		byDefault:     func(in *v1beta1.Input) string { return string(in.Defaults.ResourceName) },
		name:          func(n *v1alpha1.Network) string { return string(n.ResourceName) },
		unlisted:      func(string) bool { return false },
		unlistedCEL:   "false",
		refusal:       msgNodeBridge,
		takesUntagged: func(v1alpha1.NetworkType) bool { return false },
	},
}

// bridgeOf returns the bridge of a network as its author knows it: a default name that is too long for an interface is not shortened here.
func bridgeOf(n *v1alpha1.Network) string {
	if n.BridgeName != "" {
		return string(n.BridgeName)
	}
	return "br-" + string(n.Name)
}

// vlanOf returns the VLAN of a network.
func (o *nodeNetwork) vlanOf(n *v1alpha1.Network) int32 {
	switch {
	case n.VLANID != nil:
		return *n.VLANID
	case o.takesUntagged(n.Type):
		return untagged
	}
	return everyVLAN
}

// networks judges the networks that a Wukong describes. One of nadName is somebody else's.
func (c *checker) networks() {
	for i := range c.spec.Networks {
		n := &c.spec.Networks[i]
		if n.IsPodNetwork() || n.NADName != "" {
			continue
		}
		path := c.path.Child("networks").Index(i)
		earlier := func() *v1alpha1.Network {
			return item(c.before().Networks, func(b *v1alpha1.Network) bool { return b.Name == n.Name })
		}
		if list := c.limits.NetworkTypes; list != nil && !slices.Contains(list, v1beta1.LimitedNetworkType(n.Type)) {
			c.add(path.Child("type"), isSame(earlier(), n), notListed(limitNetworkTypes, typeTexts(list)).with(typeValue+string(n.Type)))
		}
		if c.limits.MACSpoofCheck == v1beta1.RequirementRequired && isSpoofing(n) {
			b := earlier()
			c.add(path.Child(limitMACSpoofCheck), isSame(b, n) && isSpoofing(b), msgSpoofing.With(limitMACSpoofCheck))
		}
		for j := range nodeNetworks {
			if o := &nodeNetworks[j]; slices.Contains(o.types, n.Type) {
				c.nodeNetwork(o, n, earlier, path)
			}
		}
	}
}

// isSame reports whether a network connects what another one did before: it is on the same bridge, uplink or device, and in the same VLAN. Nil stands for
// no earlier network.
func isSame(earlier, n *v1alpha1.Network) bool {
	return earlier != nil && earlier.Type == n.Type && network.SegmentOf(nil, earlier).Name == network.SegmentOf(nil, n).Name &&
		ptr.Deref(earlier.VLANID, 0) == ptr.Deref(n.VLANID, 0)
}

// isSpoofing reports whether a network turns the check of MAC addresses off, where its type has one.
func isSpoofing(n *v1alpha1.Network) bool {
	t, _ := network.TypeOf(n.Type)
	return t.Uses(limitMACSpoofCheck) && !ptr.Deref(n.MACSpoofCheck, true)
}

// spoofingTypes are the types of networks with a check of MAC addresses.
func spoofingTypes() []string {
	var out []string
	for _, t := range network.Types() {
		if t.Uses(limitMACSpoofCheck) {
			out = append(out, string(t.Name))
		}
	}
	return out
}

// typeValue begins what a type of network is called.
const typeValue = "type "

// typeTexts returns types of networks as strings.
func typeTexts(list []v1beta1.LimitedNetworkType) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = string(t)
	}
	return out
}

// nodeNetwork judges what a network is on. Earlier returns the network before; nil for none.
func (c *checker) nodeNetwork(o *nodeNetwork, n *v1alpha1.Network, earlier func() *v1alpha1.Network, path *field.Path) {
	name, vlan, list := o.name(n), o.vlanOf(n), o.list(c.limits)
	entries := o.entries(list, name)
	if name == "" || name == o.byDefault(c.input) && len(entries) == 0 {
		return
	}
	switch {
	case len(entries) == 0 && o.unlisted(name):
		c.add(path.Child(o.field), isSame(earlier(), n), o.unlistedSentence().with(o.noun+" "+name))
	case list == nil:
	case len(entries) == 0:
		c.add(path.Child(o.field), isSame(earlier(), n), notListed(o.limit, entryTexts(list)).with(o.noun+" "+name))
	case !slices.ContainsFunc(entries, func(e v1beta1.NetworkLimit) bool { return hasVLAN(e.VLANs, vlan) }):
		c.add(path.Child("vlanId"), isSame(earlier(), n), o.vlanSentence(list).with(vlanText(vlan)+" of "+o.noun+" "+name))
	}
}

// entries returns the entries of a list that stand for a name.
func (o *nodeNetwork) entries(list []v1beta1.NetworkLimit, name string) []v1beta1.NetworkLimit {
	var out []v1beta1.NetworkLimit
	for _, e := range list {
		if e.Name.Matches(name) && (string(e.Name) == name || !o.wholeNames || !o.unlisted(name)) {
			out = append(out, e)
		}
	}
	return out
}

func (o *nodeNetwork) unlistedSentence() sentence { return sentence{o.refusal, []any{o.limit}} }

func (o *nodeNetwork) vlanSentence(list []v1beta1.NetworkLimit) sentence {
	return sentence{msgVLAN, []any{o.limit, some(entryTexts(list))}}
}

// entryTexts returns what entries allow, in words.
func entryTexts(list []v1beta1.NetworkLimit) []string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = string(e.Name)
		if e.VLANs != nil {
			ranges := make([]string, len(e.VLANs))
			for j, r := range e.VLANs {
				ranges[j] = string(r)
			}
			out[i] += " with VLAN " + strings.Join(ranges, " and ")
		}
	}
	return out
}

// vlanText returns what people call a VLAN.
func vlanText(vlan int32) string {
	switch vlan {
	case untagged:
		return "no VLAN"
	case everyVLAN:
		return "every VLAN"
	}
	return fmt.Sprintf("VLAN %d", vlan)
}

// hasVLAN reports whether ranges have a VLAN. Nil stands for all.
func hasVLAN(ranges []v1beta1.VLANRange, vlan int32) bool {
	return ranges == nil || slices.ContainsFunc(bounds(ranges), func(b [2]int32) bool { return b[0] <= vlan && vlan <= b[1] })
}

// bounds returns the first and the last VLAN of each range.
func bounds(ranges []v1beta1.VLANRange) [][2]int32 {
	out := make([][2]int32, len(ranges))
	for i, r := range ranges {
		out[i][0], out[i][1] = r.Bounds()
	}
	return out
}

// item returns the item of a list that is the same as another one; nil for none.
func item[T any](list []T, same func(*T) bool) *T {
	for i := range list {
		if same(&list[i]) {
			return &list[i]
		}
	}
	return nil
}
