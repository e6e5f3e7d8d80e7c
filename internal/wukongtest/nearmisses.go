package wukongtest

import (
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/internal/validation"
)

// nearMisses are strings that are almost valid, or valid in an unusual way, by the name of their field. They come from the schema, from the examples
// of the rules, and from forms. Fields of the same name share them.
var nearMisses = func() map[string][]string {
	out := map[string][]string{}
	walk("", validation.SpecStructure, func(field string, s *validation.Schema) { out[field] = append(out[field], edges(field, s)...) })
	for _, e := range validation.Examples() {
		if e.OfInput {
			continue
		}
		for _, p := range places(parse(e.Breaks)) {
			if s, ok := p.get().(string); ok {
				out[p.field] = append(out[p.field], s)
			}
		}
	}
	for field, values := range forms {
		out[field] = append(out[field], values...)
	}
	for field, values := range out {
		slices.Sort(values)
		out[field] = slices.Compact(values)
	}
	return out
}()

// numbers are at and next to the bounds of fields, and of the types that hold numbers.
var numbers = func() []any {
	whole := map[int64]bool{
		-1: true, 0: true, 1: true, math.MaxInt32: true, math.MaxInt32 + 1: true, 1 << 40: true, math.MaxInt64: true,
		-1 << 53: true, 1<<53 - 1: true, 1 << 53: true, 1<<53 + 1: true,
	}
	walk("", validation.SpecStructure, func(_ string, s *validation.Schema) {
		if s.Minimum != nil {
			whole[*s.Minimum], whole[*s.Minimum-1] = true, true
		}
		if s.Maximum != nil {
			whole[*s.Maximum], whole[*s.Maximum+1] = true, true
		}
	})
	return append(anys(slices.Sorted(maps.Keys(whole))), 0.5, 1.5, 1e30, -1e30)
}()

// walk visits a schema and all schemas below it. Elements of a list and values of a map have the field of the list or map.
func walk(field string, s *validation.Schema, visit func(field string, s *validation.Schema)) {
	visit(field, s)
	if s.Items != nil {
		walk(field, s.Items, visit)
	}
	for _, f := range s.Fields {
		walk(f.Name, f.Schema, visit)
	}
}

// edges returns strings at the limits of a schema and just beyond: enumerated values and variants of them, and strings of the maximum length and
// one character more, in characters of one byte and of two.
func edges(field string, s *validation.Schema) []string {
	if s.Type != validation.String {
		return nil
	}
	var out []string
	for _, e := range s.Enum {
		out = append(out, e, strings.ToUpper(e), strings.ToLower(e), otherCase(e), e+"s")
	}
	if s.MaxLength > 0 {
		begin := beginnings[field]
		for _, length := range []int{s.MaxLength, s.MaxLength + 1} {
			for _, character := range []string{"a", "ä"} {
				out = append(out, begin+strings.Repeat(character, length-len(begin)))
			}
		}
	}
	return out
}

// otherCase returns s with its first letter in the other case.
func otherCase(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if unicode.IsUpper(first) {
		return string(unicode.ToLower(first)) + s[n:]
	}
	return strings.ToUpper(s[:n]) + s[n:]
}

// parse decodes fields in YAML. It panics on invalid YAML.
func parse(fields string) map[string]any {
	out := map[string]any{}
	if err := yaml.Unmarshal([]byte(fields), &out); err != nil {
		panic(err)
	}
	return out
}

// beginnings are prefixes with which a value of any length has a valid form, by field.
var beginnings = map[string]string{
	"image":        "http://example.org/",
	"osImage":      "http://example.org/",
	"passwordHash": "$6$",
	"path":         "/",
	"shell":        "/",
	"userData":     "#!",

	// With the longest domain, the longest value has the longest name.
	"resourceName": strings.Repeat("a", 253) + "/",
	"key":          strings.Repeat("a", 253) + "/",
	"deviceName":   strings.Repeat("a", 244) + "/",
}

