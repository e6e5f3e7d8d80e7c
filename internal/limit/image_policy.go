package limit

import (
	"fmt"
	"strings"

	"github.com/novasphere/function-wukong/internal/image"
)

// importedCEL returns an expression of the images of a spec: the name of the disk, the image, and the path of the field that gives it. Like
// admission.Default it gives osImage to the first disk that takes one.
func importedCEL(spec string) string {
	const takes = "(!has(d.image) || d.image == '') && (!has(d.claimName) || d.claimName == '')"
	disks := orElse(spec, "disks", "[]")
	given := "(" + disks + ").filter(d, has(d.image) && d.image != '').map(d, {'disk': d.name, 'image': d.image, " +
		"'path': 'spec.disks[' + string(" + disks + ".indexOf(d)) + '].image'})"
	takers := "((" + disks + ").exists(d, has(d.boot) && d.boot) ? (" + disks + ").filter(d, has(d.boot) && d.boot) : " + disks + ").filter(d, " + takes + ")"
	taken := "(" + orElse(spec, "osImage", "''") + " != '' ? [" + takers + "].filter(t, t.size() > 0)" +
		".map(t, {'disk': t[0].name, 'image': " + spec + ".osImage, 'path': 'spec.osImage'}) : [])"
	return "(" + given + " + " + taken + ").map(i, {'disk': i.disk, 'path': i.path, 'image': i.image, 'reference': i.image.replace('docker://', '', 1)})"
}

// locatedCEL is an expression of locate, of each image of a list. What is no URL, and no reference, is left to the rules of the API.
//
// A reference is taken apart as by github.com/distribution/reference: its first part is a host where it cannot be a part of a name.
var locatedCEL = ".map(i, {'disk': i.disk, 'path': i.path, 'image': i.image, 'isFile': " + isFileCEL + ", 'first': i.reference.split('/')[0], 'reference': i.reference})" +
	".map(i, {'disk': i.disk, 'path': i.path, 'image': i.image, 'isFile': i.isFile, 'reference': i.reference, " +
	"'domain': i.isFile ? '' : i.reference.contains('/') && (i.first.matches('[.:]') || i.first == 'localhost' || i.first.lowerAscii() != i.first) ? " +
	"(i.first == 'index.docker.io' ? 'docker.io' : i.first) : 'docker.io', " +
	"'rest': i.isFile ? '' : (i.reference.contains('/') && (i.first.matches('[.:]') || i.first == 'localhost' || i.first.lowerAscii() != i.first) ? " +
	"i.reference.substring(i.first.size() + 1) : i.reference).split('@')[0].split(':')[0]})" +
	".map(i, {'disk': i.disk, 'path': i.path, 'image': i.image, 'isFile': i.isFile, " +
	"'rest': i.domain == 'docker.io' && !i.rest.contains('/') ? 'library/' + i.rest : i.rest, " +
	"'url': i.isFile ? i.image : 'https://' + i.domain})" +
	".filter(i, isURL(i.url))" +
	".map(i, {'disk': i.disk, 'path': i.path, 'image': i.image, " +
	"'origin': i.isFile ? url(i.url).getScheme() + '://' + " + hostCEL + " : '" + schemeDocker + "://' + url(i.url).getHost().lowerAscii(), " +
	"'hostname': url(i.url).getHostname().lowerAscii(), " +
	"'location': i.isFile ? (url(i.url).getEscapedPath() == '' ? '/' : url(i.url).getEscapedPath()) : '/' + i.rest})" +
	// A host may end in several dots, for which CEL has no function.
	".map(i, {'disk': i.disk, 'path': i.path, 'image': i.image, 'origin': i.origin, 'location': i.location, " +
	"'hostname': [i.hostname].map(h, h.endsWith('.') ? h.substring(0, h.size() - 1) : h).map(h, h.endsWith('.') ? '.' : h)[0]})"

// isFileCEL is an expression of image.IsFile.
var isFileCEL = func() string {
	var out []string
	for _, i := range image.Importers() {
		for _, scheme := range i.Schemes {
			if i.IsFile {
				out = append(out, "i.image.startsWith("+quote(scheme+image.SchemeSeparator)+")")
			}
		}
	}
	return "(" + strings.Join(out, " || ") + ")"
}()

// hostCEL is an expression of the host of a URL with its port, unless that is the scheme's own.
const hostCEL = "(url(i.url).getScheme() == 'http' && url(i.url).getPort() == '80' || url(i.url).getScheme() == 'https' && url(i.url).getPort() == '443' ? " +
	"url(i.url).getHost().lowerAscii().replace(':' + url(i.url).getPort(), '') : url(i.url).getHost().lowerAscii())"

// ofClusterCEL returns an expression of ofCluster.
func ofClusterCEL(networks []string) string {
	return "(isIP(i.hostname) ? " + quoteAll(networks) + ".exists(c, cidr(c).containsIP(ip(i.hostname))) : " +
		"i.hostname.contains(':') || i.hostname.matches(" + quote(clusterHosts) + "))"
}

func (p *policy) images() {
	p.variable("imported", importedCEL("variables.spec")+locatedCEL)
	p.variable("importedBefore", importedCEL("variables.before"))
	kept := "variables.importedBefore.exists(b, b.disk == i.disk && b.image.replace('docker://', '', 1) == i.image.replace('docker://', '', 1))"
	unlisted := "''"
	if p.limits.Images != nil {
		unlisted = plus("i.path", quote(": "), notListed(limitImages, imageTexts(p.limits.Images)).cel(quote(imageValue)+" + i.origin"))
	}
	p.validate(limitImages, "variables.imported.filter(i, !"+kept+")"+
		".map(i, {'path': i.path, 'origin': i.origin, 'location': i.location, 'hostname': i.hostname, 'ofCluster': "+ofClusterCEL(addressesOf(p.input))+"})"+
		".filter(i, !"+p.sourcesCEL()+").map(i, i.ofCluster ? "+
		plus("i.path", quote(": "), sentence{msgImageOfCluster, []any{limitImages}}.cel("i.hostname"))+" : "+unlisted+").filter(m, m != '')")
}

// sourcesCEL returns an expression that reports whether an entry of the limit includes an image.
func (p *policy) sourcesCEL() string {
	sources := sourcesOf(p.limits)
	entries := make([]string, len(sources))
	for i, s := range sources {
		begins, ends := s.origin()
		entries[i] = fmt.Sprintf("{'whole': %t, 'begins': %s, 'ends': %s, 'path': %s}", s.isWhole(), quote(begins), quote(ends), quote(s.path))
	}
	return "[" + strings.Join(entries, ", ") + "].exists(s, " +
		"(s.whole ? i.origin == s.begins + s.ends : !i.ofCluster && i.origin.startsWith(s.begins) && i.origin.endsWith(s.ends)) && " +
		"(s.path == '' || (i.location + '/').startsWith(s.path + '/') && !i.location.matches(" + quote(steps) + ")))"
}
