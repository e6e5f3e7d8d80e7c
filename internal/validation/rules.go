package validation

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/names"
)

// PodNetworkCEL is Network.IsPodNetwork in CEL, for a network n.
const PodNetworkCEL = `(n.name == 'default' && (!has(n.type) || n.type in ['', 'bridge']) && ` +
	`(!has(n.ipConfig) || (n.ipConfig.mode == 'dhcp' && (!has(n.ipConfig.dnsServers) || size(n.ipConfig.dnsServers) == 0))) && !has(n.vlanId) && !has(n.mtu) && ` +
	`!has(n.macSpoofCheck) && ` +
	`(!has(n.nadName) || n.nadName == '') && (!has(n.bridgeName) || n.bridgeName == '') && (!has(n.master) || n.master == '') && ` +
	`(!has(n.resourceName) || n.resourceName == '') && (!has(n.macAddress) || n.macAddress == '') && ` +
	`(!has(n.physicalInterface) || n.physicalInterface == '') && (!has(n.nodeIP) || n.nodeIP == ''))`

var specRules = []objectRule[v1alpha1.WukongSpec]{
	{
		Rule: Rule{
			ID: "machine-size-missing", On: "WukongSpec", Reason: Required,
			CEL:     `has(self.instancetype) || (has(self.cpu) && has(self.memory))`,
			Problem: "cpu and memory are required", WayOut: "give both, or an instancetype",
			Breaks: "{cpu: null}", At: "spec.cpu",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			var out []violation
			if s.Instancetype == nil && s.CPU == nil {
				out = append(out, violation{field: "cpu"})
			}
			if s.Instancetype == nil && s.Memory == nil {
				out = append(out, violation{field: "memory"})
			}
			return out
		},
	},
	{
		Rule: Rule{
			ID: "machine-size-twice", On: "WukongSpec", Reason: Forbidden,
			CEL:     `!has(self.instancetype) || (!has(self.cpu) && !has(self.memory))`,
			Problem: "cpu and memory come from the instancetype", WayOut: "remove them, or remove instancetype",
			Breaks: "{instancetype: {name: u1.small}, memory: null}", At: "spec.cpu",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			var out []violation
			if s.Instancetype != nil && s.CPU != nil {
				out = append(out, violation{field: "cpu"})
			}
			if s.Instancetype != nil && s.Memory != nil {
				out = append(out, violation{field: "memory"})
			}
			return out
		},
	},
	{
		Rule: Rule{
			ID: "user-data-secret-with-user", On: "WukongSpec", Reason: Forbidden,
			CEL:     `!has(self.cloudInit) || !has(self.cloudInit.userDataSecretRef) || !has(self.cloudInitUser)`,
			Problem: "only the guest reads the Secret of cloudInit.userDataSecretRef, so that it cannot be merged with cloudInitUser",
			WayOut:  "describe the user in the Secret, or use cloudInit.userData",
			Breaks:  "{cloudInitUser: {name: ops}, cloudInit: {userDataSecretRef: {name: mine}}}", At: "spec.cloudInit.userDataSecretRef",
		},
		violations: when("cloudInit.userDataSecretRef", func(s *v1alpha1.WukongSpec) bool {
			return s.CloudInit != nil && s.CloudInit.UserDataSecretRef != nil && s.CloudInitUser != nil
		}),
	},
	{
		Rule: Rule{
			ID: "secure-boot-without-efi", On: "Firmware", Field: "secureBoot", Reason: Invalid,
			CEL:     `!has(self.secureBoot) || !self.secureBoot || (has(self.bootloader) && self.bootloader == 'EFI')`,
			Problem: "secureBoot needs bootloader EFI", WayOut: "give that, or remove secureBoot",
			Breaks: "{firmware: {secureBoot: true}}", At: "spec.firmware.secureBoot",
		},
		violations: when("firmware.secureBoot", func(s *v1alpha1.WukongSpec) bool {
			return s.Firmware != nil && s.Firmware.SecureBoot && s.Firmware.Bootloader != v1alpha1.BootloaderEFI
		}),
	},
	{
		Rule: Rule{
			ID: "secret-mounted-twice", On: "WukongSpec", Reason: Invalid,
			CEL: `!has(self.sshKeySecret) || !has(self.cloudInitUser) || !has(self.cloudInitUser.passwordSecretRef) || ` +
				`self.sshKeySecret != self.cloudInitUser.passwordSecretRef.name`,
			Problem: "sshKeySecret and cloudInitUser.passwordSecretRef are one Secret, which KubeVirt cannot mount twice",
			WayOut:  "put keys and passwords into two Secrets",
			Breaks:  "{sshKeySecret: keys, cloudInitUser: {name: ops, passwordSecretRef: {name: keys}}}", At: "spec.cloudInitUser.passwordSecretRef.name",
		},
		violations: when("cloudInitUser.passwordSecretRef.name", func(s *v1alpha1.WukongSpec) bool {
			return s.SSHKeySecret != "" && s.CloudInitUser != nil && s.CloudInitUser.PasswordSecretRef != nil && s.CloudInitUser.PasswordSecretRef.Name == s.SSHKeySecret
		}),
	},
	{
		Rule: Rule{
			ID: "pod-network-left-out", On: "WukongSpec", Reason: Invalid,
			CEL: `!has(self.podNetwork) || self.podNetwork || !has(self.networks) || !self.networks.exists(n, ` + PodNetworkCEL + `) || ` +
				`self.networks.exists(n, has(n.primary) && n.primary && n.name != 'default')`,
			Problem: "the network default that says nothing else is the pod network, which podNetwork: false leaves out",
			WayOut:  "remove one of both, or give bridgeName for a bridge",
			Note:    "`bridgeName: br-default` is what a network of that name gets elsewhere",
			Breaks:  "{podNetwork: false, networks: [{name: default}]}", At: "spec.networks[0].name",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			if s.PodNetwork == nil || *s.PodNetwork || slices.ContainsFunc(s.Networks, isPrimary) {
				return nil
			}
			return each(s.Networks, "networks", "name", func(n v1alpha1.Network) bool { return n.IsPodNetwork() })
		},
	},
	{
		Rule: Rule{
			ID: "primary-beside-pod-network", On: "WukongSpec", Reason: Forbidden,
			CEL: `!has(self.podNetwork) || !self.podNetwork || !has(self.networks) || ` +
				`!self.networks.exists(n, has(n.primary) && n.primary && !` + PodNetworkCEL + `)`,
			Problem: "a primary network takes the place of the pod network", WayOut: "remove podNetwork: true, or primary",
			Note:   "a virtual machine has one of both; without `primary` it has the pod network and this one",
			Breaks: "{podNetwork: true, networks: [{name: lan, primary: true}]}", At: "spec.podNetwork",
		},
		violations: when("podNetwork", func(s *v1alpha1.WukongSpec) bool {
			return s.PodNetwork != nil && *s.PodNetwork && slices.ContainsFunc(s.Networks, isPrimary)
		}),
	},
	{
		Rule: Rule{
			ID: "network-name-twice", On: "WukongSpec.networks", Reason: Invalid,
			CEL:     `self.all(n, self.exists_one(m, m.name == n.name))`,
			Problem: "each network needs a name of its own", WayOut: "rename the second",
			Breaks: "{networks: [{name: lan, type: bridge}, {name: lan, type: ovs}]}", At: "spec.networks[1].name",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			return repeated(s.Networks, "networks", "name", func(n v1alpha1.Network) string { return string(n.Name) })
		},
	},
	{
		Rule: Rule{
			ID: "mac-address-twice", On: "WukongSpec.networks", Reason: Invalid,
			CEL: `self.all(n, !has(n.macAddress) || size(n.macAddress) == 0 || ` +
				`self.exists_one(m, has(m.macAddress) && m.macAddress.lowerAscii() == n.macAddress.lowerAscii()))`,
			Problem: "each network needs a macAddress of its own", WayOut: "give the second another one, or none",
			Breaks: "{networks: [{name: a, type: bridge, macAddress: '02:00:00:00:00:0a'}, {name: b, type: bridge, macAddress: '02:00:00:00:00:0A'}]}",
			At:     "spec.networks[1].macAddress",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			return repeated(s.Networks, "networks", "macAddress", func(n v1alpha1.Network) string { return strings.ToLower(n.MACAddress) })
		},
	},
	{
		Rule: Rule{
			ID: "address-twice", On: "WukongSpec.networks", Reason: Invalid,
			GoOnly:  "API servers estimate the cost of a rule, and cannot bound that of comparing addresses",
			Problem: "each static network needs an address of its own", WayOut: "give the second another one",
			Breaks: "{networks: [{name: a, type: bridge, ipConfig: {mode: static, address: 10.0.0.5/24}}, " +
				"{name: b, type: bridge, ipConfig: {mode: static, address: 10.0.0.5/16}}]}",
			At: "spec.networks[1].ipConfig.address",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			return repeated(s.Networks, "networks", "ipConfig.address", staticAddress)
		},
	},
	{
		Rule: Rule{
			ID: "primary-twice", On: "WukongSpec.networks", Reason: Invalid,
			CEL:     `self.filter(n, has(n.primary) && n.primary).size() <= 1`,
			Problem: "only one network can be primary", WayOut: "remove primary from the others",
			Breaks: "{networks: [{name: a, primary: true}, {name: b, primary: true}]}", At: "spec.networks[1].primary",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			return repeated(s.Networks, "networks", "primary", func(n v1alpha1.Network) string { return ifSet(n.Primary) })
		},
	},
	{
		Rule: Rule{
			ID: "disk-name-twice", On: "WukongSpec.disks", Reason: Invalid,
			CEL:     `self.all(d, self.exists_one(e, e.name == d.name))`,
			Problem: "each disk needs a name of its own", WayOut: "rename the second",
			Breaks: "{disks: [{name: a, size: 1Gi}, {name: a, size: 1Gi}]}", At: "spec.disks[1].name",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			return repeated(s.Disks, "disks", "name", func(d v1alpha1.Disk) string { return string(d.Name) })
		},
	},
	{
		Rule: Rule{
			ID: "claim-twice", On: "WukongSpec.disks", Reason: Invalid,
			CEL:     `self.all(d, !has(d.claimName) || size(d.claimName) == 0 || self.exists_one(e, has(e.claimName) && e.claimName == d.claimName))`,
			Problem: "each claimName can be attached once", WayOut: "remove the second disk, or give it another claim",
			Breaks: "{disks: [{name: a, claimName: mine}, {name: b, claimName: mine}]}", At: "spec.disks[1].claimName",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			return repeated(s.Disks, "disks", "claimName", func(d v1alpha1.Disk) string { return string(d.ClaimName) })
		},
	},
	{
		Rule: Rule{
			ID: "boot-twice", On: "WukongSpec.disks", Reason: Invalid,
			CEL:     `self.filter(d, has(d.boot) && d.boot).size() <= 1`,
			Problem: "only one disk can be the one to boot from", WayOut: "remove boot from the others",
			Breaks: "{disks: [{name: a, size: 1Gi, boot: true}, {name: b, size: 1Gi, boot: true}]}", At: "spec.disks[1].boot",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			return repeated(s.Disks, "disks", "boot", func(d v1alpha1.Disk) string { return ifSet(d.Boot) })
		},
	},
	{
		Rule: Rule{
			ID: "gpu-name-twice", On: "WukongSpec.gpus", Reason: Invalid,
			CEL:     `self.all(g, self.exists_one(o, o.name == g.name))`,
			Problem: "each GPU needs a name of its own", WayOut: "rename the second",
			Breaks: "{gpus: [{name: a, deviceName: nvidia.com/a}, {name: a, deviceName: nvidia.com/b}]}", At: "spec.gpus[1].name",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			return repeated(s.GPUs, "gpus", "name", func(g v1alpha1.GPU) string { return g.Name })
		},
	},
}

