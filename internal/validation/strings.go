package validation

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/image"
	"github.com/novasphere/function-wukong/internal/message"
)

// reservedVolumes are the names that virt-controller gives to volumes of the virt-launcher pod, in which a disk is a volume of the disk's own
// name (pkg/virt-controller/services/template.go and rendervolumes.go of KubeVirt 1.8 and 1.9).
var reservedVolumes = []string{
	"cloudinitdisk", "cloudinitdisk-udata", "cloudinitdisk-ndata",
	"private", "public", "sockets", "virt-bin-share-dir", "libvirt-runtime", "ephemeral-disks",
	"container-disks", "hotplug-disks", "private-libvirt", "private-libvirt-qemu", "hook-sidecar-sockets",
	"virtiofs-containers", "vm-state", "hugepages", "hugetblfs-dir", "kubevirt-plugin-sockets",
}

// credentialVolume ends the names of the volumes that KubeVirt names after the Secrets of accessCredentials.
const credentialVolume = "-access-cred"

// Bounds of quantities.
var (
	// CDI imports into no disk that is smaller, and can count no more than a few exbibytes.
	minSize, maxSize = resource.MustParse("1Mi"), resource.MustParse("1Ei")

	// With less memory no guest boots, and no computer has more.
	minMemory, maxMemory = resource.MustParse("16Mi"), resource.MustParse("64Ti")
)

// Bounds of memory that grows while the guest runs, in bytes (ValidateLiveUpdateMemory in pkg/liveupdate/memory of KubeVirt).
const (
	minGrowingMemory = 1 << 30
	memoryBlock      = 2 << 20
)

var (
	imageURL       = regexp.MustCompile(`^(` + strings.Join(image.Schemes(), "|") + `)://[^/?#]`)
	imageObject    = regexp.MustCompile(`^(s3://[^/?#]+/[^/?#]+/[^?#]*[^/?#]|gs://[^/?#]+/[^?#]*[^/?#])$`)
	imageHost      = regexp.MustCompile(`^[A-Za-z0-9._:\[\]-]+$`)
	imageReference = regexp.MustCompile(`^[A-Za-z0-9._:/@-]*$`)
)

