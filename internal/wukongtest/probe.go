package wukongtest

import (
	"slices"

	"pgregory.net/rapid"
)

// drawProbes draws probes. Without the pod network they ask the guest's agent.
func drawProbes(t *rapid.T, spec map[string]any) {
	networks, _ := spec["networks"].([]any)
	replaced := slices.ContainsFunc(networks, func(n any) bool {
		network, _ := n.(map[string]any)
		return network["primary"] == true
	})
	actions := probeActions
	if spec["podNetwork"] == false || replaced {
		actions = agentActions
	}
	drawOptional(t, spec, "readinessProbe", probe("readinessProbe", actions...))
	drawOptional(t, spec, "livenessProbe", probe("livenessProbe", actions...))
}

// What a probe asks: the guest's agent, or, on the pod network, anything in the guest.
var (
	agentActions = []string{"exec", "guestAgentPing"}
	probeActions = []string{"exec", "guestAgentPing", "tcpSocket", "httpGet"}
)

// probe generates probes for a field that take one of some actions.
func probe(field string, actions ...string) *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		p := map[string]any{}
		switch action := oneOf(actions...).Draw(t, "action"); action {
		case "tcpSocket":
			p[action] = map[string]any{"port": port().Draw(t, "port")}
		case "httpGet":
			p[action] = httpGet(field).Draw(t, action)
		case "exec":
			p[action] = map[string]any{"command": command().Draw(t, "command")}
		default:
			p[action] = true
		}
		if p["guestAgentPing"] == nil {
			drawOptional(t, p, "guestAgentPing", rapid.Just(false))
		}
		seconds := rapid.OneOf(rapid.Int64Range(1, 600), rapid.Just[int64](86400))
		drawOptional(t, p, "initialDelaySeconds", rapid.OneOf(seconds, rapid.Just[int64](0)))
		drawOptional(t, p, "periodSeconds", seconds)
		drawOptional(t, p, "timeoutSeconds", seconds)
		drawOptional(t, p, "failureThreshold", rapid.Int64Range(1, 1000))
		most := int64(1000)
		if field == "livenessProbe" {
			most = 1
		}
		drawOptional(t, p, "successThreshold", rapid.Int64Range(1, most))
		return p
	})
}

// port generates ports of TCP.
func port() *rapid.Generator[int64] {
	return rapid.OneOf(rapid.SampledFrom([]int64{1, 22, 80, 443, 65535}), rapid.Int64Range(1, 65535))
}

// httpGet generates HTTP requests of the probe of a field.
func httpGet(field string) *rapid.Generator[map[string]any] {
	header := rapid.Custom(func(t *rapid.T) map[string]any {
		return map[string]any{"name": rapid.StringMatching(`[-A-Za-z0-9]{1,20}`).Draw(t, "name"), "value": line(1024).Draw(t, "value")}
	})
	return rapid.Custom(func(t *rapid.T) map[string]any {
		g := map[string]any{"port": port().Draw(t, "port")}
		drawOptional(t, g, "path", orEmpty(rapid.OneOf(
			oneOf("/", "/healthz", "/a?b=c&d=%20", "//x", "/%zz", "/"+fill("a", 1023)),
			rapid.StringMatching(`/[!-~]{0,20}`),
		)))
		drawOptional(t, g, "scheme", enum(field+".httpGet.scheme"))
		drawOptional(t, g, "httpHeaders", rapid.Map(rapid.SliceOfN(header, 0, 16), anys))
		return g
	})
}

// command generates commands of a guest.
func command() *rapid.Generator[[]any] {
	program := rapid.OneOf(oneOf("/usr/bin/test", "sh", "C:\\Windows\\System32\\cmd.exe", "/usr/bin/virt-probe", "-"), rapid.StringMatching(`/[a-z]{1,20}`))
	argument := rapid.OneOf(line(80), oneOf("-c", "--", "a\nb", "\t", "virt-probe", "#!/bin/sh\n"))
	return rapid.Custom(func(t *rapid.T) []any {
		return append([]any{program.Draw(t, "program")}, anys(rapid.SliceOfN(argument, 0, 31).Draw(t, "arguments"))...)
	})
}
