package check

import (
	"fmt"

	"github.com/novasphere/function-wukong/internal/manifest"
)

// A claimKey names a PersistentVolumeClaim of one of the clusters.
type claimKey struct{ cluster, namespace, name string }

// claimConflicts returns the claims that two guests attach. Neither Wukongs nor KubeVirt share a disk between guests, so that two that write to it destroy
// each other's data, whatever its access modes are.
func (r *repository) claimConflicts() []Finding {
	type disk struct {
		guest *guest
		name  string
	}
	owned := map[claimKey]disk{}
	for _, g := range r.guests {
		for i, v := range r.volumes(g) {
			if v.Composed {
				owned[claimKey{cluster: g.cluster, namespace: g.namespace(), name: v.Name}] = disk{guest: g, name: string(g.Wukong.Spec.Disks[i].Name)}
			}
		}
	}
	var out []Finding
	claims := newTable[claimKey]()
	for _, g := range r.guests {
		for i, d := range g.Wukong.Spec.Disks {
			if d.ClaimName == "" {
				continue
			}
			k := claimKey{cluster: g.cluster, namespace: g.namespace(), name: string(d.ClaimName)}
			claims.add(k, use{guest: g, index: i})
			if o, ok := owned[k]; ok {
				severity := manifest.Error
				if !g.runs || !o.guest.runs {
					severity = manifest.Warning
				}
				out = append(out, newFinding(g, claimField(i), severity, msgClaimOfDisk, o.name, o.guest.name))
			}
		}
	}
	claims.collisions(func(k claimKey, later, earlier use, s manifest.Severity) {
		out = append(out, newFinding(later.guest, claimField(later.index), s, msgClaim, earlier.guest.name, k.name))
	})
	return out
}

// claimField returns the path of the claimName of the disk with an index.
func claimField(index int) string { return fmt.Sprintf("spec.disks[%d].claimName", index) }

// identityConflicts returns the firmware UUIDs that two Wukongs give. A copied manifest has them. Guests, licenses and inventories take both for one
// computer, but both run, so that it is a warning.
func (r *repository) identityConflicts() []Finding {
	type identity struct{ cluster, uuid string }
	var out []Finding
	seen := map[identity]*guest{}
	for _, g := range r.guests {
		f := g.vm.Spec.Template.Spec.Domain.Firmware
		if f == nil || f.UUID == "" {
			continue
		}
		k := identity{cluster: g.cluster, uuid: string(f.UUID)}
		if first, taken := seen[k]; taken {
			out = append(out, newFinding(g, "spec.firmware.uuid", manifest.Warning, msgUUID, first.name, f.UUID))
			continue
		}
		seen[k] = g
	}
	return out
}
