// Package wukongtest generates Wukongs for property tests: valid ones that use every field of the API, and ones with one change that usually makes
// them invalid.
//
// Specs are JSON objects, because the Go types cannot hold everything that a user can write. Numbers are int64 or float64, as API servers decode
// them.
package wukongtest

import (
	"pgregory.net/rapid"
)

// Spec generates specs that the schema accepts, and that the function renders in a request made by Request.
func Spec() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		spec := map[string]any{"disks": disks().Draw(t, "disks")}
		drawMachine(t, spec)
		drawGuest(t, spec)
		drawNetworks(t, spec)
		drawOptional(t, spec, "firmware", firmware())
		drawOptional(t, spec, "gpus", gpus())
		drawOptional(t, spec, "restoreFromSnapshot", line(253))
		drawOptional(t, spec, "highAvailability", highAvailability())
		drawOptional(t, spec, "startStrategy", startStrategy())
		return spec
	})
}

// drawMachine draws cpu and memory, or an instance type.
func drawMachine(t *rapid.T, spec map[string]any) {
	drawOptional(t, spec, "preference", matcher("preference"))
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
		drawOptional(t, f, "bootloader", enum("firmware.bootloader"))
		drawOptional(t, f, "uuid", orEmpty(rapid.StringMatching(`[0-9a-fA-F]{8}(-[0-9a-f]{4}){3}-[0-9A-F]{12}`)))
		if f["bootloader"] == "EFI" {
			drawOptional(t, f, "secureBoot", rapid.Bool())
		}
		return f
	})
}

// matcher generates the reference of a field to an instance type or a preference: a name with an optional kind.
func matcher(field string) *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		m := map[string]any{"name": objectName().Draw(t, "name")}
		drawOptional(t, m, "kind", enum(field+".kind"))
		return m
	})
}

// startStrategy generates start strategies.
func startStrategy() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		s := map[string]any{}
		drawOptional(t, s, "runStrategy", enum("startStrategy.runStrategy"))
		drawOptional(t, s, "autoStart", rapid.Bool())
		return s
	})
}
