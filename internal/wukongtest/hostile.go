package wukongtest

import (
	"strings"

	"pgregory.net/rapid"
)

// hostile are strings that break out of formats, or look like another type, where somebody forgot to quote.
var hostile = []string{
	"", " ", "a b", "\n", "a\nb", "a\r\nb: c", "x\n  y: z", ": ", "a: b", "#cloud-config", "#cloud-config\nruncmd: [x]\n", "#!/bin/sh",
	`"`, `'`, `\`, "`id`", "$(id)", "{{", "{{ .Values.x }}", "{%", "%s", "*", "&a", "!!binary x", "- ", "---", "...", "|", "[", "{}",
	"null", "~", "true", "0", "1e3", "-1", "../../etc/passwd", "/", "a/b/c", ".", "..", "-", "_", "A", "ä", "中文", "\u2028", "\u00a0", "\x00", "a\x00b", "\x1b[31m", "\x7f", "\ufeffa",
	strings.Repeat("a", 61), strings.Repeat("a", 64), strings.Repeat("a", 254), strings.Repeat("a", 318), strings.Repeat("ä", 300), strings.Repeat("a.", 200),
}

// nearMisses are, for each field, values that are almost or unusually right.
var nearMisses = map[string][]string{
	"address":      nearAddresses,
	"gateway":      {"10.0.0.1/24", "300.0.0.1", "010.0.0.1", "::ffff:10.0.0.1", "fe80::1%eth0", "fe80::1", "FE80::1", "2001:0db8:1111:2222:3333:4444:192.168.100.200", "0.0.0.0", "::", "10.1", "10.0.0.0", "10.0.0.1", "10.0.0.255", "127.0.0.1", "224.0.0.5", "255.255.255.255", "ff02::1", "::1", "2001:db8::"},
	"dnsServers":   {"1.1.1.1%x", "::ffff:1.1.1.1", "dns.example.org", "1.1.1.1:53", "[::1]", "2001:0db8:1111:2222:3333:4444:192.168.100.200"},
	"size":         {"0", "-1Gi", "10GB", "10 Gi", "1500m", "1u", "1e-3", "1e5", "1E5", "1e", "1.5.5Gi", "0x10", "1_000", "1e99", "1e100", "00", "0.0", ".", "+1Gi", "++1", "99999999999999999999Ei", "000000000000000000000000000000001", "0.0000000001", "1Ki", "1K", "1ki", "1n", "0.001Gi", "1.2Gi", "1.5Gi", "1048576.5", "1Mi", "1048575", "1Ei", "1.0000000000000000001Ei", "2Ei", "0.1Pi", "1000000000m"},
	"memory":       {"0", "-1Gi", "8GB", "1500m", "1e-3", "1E5", "1e99", "000000000000000000000000000000001", "1K", "1n", "8gi", "1", "2048", "16Mi", "16777215", "64Ti", "65Ti", "0.5", "1.2Gi", "1.5Gi", "1.0000000001Gi", "0.5Ti", "99999999999999999999999999999Ei", "0.0000000000000000000000000001"},
	"image":        nearImages,
	"osImage":      nearImages,
	"nadName":      {"team-b/x", Namespace + "/x", Namespace + "/", "/x", "a/b/c", "A", "x.y", "x..y", strings.Repeat("a", 254), Namespace + "/" + strings.Repeat("a", 254), Namespace + "/" + strings.Repeat("a", 253), strings.Repeat("a", 64) + "/x"},
	"resourceName": {"/x", "a/", "a/b/c", "A/b", "a..b/c", "a.b/c", strings.Repeat("a", 254) + "/c", strings.Repeat("a", 253) + "/c", "a/" + strings.Repeat("c", 64), "a/" + strings.Repeat("c", 63), "_a", "a_"},
	"deviceName":   {"nvidia.com/", "/gpu", "gpu", "cpu", "memory", "a/b/c", "A/b", "a..b/c", "kubernetes.io/gpu", "x.kubernetes.io/gpu", "requests.nvidia.com/gpu", "requests.a/b", strings.Repeat("a", 244) + "/c", strings.Repeat("a", 245) + "/c", "a/" + strings.Repeat("c", 63), "a/" + strings.Repeat("c", 64), "a/_b"},
	"nodeSelector": {"-a", "a-", "a..b", "a b", "a/b", "_", strings.Repeat("a", 63)},
	"key":          {"/x", "a/", "a..b/c", strings.Repeat("a", 254) + "/c", "_a"},
	"macAddress":   {"01:00:5e:00:00:01", "02-00-5e-10-00-01", "0200.5e10.0001", "02:00:5e:10:00:01:02", "02:00:5E:10:00:01", "2:0:5e:10:0:1", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "02:00:00:00:fe:80:00:00"},
	"master":       {"eth0.100", "eth0:1", "-eth0", ".eth0", "eth/0", strings.Repeat("e", 15), strings.Repeat("e", 16), strings.Repeat("e", 11)},
	"bridgeName":   {"br0", "br:0", ".", strings.Repeat("b", 15), strings.Repeat("b", 16)},
	"name": {
		"cloudinitdisk", "private", "x-access-cred", "-access-cred", "default", "pod", "a.b", "a-", "-a", "A", "1", "a_b", "$", "a$", "a$b", "root ",
		strings.Repeat("a", 32), strings.Repeat("a", 33), strings.Repeat("a", 51), strings.Repeat("a", 52), strings.Repeat("a", 63), strings.Repeat("a", 253),
	},
	"claimName":         {"a.b", "a-", "A", "a..b", strings.Repeat("a", 253)},
	"storageClassName":  {"a.b", "a-", "A", "a..b", strings.Repeat("a", 253)},
	"sshKeySecret":      {"a.b", "a-", "A", strings.Repeat("a", 51), strings.Repeat("a", 52)},
	"antiAffinityGroup": {"a.b", "A", "a_b", strings.Repeat("a", 63)},
	"groups":            {"a b", "1a", "a$", "a,b", "", strings.Repeat("g", 32), strings.Repeat("g", 33)},
	"shell":             {"bash", "/bin/sh -c", "/", "//", "/bin/bash\n", "/" + strings.Repeat("a", 255), "/" + strings.Repeat("a", 256)},
	"sudo":              {"ALL=(ALL) ALL\nx ALL=ALL", "\t", "a\u0085b", "a\u202eb", "a\u2028b", "a\u200eb", "a\u2066b", "a\u00a0b", strings.Repeat("ä", 1024), strings.Repeat("ä", 1025), strings.Repeat("a", 1025)},
	"password":          {"\t", "a\u0085b", "a\u202eb", "a\u2029b", "a\u00a0b", "\u200f", "a\ufeff", strings.Repeat("ä", 256), strings.Repeat("ä", 257), strings.Repeat("a", 257)},
	"passwordHash":      {"secret", "$6$", "$6$a", "$6$a$b:c", "$6$a$b\n", "$" + strings.Repeat("a", 17) + "$b", "$6$" + strings.Repeat("a", 509), "$6$" + strings.Repeat("a", 510)},
	"userData":          {"#cloud-config", "#cloud-config\n", "#cloud-config\na: 1\na: 2\n", "#cloud-config\n- a\n", "#cloud-config \n{}", "#include http://x", "\n#cloud-config\n{}", "#!" + strings.Repeat("ä", 100_000), "#!" + strings.Repeat("a", 131_070), "#!" + strings.Repeat("a", 131_071)},
	"type":              {"Bridge", "ovn"},
	"physicalInterface": {strings.Repeat("ä", 253), strings.Repeat("ä", 254)},
	"nodeIP":            {"192.168.0.121/24", strings.Repeat("a", 254)},
	"mode":              {"DHCP", "auto"},
	"runStrategy":       {"WaitAsReceiver", "always"},
	"restartPolicy":     {"always"},
	"operator":          {"Lt", "Gt", "exists"},
	"effect":            {"NoRun"},
	"kind":              {"VirtualMachine"},
	"bus":               {"ide", "VIRTIO"},
	"accessModes":       {"RWO", ""},
	"volumeMode":        {"block"},
}

var nearAddresses = []string{
	"10.0.0.1", "10.0.0.1/33", "010.0.0.1/8", "::ffff:10.0.0.1/104", "fe80::1%eth0/64", "2001:db8::1/129", "10.0.0.1/08", "10.0.0.1/24 ",
	"2001:0db8:1111:2222:3333:4444:192.168.100.200/128", "fe80::1/64", "2001:DB8::1/64", "2001:db8::ffff:ffff/96", "10.0.0.1/24", "10.0.0.1/16",
	"0.0.0.0/0", "::/0", "127.0.0.1/8", "::1/128", "224.0.0.5/24", "ff02::1/64", "255.255.255.255/32",
	"10.0.0.0/24", "10.0.0.255/24", "10.0.0.0/30", "10.0.0.3/30", "10.0.0.0/31", "10.0.0.1/31", "10.0.0.0/32", "2001:db8::/64", "2001:db8::/126", "2001:db8::/127",
}

var nearImages = []string{
	"ftp://x/y", "HTTP://x/y", "http://", "http:///x", "http://?x", "http://#x", "https://_x/y", "https://-x/y", "https://%41/y", "http://@/x", "http://:80/x", "http://[::1/x", "http://[::1]/x", "http://x/%zz", "http://x y",
	"docker://", "docker://A/b", "docker://a//b", "docker://[::1]:5000/x", "docker://_a/b", "docker://http://x", "a:b://c", "a//b", "A/b", "a@sha256:1", "a:b:c", "debian", "quay.io/", "-a", "a?b", "a#b", "a%b", "file:/x", "s3://a/b", "user@host:a",
	"http://example.org/" + strings.Repeat("a", 2029), "http://example.org/" + strings.Repeat("a", 2030), strings.Repeat("0f", 32),
}

// text generates hostile strings, and for the field of that name values that are almost right.
func text(field string) *rapid.Generator[string] {
	if near := nearMisses[field]; len(near) > 0 {
		return rapid.OneOf(rapid.SampledFrom(near), rapid.SampledFrom(hostile))
	}
	return rapid.OneOf(rapid.SampledFrom(hostile), rapid.String())
}
