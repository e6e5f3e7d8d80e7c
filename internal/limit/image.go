package limit

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/distribution/reference"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/image"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/storage"
)

// limitImages is the name of the limit on images.
const limitImages = "images"

var msgImageOfCluster = message.New(message.Refusal, "limit-image-of-cluster",
	"{value} is the node, the cluster or a cloud's metadata, from which no disk is imported unless the platform team lists the host by its whole name "+
		"(limits.{limit}): take an image from elsewhere, or ask the platform team")

// A location is where an image comes from.
type location struct {
	// scheme and host, with its port unless it is the scheme's own: https://example.org
	origin string

	// hostname in lower case, without a port, the brackets of an address, and dots at the ends.
	hostname string

	// isBucket reports whether the host is a bucket instead.
	isBucket bool

	// path of a file as it is in the URL, or of a repository without tag and digest. It begins with a slash.
	path string
}

const schemeDocker = "docker"

// locate returns where an image comes from. It returns false for one that the rules of the API refuse.
func locate(i v1alpha1.Image) (location, bool) {
	if !image.IsFile(string(i)) {
		ref, err := reference.ParseNormalizedNamed(image.Reference(string(i)))
		if err != nil {
			return location{}, false
		}
		u, err := url.Parse(schemeDocker + "://" + reference.Domain(ref))
		if err != nil {
			return location{}, false
		}
		return location{origin: schemeDocker + "://" + strings.ToLower(u.Host), hostname: hostname(u), path: "/" + reference.Path(ref)}, true
	}
	u, err := url.ParseRequestURI(string(i))
	if err != nil {
		return location{}, false
	}
	host := strings.ToLower(u.Host)
	if port := ":" + u.Port(); port == defaultPorts[u.Scheme] {
		host = strings.TrimSuffix(host, port)
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return location{origin: u.Scheme + "://" + host, hostname: hostname(u), isBucket: image.IsBucket(string(i)), path: path}, true
}

// defaultPorts are those that a URL need not give, by its scheme.
var defaultPorts = map[string]string{"http": ":80", "https": ":443", "s3": ":443"}

// hostname returns the host of a URL, as a resolver takes it.
func hostname(u *url.URL) string { return strings.Trim(strings.ToLower(u.Hostname()), ".") }

// steps is a regular expression of paths that lead elsewhere than they seem to, in CEL and in Go.
const steps = `(^|/)[.][.]?(/|$)|%(2[eEfF]|5[cC])|[\\]`

var stepsPattern = regexp.MustCompile(steps)

// Hosts that are names, in CEL and in Go. One without a dot, or below svc, is a Service, and one below pod a pod: pods look for them in the cluster first.
// Programs also take numbers for IPv4 addresses, such as 2852039166 and 0xa9.254.43518, and make other characters into letters and digits.
const clusterHosts = `^[^.:]*$` +
	`|[.](localhost|localdomain|default|kube-system|kube-public|kube-node-lease)$` +
	`|(^|[.])svc([.]|$)|[.]cluster[.]local$` +
	`|^metadata[.]google[.]internal$|^instance-data[.]ec2[.]internal$` +
	`|(^|[.])pod([.]|$)` +
	`|(^|[.])(0x[0-9a-f]*|[0-9]+)$` +
	`|[^-0-9a-z._:]`

var clusterHostPattern = regexp.MustCompile(clusterHosts)

// clusterAddresses are networks of the node, of links, and of clouds' metadata: https://www.iana.org/assignments/iana-ipv4-special-registry/,
// https://www.iana.org/assignments/iana-ipv6-special-registry/. Addresses of IPv6 that stand for some of IPv4 are among them.
var clusterAddresses = []string{
	"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "224.0.0.0/3", // this host, loopback, link-local, of the protocol, multicast and reserved
	"::/96", "fe80::/10", "fec0::/10", "ff00::/8", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16",
	"100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::/32", // Alibaba Cloud, Azure, AWS
}

// clusterPrefixes are clusterAddresses.
var clusterPrefixes = func() []netip.Prefix {
	out := make([]netip.Prefix, len(clusterAddresses))
	for i, a := range clusterAddresses {
		out[i] = netip.MustParsePrefix(a)
	}
	return out
}()

// ofCluster reports whether a host is that of a node, the cluster or a cloud's metadata.
func ofCluster(hostname string, networks []netip.Prefix) bool {
	a, err := netip.ParseAddr(hostname)
	if err != nil {
		return clusterHostPattern.MatchString(hostname) || strings.Contains(hostname, ":")
	}
	return a.Zone() != "" || a.Is4In6() || slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(a) })
}