var networkRules = []objectRule[v1alpha1.Network]{
	{
		Rule: Rule{
			ID: "mtu-too-small-for-ipv6", On: "Network", Field: "mtu", Reason: Invalid,
			CEL: `!has(self.mtu) || self.mtu >= 1280 || !has(self.ipConfig) || self.ipConfig.mode != 'static' || !has(self.ipConfig.address) || ` +
				`!isCIDR(self.ipConfig.address) || cidr(self.ipConfig.address).ip().family() == 4`,
			Problem: "IPv6 needs an mtu of 1280 at least", WayOut: "give a larger one, or an IPv4 address",
			Note:   "Linux leaves out IPv6 on an interface with a smaller one (RFC 8200, section 5)",
			Breaks: network("type: bridge, mtu: 1000, ipConfig: {mode: static, address: '2001:db8::5/64'}"), At: "spec.networks[0].mtu",
		},
		violations: when("mtu", func(n *v1alpha1.Network) bool {
			return n.MTU != nil && *n.MTU < 1280 && isStatic(n.IPConfig) && n.IPConfig.Address.Addr().Is6()
		}),
	},
	{
		Rule: Rule{
			ID: "vlan-interface-too-long", On: "Network", Reason: Invalid,
			CEL: `!has(self.type) || self.type != 'macvlan' || !has(self.master) || !has(self.vlanId) || ` +
				`size(self.master) + 1 + size(string(self.vlanId)) <= 15`,
			Problem: "master and vlanId together name the interface MASTER.VLAN, which may have 15 characters", WayOut: "use an uplink with a shorter name",
			Breaks: network("type: macvlan, master: enp129s0f0np0, vlanId: 4000"), At: "spec.networks[0].master",
		},
		violations: when("master", func(n *v1alpha1.Network) bool {
			return n.Type == v1alpha1.NetworkTypeMacvlan && n.Master != "" && n.VLANID != nil &&
				len(names.VLANInterface(string(n.Master), *n.VLANID)) > names.InterfaceLength
		}),
	},
}

