package function

import (
	"fmt"
	"slices"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/fn/cloudinit"
	"github.com/novasphere/function-wukong/fn/kubevirt"
	"github.com/novasphere/function-wukong/fn/network"
	"github.com/novasphere/function-wukong/fn/plan"
	"github.com/novasphere/function-wukong/fn/storage"
)

// planned are the objects that a complete Wukong is made of. Nothing waits for anything: KubeVirt itself waits for volumes.
func planned(w *v1alpha1.Wukong) ([]plan.Resource, error) {
	attachments, nics, err := network.Plan(w)
	if err != nil {
		return nil, fmt.Errorf("cannot plan the networks: %w", err)
	}
	disks, volumes := storage.Plan(w)
	secret, seed, err := cloudinit.Plan(w, nics)
	if err != nil {
		return nil, fmt.Errorf("cannot plan the cloud-init data: %w", err)
	}
	vm := kubevirt.Plan(w, kubevirt.Devices{NICs: nics, Volumes: volumes, Seed: seed})

	return append(slices.Concat(attachments, disks), secret, vm), nil
}
