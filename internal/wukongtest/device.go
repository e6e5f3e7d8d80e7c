package wukongtest

import (
	"strings"

	"pgregory.net/rapid"
)

// devices generates lists of GPUs, or of other devices.
func devices() *rapid.Generator[[]any] {
	return rapid.Map(rapid.SliceOfNDistinct(device(), 0, 32, nameOf), anys)
}

// device generates devices of nodes.
func device() *rapid.Generator[map[string]any] {
	name := rapid.OneOf(
		rapid.StringMatching(`[A-Za-z0-9][-A-Za-z0-9_]{0,20}`),
		rapid.Map(rapid.StringMatching(`[A-Za-z0-9]{4}`), func(s string) string { return fill(s, 63) }),
	)
	return rapid.Custom(func(t *rapid.T) map[string]any {
		return map[string]any{"name": name.Draw(t, "name"), "deviceName": deviceName().Draw(t, "deviceName")}
	})
}

// deviceName generates names of extended resources, up to the longest for which a quota can exist.
func deviceName() *rapid.Generator[string] {
	prefix := objectName().Filter(func(s string) bool {
		return len(s) <= 244 && !strings.HasSuffix(s, "kubernetes.io") && !strings.HasPrefix(s, "requests.")
	})
	name := rapid.StringMatching(`[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`)
	return rapid.Custom(func(t *rapid.T) string {
		return rapid.OneOf(oneOf("nvidia.com", "intel.com", "a."+fill("b", 242)), prefix).Draw(t, "prefix") + "/" + name.Draw(t, "name")
	})
}
