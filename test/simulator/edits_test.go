package simulator

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// firstSpec returns the spec of a new Wukong.
func firstSpec() object {
	return object{"cpu": int64(2), "memory": "4Gi", "disks": []any{object{"name": "system", "size": "20Gi", "image": "debian:12"}, object{"name": "data", "size": "20Gi"}}}
}

// Values that edits choose from. The function or the cluster refuses some of them.
var (
	sizes      = rapid.SampledFrom([]any{"5Gi", "10Gi", "20Gi", "20480Mi", "21Gi", "30Gi", "40Gi", "80Gi"})
	strategies = rapid.SampledFrom([]any{"Always", "Halted", "Manual", "Once", "RerunOnFailure"})
	images     = rapid.SampledFrom([]any{nil, "debian:12", "fedora:42", "https://example.org/a.img"})
	classes    = rapid.SampledFrom([]any{nil, "", defaultClass, fixedClass, fastClass})
	modes      = rapid.SampledFrom([]any{nil, []any{"ReadWriteOnce"}, []any{"ReadWriteMany"}})
	volumes    = rapid.SampledFrom([]any{nil, "Filesystem", "Block"})
	policies   = rapid.SampledFrom([]any{nil, "Delete", "Retain"})
	types      = rapid.SampledFrom([]any{"bridge", "macvlan", "sriov"})
	vlans      = rapid.SampledFrom([]any{nil, int64(1), int64(2)})
	checks     = rapid.SampledFrom([]any{nil, nil, nil, true, false})
	templates  = rapid.SampledFrom([]any{nil, object{"hostname": "web"}, object{"hostname": "web", "domain": object{"machine": object{"type": "q35"}}}})
	media      = rapid.SampledFrom([]any{nil, "https://example.org/a.iso", "https://example.org/b.iso", "quay.io/example/drivers:1"})
	claims     = rapid.SampledFrom([]any{nil, nil, nil, unmanagedClaim})
)

// edit returns a spec that a user has edited.
func edit(t *rapid.T, spec object) object {
	spec = runtime.DeepCopyJSON(spec)
	set := func(m object, field string, v any) {
		m[field] = v
		if v == nil {
			delete(m, field)
		}
	}
	disks, _ := spec["disks"].([]any)
	aDisk := func() object {
		if len(disks) == 0 {
			return object{}
		}
		d, _ := rapid.SampledFrom(disks).Draw(t, "disk").(object)
		return d
	}
	switch kind := rapid.IntRange(0, 20).Draw(t, "edit"); kind {
	case 20:
		delete(spec, "snapshots")
		if n := keeps.Draw(t, "keep"); n != nil {
			spec["snapshots"] = object{"keep": n}
		}
	case 0:
		set(spec, "cpu", rapid.Int64Range(1, 8).Draw(t, "cpu"))
	case 1:
		set(spec, "startStrategy", object{"runStrategy": strategies.Draw(t, "strategy")})
	case 2, 3, 4:
		set(aDisk(), "size", sizes.Draw(t, "size"))
	case 5:
		set(aDisk(), "image", images.Draw(t, "image"))
	case 6:
		d := aDisk()
		set(d, "storageClassName", classes.Draw(t, "class"))
		set(d, "accessModes", modes.Draw(t, "modes"))
		set(d, "volumeMode", volumes.Draw(t, "mode"))
	case 7, 8:
		set(aDisk(), "deletionPolicy", policies.Draw(t, "policy"))
	case 9:
		if len(disks) > 1 {
			i := rapid.IntRange(0, len(disks)-1).Draw(t, "removed")
			spec["disks"] = slices.Delete(slices.Clone(disks), i, i+1)
		}
	case 10:
		d := object{"name": rapid.SampledFrom([]string{"system", "data", "b", "b-c"}).Draw(t, "added")}
		set(d, "size", sizes.Draw(t, "size"))
		set(d, "image", images.Draw(t, "image"))
		set(d, "deletionPolicy", policies.Draw(t, "policy"))
		if claim := claims.Draw(t, "claim"); claim != nil {
			d = object{"name": d["name"], "claimName": claim}
		}
		spec["disks"] = append(slices.Clone(disks), d)
	case 11:
		networks := []any{}
		for i := range rapid.IntRange(0, 3).Draw(t, "networks") {
			n := object{"name": fmt.Sprint("net-", i), "type": types.Draw(t, "type")}
			set(n, "vlanId", vlans.Draw(t, "vlan"))
			set(n, "macSpoofCheck", checks.Draw(t, "check"))
			networks = append(networks, n)
		}
		spec["networks"] = networks
	case 12:
		if spec["instancetype"] == nil {
			delete(spec, "cpu")
			delete(spec, "memory")
			spec["instancetype"] = object{"name": missing}
			break
		}
		delete(spec, "instancetype")
		spec["cpu"], spec["memory"] = int64(2), "4Gi"
	case 13:
		set(spec, "template", templates.Draw(t, "template"))
	case 14, 15:
		spec["disks"] = withMedium(disks, media.Draw(t, "medium"))
	case 16:
		// A disk that exists stays one.
		d := aDisk()
		set(d, "type", rapid.SampledFrom([]any{nil, "cdrom"}).Draw(t, "disk type"))
		delete(d, "deletionPolicy")
	case 18, 19:
		changeSource(t, aDisk())
	case 17:
		broken := wukongtest.Break(spec).Draw(t, "broken").Spec
		if disks, _ := broken["disks"].([]any); len(disks) > 8 {
			// More disks only take more time.
			broken["disks"] = disks[:8]
		}
		return broken
	}
	return spec
}

// drive is the name of the CD-ROM drive.
const drive = "iso"

// withMedium returns disks with a CD-ROM drive that has a medium; nil for none.
func withMedium(disks []any, image any) []any {
	d := object{"name": drive, "type": "cdrom"}
	if s, _ := image.(string); s != "" {
		d["image"], d["size"] = s, "6Gi"
	}
	for i, e := range disks {
		if m, _ := e.(object); m["name"] == drive {
			out := slices.Clone(disks)
			out[i] = d
			return out
		}
	}
	return append(slices.Clone(disks), d)
}
