package wukongtest

import (
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/internal/image"
)

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
			maybe(t, ds[i], "boot", rapid.Just(false))
		}
		if rapid.Bool().Draw(t, "boot?") {
			rapid.SampledFrom(ds).Draw(t, "boot")["boot"] = true
		}
		return anys(ds)
	})
}

func disk() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		d := map[string]any{"name": diskName().Draw(t, "name")}
		maybe(t, d, "bus", enum("disks.bus"))
		if rapid.IntRange(0, 4).Draw(t, "claim?") == 0 {
			drawClaim(t, d)
			return d
		}
		d["size"] = size().Draw(t, "size")
		maybe(t, d, "claimName", rapid.Just(""))
		maybe(t, d, "image", orEmpty(diskImage()))
		maybe(t, d, "storageClassName", orEmpty(objectName()))
		maybe(t, d, "accessModes", list(enum("disks.accessModes"), 0, 4, identity))
		maybe(t, d, "volumeMode", enum("disks.volumeMode"))
		maybe(t, d, "deletionPolicy", enum("disks.deletionPolicy"))
		return d
	})
}

// drawClaim draws a disk that is an existing claim. Of what cannot be wished of it, it may have the empty value.
func drawClaim(t *rapid.T, d map[string]any) {
	d["claimName"] = objectName().Draw(t, "claimName")
	for _, field := range []string{"image", "storageClassName", "volumeMode", "deletionPolicy"} {
		maybe(t, d, field, rapid.Just(""))
	}
	maybe(t, d, "accessModes", rapid.Just([]any{}))
}

// diskName leaves out the few names that KubeVirt takes for volumes of its own.
func diskName() *rapid.Generator[string] {
	taken := map[string]bool{"private": true, "public": true, "sockets": true}
	return label().Filter(func(s string) bool { return !taken[s] })
}

// diskImage generates references of every form, up to the longest.
func diskImage() *rapid.Generator[string] {
	part := rapid.StringMatching(`[a-z][a-z0-9]{0,12}`)
	path := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(part, 1, 4).Draw(t, "parts"), "/")
	})
	reference := rapid.Custom(func(t *rapid.T) string {
		host := oneOf("", "quay.io/", "registry.example.org:5000/", "localhost/", "[2001:db8::1]:5000/").Draw(t, "host")
		tag := oneOf("", ":12", ":v1.0_a-B", "@sha256:"+strings.Repeat("0f", 32)).Draw(t, "tag")
		return host + path.Draw(t, "path") + tag
	})
	url := rapid.Custom(func(t *rapid.T) string {
		host := oneOf("example.org", "10.0.0.1:8080", "user:pw@host", "_user@host", "[2001:db8::1]:80", "xn--a.example").Draw(t, "host")
		return oneOf(fileSchemes()...).Draw(t, "scheme") + image.SchemeSeparator + host + "/" + path.Draw(t, "path") + oneOf("", ".img", ".qcow2?token=a%20b&c='", "#x").Draw(t, "rest")
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