var ipConfigRules = []objectRule[v1alpha1.IPConfig]{
	{
		Rule: Rule{
			ID: "static-address-missing", On: "IPConfig", Field: "address", Reason: Required,
			CEL:     `self.mode != 'static' || (has(self.address) && self.address != '')`,
			Problem: "address is required with mode static", WayOut: "give it with its prefix length, such as 192.168.10.5/24",
			Breaks: network("type: bridge, ipConfig: {mode: static}"), At: "spec.networks[0].ipConfig.address",
		},
		violations: when("address", func(c *v1alpha1.IPConfig) bool { return c.Mode == v1alpha1.IPModeStatic && !c.Address.IsValid() }),
	},
	{
		Rule: Rule{
			ID: "address-of-no-host", On: "IPConfig", Field: "address", Reason: Invalid,
			CEL: `self.mode != 'static' || !has(self.address) || !isCIDR(self.address) || ` +
				`cidr(self.address).ip().isGlobalUnicast() || cidr(self.address).ip().isLinkLocalUnicast()`,
			Problem: "address must be that of one host, and neither unspecified, loopback, multicast nor broadcast", WayOut: "give another one",
			Breaks: static("address: 127.0.0.1/8"), At: "spec.networks[0].ipConfig.address",
		},
		violations: whenAddress("address", func(c *v1alpha1.IPConfig) bool { return isStatic(c) && !isHost(c.Address.Addr()) }),
	},
	{
		Rule: Rule{
			ID: "address-of-network", On: "IPConfig", Field: "address", Reason: Forbidden, GoOnly: goOnlyAddresses,
			Problem: "address is that of its network itself", WayOut: "give that of a host, or correct the prefix length",
			Note:   "networks of two addresses (/31, /127) and of one have no address of their own (RFC 3021, RFC 6164)",
			Breaks: static("address: 192.168.10.0/24"), At: "spec.networks[0].ipConfig.address",
		},
		violations: whenAddress("address", func(c *v1alpha1.IPConfig) bool {
			return isStatic(c) && isHost(c.Address.Addr()) && isNetwork(c.Address.Prefix, c.Address.Addr())
		}),
	},
	{
		Rule: Rule{
			ID: "address-of-broadcast", On: "IPConfig", Field: "address", Reason: Forbidden, GoOnly: goOnlyAddresses,
			Problem: "address is the broadcast address of its network", WayOut: "give that of a host, or correct the prefix length",
			Breaks: static("address: 192.168.10.255/24"), At: "spec.networks[0].ipConfig.address",
		},
		violations: whenAddress("address", func(c *v1alpha1.IPConfig) bool {
			return isStatic(c) && isHost(c.Address.Addr()) && isBroadcast(c.Address.Prefix, c.Address.Addr())
		}),
	},
	{
		Rule: Rule{
			ID: "gateway-outside-network", On: "IPConfig", Field: "gateway", Reason: Invalid,
			CEL: `self.mode != 'static' || !has(self.address) || !has(self.gateway) || !isCIDR(self.address) || !isIP(self.gateway) || ` +
				`cidr(self.address).containsIP(self.gateway) || ` +
				`(ip(self.gateway).family() == 6 && cidr(self.address).ip().family() == 6 && ip(self.gateway).isLinkLocalUnicast())`,
			Problem: "gateway must be inside the network of address", WayOut: "correct either; mind the prefix length",
			Breaks: static("address: 192.168.10.5/24, gateway: 192.168.11.1"), At: "spec.networks[0].ipConfig.gateway",
		},
		violations: whenAddress("gateway", func(c *v1alpha1.IPConfig) bool {
			return hasGateway(c) && !isReachable(c.Address.Prefix, c.Gateway.Addr)
		}),
	},
	{
		Rule: Rule{
			ID: "gateway-of-no-host", On: "IPConfig", Field: "gateway", Reason: Invalid,
			CEL: `self.mode != 'static' || !has(self.address) || !isCIDR(self.address) || !has(self.gateway) || !isIP(self.gateway) || ` +
				`ip(self.gateway).isGlobalUnicast() || ip(self.gateway).isLinkLocalUnicast()`,
			Problem: "gateway must be the address of one host, and neither unspecified, loopback, multicast nor broadcast", WayOut: "give another one",
			Breaks: static("address: 10.0.0.5/0, gateway: 224.0.0.1"), At: "spec.networks[0].ipConfig.gateway",
		},
		violations: whenAddress("gateway", func(c *v1alpha1.IPConfig) bool {
			return hasGateway(c) && isReachable(c.Address.Prefix, c.Gateway.Addr) && !isHost(c.Gateway.Addr)
		}),
	},
	{
		Rule: Rule{
			ID: "gateway-of-guest", On: "IPConfig", Field: "gateway", Reason: Forbidden, GoOnly: goOnlyAddresses,
			Problem: "gateway is the guest's own address", WayOut: "give that of a router",
			Breaks: static("address: 10.0.0.5/24, gateway: 10.0.0.5"), At: "spec.networks[0].ipConfig.gateway",
		},
		violations: whenAddress("gateway", func(c *v1alpha1.IPConfig) bool {
			return hasGateway(c) && isHost(c.Gateway.Addr) && c.Gateway.Addr == c.Address.Addr()
		}),
	},
	{
		Rule: Rule{
			ID: "gateway-of-network", On: "IPConfig", Field: "gateway", Reason: Forbidden, GoOnly: goOnlyAddresses,
			Problem: "gateway is the address of the network itself, or its broadcast address", WayOut: "give that of a router",
			Breaks: static("address: 10.0.0.5/24, gateway: 10.0.0.0"), At: "spec.networks[0].ipConfig.gateway",
		},
		// With IPv6 the network's address is one that all of its routers have (RFC 4291, section 2.6.1).
		violations: whenAddress("gateway", func(c *v1alpha1.IPConfig) bool {
			if !hasGateway(c) || !isHost(c.Gateway.Addr) || c.Gateway.Addr == c.Address.Addr() {
				return false
			}
			return c.Gateway.Is4() && isNetwork(c.Address.Prefix, c.Gateway.Addr) || isBroadcast(c.Address.Prefix, c.Gateway.Addr)
		}),
	},
	{
		Rule: Rule{
			ID: "dns-server-empty", On: "IPConfig.dnsServers", Reason: Required,
			CEL:     `self.all(s, s != '')`,
			Problem: "an entry of dnsServers is empty", WayOut: "give an IP address, or remove the entry",
			Breaks: network("type: bridge, ipConfig: {mode: dhcp, dnsServers: ['']}"), At: "spec.networks[0].ipConfig.dnsServers[0]",
		},
		violations: func(c *v1alpha1.IPConfig) []violation {
			return each(c.DNSServers, "dnsServers", "", func(a v1alpha1.Addr) bool { return !a.IsValid() })
		},
	},
}