// addressesOf returns the networks whose addresses are those of a cluster.
func addressesOf(in *v1beta1.Input) []netip.Prefix {
	out := slices.Clone(clusterPrefixes)
	for _, n := range in.Cluster.Networks {
		out = append(out, n.Prefix)
	}
	return out
}

// A source is an entry of the limit.
type source struct {
	// scheme, and host with its port: docker and registry.example.org.
	scheme, host string

	// path, without a slash at its end.
	path string
}

// sourceOf returns an entry.
func sourceOf(p v1beta1.ImagePattern) source {
	scheme, rest, _ := strings.Cut(string(p), image.SchemeSeparator)
	host, path, _ := strings.Cut(rest, "/")
	host = strings.TrimSuffix(host, defaultPorts[scheme])
	if scheme == schemeDocker && host == "index.docker.io" {
		host = "docker.io"
	}
	if path = strings.TrimRight(path, "/"); path != "" {
		path = "/" + path
	}
	return source{scheme: scheme, host: host, path: path}
}

// isWhole reports whether the entry has a whole host.
func (s source) isWhole() bool { return !strings.HasPrefix(s.host, v1beta1.Wildcard) }

// origin returns the beginning of the images of an entry, without the *, and after it the end of the origin.
func (s source) origin() (begins, ends string) {
	begins = s.scheme + image.SchemeSeparator
	if s.isWhole() {
		return begins, s.host
	}
	return begins, strings.TrimPrefix(s.host, v1beta1.Wildcard)
}

// includes reports whether an image comes from an entry.
func (s source) includes(l location, isOfCluster bool) bool {
	begins, ends := s.origin()
	switch {
	case s.isWhole() && l.origin != begins+ends:
		return false
	case !s.isWhole() && (isOfCluster || !strings.HasPrefix(l.origin, begins) || !strings.HasSuffix(l.origin, ends)):
		return false
	}
	return s.path == "" || strings.HasPrefix(l.path+"/", s.path+"/") && !stepsPattern.MatchString(l.path)
}

// sourcesOf returns the entries of the limit.
func sourcesOf(l *v1beta1.Limits) []source {
	out := make([]source, len(l.Images))
	for i, p := range l.Images {
		out[i] = sourceOf(p)
	}
	return out
}

// imageTexts returns entries as they were written.
func imageTexts(list []v1beta1.ImagePattern) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = string(p)
	}
	return out
}

// images judges where disks are imported from.
func (c *checker) images() {
	networks, sources := addressesOf(c.input), sourcesOf(c.limits)
	for i := range c.spec.Disks {
		d := &c.spec.Disks[i]
		l, known := locate(d.Image)
		if d.Image == "" || !known {
			continue
		}
		path := c.path.Child("disks").Index(i).Child("image")
		if d.Name == c.osDisk {
			path = c.path.Child("osImage")
		}
		isOfCluster := !l.isBucket && ofCluster(l.hostname, networks)
		if slices.ContainsFunc(sources, func(s source) bool { return s.includes(l, isOfCluster) }) {
			continue
		}
		var refusal string
		switch {
		case isOfCluster:
			refusal = sentence{msgImageOfCluster, []any{limitImages}}.with(l.hostname)
		case c.limits.Images != nil:
			refusal = notListed(limitImages, imageTexts(c.limits.Images)).with(imageValue + l.origin)
		default:
			continue
		}
		b := c.diskBefore(d.Name)
		// An image is imported once, when its disk is made.
		kept := b != nil && b.Image != "" && b.IsCDROM() == d.IsCDROM() && isSameImage(d, b)
		if !kept && storage.Exists(d, c.observed) {
			continue
		}
		c.add(path, kept, refusal)
	}
}

// isSameImage reports whether two disks, or two CD-ROM drives, have the same image.
func isSameImage(a, b *v1alpha1.Disk) bool {
	if a.IsCDROM() {
		return image.Reference(string(a.Image)) == image.Reference(string(b.Image))
	}
	return image.Canonical(string(a.Image)) == image.Canonical(string(b.Image))
}

// imageValue begins what an image is called. Its path may hold a secret, and is left out.
const imageValue = "an image of "