// forms are strings that neither the schema nor the rules give, by field: forms of values that other programs accept, or that parsers treat
// differently.
var forms = map[string][]string{
	"address": {
		"10.0.0.1", "10.0.0.1/33", "010.0.0.1/8", "::ffff:10.0.0.1/104", "fe80::1%eth0/64", "2001:db8::1/129", "10.0.0.1/08", "10.0.0.1/24 ",
		"2001:0db8:1111:2222:3333:4444:192.168.100.200/128", "fe80::1/64", "2001:DB8::1/64", "2001:db8::ffff:ffff/96", "10.0.0.1/24", "10.0.0.1/16",
		"0.0.0.0/0", "::/0", "::1/128", "224.0.0.5/24", "ff02::1/64", "255.255.255.255/32",
		"10.0.0.0/24", "10.0.0.255/24", "10.0.0.0/30", "10.0.0.3/30", "10.0.0.0/31", "10.0.0.1/31", "10.0.0.0/32",
		"2001:db8::/64", "2001:db8::/126", "2001:db8::/127",
	},
	"gateway": {
		"10.0.0.1/24", "300.0.0.1", "010.0.0.1", "::ffff:10.0.0.1", "fe80::1%eth0", "fe80::1", "FE80::1", "2001:0db8:1111:2222:3333:4444:192.168.100.200",
		"0.0.0.0", "::", "10.1", "10.0.0.1", "10.0.0.255", "127.0.0.1", "224.0.0.5", "255.255.255.255", "ff02::1", "::1", "2001:db8::",
	},
	"dnsServers": {"1.1.1.1%x", "::ffff:1.1.1.1", "dns.example.org", "1.1.1.1:53", "[::1]", "2001:0db8:1111:2222:3333:4444:192.168.100.200"},
	"size": {
		"0", "-1Gi", "10GB", "10 Gi", "1500m", "1u", "1e-3", "1e5", "1E5", "1e", "1.5.5Gi", "0x10", "1_000", "1e99", "1e100", "00", "0.0", ".", "+1Gi", "++1",
		"99999999999999999999Ei", "000000000000000000000000000000001", "0.0000000001", "1Ki", "1K", "1ki", "1n", "1.2Gi", "1.5Gi", "1048576.5",
		"1Mi", "1048575", "1Ei", "1.0000000000000000001Ei", "2Ei", "0.1Pi", "1000000000m",
	},
	"memory": {
		"0", "-1Gi", "8GB", "1500m", "1e-3", "1E5", "1e99", "000000000000000000000000000000001", "1K", "1n", "8gi", "1",
		"16Mi", "16777215", "64Ti", "65Ti", "0.5", "1.2Gi", "1.5Gi", "1.0000000001Gi", "0.5Ti", "99999999999999999999999999999Ei", "0.0000000000000000000000000001",
	},
	"image":   images,
	"osImage": images,
	"nadName": {
		"team-b/x", Namespace + "/x", Namespace + "/", "/x", "A", "x.y", "x..y",
		Namespace + "/" + strings.Repeat("a", 254), Namespace + "/" + strings.Repeat("a", 253), strings.Repeat("a", 64) + "/x",
	},
	"resourceName": {
		"/x", "a/", "A/b", "a..b/c", "a.b/c", strings.Repeat("a", 253) + "/c", strings.Repeat("a", 254) + "/c",
		"a/" + strings.Repeat("c", 64), "a/" + strings.Repeat("c", 63), "_a", "a_",
	},
	"deviceName": {
		"nvidia.com/", "/gpu", "gpu", "memory", "a/b/c", "A/b", "a..b/c", "kubernetes.io/gpu", "x.kubernetes.io/gpu", "requests.nvidia.com/gpu", "requests.a/b",
		strings.Repeat("a", 244) + "/c", strings.Repeat("a", 245) + "/c", "a/" + strings.Repeat("c", 63), "a/" + strings.Repeat("c", 64), "a/_b",
	},
	"nodeSelector": {"-a", "a-", "a..b", "a/b"},
	"key":          {"/x", "a/", "a..b/c", strings.Repeat("a", 254) + "/c", "_a"},
	"macAddress": {
		"02-00-5e-10-00-01", "0200.5e10.0001", "02:00:5e:10:00:01:02", "02:00:5E:10:00:01", "2:0:5e:10:0:1", "ff:ff:ff:ff:ff:ff", "02:00:00:00:fe:80:00:00",
	},
	// Of the 15 characters of MASTER.VLAN a VLAN leaves ten to thirteen.
	"master": {
		"eth0.100", "eth0:1", "-eth0", ".eth0", "eth/0",
		strings.Repeat("e", 10), strings.Repeat("e", 11), strings.Repeat("e", 13), strings.Repeat("e", 14),
	},
	"bridgeName": {"br0", "."},
	"name": {
		"cloudinitdisk", "sysprep", "virtio-drivers", "private", "x-access-cred", "-access-cred", "default", "pod", "a.b", "a-", "-a", "A", "1", "a_b", "$", "a$",
		"a$b", "root ",
	},
	"claimName":         {"a.b", "a-", "A", "a..b"},
	"storageClassName":  {"a.b", "a-", "A", "a..b"},
	"sshKeySecret":      {"a.b", "a-", "A"},
	"antiAffinityGroup": {"a.b", "A", "a_b"},
	"groups":            {"a b", "1a", "a$", "a,b"},
	"path":              {"healthz", "/a b", "/ä", "//x", "/%zz", "/?#", "http://x/y", "/a\x7f"},
	"command":           {"virt-probe", "/usr/bin/virt-probe", "virt-probe ", "a\x00b", "a\nb"},
	"value":             {"\t", "a\u0085b", "a\u2028b"},
	"scheme":            {"TCP"},
	"shell":             {"/bin/sh -c", "/", "//", "/bin/bash\n"},
	"sudo":              {"ALL=(ALL) ALL\nx ALL=ALL", "\t", "a\u0085b", "a\u202eb", "a\u2028b", "a\u200eb", "a\u2066b", "a\u00a0b"},
	"password":          {"\t", "a\u0085b", "a\u202eb", "a\u2029b", "a\u00a0b", "\u200f", "a\ufeff"},
	"passwordHash":      {"$6$", "$6$a", "$6$a$b:c", "$6$a$b\n", "$" + strings.Repeat("a", 17) + "$b"},
	"userData": {
		"#cloud-config", "#cloud-config\n", "#cloud-config\na: 1\na: 2\n", "#cloud-config\n- a\n", "#cloud-config \n{}", "#include http://x", "\n#cloud-config\n{}",
	},
	"type":        {"ovn"},
	"nodeIP":      {"192.168.0.121/24"},
	"mode":        {"auto"},
	"runStrategy": {"WaitAsReceiver"},
	"operator":    {"Lt", "Gt"},
	"effect":      {"NoRun"},
	"kind":        {"VirtualMachine"},
	"bus":         {"ide"},
	"accessModes": {"RWO"},
}

// images are forms of images.
var images = []string{
	"ftp://x/y", "HTTP://x/y", "http://", "http:///x", "http://?x", "http://#x", "https://_x/y", "https://-x/y", "https://%41/y", "http://@/x", "http://:80/x",
	"http://[::1/x", "http://[::1]/x", "http://x/%zz", "http://x y", "docker://", "docker://A/b", "docker://a//b", "docker://[::1]:5000/x", "docker://_a/b",
	"docker://http://x", "a:b://c", "a//b", "A/b", "a@sha256:1", "a:b:c", "debian", "quay.io/", "-a", "a?b", "a#b", "a%b", "file:/x", "s3://a/b",
	"user@host:a", strings.Repeat("0f", 32),
}