// goOnlyAddresses is why the API server has no rule that compares addresses with that of their network.
const goOnlyAddresses = "CEL has no first and last address of a network"

var diskRules = []objectRule[v1alpha1.Disk]{
	{
		Rule: Rule{
			ID: "disk-size-missing", On: "Disk", Field: "size", Reason: Required,
			CEL:     `has(self.size) || (has(self.claimName) && self.claimName != '')`,
			Problem: "size is required", WayOut: "give a size, such as 20Gi, or an existing claim in claimName",
			Breaks: "{disks: [{name: a}]}", At: "spec.disks[0].size",
		},
		violations: when("size", func(d *v1alpha1.Disk) bool { return d.Size == nil && d.ClaimName == "" }),
	},
	{
		Rule: Rule{
			ID: "image-into-claim", On: "Disk", Field: "image", Reason: Forbidden,
			CEL:     `!has(self.claimName) || self.claimName == '' || !has(self.image) || self.image == ''`,
			Problem: "image cannot be imported into the existing claim of claimName", WayOut: "remove one of them",
			Breaks: "{disks: [{name: a, claimName: mine, image: fedora}]}", At: "spec.disks[0].image",
		},
		violations: when("image", func(d *v1alpha1.Disk) bool { return d.ClaimName != "" && d.Image != "" }),
	},
	{
		Rule: Rule{
			ID: "claim-stays", On: "Disk", Field: "claimName", Reason: Forbidden,
			CEL: `!has(self.claimName) || self.claimName == '' || (!has(self.size) && (!has(self.storageClassName) || self.storageClassName == '') && ` +
				`(!has(self.accessModes) || self.accessModes.size() == 0) && (!has(self.volumeMode) || self.volumeMode == '') && ` +
				`(!has(self.deletionPolicy) || self.deletionPolicy == ''))`,
			Problem: "the claim of claimName is never changed", WayOut: "remove size, storageClassName, accessModes, volumeMode and deletionPolicy",
			Breaks: "{disks: [{name: a, claimName: mine, size: 1Gi}]}", At: "spec.disks[0].size",
		},
		violations: func(d *v1alpha1.Disk) []violation {
			if d.ClaimName == "" {
				return nil
			}
			var out []violation
			for _, f := range []struct {
				name  string
				given bool
			}{
				{"size", d.Size != nil},
				{"storageClassName", d.StorageClassName != ""},
				{"accessModes", len(d.AccessModes) > 0},
				{"volumeMode", d.VolumeMode != nil && *d.VolumeMode != ""},
				{"deletionPolicy", d.DeletionPolicy != ""},
			} {
				if f.given {
					out = append(out, violation{field: f.name})
				}
			}
			return out
		},
	},
}

