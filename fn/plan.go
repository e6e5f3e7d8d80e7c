package fn

import (
	"slices"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/admission"
	"github.com/novasphere/function-wukong/internal/cloudinit"
	"github.com/novasphere/function-wukong/internal/feature"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/snapshot"
	"github.com/novasphere/function-wukong/internal/storage"
)

// Planned holds what a request asks for, before it is composed.
type Planned struct {
	// Wukong with all defaults.
	Wukong *v1alpha1.Wukong

	// Input with all defaults.
	Input *v1beta1.Input

	// NICs are the network interfaces of the virtual machine.
	NICs []network.NIC

	// Resources are the desired objects.
	Resources []plan.Resource

	// Observed is their state, by the keys of their composed resources.
	Observed observed.Resources

	// DataLoss has a message for each disk whose data is deleted, and for what else of the kind is, and Rejected one for each change that was left out, because what exists
	// cannot be changed so. Each begins with the path of a field.
	DataLoss, Rejected []string

	// Kept has a message for each value that is out of the platform's limits, and was there before them. Each begins with the path of a field.
	Kept []string
}

// Plan returns what a request asks for. The composed resources may be an intermediate step on the way to it.
func Plan(req *fnv1.RunFunctionRequest) (Planned, error) {
	return PlanFor(req, nil)
}

// PlanFor returns what a request asks for, where its objects are in an observed state. What the request itself says of them counts only where the
// state is nil.
func PlanFor(req *fnv1.RunFunctionRequest, rs observed.Resources) (Planned, error) {
	return planned(readObserved(req, rs, false))
}

// PlanExisting does the same for a Wukong that was accepted at some time, whatever the limits of the platform say now.
func PlanExisting(req *fnv1.RunFunctionRequest, rs observed.Resources) (Planned, error) {
	return planned(readObserved(req, rs, true))
}

// planned returns what a request asks for that was read, or the error of reading it.
func planned(r wukongRequest, err error) (Planned, error) {
	if err != nil {
		return Planned{}, err
	}
	p, err := planObjects(r)
	return Planned{
		Wukong:    r.wukong,
		Input:     r.input,
		NICs:      p.nics,
		Resources: p.resources,
		Observed:  r.observed,
		DataLoss:  p.dataLoss,
		Rejected:  p.rejectedChanges,
		Kept:      p.kept,
	}, err
}

// An objectPlan holds the desired objects of a Wukong, and what their author should know.
type objectPlan struct {
	resources []plan.Resource
	nics      []network.NIC

	// held says why the virtual machine may not be made yet; empty where it may.
	held string

	// required are objects of the cluster that belong to no Wukong and are read, and lists are kinds of which all with some labels are.
	required, lists []plan.Resource

	// dataLoss has a message for each disk whose data is deleted, and for what else of the kind is.
	dataLoss []string

	// rejectedChanges has a message for each change that was left out, because what exists cannot be changed so.
	rejectedChanges []string

	// unread has a message about what Crossplane cannot read. The condition Valid remembers it, so that there must be room for it.
	unread []string

	// kept has a message for each value that is out of the platform's limits, and was there before them.
	kept []string

	// advice has a message for each field that has no effect, or another one than its author may expect.
	advice []string
}

