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
	for _, d := range w.Spec.Disks {
		e := storage.Existing(d.Name, rs)
		if e == nil {
			continue
		}
		attached := item(out.Disks, func(b *v1alpha1.Disk) bool { return b.Name == d.Name })
		if attached == nil {
			out.Disks = append(out.Disks, *e)
			continue
		}
		*attached = *e
	}
	return out
}
