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
		drawProbes(t, spec)
		drawOptional(t, spec, "firmware", firmware())
		drawOptional(t, spec, "tpm", enum("tpm"))
		drawArchitecture(t, spec)
		fitTuning(spec)
		drawPerformance(t, spec)
		drawDevices(t, spec)
		drawOptional(t, spec, "gpus", devices())
		drawOptional(t, spec, "hostDevices", devices())
		drawOptional(t, spec, "restoreFromSnapshot", line(253))
		if disks, _ := spec["disks"].([]any); len(disks)%2 == 0 {
			spec["snapshots"] = map[string]any{"keep": int64(len(disks)%3*49 + 1)}
		}
		drawOptional(t, spec, "highAvailability", highAvailability())
		drawOptional(t, spec, "startStrategy", startStrategy())
		drawWindows(t, spec)
		if _, golden := spec["osImageFrom"]; (golden || spec["osImage"] != nil && spec["osImage"] != "") && rapid.IntRange(0, 9).Draw(t, "no disks?") == 0 {
			delete(spec, "disks")
		}
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
	drawGrowth(t, spec)
}

// drawGrowth draws how CPUs and memory grow. The CPUs are then whole sockets, and the memory is what KubeVirt adds to.
func drawGrowth(t *rapid.T, spec map[string]any) {
	cores := int64(1)
	if rapid.IntRange(0, 2).Draw(t, "coresPerSocket?") == 0 {
		cores = rapid.SampledFrom([]int64{1, 1, 2, 4, 3, 16, 1024}).Draw(t, "coresPerSocket")
		sockets := rapid.Int64Range(1, min(1024/cores, 8)).Draw(t, "sockets")
		spec["coresPerSocket"], spec["cpu"] = cores, cores*sockets
	}
	if rapid.IntRange(0, 2).Draw(t, "maxCPU?") == 0 {
		n, _ := spec["cpu"].(int64)
		if spec["coresPerSocket"] == nil && spec["preference"] != nil {
			// A client edition of Windows has all of its CPUs on two sockets.
			cores = n
		}
		spec["maxCPU"] = rapid.Int64Range(n/cores, 1024/cores).Draw(t, "max sockets") * cores
	}
	if rapid.IntRange(0, 2).Draw(t, "maxMemory?") == 0 {
		spec["memory"] = oneOf("1Gi", "4Gi", "1026Mi", "8Ti", "1073741824").Draw(t, "growing memory")
		spec["maxMemory"] = oneOf("8Ti", "16Ti", "64Ti").Draw(t, "maxMemory")
	}
}

// drawArchitecture draws the architecture. On arm64 little of a computer is as elsewhere.
func drawArchitecture(t *rapid.T, spec map[string]any) {
	drawOptional(t, spec, "architecture", enum("architecture"))
	if spec["architecture"] != "arm64" {
		return
	}
	delete(spec, "maxCPU")
	delete(spec, "maxMemory")
	if f, ok := spec["firmware"].(map[string]any); ok {
		delete(f, "secureBoot")
		if f["bootloader"] == "BIOS" {
			delete(f, "bootloader")
		}
	}
	disks, _ := spec["disks"].([]any)
	for _, d := range disks {
		if d, ok := d.(map[string]any); ok && (d["bus"] == "sata" || d["bus"] == "usb") {
			d["bus"] = "scsi"
		}
	}
}

// firmware generates what KubeVirt takes: secure boot and variables that persist with EFI alone.
func firmware() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		f := map[string]any{}
		drawOptional(t, f, "bootloader", enum("firmware.bootloader"))
		drawOptional(t, f, "uuid", orEmpty(rapid.StringMatching(`[0-9a-fA-F]{8}(-[0-9a-f]{4}){3}-[0-9A-F]{12}`)))
		if f["bootloader"] == "EFI" {
			drawOptional(t, f, "secureBoot", rapid.Bool())
			drawOptional(t, f, "persistent", rapid.Bool())
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