var cloudInitRules = []objectRule[v1alpha1.CloudInit]{
	{
		Rule: Rule{
			ID: "user-data-twice", On: "CloudInit", Field: "userData", Reason: Forbidden,
			CEL:     `!has(self.userData) || self.userData == '' || !has(self.userDataSecretRef)`,
			Problem: "userData and userDataSecretRef cannot be combined", WayOut: "remove one of them",
			Breaks: "{cloudInit: {userData: '#!/bin/sh', userDataSecretRef: {name: mine}}}", At: "spec.cloudInit.userData",
		},
		violations: when("userData", func(c *v1alpha1.CloudInit) bool { return c.UserData != "" && c.UserDataSecretRef != nil }),
	},
}

// labelKeyCEL is true of a string k that is the name of a label.
const labelKeyCEL = `k.indexOf('/') <= 253 && ` +
	`k.matches('^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$')`

var placementRules = []objectRule[v1alpha1.HighAvailability]{
	{
		Rule: Rule{
			ID: "node-selector-key", On: "HighAvailability.nodeSelector", Reason: Invalid,
			CEL:     `self.all(k, ` + labelKeyCEL + `)`,
			Problem: "each key must be the name of a label", WayOut: "give one of those that kubectl get nodes --show-labels prints",
			Breaks: "{highAvailability: {nodeSelector: {'a b': c}}}", At: "spec.highAvailability.nodeSelector",
		},
		violations: func(ha *v1alpha1.HighAvailability) []violation { return badKeys(ha.NodeSelector, "nodeSelector") },
	},
}

