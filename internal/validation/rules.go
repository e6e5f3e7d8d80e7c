package validation

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/image"
	"github.com/novasphere/function-wukong/internal/names"
)

// PodNetworkCEL is Network.IsPodNetwork in CEL, for a network n.
const PodNetworkCEL = `(n.name == 'default' && (!has(n.type) || n.type in ['', 'bridge']) && ` +
	`(!has(n.ipConfig) || (n.ipConfig.mode == 'dhcp' && (!has(n.ipConfig.dnsServers) || size(n.ipConfig.dnsServers) == 0))) && !has(n.vlanId) && !has(n.mtu) && ` +
	`!has(n.macSpoofCheck) && ` +
	`(!has(n.nadName) || n.nadName == '') && (!has(n.bridgeName) || n.bridgeName == '') && (!has(n.master) || n.master == '') && ` +
	`(!has(n.resourceName) || n.resourceName == '') && (!has(n.macAddress) || n.macAddress == '') && ` +
	`(!has(n.physicalInterface) || n.physicalInterface == '') && (!has(n.nodeIP) || n.nodeIP == ''))`

// seededCEL begins rules about Wukongs whose guest reads no seed (WukongSpec.TakesSeed): it is true of the others.
const seededCEL = `!has(self.windows) || (has(self.windows.cloudbaseInit) && self.windows.cloudbaseInit) || `

