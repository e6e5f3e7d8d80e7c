// Package wukongtest generates Wukongs for tests of properties: valid ones that use every field of the API, and ones with
// something wrong in one place.
//
// Specs are JSON-like maps, as they come from a user, so that they can hold what the Go types cannot. Numbers are int64 or
// float64, as an API server decodes them.
package wukongtest

import (
	"pgregory.net/rapid"
)

// Spec generates specs that the schema accepts, and that the function renders in a composite made by Request.
func Spec() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		spec := map[string]any{"disks": disks().Draw(t, "disks")}
		drawMachine(t, spec)
		drawGuest(t, spec)
		drawNetworks(t, spec)
		maybe(t, spec, "firmware", firmware())
		maybe(t, spec, "gpus", gpus())
		maybe(t, spec, "restoreFromSnapshot", line(253))
		maybe(t, spec, "highAvailability", highAvailability())
		maybe(t, spec, "startStrategy", startStrategy())
		return spec
	})
}

// drawMachine draws what gives CPU and memory: the fields of these names, or an instance type.
func drawMachine(t *rapid.T, spec map[string]any) {
	maybe(t, spec, "preference", matcher("preference"))
	if rapid.IntRange(0, 3).Draw(t, "instancetype?") == 0 {
		spec["instancetype"] = matcher("instancetype").Draw(t, "instancetype")
		return
	}
	spec["cpu"] = rapid.Int64Range(1, 1024).Draw(t, "cpu")
	spec["memory"] = memory().Draw(t, "memory")
}

// firmware generates what KubeVirt takes: secure boot with EFI alone.
func firmware() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		f := map[string]any{}
		maybe(t, f, "bootloader", enum("firmware.bootloader"))
		maybe(t, f, "uuid", orEmpty(rapid.StringMatching(`[0-9a-fA-F]{8}(-[0-9a-f]{4}){3}-[0-9A-F]{12}`)))
		if f["bootloader"] == "EFI" {
			maybe(t, f, "secureBoot", rapid.Bool())
		}
		return f
	})
}

// matcher generates a name with an optional kind, as KubeVirt's instance types and preferences are named, for the field of that name.
func matcher(field string) *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		m := map[string]any{"name": objectName().Draw(t, "name")}
		maybe(t, m, "kind", enum(field+".kind"))
		return m
	})
}

func startStrategy() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		s := map[string]any{}
		maybe(t, s, "runStrategy", enum("startStrategy.runStrategy"))
		maybe(t, s, "autoStart", rapid.Bool())
		return s
	})
}