var tolerationRules = []objectRule[v1alpha1.Toleration]{
	{
		Rule: Rule{
			ID: "toleration-key-missing", On: "Toleration", Field: "key", Reason: Required,
			CEL:     `(has(self.key) && self.key != '') || (has(self.operator) && self.operator == 'Exists')`,
			Problem: "without a key, operator must be Exists", WayOut: "name the taint, or tolerate all of them with operator: Exists",
			Breaks: "{highAvailability: {tolerations: [{operator: Equal}]}}", At: "spec.highAvailability.tolerations[0].key",
		},
		violations: when("key", func(t *v1alpha1.Toleration) bool {
			return t.Key == "" && t.Operator != v1alpha1.TolerationOperatorExists
		}),
	},
	{
		Rule: Rule{
			ID: "toleration-value-unused", On: "Toleration", Field: "value", Reason: Forbidden,
			CEL:     `!has(self.value) || self.value == '' || !has(self.operator) || self.operator != 'Exists'`,
			Problem: "value has no meaning with operator Exists", WayOut: "remove it",
			Breaks: "{highAvailability: {tolerations: [{key: a, operator: Exists, value: b}]}}", At: "spec.highAvailability.tolerations[0].value",
		},
		violations: when("value", func(t *v1alpha1.Toleration) bool {
			return t.Value != "" && t.Operator == v1alpha1.TolerationOperatorExists
		}),
	},
	{
		Rule: Rule{
			ID: "toleration-seconds-unused", On: "Toleration", Field: "tolerationSeconds", Reason: Forbidden,
			CEL:     `!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')`,
			Problem: "tolerationSeconds needs effect NoExecute", WayOut: "give that, or remove it",
			Breaks: "{highAvailability: {tolerations: [{key: a, tolerationSeconds: 5}]}}", At: "spec.highAvailability.tolerations[0].tolerationSeconds",
		},
		violations: when("tolerationSeconds", func(t *v1alpha1.Toleration) bool {
			return t.TolerationSeconds != nil && t.Effect != v1alpha1.TaintEffectNoExecute
		}),
	},
}