// planObjects returns the objects of a Wukong. No object is delayed until another is ready: KubeVirt itself waits for volumes. What a DataSource says, and
// whether CDI takes a checksum, is waited for.
func planObjects(r wukongRequest) (objectPlan, error) {
	w, rs := r.wukong, r.observed
	attachments, nics, err := network.Plan(w, r.identity, r.input, rs)
	if err != nil {
		return objectPlan{}, err
	}
	settings := r.storageSettings()
	disks, err := storage.Plan(w, settings, rs)
	if err != nil {
		return objectPlan{}, err
	}
	secret, seed, err := cloudinit.Plan(w, r.userData, nics)
	if err != nil {
		return objectPlan{}, err
	}
	volumes, isHeld := kubevirt.Attached(disks.Volumes, disks.Unverified, rs)
	devices := kubevirt.Devices{NICs: nics, Volumes: volumes, Seed: seed, DriversImage: r.driversImage, PlugsVolumes: feature.PlugsVolumes(r.input)}
	vm := kubevirt.Plan(w, r.identity, devices, r.templates, rs)
	r.inferred.Annotate(vm)
	held := kubevirt.Held(r.inferred, disks.Unverified, isHeld)
	vm.Held = held != ""

	attached := kubevirt.AttachmentsOf(w, rs)
	leaving := network.Leaving(w, attachments, attached.IsReferred, rs)
	created := slices.Concat(attachments, leaving, disks.Resources)
	isSeeded := secret.Object != nil
	if !isSeeded && kubevirt.HasSeed(rs) {
		secret, isSeeded = cloudinit.Leaving(w, rs)
	}
	if isSeeded {
		created = append(created, secret)
	}
	created = append(created, vm)
	addLabels(created, r.input.Labels)
	resources := slices.Concat(created, network.References(w), storage.Sources(w, rs, kubevirt.Booted(w, rs)...), kubevirt.Observers(w, rs))
	node := kubevirt.Node(rs)
	kubeVirt, unread := r.requiredKubeVirt()
	snapshots, unlisted := r.listedSnapshots()
	outdated, deletions := snapshot.Plan(w, rs)
	resources = append(resources, outdated...)
	required := slices.Concat(network.NodeState(w, r.input, node), kubeVirt)

	advice := slices.Concat(
		kubevirt.Advice(w, r.identity, rs),
		network.Advice(w, r.input),
		feature.Advice(r.input),
		r.gateAdvice,
		deletions,
		disks.Advice,
		cloudinit.KeyAdvice(w, r.userData),
		kubevirt.MigrationAdvice(w, r.input, storage.NotShared(w, settings, rs)),
		kubevirt.GuestAdvice(w, nics, rs),
		kubevirt.PortAdvice(devices, rs),
		network.NodeAdvice(w, r.input, node, rs),
		kubevirt.NetworkAdvice(w, nics, rs),
		network.LeavingAdvice(w, leaving, attached.IsUsed, kubevirt.Leaving(nics, rs)),
		readFailures(slices.Concat(resources, required), rs),
	)
	if kubevirt.Exists(rs) {
		advice = append(advice, cloudinit.Advice(w, r.userData, nics, secret, rs)...)
	}
	advice = append(advice, admission.Advice(w, r.osDisk)...)

	return objectPlan{
		resources:       resources,
		nics:            nics,
		held:            held,
		required:        required,
		lists:           snapshots,
		dataLoss:        append(disks.DataLoss, kubevirt.DataLoss(w, rs)...),
		rejectedChanges: slices.Concat(r.keptDisks, disks.Rejected, kubevirt.Rejected(w, r.identity, rs), r.target.RejectedChanges(r.request)),
		unread:          append(unread, unlisted...),
		kept:            r.kept,
		advice:          advice,
	}, nil
}

// addLabels adds the labels of the Input to the objects that are created, and to the pod of the virtual machine. CDI copies the labels of
// a DataVolume to its claim.
func addLabels(resources []plan.Resource, labels map[string]v1alpha1.LabelValue) {
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

// readFailures returns a message for each object that is only observed, and that Crossplane or the provider cannot read. It is advice, because
// nothing waits for such an object. What waits for a DataSource says so itself.
func readFailures(resources []plan.Resource, rs observed.Resources) []string {
	var out []string
	for _, r := range resources {
		if reason := rs[r.Key].Refused; reason != "" && !storage.IsSource(r.Key) && !r.Management.Creates() && !rs.Exists(r.Key) {
			out = append(out, msgUnreadable.With(r.Object.GetObjectKind().GroupVersionKind().Kind, r.Object.GetName(), reason))
		}
	}
	return out
}
