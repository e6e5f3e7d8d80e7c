package wukongtest

import (
	"pgregory.net/rapid"
)

// drawTuning makes some disks luns, and draws how QEMU reads and writes a disk: what KubeVirt takes, and libvirt starts.
func drawTuning(t *rapid.T, d map[string]any) {
	if rapid.IntRange(0, 5).Draw(t, "lun?") == 0 {
		makeLUN(d)
		drawOptional(t, d, "reservation", rapid.Bool())
	}
	if rapid.IntRange(0, 2).Draw(t, "tuned?") > 0 {
		return
	}
	drawOptional(t, d, "cache", enum("disks.cache"))
	drawIO(t, d)
	if d["cache"] == nil || d["cache"] == "" || d["cache"] == "none" {
		drawOptional(t, d, "shareable", rapid.Bool())
	}
	if d["type"] == "lun" {
		return
	}
	if d["bus"] != "sata" {
		drawOptional(t, d, "blockSize", blockSize())
	}
	if d["bus"] == nil || d["bus"] == "" || d["bus"] == "virtio" {
		drawOptional(t, d, "dedicatedIOThread", rapid.Bool())
	}
}

// fitTuning gives tuned disks a bus where a preference would choose it.
func fitTuning(spec map[string]any) {
	disks, _ := spec["disks"].([]any)
	for _, d := range disks {
		d, ok := d.(map[string]any)
		if ok && spec["preference"] != nil && (d["bus"] == nil || d["bus"] == "") && (d["blockSize"] != nil || d["dedicatedIOThread"] == true) {
			d["bus"] = "virtio"
		}
	}
}

// makeLUN makes a lun of a disk.
func makeLUN(d map[string]any) {
	d["type"] = "lun"
	for _, field := range []string{"bus", "blockSize", "dedicatedIOThread"} {
		delete(d, field)
	}
	if d["claimName"] == nil || d["claimName"] == "" {
		d["volumeMode"] = "Block"
	}
}

// drawIO draws the I/O of a disk with its cache.
func drawIO(t *rapid.T, d map[string]any) {
	io := enum("disks.io")
	if cached := d["cache"] != nil && d["cache"] != ""; d["cache"] != "none" && (cached || d["type"] == "cdrom") {
		io = oneOf("", "threads")
	}
	drawOptional(t, d, "io", io)
}

// blockSize generates sizes of blocks.
func blockSize() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		logical := rapid.IntRange(9, 21).Draw(t, "logical")
		b := map[string]any{"logical": int64(1) << logical}
		drawOptional(t, b, "physical", rapid.Map(rapid.IntRange(logical, 21), func(n int) int64 { return 1 << n }))
		return b
	})
}

// editTuning draws one field of how QEMU reads and writes a disk anew.
func editTuning(t *rapid.T, spec map[string]any) bool {
	disks, _ := spec["disks"].([]any)
	if len(disks) == 0 {
		return false
	}
	d, ok := rapid.SampledFrom(disks).Draw(t, "tuned disk").(map[string]any)
	if !ok {
		return false
	}
	switch field := oneOf("cache", "io", "shareable", "blockSize", "dedicatedIOThread", "reservation").Draw(t, "tuning"); field {
	case "cache", "io":
		return editField(field, enum("disks."+field))(t, d)
	case "blockSize":
		return editField(field, blockSize())(t, d)
	default:
		return editField(field, rapid.Bool())(t, d)
	}
}
