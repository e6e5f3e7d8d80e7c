package wukongtest

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"
)

// label generates DNS labels of at most 63 characters.
func label() *rapid.Generator[string] { return labelOf(63) }

// labelOf generates DNS labels of at most n characters. Short ones, numbers and the longest ones are frequent.
func labelOf(n int) *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[a-z]{1,8}`),
		rapid.StringMatching(`[0-9]{1,4}`),
		rapid.StringMatching(`[a-z0-9][-a-z0-9]{0,20}[a-z0-9]`),
		rapid.Map(rapid.StringMatching(`[a-z0-9]{4}`), func(s string) string { return fill(s, n) }),
	)
}

// objectName generates DNS subdomains of at most 253 characters.
func objectName() *rapid.Generator[string] {
	return rapid.OneOf(
		label(),
		rapid.StringMatching(`[a-z0-9]{1,5}(\.[a-z]([-a-z0-9]{0,5}[a-z0-9])?){1,3}`),
		rapid.Map(label(), func(s string) string { return fill(s+".", 253) }),
	)
}

// interfaceName generates names of network interfaces of at most n characters, or an empty one.
func interfaceName(n int) *rapid.Generator[string] {
	return orEmpty(rapid.OneOf(
		oneOf("eth0", "br-lan", "enp3s0f1", "bond0.7", "Uplink_1"),
		rapid.Map(rapid.StringMatching(`[A-Za-z0-9][-A-Za-z0-9._]{0,3}`), func(s string) string { return fill(s, n) }),
	))
}

// qualifiedName generates names of labels, taints and resources.
func qualifiedName() *rapid.Generator[string] {
	name := rapid.OneOf(
		rapid.StringMatching(`[A-Za-z0-9]([-A-Za-z0-9_.]{0,10}[A-Za-z0-9])?`),
		rapid.Map(rapid.StringMatching(`[A-Za-z0-9]{2}`), func(s string) string { return fill(s, 63) }),
	)
	return rapid.OneOf(name, rapid.Custom(func(t *rapid.T) string {
		return objectName().Draw(t, "prefix") + "/" + name.Draw(t, "name")
	}))
}

// labelValue generates values of labels.
func labelValue() *rapid.Generator[string] {
	return orEmpty(rapid.StringMatching(`[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`))
}

// size generates sizes of disks, in every form that the API accepts.
func size() *rapid.Generator[string] { return quantity("1Mi", "1Ei") }

// memory generates sizes of memory.
func memory() *rapid.Generator[string] { return quantity("16Mi", "64Ti") }

// quantity generates quantities of whole bytes from least to most, both included.
func quantity(least, most string) *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[1-9][0-9]{0,3}([KMGTPE]i|[kMGTPE])`),
		rapid.StringMatching(`\+?0?[1-9][0-9]?\.(0|5|25|750|125|375|625|875)[GT]i`),
		rapid.StringMatching(`0\.[1-9][0-9]{0,2}G`),
		rapid.StringMatching(`[1-9][eE](0?[89]|1[0-3])`),
		rapid.StringMatching(`[1-9][0-9]{8,12}`),
		oneOf("0000000000000000000000000000020G", least, most),
	).Filter(func(s string) bool {
		q := resource.MustParse(s)
		return q.Cmp(resource.MustParse(least)) >= 0 && q.Cmp(resource.MustParse(most)) <= 0
	})
}

// macAddress generates unicast MAC addresses.
func macAddress() *rapid.Generator[string] {
	return rapid.StringMatching(`[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5}`)
}

// line generates lines of text of at most n characters, with characters that need quoting.
func line(n int) *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[ -~]{0,30}`),
		oneOf("", "p: w", "it's \"quoted\"", "{{ x }}", "%!s(MISSING)", "#cloud-config", "- x", "ÄÖÜ ☃ 中文", "~", "null", "\\n"),
		rapid.Just(strings.Repeat("☃", n)),
	)
}

// fill repeats s to n characters, the last of which is a letter.
func fill(s string, n int) string {
	return strings.Repeat(s, n/len(s)+1)[:n-1] + "z"
}
