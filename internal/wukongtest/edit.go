package wukongtest

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"
)

// A Change is an edit of a Wukong: its spec before and after.
type Change struct {
	// Kinds are the names of what was edited.
	Kinds []string

	From, To map[string]any
}

// Unrelated is the kind of a Change to another Wukong.
const Unrelated = "unrelated"

// A specEdit changes a spec, and returns false where the spec has nothing that it could change. What it makes may be refused.
type specEdit struct {
	kind  string
	apply func(t *rapid.T, spec map[string]any) bool
}

// edits are the edits of one thing each.
var edits = []specEdit{
	{"cpu", editCPU},
	{"memory", editMemory},
	{"growth", editGrowth},
	{"tpm", editField("tpm", enum("tpm"))},
	{"architecture", editField("architecture", enum("architecture"))},
	{"placement", editPlacement},
	{"network", editItem("networks", network())},
	{"network that goes", removeItem("networks")},
	{"disk", editItem("disks", disk())},
	{"macAddress", editItemField("networks", "macAddress", macAddress())},
	{"nadName", editItemField("networks", "nadName", nadName())},
	{"bus", editItemField("disks", "bus", enum("disks.bus"))},
	{"boot", editBoot},
	{"drive", editItem("disks", drive())},
	{"medium", editMedium},
	{"type", editType},
	{"tuning", editTuning},
	{"gpu", editItem("gpus", device())},
	{"host device", editItem("hostDevices", device())},
	{"firmware", editField("firmware", firmware())},
	{"performance", editPerformance},
	{"preference", editField("preference", matcher("preference"))},
	{"instancetype", editInstancetype},
	{"readinessProbe", editField("readinessProbe", probe("readinessProbe", probeActions...))},
	{"livenessProbe", editField("livenessProbe", probe("livenessProbe", probeActions...))},
	{"podNetwork", editField("podNetwork", rapid.Bool())},
	{"sshKeySecret", editField("sshKeySecret", labelOf(51))},
	{"cloudInit", editField("cloudInit", cloudInit())},
	{"cloudInitUser", editField("cloudInitUser", cloudInitUser())},
	{"windows", editField("windows", windows())},
	{"startStrategy", editField("startStrategy", startStrategy())},
	{"template", editField("template", GatedTemplate())},
}

// EditKinds returns the kinds of the edits that Edits generates.
func EditKinds() []string {
	out := []string{Unrelated}
	for _, e := range edits {
		out = append(out, e.kind)
	}
	return out
}

// Edits generates edits of one or two things, and now and then a Wukong in place of another one. Both specs may be refused: an edit does not know
// what else a spec says.
func Edits() *rapid.Generator[Change] {
	return rapid.Custom(func(t *rapid.T) Change {
		c := Change{From: Spec().Draw(t, "from")}
		if _, given := c.From["cpu"]; given {
			// Most of the numbers that a spec may have are too large for a change to be live.
			c.From["cpu"] = rapid.Int64Range(1, 8).Draw(t, "cpu")
			c.From["memory"] = oneOf("512Mi", "1Gi", "4Gi", "4Gi", "4097Ki", "3Gi").Draw(t, "memory")
			delete(c.From, "coresPerSocket")
			if _, given := c.From["maxCPU"]; given {
				c.From["maxCPU"] = rapid.Int64Range(8, 16).Draw(t, "maxCPU")
			}
			if _, given := c.From["maxMemory"]; given {
				c.From["memory"], c.From["maxMemory"] = oneOf("1Gi", "4Gi").Draw(t, "growing memory"), oneOf("4Gi", "8Gi").Draw(t, "maxMemory")
			}
		}
		if rapid.IntRange(0, 3).Draw(t, "devices?") > 0 {
			// With a device of its node, KubeVirt changes little live.
			delete(c.From, "gpus")
			delete(c.From, "hostDevices")
		}
		if rapid.IntRange(0, 7).Draw(t, "unrelated?") == 0 {
			c.Kinds, c.To = []string{Unrelated}, Spec().Draw(t, "to")
			return c
		}
		c.To = runtime.DeepCopyJSON(c.From)
		for range rapid.IntRange(1, 2).Draw(t, "edits") {
			e := rapid.SampledFrom(edits).Draw(t, "edit")
			if e.apply(t, c.To) {
				c.Kinds = append(c.Kinds, e.kind)
			}
		}
		return c
	})
}

