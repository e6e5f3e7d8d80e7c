package simulator

import (
	"fmt"
	"maps"
)

// isHot reports whether a volume is hotpluggable.
func isHot(v object) bool {
	for _, source := range []string{"dataVolume", "persistentVolumeClaim"} {
		if s, _ := v[source].(object); s["hotpluggable"] == true {
			return true
		}
	}
	return false
}

// syncVolumes gives an instance the hotpluggable volumes of the virtual machine, with their devices, and takes from it those that are not there any more,
// as KubeVirt does (patchHotplugVolumes in pkg/storage/hotplug). What KubeVirt's own admission refuses of that, it tries for ever.
func (c *Cluster) syncVolumes(vm, vmi *apiObject) {
	volumes, disks := c.nextVolumes(vm, vmi)
	c.stuck = refusedDevice(vmi, volumes, disks)
	if c.stuck != "" || fmt.Sprint(volumes, disks) == fmt.Sprint(vmi.list(leafVMIVolumes), vmi.list(leafVMIDisks)) {
		return
	}
	vmi.leaves = maps.Clone(vmi.leaves)
	vmi.leaves[leafVMIVolumes], vmi.leaves[leafVMIDisks] = volumes, disks
	vmi.claims = claimsOf(volumes)
	c.touch(vmi)
}

// nextVolumes returns the volumes and the devices that KubeVirt gives an instance next.
func (c *Cluster) nextVolumes(vm, vmi *apiObject) (volumes, disks []any) {
	volumes = volumesOf(vmi.list(leafVMIVolumes), vm.list(leafVolumes))
	return volumes, devicesOf(vmi.list(leafVMIDisks), vm.list(leafDisks), vm.list(leafVolumes), volumes)
}

// volumesOf returns the volumes that an instance keeps, and those that it gets.
func volumesOf(had, wanted []any) []any {
	out := []any{}
	for _, e := range had {
		v, _ := e.(object)
		want := named(wanted, v["name"])
		if !isHot(v) || want != nil && (!isHot(want) || fmt.Sprint(want) == fmt.Sprint(v)) {
			out = append(out, v)
		}
	}
	for _, e := range wanted {
		if v, _ := e.(object); isHot(v) && named(had, v["name"]) == nil {
			out = append(out, v)
		}
	}
	return out
}

// devicesOf returns the devices that an instance keeps, and those that it gets, where it has some volumes next.
func devicesOf(had, wanted, wantedVolumes, volumes []any) []any {
	out := []any{}
	for _, e := range had {
		d, _ := e.(object)
		want := named(wanted, d["name"])
		isGone := want == nil || named(wantedVolumes, d["name"]) != nil && (want["cdrom"] == nil || d["cdrom"] == nil)
		if named(volumes, d["name"]) != nil || !isGone {
			out = append(out, d)
		}
	}
	for _, e := range wanted {
		d, _ := e.(object)
		if v := named(volumes, d["name"]); v != nil && isHot(v) && named(had, d["name"]) == nil {
			out = append(out, d)
		}
	}
	return out
}

// refusedDevice returns why KubeVirt's admission refuses the next devices of an instance; empty where it does not (AdmitHotplugStorage in
// pkg/storage/admitters/storagehotplug.go).
func refusedDevice(vmi *apiObject, volumes, disks []any) string {
	for _, e := range disks {
		d, _ := e.(object)
		bus, _ := d["disk"].(object)
		switch {
		case d["cdrom"] == nil && named(volumes, d["name"]) == nil:
			return fmt.Sprintf("disk %v has no volume", d["name"])
		case named(vmi.list(leafVMIDisks), d["name"]) != nil:
		case d["cdrom"] != nil:
			return fmt.Sprintf("CD-ROM drive %v cannot be plugged", d["name"])
		case bus["bus"] != "virtio" && bus["bus"] != "scsi":
			return fmt.Sprintf("disk %v on bus %v cannot be plugged", d["name"], bus["bus"])
		}
	}
	return ""
}