// stringRules are the rules about single strings.
var stringRules = []valueRule{
	{
		Rule: Rule{
			ID: ruleQuantity, On: "Quantity", Reason: Invalid,
			CEL: "self.matches('" + v1alpha1.QuantityPattern + "')",
			// No rule of a schema can calculate whether a fraction is whole bytes.
			Problem: "must be whole bytes, such as 20Gi, 1.5Gi or 500M", WayOut: "instead of 1.2Gi, write 1229Mi",
			Note:   "write `GB` as `G`, or better `Gi`; halves, quarters and eighths of a `Gi` are whole bytes",
			Breaks: "{disks: [{name: a, size: 0.001Gi}]}", At: "spec.disks[0].size",
		},
		notEmpty: true,
		isValid:  isQuantity,
		misspelt: misspeltQuantity,
	},
	{
		Rule: Rule{
			ID: "memory-out-of-range", On: "WukongSpec.memory", Reason: Invalid,
			CEL:     `!isQuantity(self) || (quantity(self).compareTo(quantity('16Mi')) >= 0 && quantity(self).compareTo(quantity('64Ti')) <= 0)`,
			Problem: "must be from 16Mi to 64Ti", WayOut: "a number alone is bytes, so give the unit (2Gi or 2048Mi, not 2048)",
			Breaks: "{memory: '2048'}", At: "spec.memory",
		},
		isValid: func(s string) bool { return isBetween(s, minMemory, maxMemory) },
	},
	{
		Rule: Rule{
			ID: "max-memory-uneven", On: "WukongSpec.maxMemory", Reason: Invalid,
			CEL: `!isQuantity(self) || (quantity(self).compareTo(quantity('64Ti')) <= 0 && ` +
				`(!quantity(self).isInteger() || quantity(self).asInteger() % 2097152 == 0))`,
			Problem: "must be a multiple of 2Mi, and at most 64Ti", WayOut: "correct it, such as 64Gi",
			Breaks: "{memory: 1Gi, maxMemory: 3000M}", At: "spec.maxMemory",
		},
		isValid: func(s string) bool {
			q, err := resource.ParseQuantity(s)
			return err == nil && q.Cmp(maxMemory) <= 0 && q.Value()%memoryBlock == 0
		},
	},
	{
		Rule: Rule{
			ID: "disk-size-out-of-range", On: "Disk.size", Reason: Invalid,
			CEL:     `!isQuantity(self) || (quantity(self).compareTo(quantity('1Mi')) >= 0 && quantity(self).compareTo(quantity('1Ei')) <= 0)`,
			Problem: "must be from 1Mi to 1Ei", WayOut: "a number alone is bytes, so give the unit (20Gi, not 20)",
			Breaks: "{disks: [{name: a, size: '20'}]}", At: "spec.disks[0].size",
		},
		isValid: func(s string) bool { return isBetween(s, minSize, maxSize) },
	},
	{
		Rule: Rule{
			ID: "pod-memory-out-of-range", On: "PodResources.memory", Reason: Invalid,
			CEL:     `!isQuantity(self) || (quantity(self).compareTo(quantity('1Mi')) >= 0 && quantity(self).compareTo(quantity('64Ti')) <= 0)`,
			Problem: "must be from 1Mi to 64Ti", WayOut: "a number alone is bytes, so give the unit (2Gi or 2048Mi, not 2048)",
			Breaks: "{performance: {limits: {memory: 65Ti}}}", At: "spec.performance.limits.memory",
		},
		isValid: func(s string) bool { return isBetween(s, minSize, maxMemory) },
	},
	{
		Rule: Rule{
			ID: "disk-name-reserved", On: "Disk.name", Reason: Invalid,
			CEL:     "!(self in " + quoted(reservedVolumes) + ") && !self.endsWith('" + credentialVolume + "')",
			Problem: "KubeVirt uses this name for a volume of its own", WayOut: "choose another",
			Breaks: "{disks: [{name: private, size: 1Gi}]}", At: "spec.disks[0].name",
		},
		isValid: func(s string) bool {
			return !slices.Contains(reservedVolumes, s) && !strings.HasSuffix(s, credentialVolume)
		},
	},
	{
		Rule: Rule{
			ID: "image-form", On: "Image", Reason: Invalid,
			CEL:     `self.contains('://') ? self.matches('` + imageURL.String() + `') : self.matches('` + imageReference.String() + `')`,
			Problem: "must be " + image.Forms() + ", or a registry reference",
			Breaks:  "{osImage: 'ftp://example.org/a'}", At: "spec.osImage",
		},
		isValid: func(s string) bool {
			if strings.Contains(s, "://") {
				return imageURL.MatchString(s)
			}
			return imageReference.MatchString(s)
		},
	},
	{
		Rule: Rule{
			ID: "image-object", On: "Image", Reason: Invalid,
			CEL:     `(!self.startsWith('s3://') && !self.startsWith('gs://')) || self.matches('` + imageObject.String() + `')`,
			Problem: "must name a file in a bucket, as s3://HOST/BUCKET/KEY or gs://BUCKET/FILE",
			Breaks:  "{osImage: 's3://minio.example.org/vms'}", At: "spec.osImage",
		},
		isValid: func(s string) bool {
			return !strings.HasPrefix(s, "s3://") && !strings.HasPrefix(s, "gs://") || imageObject.MatchString(s)
		},
	},
	{
		Rule: Rule{
			ID: "image-url", On: "Image", Reason: Invalid,
			GoOnly:  "CEL takes URLs that Go, and so CDI, does not",
			Problem: "must be a URL with a host of letters, digits, '-', '_' and '.', such as https://example.org/image.qcow2",
			Breaks:  "{osImage: 'https://%41/y'}", At: "spec.osImage",
		},
		isValid: func(s string) bool {
			if !image.IsFile(s) {
				return true
			}
			// CDI takes no other (validateSourceURL in pkg/apiserver/webhooks/datavolume-validate.go). Clients make other characters of a host into
			// letters and digits, and so another host.
			u, err := url.ParseRequestURI(s)
			return err == nil && imageHost.MatchString(u.Host)
		},
	},
	{
		Rule: Rule{
			ID: "image-reference", On: "Image", Reason: Invalid,
			GoOnly:  "the grammar of references is too large for a rule (github.com/distribution/reference)",
			Problem: "must be a registry reference in lower-case letters, such as docker://quay.io/containerdisks/debian:12",
			Breaks:  "{osImage: 'docker://a//b'}", At: "spec.osImage",
		},
		isValid: func(s string) bool {
			if image.IsFile(s) {
				return true
			}
			_, err := reference.ParseNormalizedNamed(image.Reference(s))
			return err == nil
		},
	},
	{
		Rule: Rule{
			ID: "address-with-prefix", On: "Prefix", Reason: Invalid,
			CEL:     `self == '' || isCIDR(self)`,
			Problem: "must be an address with a prefix length, such as 192.168.10.5/24",
			Breaks:  static("address: 192.168.10.5"), At: "spec.networks[0].ipConfig.address",
		},
		isValid: func(s string) bool {
			p, err := netip.ParsePrefix(s)
			return err == nil && isPlain(p.Addr())
		},
	},
	{
		Rule: Rule{
			ID: "address", On: "Addr", Reason: Invalid,
			CEL:     `self == '' || isIP(self)`,
			Problem: "must be an IP address, such as 192.168.10.1",
			Breaks:  network("type: bridge, ipConfig: {mode: dhcp, gateway: here}"), At: "spec.networks[0].ipConfig.gateway",
		},
		isValid: func(s string) bool {
			a, err := netip.ParseAddr(s)
			return err == nil && isPlain(a)
		},
	},
	{
		Rule: Rule{
			ID: "mac-address-zero", On: "Network.macAddress", Reason: Invalid,
			CEL:     `self != '00:00:00:00:00:00'`,
			Problem: "all zeros is no interface's address", WayOut: "give another one, or none",
			Breaks: network("type: bridge, macAddress: '00:00:00:00:00:00'"), At: "spec.networks[0].macAddress",
		},
		isValid: func(s string) bool { return s != "00:00:00:00:00:00" },
	},
	{
		Rule: Rule{
			ID: "nad-name-too-long", On: "Network.nadName", Reason: Invalid,
			CEL:     `self.size() - self.indexOf('/') <= 254`,
			Problem: "the name of an object has at most 253 characters", WayOut: "use a NetworkAttachmentDefinition of a shorter name",
			Breaks: "{networks: [{name: lan, type: bridge, nadName: " + strings.Repeat("a", 254) + "}]}", At: "spec.networks[0].nadName",
		},
		isValid: func(s string) bool { return len(s)-strings.Index(s, "/") <= 254 },
	},
	{
		Rule: Rule{
			ID: "domain-too-long", On: "QualifiedName", Reason: Invalid,
			CEL:     `self.indexOf('/') <= 253`,
			Problem: "the part before the slash has at most 253 characters", WayOut: "use a shorter one",
			Breaks: "{networks: [{name: lan, type: sriov, resourceName: " + strings.Repeat("a", 254) + "/b}]}", At: "spec.networks[0].resourceName",
		},
		isValid: func(s string) bool { return strings.Index(s, "/") <= 253 },
	},
	{
		Rule: Rule{
			ID: "device-domain-too-long", On: "Device.deviceName", Reason: Invalid,
			CEL:     `self.indexOf('/') <= 244`,
			Problem: "the part before the slash has at most 244 characters", WayOut: "use a shorter one",
			Note:   "Kubernetes counts `requests.` before it, by which a quota limits what is requested",
			Breaks: "{gpus: [{name: a, deviceName: " + strings.Repeat("a", 245) + "/b}]}", At: "spec.gpus[0].deviceName",
		},
		isValid: func(s string) bool { return strings.Index(s, "/") <= 244 },
	},
	{
		Rule: Rule{
			ID: "device-of-kubernetes", On: "Device.deviceName", Reason: Invalid,
			CEL:     `!self.contains('kubernetes.io/') && !self.startsWith('requests.')`,
			Problem: "must be the resource of a device plugin, which lies neither in kubernetes.io nor in requests", WayOut: "name what the nodes list",
			Note:   "`kubectl get nodes -o jsonpath='{.items[*].status.allocatable}'` shows the resources",
			Breaks: "{gpus: [{name: a, deviceName: kubernetes.io/b}]}", At: "spec.gpus[0].deviceName",
		},
		isValid: func(s string) bool {
			return !strings.Contains(s, "kubernetes.io/") && !strings.HasPrefix(s, "requests.")
		},
	},
}

