package function

import (
	"fmt"
	"slices"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/fn/cloudinit"
	"github.com/novasphere/function-wukong/fn/kubevirt"
	"github.com/novasphere/function-wukong/fn/network"
	"github.com/novasphere/function-wukong/fn/observed"
	"github.com/novasphere/function-wukong/fn/plan"
	"github.com/novasphere/function-wukong/fn/storage"
)

// A wish is what a complete Wukong is to become: the objects that it is made of, and the network interfaces among them.
type wish struct {
	resources []plan.Resource
	nics      []network.NIC
}

// planned is the wish of a complete Wukong, of which so much exists. Nothing waits for anything: KubeVirt itself waits for volumes.
func planned(w *v1alpha1.Wukong, rs observed.Resources) (wish, error) {
	attachments, nics, err := network.Plan(w)
	if err != nil {
		return wish{}, fmt.Errorf("cannot plan the networks: %w", err)
	}
	disks, volumes := storage.Plan(w)
	secret, seed, err := cloudinit.Plan(w, nics)
	if err != nil {
		return wish{}, fmt.Errorf("cannot plan the cloud-init data: %w", err)
	}
	vm := kubevirt.Plan(w, kubevirt.Devices{NICs: nics, Volumes: volumes, Seed: seed})

	resources := slices.Concat(attachments, disks, []plan.Resource{secret, vm}, kubevirt.Observers(w, rs))
	return wish{resources: resources, nics: nics}, nil
}
