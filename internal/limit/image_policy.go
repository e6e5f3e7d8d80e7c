package limit

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/novasphere/function-wukong/internal/image"
)

// contentCEL is an expression of what the content of a disk d is known by: its name, and of a CD-ROM drive where it comes from, too, as another one is
// another medium.
var contentCEL = "(" + isDriveCEL("d") + " ? d.name + ' ' + (has(d.imageFrom) ? d.imageFrom.kind + ' ' + " + ownNamespaceCEL("d.imageFrom") +
	" + '/' + d.imageFrom.name : has(d.upload) && d.upload ? 'upload' : " + orElse("d", "image", "''") + ".replace('docker://', '', 1)) : d.name)"

// takerCEL returns an expression of the names of the disks that take osImage or osImageFrom, as admission.DefaultDisks chooses it: of at most one.
func takerCEL(spec string) string {
	const takes = "(!has(d.image) || d.image == '') && !has(d.imageFrom) && (!has(d.upload) || !d.upload) && (!has(d.claimName) || d.claimName == '')"
	all := orElse(spec, "disks", "[]")
	disks := all + ".filter(d, !" + isDriveCEL("d") + ")"
	takers := "(" + disks + ".exists(d, has(d.boot) && d.boot) ? " + disks + ".filter(d, has(d.boot) && d.boot) : " + disks + ").filter(d, " + takes + ")"
	return "(" + all + ".size() == 0 ? ['system'] : [" + takers + "].filter(t, t.size() > 0).map(t, t[0].name))"
}

// ownNamespaceCEL returns an expression of the namespace of a reference; empty for that of the Wukong.
func ownNamespaceCEL(reference string) string {
	return "(" + orElse(reference, "namespace", "''") + " in ['', string(object.metadata.namespace)] ? '' : " + reference + ".namespace)"
}

// importedCEL returns an expression of the images of a spec: what the content is known by, the image, and the path of the field that gives it.
func importedCEL(spec string) string {
	given := orElse(spec, "disks", "[]") + ".filter(d, has(d.image) && d.image != '').map(d, " +
		object("disk", contentCEL, "image", "d.image", "path", diskPathCEL+".image'") + ")"
	taken := "(" + orElse(spec, "osImage", "''") + " != '' ? variables.osDisks.map(t, " +
		object("disk", "t", "image", spec+".osImage", "path", "'spec.osImage'") + ") : [])"
	return "(" + given + " + " + taken + ").map(i, " +
		object("disk", "i.disk", "path", "i.path", "image", "i.image", "reference", "i.image.replace('docker://', '', 1)") + ")"
}

// locatedCEL is an expression of locate, of each image of a list. What is no URL, and no reference, is left to the rules of the API.
//
// A reference is taken apart as by github.com/distribution/reference: its first part is a host where it cannot be a part of a name. The dots at
// the end of a host go as spaces, of which hosts have none.
var locatedCEL = func() string {
	const hasHost = "(i.reference.contains('/') && (i.first.matches('[.:]') || i.first == 'localhost' || i.first.lowerAscii() != i.first))"
	return ".map(i, " + object("disk", "i.disk", "path", "i.path", "image", "i.image", "isFile", isFileCEL,
		"first", "i.reference.split('/')[0]", "reference", "i.reference") + ")" +
		".map(i, " + object("disk", "i.disk", "path", "i.path", "image", "i.image", "isFile", "i.isFile",
		"domain", hasHost+" && i.first != 'index.docker.io' ? i.first : 'docker.io'",
		"name", "("+hasHost+" ? i.reference.substring(i.first.size() + 1) : i.reference).split('@')[0].split(':')[0]") + ")" +
		".map(i, " + object("disk", "i.disk", "path", "i.path", "isFile", "i.isFile",
		"name", "i.domain == 'docker.io' && !i.name.contains('/') ? 'library/' + i.name : i.name",
		"url", "i.isFile ? i.image : 'https://' + i.domain", "image", "i.image") + ")" +
		".filter(i, isURL(i.url)).map(i, " + object("disk", "i.disk", "path", "i.path", "isFile", "i.isFile",
		"name", "i.name", "url", "url(i.url)", "image", "i.image") + ")" +
		".map(i, " + object("disk", "i.disk", "path", "i.path", "image", "i.image",
		"origin", "i.isFile ? i.url.getScheme() + '://' + "+hostCEL+" : '"+schemeDocker+"://' + i.url.getHost().lowerAscii()",
		"hostname", "i.url.getHostname().lowerAscii().replace('.', ' ').trim().replace(' ', '.')",
		"location", "!i.isFile ? '/' + i.name : i.url.getEscapedPath() == '' ? '/' : i.url.getEscapedPath()") + ")"
}()

