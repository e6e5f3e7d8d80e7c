package fn

import (
	"fmt"
	"slices"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/admission"
	"github.com/novasphere/function-wukong/internal/cloudinit"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/storage"
)

// A wish is what a complete Wukong is to become: the objects that it is made of, and the network interfaces among them.
type wish struct {
	resources []plan.Resource
	nics      []network.NIC

	// looks are objects of the cluster that belong to no Wukong, and are looked at.
	looks []plan.Resource

	// lost says which data is deleted, kept which wishes were not granted, because what exists cannot be changed so, and advice what is
	// granted with another effect than its author may expect.
	lost, kept, advice []string
}

// planned is the wish of a Wukong. Nothing waits for anything: KubeVirt itself waits for volumes.
func planned(s subject) (wish, error) {
	w, rs := s.wukong, s.observed
	attachments, nics, err := network.Plan(w, s.identity, s.input, rs)
	if err != nil {
		return wish{}, err
	}
	set := storage.Settings{Class: s.input.Defaults.StorageClassName, NoProfiles: !*s.input.Cluster.StorageProfiles, OSDisk: s.osDisk}
	disks, err := storage.Plan(w, set, rs)
	if err != nil {
		return wish{}, err
	}
	secret, seed, err := cloudinit.Plan(w, s.userData, nics)
	if err != nil {
		return wish{}, err
	}
	vm := kubevirt.Plan(w, s.identity, kubevirt.Devices{NICs: nics, Volumes: disks.Volumes, Seed: seed}, rs)

	made := slices.Concat(attachments, disks.Resources, []plan.Resource{secret, vm})
	label(made, s.input.Labels)
	resources := slices.Concat(made, kubevirt.Observers(w, rs))
	looks := network.NodeState(w, s.input, kubevirt.Node(rs))
	advice := slices.Concat(kubevirt.Advice(w), network.Advice(w, s.input), disks.Advice, cloudinit.KeyAdvice(w, s.userData),
		kubevirt.MigrationAdvice(w, storage.NotShared(w, set, rs)), kubevirt.GuestAdvice(w, nics, rs), network.NodeAdvice(w, s.input, kubevirt.Node(rs), rs), unread(slices.Concat(resources, looks), rs))
	if kubevirt.Exists(rs) {
		advice = append(advice, cloudinit.Advice(w, s.userData, nics, secret, rs)...)
	}
	advice = append(advice, admission.Advice(w, s.osDisk)...)
	return wish{resources: resources, looks: looks, nics: nics, lost: disks.DataLoss, kept: disks.Rejected, advice: advice}, nil
}

// label what the Wukong makes as the platform team wants it. A claim that CDI made is labelled as its DataVolume was.
func label(resources []plan.Resource, labels map[string]v1alpha1.LabelValue) {
	added := make(map[string]string, len(labels))
	for k, v := range labels {
		added[k] = string(v)
	}
	for _, r := range resources {
		if !r.Management.Creates() {
			continue
		}
		r.Label(added)
		kubevirt.LabelPod(r.Object, added)
	}
}

// unread says what cannot be read of what the Wukong only observes, and why. Nothing waits for it.
func unread(resources []plan.Resource, rs observed.Resources) []string {
	var out []string
	for _, r := range resources {
		if why := rs[r.Key].Refused; why != "" && !r.Management.Creates() && !rs.Exists(r.Key) {
			out = append(out, fmt.Sprintf("%s %s cannot be read, so that the status leaves out what it says: %s", r.Object.GetObjectKind().GroupVersionKind().Kind, r.Object.GetName(), why))
		}
	}
	return out
}