var specRules = []objectRule[v1alpha1.WukongSpec]{
	{
		Rule: Rule{
			ID: "machine-size-missing", On: "WukongSpec", Reason: Required,
			CEL: `has(self.instancetype) || (has(self.cpu) && has(self.memory)) || ` +
				`(!has(self.cpu) && !has(self.memory) && !has(self.maxCPU) && !has(self.maxMemory) && !has(self.coresPerSocket) && ` +
				`((has(self.osImageFrom) && self.osImageFrom.kind == 'DataSource') || ` +
				`(has(self.disks) && self.disks.exists(d, has(d.imageFrom) && d.imageFrom.kind == 'DataSource'))))`,
			Problem: "cpu and memory are required", WayOut: "give both, or an instancetype",
			Note:   "with a DataSource in `osImageFrom`, or in `imageFrom` of a disk, all of these may be left out",
			Breaks: "{cpu: null}", At: "spec.cpu",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			var out []violation
			if s.Instancetype != nil || s.MayInferInstancetype() {
				return nil
			}
			if s.CPU == nil {
				out = append(out, violation{field: "cpu"})
			}
			if s.Memory == nil {
				out = append(out, violation{field: "memory"})
			}
			return out
		},
	},
	{
		Rule: Rule{
			ID: "disk-missing", On: "WukongSpec", Field: "disks", Reason: Required,
			CEL:     `(has(self.disks) && size(self.disks) > 0) || (has(self.osImage) && self.osImage != '') || has(self.osImageFrom)`,
			Problem: "a virtual machine needs a disk", WayOut: "give osImage or osImageFrom, or list a disk",
			Breaks: "{disks: null}", At: "spec.disks",
		},
		violations: when("disks", func(s *v1alpha1.WukongSpec) bool {
			return len(s.Disks) == 0 && s.OSImage == "" && s.OSImageFrom == nil
		}),
	},
	{
		Rule: Rule{
			ID: "os-image-twice", On: "WukongSpec", Field: "osImageFrom", Reason: Forbidden,
			CEL:     `!has(self.osImageFrom) || !has(self.osImage) || self.osImage == ''`,
			Problem: "the operating system comes from osImage or from osImageFrom", WayOut: "remove one of them",
			Breaks: "{osImage: fedora, osImageFrom: {kind: DataSource, name: debian-12}}", At: "spec.osImageFrom",
		},
		violations: when("osImageFrom", func(s *v1alpha1.WukongSpec) bool { return s.OSImage != "" && s.OSImageFrom != nil }),
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
			ID: "machine-growth-twice", On: "WukongSpec", Reason: Forbidden,
			CEL:     `!has(self.instancetype) || (!has(self.maxCPU) && !has(self.maxMemory) && !has(self.coresPerSocket))`,
			Problem: "maxCPU, maxMemory and coresPerSocket come from the instancetype", WayOut: "remove them, or remove instancetype",
			Breaks: "{cpu: null, memory: null, instancetype: {name: u1.small}, maxCPU: 4}", At: "spec.maxCPU",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			if s.Instancetype == nil {
				return nil
			}
			return given([]named{{"maxCPU", s.MaxCPU != nil}, {"maxMemory", s.MaxMemory != nil}, {"coresPerSocket", s.CoresPerSocket != nil}})
		},
	},
	{
		Rule: Rule{
			ID: "cpu-uneven", On: "WukongSpec", Field: "cpu", Reason: Invalid,
			CEL:     `!has(self.cpu) || !has(self.coresPerSocket) || self.cpu % self.coresPerSocket == 0`,
			Problem: "cpu must be a multiple of coresPerSocket", WayOut: "correct either",
			Breaks: "{cpu: 3, coresPerSocket: 2}", At: "spec.cpu",
		},
		violations: when("cpu", func(s *v1alpha1.WukongSpec) bool {
			return s.CPU != nil && s.CoresPerSocket != nil && *s.CPU%*s.CoresPerSocket != 0
		}),
	},
	{
		Rule: Rule{
			ID: "max-cpu-uneven", On: "WukongSpec", Field: "maxCPU", Reason: Invalid,
			CEL:     `!has(self.maxCPU) || !has(self.coresPerSocket) || self.maxCPU % self.coresPerSocket == 0`,
			Problem: "maxCPU must be a multiple of coresPerSocket", WayOut: "correct either",
			Note:   "KubeVirt adds whole sockets",
			Breaks: "{cpu: 2, coresPerSocket: 2, maxCPU: 5}", At: "spec.maxCPU",
		},
		violations: when("maxCPU", func(s *v1alpha1.WukongSpec) bool {
			return s.MaxCPU != nil && s.CoresPerSocket != nil && *s.MaxCPU%*s.CoresPerSocket != 0
		}),
	},
	{
		Rule: Rule{
			ID: "max-cpu-smaller", On: "WukongSpec", Field: "maxCPU", Reason: Invalid,
			CEL:     `!has(self.maxCPU) || !has(self.cpu) || self.maxCPU >= self.cpu`,
			Problem: "maxCPU is less than cpu", WayOut: "give at least as many, or remove it",
			Breaks: "{cpu: 4, maxCPU: 2}", At: "spec.maxCPU",
		},
		violations: when("maxCPU", func(s *v1alpha1.WukongSpec) bool { return s.MaxCPU != nil && s.CPU != nil && *s.MaxCPU < *s.CPU }),
	},
	{
		Rule: Rule{
			ID: "max-memory-smaller", On: "WukongSpec", Field: "maxMemory", Reason: Invalid,
			CEL: `!has(self.maxMemory) || !has(self.memory) || !isQuantity(self.maxMemory) || !isQuantity(self.memory) || ` +
				`quantity(self.maxMemory).compareTo(quantity(self.memory)) >= 0`,
			Problem: "maxMemory is less than memory", WayOut: "give at least as much, or remove it",
			Breaks: "{memory: 4Gi, maxMemory: 2Gi}", At: "spec.maxMemory",
		},
		violations: when("maxMemory", func(s *v1alpha1.WukongSpec) bool {
			return s.MaxMemory != nil && s.Memory != nil && s.MaxMemory.Cmp(s.Memory.Quantity) < 0
		}),
	},
	{
		Rule: Rule{
			ID: "memory-cannot-grow", On: "WukongSpec", Field: "memory", Reason: Invalid,
			CEL: `!has(self.maxMemory) || !has(self.memory) || !isQuantity(self.memory) || !quantity(self.memory).isInteger() || ` +
				`(quantity(self.memory).asInteger() >= 1073741824 && quantity(self.memory).asInteger() % 2097152 == 0)`,
			Problem: "with maxMemory, memory must be at least 1Gi and a multiple of 2Mi", WayOut: "correct it, or remove maxMemory",
			Note:   "KubeVirt adds memory to no other guest",
			Breaks: "{memory: 512Mi, maxMemory: 2Gi}", At: "spec.memory",
		},
		violations: when("memory", func(s *v1alpha1.WukongSpec) bool {
			return s.MaxMemory != nil && s.Memory != nil && (s.Memory.Value() < minGrowingMemory || s.Memory.Value()%memoryBlock != 0)
		}),
	},
	{
		Rule: Rule{
			ID: "arm64-growth", On: "WukongSpec", Reason: Forbidden,
			CEL:     `!has(self.architecture) || self.architecture != 'arm64' || (!has(self.maxCPU) && !has(self.maxMemory))`,
			Problem: "KubeVirt adds neither CPUs nor memory to a guest on arm64 while it runs", WayOut: "remove maxCPU and maxMemory",
			Breaks: "{architecture: arm64, maxCPU: 4}", At: "spec.maxCPU",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			if s.Architecture != v1alpha1.ArchitectureARM64 {
				return nil
			}
			return given([]named{{"maxCPU", s.MaxCPU != nil}, {"maxMemory", s.MaxMemory != nil}})
		},
	},
	{
		Rule: Rule{
			ID: "arm64-firmware", On: "WukongSpec", Field: "firmware", Reason: Forbidden,
			CEL: `!has(self.architecture) || self.architecture != 'arm64' || !has(self.firmware) || ` +
				`((!has(self.firmware.bootloader) || self.firmware.bootloader != 'BIOS') && (!has(self.firmware.secureBoot) || !self.firmware.secureBoot))`,
			Problem: "a computer of arm64 has neither a BIOS nor secure boot", WayOut: "give bootloader: EFI alone, which is the default there",
			Breaks: "{architecture: arm64, firmware: {bootloader: BIOS}}", At: "spec.firmware",
		},
		violations: when("firmware", func(s *v1alpha1.WukongSpec) bool {
			return s.Architecture == v1alpha1.ArchitectureARM64 && s.Firmware != nil && (s.Firmware.Bootloader == v1alpha1.BootloaderBIOS || s.Firmware.SecureBoot)
		}),
	},
	{
		Rule: Rule{
			ID: "arm64-bus", On: "WukongSpec", Reason: Forbidden,
			CEL:     `!has(self.architecture) || self.architecture != 'arm64' || !has(self.disks) || !self.disks.exists(d, has(d.bus) && d.bus in ['sata', 'usb'])`,
			Problem: "a computer of arm64 has neither sata nor usb for disks", WayOut: "give scsi, or remove bus",
			Breaks: "{architecture: arm64, disks: [{name: a, size: 1Gi, bus: sata}]}", At: "spec.disks[0].bus",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			if s.Architecture != v1alpha1.ArchitectureARM64 {
				return nil
			}
			return each(s.Disks, "disks", "bus", func(d v1alpha1.Disk) bool { return d.Bus == "sata" || d.Bus == "usb" })
		},
	},
	{
		Rule: Rule{
			ID: "tuned-disk-without-bus", On: "WukongSpec", Reason: Invalid,
			CEL: `!has(self.preference) || !has(self.disks) || !self.disks.exists(d, (!has(d.bus) || d.bus == '') && (!has(d.type) || d.type in ['', 'disk']) && ` +
				`((has(d.dedicatedIOThread) && d.dedicatedIOThread) || (has(d.blockSize) && d.blockSize.logical != 512)))`,
			Problem: "dedicatedIOThread and blockSize depend on the bus, which the preference chooses", WayOut: "give bus: virtio, or remove them",
			Note:   "KubeVirt refuses them on sata, which it takes where a preference says nothing",
			Breaks: "{preference: {name: fedora}, disks: [{name: a, size: 1Gi, dedicatedIOThread: true}]}", At: "spec.disks[0].bus",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			if s.Preference == nil {
				return nil
			}
			return each(s.Disks, "disks", "bus", func(d v1alpha1.Disk) bool {
				return d.Bus == "" && !d.IsLUN() && !d.IsCDROM() && (d.DedicatedIOThread || d.BlockSize != nil && d.BlockSize.Logical != minBlockSize)
			})
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
			ID: "windows-user", On: "WukongSpec", Field: "cloudInitUser", Reason: Forbidden,
			CEL:     `!has(self.windows) || !has(self.cloudInitUser)`,
			Problem: "no user of Windows is made from cloudInitUser", WayOut: "remove it, and describe the users in the Secret of windows.unattendSecretRef",
			Note:   "neither a password nor a shell nor a rule of sudo reaches Windows",
			Breaks: "{windows: {cloudbaseInit: true}, cloudInitUser: {name: ops}}", At: "spec.cloudInitUser",
		},
		violations: when("cloudInitUser", func(s *v1alpha1.WukongSpec) bool { return s.Windows != nil && s.CloudInitUser != nil }),
	},
	{
		Rule: Rule{
			ID: "windows-ssh-keys", On: "WukongSpec", Field: "sshKeySecret", Reason: Forbidden,
			CEL:     seededCEL + `!has(self.sshKeySecret) || self.sshKeySecret == ''`,
			Problem: "SSH keys reach no Windows without cloudbase-init", WayOut: "remove sshKeySecret, or give windows.cloudbaseInit: true where that is in the guest",
			Breaks: "{windows: {}, sshKeySecret: keys}", At: "spec.sshKeySecret",
		},
		violations: when("sshKeySecret", func(s *v1alpha1.WukongSpec) bool { return !s.TakesSeed() && s.SSHKeySecret != "" }),
	},
	{
		Rule: Rule{
			ID: "windows-user-data", On: "WukongSpec", Field: "cloudInit", Reason: Forbidden,
			CEL: seededCEL + `!has(self.cloudInit) || ((!has(self.cloudInit.userData) || self.cloudInit.userData == '') && ` +
				`!has(self.cloudInit.userDataSecretRef))`,
			Problem: "nothing in Windows reads user data without cloudbase-init",
			WayOut:  "remove cloudInit, or give windows.cloudbaseInit: true where that is in the guest",
			Breaks:  "{windows: {}, cloudInit: {userDataSecretRef: {name: mine}}}", At: "spec.cloudInit",
		},
		violations: when("cloudInit", func(s *v1alpha1.WukongSpec) bool {
			return !s.TakesSeed() && s.CloudInit != nil && (s.CloudInit.UserData != "" || s.CloudInit.UserDataSecretRef != nil)
		}),
	},
	{
		Rule: Rule{
			ID: "windows-static-address", On: "WukongSpec", Reason: Forbidden,
			CEL:     seededCEL + `!has(self.networks) || !self.networks.exists(n, has(n.ipConfig) && n.ipConfig.mode == 'static')`,
			Problem: "a static address reaches no Windows without cloudbase-init",
			WayOut:  "give mode dhcp, and the address in the Secret of windows.unattendSecretRef, or windows.cloudbaseInit: true where that is in the guest",
			Breaks:  "{windows: {}, networks: [{name: lan, type: bridge, ipConfig: {mode: static, address: 192.168.10.5/24}}]}",
			At:      "spec.networks[0].ipConfig.mode",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			if s.TakesSeed() {
				return nil
			}
			return each(s.Networks, "networks", "ipConfig.mode", func(n v1alpha1.Network) bool { return n.IPConfig != nil && n.IPConfig.Mode == v1alpha1.IPModeStatic })
		},
	},
	{
		Rule: Rule{
			ID: "windows-disk-name", On: "WukongSpec", Reason: Invalid,
			CEL: `!has(self.windows) || !has(self.disks) || !self.disks.exists(d, (d.name == 'sysprep' && has(self.windows.unattendSecretRef)) || ` +
				`(d.name == 'virtio-drivers' && has(self.windows.drivers) && self.windows.drivers))`,
			Problem: "windows.unattendSecretRef attaches a CD-ROM with the name sysprep, and windows.drivers one with the name virtio-drivers",
			WayOut:  "give the disk another name",
			Breaks:  "{windows: {unattendSecretRef: {name: answers}}, disks: [{name: sysprep, size: 1Gi}]}", At: "spec.disks[0].name",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			return each(s.Disks, "disks", "name", func(d v1alpha1.Disk) bool {
				return d.Name == v1alpha1.VolumeUnattend && s.UnattendSecret() != "" || d.Name == v1alpha1.VolumeDrivers && s.AttachesDrivers()
			})
		},
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
			ID: "persistent-without-efi", On: "Firmware", Field: "persistent", Reason: Invalid,
			CEL:     `!has(self.persistent) || !self.persistent || (has(self.bootloader) && self.bootloader == 'EFI')`,
			Problem: "persistent needs bootloader EFI, as no other has variables", WayOut: "give that, or remove persistent",
			Breaks: "{firmware: {persistent: true}}", At: "spec.firmware.persistent",
		},
		violations: when("firmware.persistent", func(s *v1alpha1.WukongSpec) bool {
			return s.Firmware != nil && ptr.Deref(s.Firmware.Persistent, false) && s.Firmware.Bootloader != v1alpha1.BootloaderEFI
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
			ID: "probe-without-pod-network", On: "WukongSpec", Reason: Forbidden,
			CEL: `!((has(self.podNetwork) && !self.podNetwork) || ` +
				`(has(self.networks) && self.networks.exists(n, has(n.primary) && n.primary && !` + PodNetworkCEL + `))) || ` +
				`((!has(self.readinessProbe) || (!has(self.readinessProbe.tcpSocket) && !has(self.readinessProbe.httpGet))) && ` +
				`(!has(self.livenessProbe) || (!has(self.livenessProbe.tcpSocket) && !has(self.livenessProbe.httpGet))))`,
			Problem: "tcpSocket and httpGet reach a guest through the pod network alone", WayOut: "give guestAgentPing or exec, or the pod network",
			Breaks: "{podNetwork: false, readinessProbe: {tcpSocket: {port: 22}}}", At: "spec.readinessProbe.tcpSocket",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			if ptr.Deref(s.PodNetwork, true) && !slices.ContainsFunc(s.Networks, isPrimary) {
				return nil
			}
			return given(overPodNetwork(s))
		},
	},
	{
		Rule: Rule{
			ID: "liveness-success-threshold", On: "WukongSpec", Field: "livenessProbe.successThreshold", Reason: Invalid,
			CEL:     `!has(self.livenessProbe) || !has(self.livenessProbe.successThreshold) || self.livenessProbe.successThreshold == 1`,
			Problem: "Kubernetes takes no other successThreshold of a livenessProbe than 1", WayOut: "remove it",
			Breaks: "{livenessProbe: {guestAgentPing: true, successThreshold: 2}}", At: "spec.livenessProbe.successThreshold",
		},
		violations: when("livenessProbe.successThreshold", func(s *v1alpha1.WukongSpec) bool {
			return s.LivenessProbe != nil && s.LivenessProbe.SuccessThreshold > 1
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
			return repeated(s.GPUs, "gpus", "name", func(g v1alpha1.Device) string { return g.Name })
		},
	},
	{
		Rule: Rule{
			ID: "host-device-name-twice", On: "WukongSpec.hostDevices", Reason: Invalid,
			CEL:     `self.all(d, self.exists_one(o, o.name == d.name))`,
			Problem: "each host device needs a name of its own", WayOut: "rename the second",
			Note:   "it may have the name of a GPU",
			Breaks: "{hostDevices: [{name: a, deviceName: intel.com/a}, {name: a, deviceName: intel.com/b}]}", At: "spec.hostDevices[1].name",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			return repeated(s.HostDevices, "hostDevices", "name", func(d v1alpha1.Device) string { return d.Name })
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

// maxCDROMName is the length of a drive's name that leaves room for what KubeVirt adds to it in the names of containers, "volume" and "-init"
// (pkg/container-disk/container-disk.go).
const maxCDROMName = 52

// goOnlyAddresses is why the API server has no rule that compares addresses with that of their network.
const goOnlyAddresses = "CEL has no first and last address of a network"

var diskRules = []objectRule[v1alpha1.Disk]{
	{
		Rule: Rule{
			ID: "disk-size-missing", On: "Disk", Field: "size", Reason: Required,
			CEL: `has(self.size) || (has(self.claimName) && self.claimName != '') || has(self.imageFrom) || ` +
				`(has(self.type) && self.type == 'cdrom' && (!has(self.upload) || !self.upload) && ` +
				`(!has(self.image) || !self.image.contains('://') || self.image.startsWith('docker://')))`,
			Problem: "size is required", WayOut: "give a size, such as 20Gi, or an existing claim in claimName",
			Note:   "the medium of a CD-ROM drive takes one where it is the image of a file, or uploaded: at least the size of the file",
			Breaks: "{disks: [{name: a}]}", At: "spec.disks[0].size",
		},
		violations: when("size", func(d *v1alpha1.Disk) bool {
			return d.Size == nil && d.ClaimName == "" && d.ImageFrom == nil && (!d.IsCDROM() || d.Upload || image.IsFile(string(d.Image)))
		}),
	},
	{
		Rule: Rule{
			ID: "disk-with-two-sources", On: "Disk", Reason: Forbidden,
			CEL: `[has(self.image) && self.image != '', has(self.imageFrom), has(self.upload) && self.upload, ` +
				`has(self.claimName) && self.claimName != ''].filter(s, s).size() <= 1`,
			Problem: "the content of a disk comes from one of image, imageFrom, upload and claimName", WayOut: "remove the others",
			Breaks: "{disks: [{name: a, claimName: mine, image: fedora}]}", At: "spec.disks[0].claimName",
		},
		violations: func(d *v1alpha1.Disk) []violation {
			all := given([]named{{"image", d.Image != ""}, {"imageFrom", d.ImageFrom != nil}, {"upload", d.Upload}, {"claimName", d.ClaimName != ""}})
			return all[min(1, len(all)):]
		},
	},
	{
		Rule: Rule{
			ID: "image-access-without-image", On: "Disk", Field: "image", Reason: Required,
			CEL: `(has(self.image) && self.image != '') || ((!has(self.imageSecret) || self.imageSecret == '') && ` +
				`(!has(self.imageCA) || self.imageCA == '') && (!has(self.imageChecksum) || self.imageChecksum == ''))`,
			Problem: "imageSecret, imageCA and imageChecksum are about the image", WayOut: "give it here, or remove them",
			Breaks: "{disks: [{name: a, size: 1Gi, imageSecret: registry}]}", At: "spec.disks[0].image",
		},
		violations: when("image", func(d *v1alpha1.Disk) bool {
			return d.Image == "" && (d.ImageSecret != "" || d.ImageCA != "" || d.ImageChecksum != "")
		}),
	},
	{
		Rule: Rule{
			ID: "image-ca-unused", On: "Disk", Field: "imageCA", Reason: Forbidden,
			CEL: `!has(self.imageCA) || self.imageCA == '' || !has(self.image) || (!self.image.startsWith('gs://') && ` +
				`(!has(self.type) || self.type != 'cdrom' || (self.image.contains('://') && !self.image.startsWith('docker://'))))`,
			Problem: "imageCA is for images of http(s), s3 and docker that CDI imports",
			WayOut:  "remove it; the nodes pull the container of a CD-ROM drive, and must trust its registry",
			Breaks:  "{disks: [{name: a, size: 1Gi, image: 'gs://vms/debian.img', imageCA: mine}]}", At: "spec.disks[0].imageCA",
		},
		violations: when("imageCA", func(d *v1alpha1.Disk) bool {
			return d.ImageCA != "" && d.Image != "" && (!image.TakesCA(string(d.Image)) || d.IsCDROM() && !image.IsFile(string(d.Image)))
		}),
	},
	{
		Rule: Rule{
			ID: "image-checksum-unused", On: "Disk", Field: "imageChecksum", Reason: Forbidden,
			CEL: `!has(self.imageChecksum) || self.imageChecksum == '' || !has(self.image) || self.image == '' || ` +
				`self.image.startsWith('http://') || self.image.startsWith('https://')`,
			Problem: "imageChecksum is for images of http(s)", WayOut: "pin a container by its digest (@sha256:...), or remove imageChecksum",
			Breaks: "{disks: [{name: a, size: 1Gi, image: fedora, imageChecksum: 'sha256:" + strings.Repeat("0f", 32) + "'}]}",
			At:     "spec.disks[0].imageChecksum",
		},
		violations: when("imageChecksum", func(d *v1alpha1.Disk) bool {
			return d.ImageChecksum != "" && d.Image != "" && !image.TakesChecksum(string(d.Image))
		}),
	},
	{
		Rule: Rule{
			ID: "claim-stays", On: "Disk", Field: "claimName", Reason: Forbidden,
			CEL: `!has(self.claimName) || self.claimName == '' || (!has(self.size) && (!has(self.storageClassName) || self.storageClassName == '') && ` +
				`(!has(self.accessModes) || self.accessModes.size() == 0) && (!has(self.volumeMode) || self.volumeMode == '') && ` +
				`(!has(self.deletionPolicy) || self.deletionPolicy == '') && (!has(self.migrateStorage) || !self.migrateStorage))`,
			Problem: "the claim of claimName is never changed", WayOut: "remove size, storageClassName, accessModes, volumeMode, deletionPolicy and migrateStorage",
			Breaks: "{disks: [{name: a, claimName: mine, size: 1Gi}]}", At: "spec.disks[0].size",
		},
		violations: func(d *v1alpha1.Disk) []violation {
			if d.ClaimName == "" {
				return nil
			}
			return given([]named{
				{"size", d.Size != nil},
				{"storageClassName", d.StorageClassName != ""},
				{"accessModes", len(d.AccessModes) > 0},
				{"volumeMode", d.VolumeMode != nil && *d.VolumeMode != ""},
				{"deletionPolicy", d.DeletionPolicy != ""},
				{"migrateStorage", d.MigrateStorage},
			})
		},
	},
	{
		Rule: Rule{
			ID: "cdrom-bus", On: "Disk", Field: "bus", Reason: Forbidden,
			CEL:     `!has(self.type) || self.type != 'cdrom' || !has(self.bus) || self.bus != 'virtio'`,
			Problem: "a CD-ROM drive cannot be on bus virtio", WayOut: "give sata or scsi, or remove bus",
			Breaks: "{disks: [{name: a, type: cdrom, bus: virtio}]}", At: "spec.disks[0].bus",
		},
		violations: when("bus", func(d *v1alpha1.Disk) bool { return d.IsCDROM() && d.Bus == "virtio" }),
	},
	{
		Rule: Rule{
			ID: "disk-stays", On: "Disk", Field: "migrateStorage", Reason: Forbidden,
			CEL: `!has(self.migrateStorage) || !self.migrateStorage || ` +
				`((!has(self.type) || self.type != 'cdrom') && (!has(self.shareable) || !self.shareable))`,
			Problem: "a CD-ROM drive has no volume to move, and others attach a shareable disk by the name of its claim",
			WayOut:  "remove migrateStorage",
			Breaks:  "{disks: [{name: a, size: 1Gi, shareable: true, migrateStorage: true}]}", At: "spec.disks[0].migrateStorage",
		},
		violations: when("migrateStorage", func(d *v1alpha1.Disk) bool { return d.MigrateStorage && (d.IsCDROM() || d.Shareable) }),
	},
	{
		Rule: Rule{
			ID: "cdrom-retained", On: "Disk", Field: "deletionPolicy", Reason: Forbidden,
			CEL:     `!has(self.type) || self.type != 'cdrom' || !has(self.deletionPolicy) || self.deletionPolicy != 'Retain'`,
			Problem: "the medium of a CD-ROM drive is not retained, as it is an image that can be had again",
			WayOut:  "remove deletionPolicy, or name a claim of your own in claimName",
			Breaks:  "{disks: [{name: a, type: cdrom, deletionPolicy: Retain}]}", At: "spec.disks[0].deletionPolicy",
		},
		violations: when("deletionPolicy", func(d *v1alpha1.Disk) bool {
			return d.IsCDROM() && d.DeletionPolicy == v1alpha1.DeletionPolicyRetain
		}),
	},
	{
		Rule: Rule{
			ID: "cdrom-from-wukong", On: "Disk", Field: "imageFrom.kind", Reason: Forbidden,
			CEL:     `!has(self.type) || self.type != 'cdrom' || !has(self.imageFrom) || self.imageFrom.kind != 'Wukong'`,
			Problem: "only disks of another Wukong are cloned, and not the media of its CD-ROM drives",
			WayOut:  "name the image of the medium in image, or its claim in claimName",
			Breaks:  "{disks: [{name: a, type: cdrom, imageFrom: {kind: Wukong, name: db}}]}", At: "spec.disks[0].imageFrom.kind",
		},
		violations: when("imageFrom.kind", func(d *v1alpha1.Disk) bool {
			return d.IsCDROM() && d.ImageFrom != nil && d.ImageFrom.Kind == v1alpha1.ImageKindWukong
		}),
	},
	{
		Rule: Rule{
			ID: "cdrom-name-too-long", On: "Disk", Field: "name", Reason: Invalid,
			CEL:     `!has(self.type) || self.type != 'cdrom' || size(self.name) <= 52`,
			Problem: "the name of a CD-ROM drive has at most 52 characters, as KubeVirt names containers after it", WayOut: "choose a shorter one",
			Breaks: "{disks: [{name: " + strings.Repeat("a", 53) + ", type: cdrom}]}", At: "spec.disks[0].name",
		},
		violations: when("name", func(d *v1alpha1.Disk) bool { return d.IsCDROM() && len(d.Name) > maxCDROMName }),
	},
	{
		Rule: Rule{
			ID: "cdrom-tuning", On: "Disk", Reason: Forbidden,
			CEL: `!has(self.type) || self.type != 'cdrom' || ((!has(self.shareable) || !self.shareable) && !has(self.blockSize) && ` +
				`(!has(self.dedicatedIOThread) || !self.dedicatedIOThread))`,
			Problem: "a CD-ROM drive has neither shareable, blockSize nor dedicatedIOThread", WayOut: "remove them",
			Breaks: "{disks: [{name: a, type: cdrom, shareable: true}]}", At: "spec.disks[0].shareable",
		},
		violations: func(d *v1alpha1.Disk) []violation {
			if !d.IsCDROM() {
				return nil
			}
			return given([]named{{"shareable", d.Shareable}, {"blockSize", d.BlockSize != nil}, {"dedicatedIOThread", d.DedicatedIOThread}})
		},
	},
	{
		Rule: Rule{
			ID: "lun-volume-mode", On: "Disk", Field: "volumeMode", Reason: Invalid,
			CEL: `!has(self.type) || self.type != 'lun' || (has(self.claimName) && self.claimName != '') || ` +
				`(has(self.volumeMode) && self.volumeMode == 'Block')`,
			Problem: "a lun is a block device", WayOut: "give volumeMode: Block, or a claimName whose claim has it",
			Breaks: "{disks: [{name: a, type: lun, size: 1Gi}]}", At: "spec.disks[0].volumeMode",
		},
		violations: when("volumeMode", func(d *v1alpha1.Disk) bool {
			return d.IsLUN() && d.ClaimName == "" && ptr.Deref(d.VolumeMode, "") != corev1.PersistentVolumeBlock
		}),
	},
	{
		Rule: Rule{
			ID: "lun-bus", On: "Disk", Field: "bus", Reason: Forbidden,
			CEL:     `!has(self.type) || self.type != 'lun' || !has(self.bus) || self.bus in ['', 'scsi']`,
			Problem: "a lun is on bus scsi alone, as no other has its commands", WayOut: "give that, or remove bus",
			Breaks: "{disks: [{name: a, type: lun, claimName: mine, bus: virtio}]}", At: "spec.disks[0].bus",
		},
		violations: when("bus", func(d *v1alpha1.Disk) bool { return d.IsLUN() && d.Bus != "" && d.Bus != "scsi" }),
	},
	{
		Rule: Rule{
			ID: "lun-tuning", On: "Disk", Reason: Forbidden,
			CEL:     `!has(self.type) || self.type != 'lun' || (!has(self.blockSize) && (!has(self.dedicatedIOThread) || !self.dedicatedIOThread))`,
			Problem: "a lun has the blocks of the storage, and no thread of its own", WayOut: "remove blockSize and dedicatedIOThread",
			Breaks: "{disks: [{name: a, type: lun, claimName: mine, blockSize: {logical: 4096}}]}", At: "spec.disks[0].blockSize",
		},
		violations: func(d *v1alpha1.Disk) []violation {
			if !d.IsLUN() {
				return nil
			}
			return given([]named{{"blockSize", d.BlockSize != nil}, {"dedicatedIOThread", d.DedicatedIOThread}})
		},
	},
	{
		Rule: Rule{
			ID: "reservation-without-lun", On: "Disk", Field: "reservation", Reason: Forbidden,
			CEL:     `!has(self.reservation) || !self.reservation || (has(self.type) && self.type == 'lun')`,
			Problem: "reservation needs type lun, as no other takes SCSI commands", WayOut: "give that, or remove reservation",
			Breaks: "{disks: [{name: a, size: 1Gi, reservation: true}]}", At: "spec.disks[0].reservation",
		},
		violations: when("reservation", func(d *v1alpha1.Disk) bool { return d.Reservation && !d.IsLUN() }),
	},
	{
		Rule: Rule{
			ID: "io-native-cached", On: "Disk", Field: "io", Reason: Invalid,
			CEL: `!has(self.io) || self.io != 'native' || (has(self.cache) && self.cache == 'none') || ` +
				`((!has(self.cache) || self.cache == '') && (!has(self.type) || self.type != 'cdrom'))`,
			Problem: "io native needs cache none", WayOut: "give that, or io: threads",
			Note:   "libvirt starts no guest with anything else. A disk without `cache` has none where its storage has direct I/O; an empty CD-ROM drive has not",
			Breaks: "{disks: [{name: a, size: 1Gi, io: native, cache: writeback}]}", At: "spec.disks[0].io",
		},
		violations: when("io", func(d *v1alpha1.Disk) bool {
			return d.IO == v1alpha1.DiskIONative && d.Cache != v1alpha1.DiskCacheNone && (d.Cache != "" || d.IsCDROM())
		}),
	},
	{
		Rule: Rule{
			ID: "shareable-cached", On: "Disk", Field: "cache", Reason: Invalid,
			CEL:     `!has(self.shareable) || !self.shareable || !has(self.cache) || self.cache in ['', 'none']`,
			Problem: "a shareable disk needs cache none, as no node sees what is in the memory of another", WayOut: "give that, or remove cache",
			Breaks: "{disks: [{name: a, size: 1Gi, shareable: true, cache: writethrough}]}", At: "spec.disks[0].cache",
		},
		violations: when("cache", func(d *v1alpha1.Disk) bool {
			return d.Shareable && d.Cache != "" && d.Cache != v1alpha1.DiskCacheNone
		}),
	},
	{
		Rule: Rule{
			ID: "dedicated-io-thread-bus", On: "Disk", Field: "dedicatedIOThread", Reason: Invalid,
			CEL: `!has(self.dedicatedIOThread) || !self.dedicatedIOThread || !has(self.bus) || self.bus in ['', 'virtio'] || ` +
				`(has(self.type) && self.type in ['lun', 'cdrom'])`,
			Problem: "dedicatedIOThread needs bus virtio", WayOut: "give that, or remove dedicatedIOThread",
			Breaks: "{disks: [{name: a, size: 1Gi, dedicatedIOThread: true, bus: scsi}]}", At: "spec.disks[0].dedicatedIOThread",
		},
		violations: when("dedicatedIOThread", func(d *v1alpha1.Disk) bool {
			return d.DedicatedIOThread && d.Bus != "" && d.Bus != "virtio" && !d.IsLUN() && !d.IsCDROM()
		}),
	},
	{
		Rule: Rule{
			ID: "block-size-on-sata", On: "Disk", Field: "blockSize", Reason: Invalid,
			CEL: `!has(self.blockSize) || !has(self.bus) || self.bus != 'sata' || self.blockSize.logical == 512 || ` +
				`(has(self.type) && self.type in ['lun', 'cdrom'])`,
			Problem: "on bus sata blocks have a logical size of 512 alone", WayOut: "give that, or another bus",
			Breaks: "{disks: [{name: a, size: 1Gi, bus: sata, blockSize: {logical: 4096}}]}", At: "spec.disks[0].blockSize",
		},
		violations: when("blockSize", func(d *v1alpha1.Disk) bool {
			return d.BlockSize != nil && d.Bus == "sata" && d.BlockSize.Logical != minBlockSize && !d.IsLUN() && !d.IsCDROM()
		}),
	},
	{
		Rule: Rule{
			ID: "block-size-no-power", On: "BlockSize", Reason: Invalid,
			CEL:     `self.logical in ` + blockSizesCEL + ` && (!has(self.physical) || self.physical in ` + blockSizesCEL + `)`,
			Problem: "a block size is a power of two from 512 to 2097152", WayOut: "give one, such as 4096",
			Breaks: "{disks: [{name: a, size: 1Gi, blockSize: {logical: 1000}}]}", At: "spec.disks[0].blockSize.logical",
		},
		violations: func(d *v1alpha1.Disk) []violation {
			if d.BlockSize == nil {
				return nil
			}
			return given([]named{
				{"blockSize.logical", !isBlockSize(d.BlockSize.Logical)},
				{"blockSize.physical", d.BlockSize.Physical != nil && !isBlockSize(*d.BlockSize.Physical)},
			})
		},
	},
	{
		Rule: Rule{
			ID: "block-size-smaller", On: "BlockSize", Field: "physical", Reason: Invalid,
			CEL:     `!has(self.physical) || self.physical >= self.logical`,
			Problem: "physical is less than logical", WayOut: "give at least as much, or remove it",
			Breaks: "{disks: [{name: a, size: 1Gi, blockSize: {logical: 4096, physical: 512}}]}", At: "spec.disks[0].blockSize.physical",
		},
		violations: when("blockSize.physical", func(d *v1alpha1.Disk) bool {
			return d.BlockSize != nil && d.BlockSize.Physical != nil && *d.BlockSize.Physical < d.BlockSize.Logical
		}),
	},
}

// Sizes of blocks (pkg/storage/admitters/disks.go in KubeVirt).
const (
	minBlockSize  = 512
	maxBlockSize  = 2 << 20
	blockSizesCEL = `[512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576, 2097152]`
)

// isBlockSize reports whether a number is a power of two that blocks of a disk can have.
func isBlockSize(n int32) bool { return n >= minBlockSize && n <= maxBlockSize && n&(n-1) == 0 }

var probeRules = []objectRule[v1alpha1.Probe]{
	{
		Rule: Rule{
			ID: "probe-of-one-kind", On: "Probe", Reason: Invalid,
			CEL:     `[has(self.tcpSocket), has(self.httpGet), has(self.exec), has(self.guestAgentPing) && self.guestAgentPing].filter(p, p).size() == 1`,
			Problem: "a probe asks in exactly one way", WayOut: "give one of tcpSocket, httpGet, exec and guestAgentPing: true",
			Breaks: "{livenessProbe: {tcpSocket: {port: 22}, guestAgentPing: true}}", At: "spec.livenessProbe",
		},
		violations: when("", func(p *v1alpha1.Probe) bool {
			kinds := given([]named{{"tcpSocket", p.TCPSocket != nil}, {"httpGet", p.HTTPGet != nil}, {"exec", p.Exec != nil}, {"guestAgentPing", p.GuestAgentPing}})
			return len(kinds) != 1
		}),
	},
}

// PodProgram is what KubeVirt runs in the pod for a probe. It would run a command that begins so as it is, in the pod and not in the guest
// (wrapExecProbeWithVirtProbe in pkg/virt-controller/services/rendercontainer.go).
const PodProgram = "virt-probe"

var execRules = []objectRule[v1alpha1.ExecAction]{
	{
		Rule: Rule{
			ID: "exec-without-program", On: "ExecAction.command", Reason: Required,
			CEL:     `self.size() == 0 || self[0] != ''`,
			Problem: "the program is empty", WayOut: "give one of the guest, such as /usr/bin/systemctl",
			Breaks: "{readinessProbe: {exec: {command: ['']}}}", At: "spec.readinessProbe.exec.command[0]",
		},
		violations: when("command[0]", func(e *v1alpha1.ExecAction) bool { return len(e.Command) > 0 && e.Command[0] == "" }),
	},
	{
		Rule: Rule{
			ID: "exec-in-pod", On: "ExecAction.command", Reason: Forbidden,
			CEL:     `self.size() == 0 || self[0] != '` + PodProgram + `'`,
			Problem: "KubeVirt would run " + PodProgram + " in the pod, and not in the guest", WayOut: "give a program of the guest, or guestAgentPing: true",
			Breaks: "{readinessProbe: {exec: {command: [" + PodProgram + ", --guestAgentPing]}}}", At: "spec.readinessProbe.exec.command[0]",
		},
		violations: when("command[0]", func(e *v1alpha1.ExecAction) bool { return len(e.Command) > 0 && e.Command[0] == PodProgram }),
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
			ID: "input-windows-drivers-image", On: "Input", Reason: Invalid,
			GoOnly:  "an Input is no object of a cluster: no API server reads it",
			Problem: "must be a container, as KubeVirt imports no file for it",
			WayOut:  "give a reference such as docker://quay.io/kubevirt/virtio-container-disk:v1.9.0",
			Breaks:  "{defaults: {windowsDriversImage: 'https://example.org/virtio-win.iso'}}", At: "defaults.windowsDriversImage",
		},
		violations: when("defaults.windowsDriversImage", func(in *v1beta1.Input) bool {
			return in.Defaults != nil && in.Defaults.WindowsDriversImage != "" && image.IsFile(string(in.Defaults.WindowsDriversImage))
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

// A named is a field, and whether it is given.
type named struct {
	name  string
	given bool
}

// given returns a violation at each field that is given.
func given(fields []named) []violation {
	var out []violation
	for _, f := range fields {
		if f.given {
			out = append(out, violation{field: f.name})
		}
	}
	return out
}

// overPodNetwork returns the actions of probes that reach the guest through the pod network, and which of them are given.
func overPodNetwork(s *v1alpha1.WukongSpec) []named {
	var out []named
	for _, p := range probes(s) {
		out = append(out, named{p.name + ".tcpSocket", p.TCPSocket != nil}, named{p.name + ".httpGet", p.HTTPGet != nil})
	}
	return out
}

// A namedProbe is a probe with the name of its field.
type namedProbe struct {
	*v1alpha1.Probe
	name string
}

// probes returns the probes that a spec has.
func probes(s *v1alpha1.WukongSpec) []namedProbe {
	var out []namedProbe
	for _, p := range []namedProbe{{s.ReadinessProbe, "readinessProbe"}, {s.LivenessProbe, "livenessProbe"}} {
		if p.Probe != nil {
			out = append(out, p)
		}
	}
	return out
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