// isFileCEL is an expression of image.IsFile.
var isFileCEL = isFileOf("i")

// isFileOf returns an expression that reports whether the image of an object is a file.
func isFileOf(object string) string {
	var out []string
	for _, i := range image.Importers() {
		for _, scheme := range i.Schemes {
			if i.IsFile {
				out = append(out, object+".image.startsWith("+quote(scheme+image.SchemeSeparator)+")")
			}
		}
	}
	return "(" + strings.Join(out, " || ") + ")"
}

// hostCEL is an expression of the host of a URL with its port, unless that is the scheme's own.
const hostCEL = "(i.url.getScheme() == 'http' && i.url.getPort() == '80' ? i.url.getHost().substring(0, i.url.getHost().size() - 3) : " +
	"i.url.getScheme() in ['https', 's3'] && i.url.getPort() == '443' ? i.url.getHost().substring(0, i.url.getHost().size() - 4) : i.url.getHost()).lowerAscii()"

// ofClusterCEL returns an expression of ofCluster.
func ofClusterCEL(networks []netip.Prefix) string {
	texts := make([]string, len(networks))
	for i, n := range networks {
		texts[i] = n.String()
	}
	return "(" + strings.Join(buckets(), " || ") + " ? false : isIP(i.hostname) ? " + quoteAll(texts) + ".exists(c, cidr(c).containsIP(ip(i.hostname))) : " +
		"i.hostname.contains(':') || i.hostname.matches(" + quote(clusterHosts) + "))"
}

// buckets returns expressions that report whether an image is in a bucket whose name stands in the place of a host.
func buckets() []string {
	var out []string
	for _, i := range image.Importers() {
		for _, scheme := range i.Schemes {
			if i.IsBucket {
				out = append(out, "i.origin.startsWith("+quote(scheme+image.SchemeSeparator)+")")
			}
		}
	}
	return out
}

// existsCEL is an expression that reports whether the disk of an object i exists, which is imported and cloned no more. One that exists does not become a
// drive.
const existsCEL = "variables.ownBefore.exists(b, b == i.disk || i.disk.startsWith(b + ' '))"

func (p *policy) images() {
	p.variable("imported", importedCEL("variables.spec")+locatedCEL)
	unlisted := "''"
	if p.limits.Images != nil {
		unlisted = plus("i.path", quote(": "), notListed(limitImages, imageTexts(p.limits.Images)).cel(quote(imageValue)+" + i.origin"))
	}
	p.validate(limitImages, "variables.imported.filter(i, !"+existsCEL+")"+
		".map(i, "+object("path", "i.path", "origin", "i.origin", "location", "i.location", "hostname", "i.hostname",
		"ofCluster", ofClusterCEL(addressesOf(p.input)))+")"+
		".filter(i, !"+p.sourcesCEL()+").map(i, i.ofCluster ? "+
		plus("i.path", quote(": "), sentence{msgImageOfCluster, []any{limitImages}}.cel("i.hostname"))+" : "+unlisted+").filter(m, m != '')")
}

// sourcesCEL returns an expression that reports whether an entry of the limit includes an image.
func (p *policy) sourcesCEL() string {
	sources := sourcesOf(p.limits)
	entries := make([]string, len(sources))
	for i, s := range sources {
		begins, ends := s.origin()
		entries[i] = object("whole", strconv.FormatBool(s.isWhole()), "begins", quote(begins), "ends", quote(ends), "path", quote(s.path))
	}
	return "[" + strings.Join(entries, ", ") + "].exists(s, " +
		"(s.whole ? i.origin == s.begins + s.ends : !i.ofCluster && i.origin.startsWith(s.begins) && i.origin.endsWith(s.ends)) && " +
		"(s.path == '' || (i.location + '/').startsWith(s.path + '/') && !i.location.matches(" + quote(steps) + ")))"
}