var inputRules = []objectRule[v1beta1.Input]{
	{
		Rule: Rule{
			ID: "input-label-key", On: "Input.labels", Reason: Invalid,
			CEL:     `self.all(k, ` + labelKeyCEL + `)`,
			Problem: "each key must be the name of a label, such as example.org/cost-center", WayOut: "correct it",
			Breaks: "{labels: {'a b': c}}", At: "labels",
		},
		violations: func(in *v1beta1.Input) []violation { return badKeys(in.Labels, "labels") },
	},
	{
		Rule: Rule{
			ID: "input-label-reserved", On: "Input.labels", Reason: Forbidden,
			GoOnly:  "an Input is no object of a cluster: no API server reads it",
			Problem: "this function, Kubernetes, Crossplane, KubeVirt or CDI gives or reads this label", WayOut: "take a label of your own",
			Breaks: "{labels: {app.kubernetes.io/name: x}}", At: "labels[app.kubernetes.io/name]",
		},
		violations: func(in *v1beta1.Input) []violation {
			var out []violation
			for _, k := range slices.Sorted(maps.Keys(in.Labels)) {
				if isReserved(k) {
					out = append(out, violation{field: "labels[" + v1alpha1.Shown(k) + "]"})
				}
			}
			return out
		},
	},
	{
		Rule: Rule{
			ID: "input-network", On: "Cluster.networks", Reason: Invalid,
			CEL:     `self.all(n, n != '')`,
			Problem: "must be a network, such as 10.96.0.0/12, and not everything", WayOut: "correct the entry, or remove it",
			Breaks: "{cluster: {networks: ['']}}", At: "cluster.networks[0]",
		},
		violations: func(in *v1beta1.Input) []violation {
			if in.Cluster == nil {
				return nil
			}
			return each(in.Cluster.Networks, "cluster.networks", "", func(p v1alpha1.Prefix) bool {
				return !p.IsValid() || p.Bits() == 0 || p.Prefix != p.Masked()
			})
		},
	},
	{
		Rule: Rule{
			ID: "input-family-twice", On: "PodNetwork.ipFamilies", Reason: Invalid,
			GoOnly:  "the definition says that the list is a set",
			Problem: "each family is given once", WayOut: "remove the second",
			Breaks: "{cluster: {podNetwork: {ipFamilies: [IPv4, IPv4]}}}", At: "cluster.podNetwork.ipFamilies[1]",
		},
		violations: func(in *v1beta1.Input) []violation {
			return repeated(families(in), "cluster.podNetwork.ipFamilies", "", func(f v1beta1.IPFamily) string { return string(f) })
		},
	},
	{
		Rule: Rule{
			ID: "input-mac-spoof-check", On: "Input", Reason: Forbidden,
			GoOnly:  "an Input is no object of a cluster: no API server reads it",
			Problem: "limits.macSpoofCheck requires the check that defaults.macSpoofCheck leaves out", WayOut: "remove one of both",
			Breaks: "{limits: {macSpoofCheck: Required}, defaults: {macSpoofCheck: false}}", At: "limits.macSpoofCheck",
		},
		violations: when("limits.macSpoofCheck", func(in *v1beta1.Input) bool {
			return in.Limits != nil && in.Limits.MACSpoofCheck == v1beta1.RequirementRequired && in.Defaults != nil && !ptr.Deref(in.Defaults.MACSpoofCheck, true)
		}),
	},
	{
		Rule: Rule{
			ID: "input-vlan-range", On: "NetworkLimit.vlans", Reason: Invalid,
			GoOnly:  "an Input is no object of a cluster: no API server reads it",
			Problem: "must be VLANs from 1 to 4094, the smaller one first", WayOut: "correct the entry",
			Breaks: "{limits: {bridges: [{name: br-lan, vlans: [199-100]}]}}", At: "limits.bridges[0].vlans[0]",
		},
		violations: func(in *v1beta1.Input) []violation {
			var out []violation
			lists := networkLimits(in)
			for _, name := range slices.Sorted(maps.Keys(lists)) {
				for i, l := range lists[name] {
					out = append(out, each(l.VLANs, element("limits."+name, i, "vlans"), "", func(r v1beta1.VLANRange) bool { return !r.IsValid() })...)
				}
			}
			return out
		},
	},
	{
		Rule: Rule{
			ID: "input-dns-servers-missing", On: "Input", Reason: Required,
			GoOnly:  "an Input is no object of a cluster: no API server reads it",
			Problem: "without IPv4 in cluster.podNetwork.ipFamilies guests get no name servers", WayOut: "give some in defaults.dnsServers",
			Breaks: "{cluster: {podNetwork: {ipFamilies: [IPv6]}}}", At: "defaults.dnsServers",
		},
		violations: when("defaults.dnsServers", func(in *v1beta1.Input) bool {
			return len(families(in)) > 0 && !slices.Contains(families(in), v1beta1.IPv4) && (in.Defaults == nil || len(in.Defaults.DNSServers) == 0)
		}),
	},
	{
		Rule: Rule{
			ID: "input-dns-server-empty", On: "Defaults.dnsServers", Reason: Required,
			CEL:     `self.all(s, s != '')`,
			Problem: "an entry of defaults.dnsServers is empty", WayOut: "give an IP address, or remove the entry",
			Breaks: "{defaults: {dnsServers: ['']}}", At: "defaults.dnsServers[0]",
		},
		violations: func(in *v1beta1.Input) []violation {
			if in.Defaults == nil {
				return nil
			}
			return each(in.Defaults.DNSServers, "defaults.dnsServers", "", func(a v1alpha1.Addr) bool { return !a.IsValid() })
		},
	},
}