// editField draws a field anew, or removes it.
func editField[T any](field string, g *rapid.Generator[T]) func(*rapid.T, map[string]any) bool {
	return func(t *rapid.T, spec map[string]any) bool {
		delete(spec, field)
		drawOptional(t, spec, field, g)
		return true
	}
}

func editCPU(t *rapid.T, spec map[string]any) bool {
	n, given := spec["cpu"].(int64)
	if given {
		spec["cpu"] = rapid.Int64Range(1, 6*n).Draw(t, "other cpu")
	}
	return given
}

// editMemory draws other memory: less, up to four times as much, more, and what is no multiple of 2Mi.
func editMemory(t *rapid.T, spec map[string]any) bool {
	text, given := spec["memory"].(string)
	q, err := resource.ParseQuantity(text)
	if !given || err != nil {
		return false
	}
	bytes := q.Value() * rapid.Int64Range(1, 10).Draw(t, "halves") / 2
	bytes += rapid.SampledFrom([]int64{0, 0, 0, 1 << 20, 2 << 20}).Draw(t, "odd")
	spec["memory"] = resource.NewQuantity(max(bytes, 16<<20), resource.BinarySI).String()
	return true
}

// editGrowth draws anew how far CPUs or memory grow, or how many CPUs are in a socket.
func editGrowth(t *rapid.T, spec map[string]any) bool {
	n, given := spec["cpu"].(int64)
	if !given {
		return false
	}
	switch field := oneOf("maxCPU", "maxMemory", "coresPerSocket").Draw(t, "growth"); field {
	case "maxCPU":
		return editField(field, rapid.Int64Range(n, 6*n))(t, spec)
	case "maxMemory":
		return editField(field, oneOf("4Gi", "8Gi", "16Gi"))(t, spec)
	default:
		return editField(field, rapid.SampledFrom([]int64{1, 2, n}))(t, spec)
	}
}

// editPlacement draws one field of highAvailability anew.
func editPlacement(t *rapid.T, spec map[string]any) bool {
	ha, given := spec["highAvailability"].(map[string]any)
	if !given {
		ha = map[string]any{}
		spec["highAvailability"] = ha
	}
	field := oneOf("antiAffinity", "antiAffinityGroup", "nodeSelector", "tolerations", "evictionStrategy").Draw(t, "field")
	delete(ha, field)
	if v, ok := highAvailability().Draw(t, "other")[field]; ok {
		ha[field] = v
	}
	return true
}

// editInstancetype draws another instance type, or one in place of CPUs and memory.
func editInstancetype(t *rapid.T, spec map[string]any) bool {
	delete(spec, "cpu")
	delete(spec, "memory")
	spec["instancetype"] = matcher("instancetype").Draw(t, "other instancetype")
	return true
}

// editItem adds an item to a list, removes one, moves one, or draws a field of one anew.
func editItem(field string, g *rapid.Generator[map[string]any]) func(*rapid.T, map[string]any) bool {
	return func(t *rapid.T, spec map[string]any) bool {
		list, _ := spec[field].([]any)
		other := g.Draw(t, "other "+field)
		if len(list) == 0 {
			spec[field] = []any{other}
			return true
		}
		i := rapid.IntRange(0, len(list)-1).Draw(t, "index")
		switch oneOf("add", "remove", "move", "change", "change").Draw(t, "how") {
		case "add":
			spec[field] = append(list, other)
		case "remove":
			spec[field] = append(list[:i:i], list[i+1:]...)
		case "move":
			list[0], list[i] = list[i], list[0]
		default:
			item, ok := list[i].(map[string]any)
			if !ok {
				return false
			}
			changeField(t, item, other)
		}
		return true
	}
}