// humanQuantity matches a number with a unit that people write, but Kubernetes does not.
var humanQuantity = regexp.MustCompile(`^\s*([0-9]+(?:\.[0-9]+)?)\s*([KkMmGgTtPp])([Ii])?[Bb]?\s*$`)

var msgMisspeltQuantity = message.New(message.Refusal, "misspelt-quantity", "must be whole bytes, such as 20Gi, 1.5Gi or 500M: did you mean {value}?")

// misspeltQuantity returns the message about a string that seems to mean a quantity, such as 4gib and 4GB. Empty for another string.
func misspeltQuantity(s string) string {
	m := humanQuantity.FindStringSubmatch(s)
	if m == nil {
		return ""
	}
	unit := strings.ToUpper(m[2])
	switch {
	case m[3] != "":
		unit += "i"
	case unit == "K":
		unit = "k"
	}
	if !isQuantity(m[1] + unit) {
		return ""
	}
	return msgMisspeltQuantity.With(m[1] + unit)
}

// ruleQuantity is the ID of the rule about quantities.
const ruleQuantity = "quantity"

// isQuantity reports whether a string is a quantity of whole bytes.
func isQuantity(s string) bool {
	return (&v1alpha1.Quantity{}).UnmarshalJSON([]byte(strconv.Quote(s))) == nil
}

// isBetween reports whether a quantity lies between two, both included.
func isBetween(s string, low, high resource.Quantity) bool {
	q, err := resource.ParseQuantity(s)
	return err == nil && q.Cmp(low) >= 0 && q.Cmp(high) <= 0
}

// isPlain reports whether an address is one that guests take: without a zone, and not an IPv4 address in the form of an IPv6 one.
func isPlain(a netip.Addr) bool { return a.Zone() == "" && !a.Is4In6() }
