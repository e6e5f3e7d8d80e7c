package wukongtest

import (
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/internal/image"
)

// disks generates lists of disks, at most one of which is the boot disk.
func disks() *rapid.Generator[[]any] {
	return rapid.Custom(func(t *rapid.T) []any {
		ds := rapid.SliceOfNDistinct(disk(), 1, 64, nameOf).Draw(t, "disks")
		seen := map[any]bool{}
		for i, d := range ds {
			claim := d["claimName"]
			if claim != nil && claim != "" && seen[claim] {
				ds[i] = map[string]any{"name": d["name"], "size": "1Gi"}
			}
			seen[claim] = true
			drawOptional(t, ds[i], "boot", rapid.Just(false))
		}
		if rapid.Bool().Draw(t, "boot?") {
			rapid.SampledFrom(ds).Draw(t, "boot")["boot"] = true
		}
		return anys(ds)
	})
}

// disk generates disks.
func disk() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		if rapid.IntRange(0, 4).Draw(t, "drive?") == 0 {
			return drive().Draw(t, "drive")
		}
		d := map[string]any{"name": diskName().Draw(t, "name")}
		drawOptional(t, d, "type", orEmpty(rapid.Just("disk")))
		drawOptional(t, d, "bus", enum("disks.bus"))
		if rapid.IntRange(0, 4).Draw(t, "claim?") == 0 {
			drawClaim(t, d)
			drawTuning(t, d)
			return d
		}
		d["size"] = size().Draw(t, "size")
		drawOptional(t, d, "claimName", rapid.Just(""))
		drawSource(t, d)
		drawOptional(t, d, "storageClassName", orEmpty(objectName()))
		drawOptional(t, d, "accessModes", list(enum("disks.accessModes"), 0, 4, identity))
		drawOptional(t, d, "volumeMode", enum("disks.volumeMode"))
		drawOptional(t, d, "deletionPolicy", enum("disks.deletionPolicy"))
		drawTuning(t, d)
		if name, _ := d["name"].(string); len(name)%2 == 0 && d["shareable"] != true {
			d["migrateStorage"] = len(name)%4 == 0
		}
		return d
	})
}

// drive generates CD-ROM drives: empty ones, and ones with a medium that is a container, a file or a claim.
func drive() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		d := map[string]any{"name": diskName().Filter(func(s string) bool { return len(s) <= 52 }).Draw(t, "name"), "type": "cdrom"}
		drawOptional(t, d, "bus", enum("disks.bus").Filter(func(bus string) bool { return bus != "virtio" }))
		drawOptional(t, d, "cache", enum("disks.cache"))
		drawIO(t, d)
		switch rapid.IntRange(0, 4).Draw(t, "medium") {
		case 0:
			drawClaim(t, d)
			return d
		case 1:
			d["size"] = size().Draw(t, "size")
			drawSource(t, d)
		case 2:
			d["image"] = oneOf("quay.io/containerdisks/fedora:40", "docker://registry.example.org/iso/virtio-win:1").Draw(t, "container")
			drawOptional(t, d, "imageSecret", orEmpty(objectName()))
		case 3:
			drawOptional(t, d, "size", size())
			d["imageFrom"] = imageReference().Draw(t, "imageFrom")
		default:
			drawOptional(t, d, "size", size())
		}
		drawOptional(t, d, "storageClassName", orEmpty(objectName()))
		drawOptional(t, d, "accessModes", list(enum("disks.accessModes"), 0, 4, identity))
		drawOptional(t, d, "volumeMode", enum("disks.volumeMode"))
		drawOptional(t, d, "deletionPolicy", oneOf("", "Delete"))
		if from, _ := d["imageFrom"].(map[string]any); from["kind"] == "Wukong" {
			// The media of another Wukong's drives are not cloned.
			from["kind"] = "VolumeSnapshot"
		}
		return d
	})
}