// whenAddress returns a violation at address or gateway, whose value errors repeat, of configurations about which something is true.
func whenAddress(name string, broken func(*v1alpha1.IPConfig) bool) func(*v1alpha1.IPConfig) []violation {
	return func(c *v1alpha1.IPConfig) []violation {
		if !broken(c) {
			return nil
		}
		value := c.Address.String()
		if name == "gateway" {
			value = c.Gateway.String()
		}
		return []violation{{field: name, value: value}}
	}
}

// families returns the families that an Input names.
func families(in *v1beta1.Input) []v1beta1.IPFamily {
	if in.Cluster == nil || in.Cluster.PodNetwork == nil {
		return nil
	}
	return in.Cluster.PodNetwork.IPFamilies
}

// isPrimary reports whether a network takes the place of the pod network.
func isPrimary(n v1alpha1.Network) bool { return n.ReplacesPodNetwork() }

// each returns a violation for each element of a list about which broken is true. The violation is at the named field of the element. Without
// a name it is at the element itself.
func each[E any](list []E, path, name string, broken func(E) bool) []violation {
	var out []violation
	for i, e := range list {
		if broken(e) {
			out = append(out, violation{field: element(path, i, name)})
		}
	}
	return out
}

// repeated returns a violation, as each does, for each element of a list that has the key of an earlier one. An empty key may be repeated.
func repeated[E any](list []E, path, name string, key func(E) string) []violation {
	var out []violation
	seen := make(map[string]bool, len(list))
	for i, e := range list {
		k := key(e)
		if k != "" && seen[k] {
			out = append(out, violation{field: element(path, i, name), value: v1alpha1.Shown(k)})
		}
		seen[k] = true
	}
	return out
}

// element returns the path of an element of a list, or of a field in it.
func element(path string, i int, name string) string {
	if name == "" {
		return fmt.Sprintf("%s[%d]", path, i)
	}
	return fmt.Sprintf("%s[%d].%s", path, i, name)
}

// networkLimits returns the limits on networks of the nodes, by their names.
func networkLimits(in *v1beta1.Input) map[string][]v1beta1.NetworkLimit {
	if in.Limits == nil {
		return nil
	}
	return map[string][]v1beta1.NetworkLimit{"bridges": in.Limits.Bridges, "masters": in.Limits.Masters, "resourceNames": in.Limits.ResourceNames}
}

// badKeys returns a violation at the map for each key that is not the name of a label.
func badKeys(labels map[string]v1alpha1.LabelValue, path string) []violation {
	var out []violation
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		if len(validation.IsQualifiedName(k)) > 0 {
			out = append(out, violation{field: path, value: v1alpha1.Shown(k)})
		}
	}
	return out
}

// ifSet returns the key for repeated of an element in a list where only one may have something set.
func ifSet(set bool) string {
	if set {
		return "true"
	}
	return ""
}