// removeItem removes an item from a list.
func removeItem(field string) func(*rapid.T, map[string]any) bool {
	return func(t *rapid.T, spec map[string]any) bool {
		list, _ := spec[field].([]any)
		if len(list) == 0 {
			return false
		}
		i := rapid.IntRange(0, len(list)-1).Draw(t, "removed")
		spec[field] = append(list[:i:i], list[i+1:]...)
		return true
	}
}

// editItemField draws one field of an item of a list anew.
func editItemField(list, field string, g *rapid.Generator[string]) func(*rapid.T, map[string]any) bool {
	return func(t *rapid.T, spec map[string]any) bool {
		items, _ := spec[list].([]any)
		if len(items) == 0 {
			return false
		}
		item, ok := rapid.SampledFrom(items).Draw(t, "item").(map[string]any)
		if ok {
			item[field] = g.Draw(t, "other "+field)
		}
		return ok
	}
}

// editBoot makes another disk the boot disk.
func editBoot(t *rapid.T, spec map[string]any) bool {
	disks, _ := spec["disks"].([]any)
	boot := rapid.IntRange(0, len(disks)).Draw(t, "other boot")
	for i, d := range disks {
		if d, ok := d.(map[string]any); ok {
			d["boot"] = i == boot
		}
	}
	return len(disks) > 0
}

// editMedium inserts a medium into a CD-ROM drive, ejects it or takes another one.
func editMedium(t *rapid.T, spec map[string]any) bool {
	disks, _ := spec["disks"].([]any)
	drives := slices.DeleteFunc(slices.Clone(disks), func(d any) bool {
		drive, ok := d.(map[string]any)
		return !ok || drive["type"] != "cdrom"
	})
	if len(drives) == 0 {
		return false
	}
	d, ok := rapid.SampledFrom(drives).Draw(t, "drive").(map[string]any)
	if !ok {
		return false
	}
	other := drive().Draw(t, "other medium")
	for _, field := range []string{"image", "size", "claimName", "storageClassName", "accessModes", "volumeMode", "deletionPolicy"} {
		delete(d, field)
		if v, given := other[field]; given {
			d[field] = v
		}
	}
	return true
}

// editType makes a disk a CD-ROM drive or a lun, or either of them a disk.
func editType(t *rapid.T, spec map[string]any) bool {
	disks, _ := spec["disks"].([]any)
	if len(disks) == 0 {
		return false
	}
	d, ok := rapid.SampledFrom(disks).Draw(t, "disk of another type").(map[string]any)
	if !ok {
		return false
	}
	if d["type"] == "cdrom" {
		delete(d, "type")
		if d["size"] == nil && d["claimName"] == nil {
			d["size"] = "1Gi"
		}
		return true
	}
	if d["type"] == "lun" {
		delete(d, "type")
		delete(d, "reservation")
		return true
	}
	if rapid.Bool().Draw(t, "lun?") {
		makeLUN(d)
		return true
	}
	d["type"] = "cdrom"
	for _, field := range []string{"shareable", "blockSize", "dedicatedIOThread", "deletionPolicy"} {
		delete(d, field)
	}
	if d["io"] == "native" {
		delete(d, "io")
	}
	if d["bus"] == "virtio" {
		delete(d, "bus")
	}
	return true
}

// changeField takes one field of another item, but not its name.
func changeField(t *rapid.T, item, other map[string]any) {
	delete(other, "name")
	if len(other) == 0 {
		return
	}
	field := oneOf(slices.Sorted(maps.Keys(other))...).Draw(t, "field")
	item[field] = other[field]
}