// drawSource draws where the content of a disk with a size comes from, or nothing.
func drawSource(t *rapid.T, d map[string]any) {
	switch rapid.IntRange(0, 4).Draw(t, "source") {
	case 0:
		d["imageFrom"] = imageReference().Draw(t, "imageFrom")
		drawOptional(t, d, "upload", rapid.Just(false))
		if rapid.Bool().Draw(t, "of the source's size?") {
			delete(d, "size")
		}
	case 1:
		d["upload"] = true
		drawOptional(t, d, "image", rapid.Just(""))
	case 2:
		drawOptional(t, d, "image", rapid.Just(""))
	default:
		i := diskImage().Draw(t, "image")
		d["image"] = i
		drawOptional(t, d, "imageSecret", orEmpty(objectName()))
		if image.TakesCA(i) && (d["type"] != "cdrom" || image.IsFile(i)) {
			drawOptional(t, d, "imageCA", orEmpty(objectName()))
		}
		if image.TakesChecksum(i) {
			drawOptional(t, d, "imageChecksum", orEmpty(oneOf("sha256:"+strings.Repeat("0f", 32), "sha512:"+strings.Repeat("aB", 64))))
		}
	}
}

// imageReference generates references to what a disk is cloned from.
func imageReference() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		r := map[string]any{"kind": oneOf("DataSource", "PersistentVolumeClaim", "VolumeSnapshot").Draw(t, "kind")}
		name := objectName().Draw(t, "name")
		r["name"] = name
		if r["kind"] == "VolumeSnapshot" {
			// The others follow from the name.
			r["kind"] = []string{"VolumeSnapshot", "VirtualMachineSnapshot", "Wukong"}[len(name)%3]
		}
		drawOptional(t, r, "namespace", oneOf("", Namespace, SharedImages))
		return r
	})
}

// drawClaim draws the fields of a disk that is an existing claim. Fields that such a disk must not have can be empty.
func drawClaim(t *rapid.T, d map[string]any) {
	d["claimName"] = objectName().Draw(t, "claimName")
	for _, field := range []string{"image", "storageClassName", "volumeMode", "deletionPolicy"} {
		drawOptional(t, d, field, rapid.Just(""))
	}
	drawOptional(t, d, "accessModes", rapid.Just([]any{}))
}

// diskName generates names of disks. It leaves out short names of KubeVirt's own volumes, which a label can be by chance.
func diskName() *rapid.Generator[string] {
	reserved := map[string]bool{"private": true, "public": true, "sockets": true}
	return label().Filter(func(s string) bool { return !reserved[s] })
}

// diskImage generates references of every form, up to the longest.
func diskImage() *rapid.Generator[string] {
	part := rapid.StringMatching(`[a-z][a-z0-9]{0,12}`)
	path := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(part, 1, 4).Draw(t, "parts"), "/")
	})
	reference := rapid.Custom(func(t *rapid.T) string {
		host := oneOf("", "quay.io/", "registry.example.org:5000/", "Registry.example.org/", "[2001:db8::1]:5000/").Draw(t, "host")
		tag := oneOf("", ":12", ":v1.0_a-B", "@sha256:"+strings.Repeat("0f", 32)).Draw(t, "tag")
		return host + path.Draw(t, "path") + tag
	})
	url := rapid.Custom(func(t *rapid.T) string {
		host := oneOf("example.org", "10.0.0.1:8080", "user:pw@example.org", "_user@example.org", "[2001:db8::1]:80", "xn--a.example").Draw(t, "host")
		scheme := oneOf(fileSchemes()...).Draw(t, "scheme") + image.SchemeSeparator
		if image.TakesChecksum(scheme) {
			return scheme + host + "/" + path.Draw(t, "path") + oneOf("", ".img", ".qcow2?token=a%20b&c='", "#x").Draw(t, "rest")
		}
		return scheme + host + "/vms/" + path.Draw(t, "path") + oneOf("", ".img").Draw(t, "rest")
	})
	return rapid.OneOf(
		reference.Filter(func(s string) bool { return s[0] != '[' }),
		rapid.Map(reference, func(s string) string { return "docker://" + s }),
		url,
		rapid.Just(fill("https://example.org/", 2048)),
	)
}

// fileSchemes returns the schemes of images that are files.
func fileSchemes() []string {
	return slices.DeleteFunc(image.Schemes(), func(scheme string) bool { return !image.IsFile(scheme + image.SchemeSeparator) })
}
