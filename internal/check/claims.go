package check

import (
	"fmt"

	"github.com/novasphere/function-wukong/internal/manifest"
)

// A claimKey names a PersistentVolumeClaim of one of the clusters.
type claimKey struct{ cluster, namespace, name string }

// claimConflicts returns the claims that two guests attach, though not both say that it is shareable. Neither Wukongs nor KubeVirt share a disk between
// guests by themselves, so that two that write to it destroy each other's data, whatever its access modes are.
func (r *repository) claimConflicts() []Finding {
	owned := r.ownedClaims()
	var out []Finding
	claims := newTable[claimKey]()
	for _, g := range r.guests {
		for i, d := range g.Wukong.Spec.Disks {
			if d.ClaimName == "" {
				continue
			}
			k, u := claimKey{cluster: g.cluster, namespace: g.namespace(), name: string(d.ClaimName)}, use{guest: g, index: i}
			claims.add(k, u)
			if owner, isOwned := owned[k]; isOwned {
				out = append(out, ownedConflict(u, owner, k.name)...)
			}
		}
	}
	claims.collisions(func(k claimKey, later, earlier use, s manifest.Severity) {
		switch a, b := isShareable(later), isShareable(earlier); {
		case a && b:
		case a || b:
			out = append(out, newFinding(later.guest, claimField(later.index), s, msgClaimNotShareable, earlier.guest.name, k.name))
		default:
			out = append(out, newFinding(later.guest, claimField(later.index), s, msgClaim, earlier.guest.name, k.name))
		}
	})
	return out
}

// ownedClaims returns the disks that make claims, by their claims.
func (r *repository) ownedClaims() map[claimKey]use {
	out := map[claimKey]use{}
	for _, g := range r.guests {
		for _, v := range r.volumes(g) {
			if v.Composed {
				out[claimKey{cluster: g.cluster, namespace: g.namespace(), name: v.Name}] = use{guest: g, index: v.Disk}
			}
		}
	}
	return out
}

// ownedConflict returns the finding about a claim that a disk names, and another disk makes; nothing where both share it.
func ownedConflict(u, owner use, claim string) []Finding {
	severity := manifest.Error
	if !u.guest.runs || !owner.guest.runs {
		severity = manifest.Warning
	}
	switch a, b := isShareable(u), isShareable(owner); {
	case a && b:
		return nil
	case a || b:
		return []Finding{newFinding(u.guest, claimField(u.index), severity, msgClaimNotShareable, owner.guest.name, claim)}
	default:
		disk := owner.guest.Wukong.Spec.Disks[owner.index].Name
		return []Finding{newFinding(u.guest, claimField(u.index), severity, msgClaimOfDisk, disk, owner.guest.name)}
	}
}

// isShareable reports whether a guest says that the claim which it uses is shareable.
func isShareable(u use) bool { return u.guest.Wukong.Spec.Disks[u.index].Shareable }

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
