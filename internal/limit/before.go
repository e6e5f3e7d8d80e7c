package limit

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/storage"
)

// before returns what a Wukong has already, as a spec says it: of networks and disks those that the Wukong lists. The number of its disks is that of
// all.
func before(w *v1alpha1.Wukong, rs observed.Resources) *v1alpha1.WukongSpec {
	out := kubevirt.Existing(rs)
	for _, n := range w.Spec.Networks {
		if e := network.Existing(n.Name, rs); e != nil {
			out.Networks = append(out.Networks, *e)
		}
	}
	for i := range w.Spec.Disks {
		d := &w.Spec.Disks[i]
		e := storage.Existing(d, rs)
		if e == nil {
			continue
		}
		attached := item(out.Disks, func(b *v1alpha1.Disk) bool { return b.Name == d.Name })
		switch {
		case attached == nil:
			out.Disks = append(out.Disks, *e)
		case attached.IsCDROM() && attached.HasMedium() && !storage.Exists(d, rs):
			// An earlier medium is not gone yet.
		default:
			*attached = *e
		}
	}
	return out
}
