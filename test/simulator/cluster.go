// Package simulator models Crossplane's composer, provider-kubernetes and a cluster, as far as they decide what is created, changed, refused
// and deleted. The real ones run in test/cluster; these take a million steps in half an hour.
package simulator

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// Namespace is the only one in the simulated cluster.
const Namespace = "team-a"

type object = map[string]any

// An id identifies an API object in its namespace.
type id struct{ kind, name string }

// Kinds that the cluster has a controller or an admission webhook for.
const (
	kindClaim      = "PersistentVolumeClaim"
	kindDataVolume = "DataVolume"
	kindVM         = "VirtualMachine"
	kindVMI        = "VirtualMachineInstance"
	kindNAD        = "NetworkAttachmentDefinition"
	kindDataSource = "DataSource"
	kindSnapshot   = "VirtualMachineSnapshot"
	kindContent    = "VirtualMachineSnapshotContent"
)

// An apiObject is an object that the API server stores.
type apiObject struct {
	id
	apiVersion string
	uid        string
	version    int
	status     object
	deleting   bool

	// leaves are the fields without the status, by path. A list is one leaf.
	leaves map[string]any

	// owners are the field managers that own each leaf.
	owners map[string]map[string]bool

	// applied is the version in which each field manager last changed what it applies.
	applied map[string]int

	// controller is the UID of the owner reference that is the controller; empty if there is none.
	controller string

	// requestedSize is the size of the disk that a claim was created for, and createdSize the size that CDI gave the claim.
	requestedSize, createdSize resource.Quantity

	// content is what a claim holds: what an instance wrote last, or what it was filled with.
	content string

	// contents are what a snapshot holds, by the names of volumes.
	contents map[string]string

	// claims are the claims that an instance has attached.
	claims []string

	// startNetworks and attachedNetworks are the configurations of networks: when an instance was created, and when it was created or
	// last migrated.
	startNetworks, attachedNetworks map[string]any

	// created is the time at which an instance was created.
	created int

	// absent counts for how long an instance has each of its absent interfaces.
	absent map[string]int
}

// A Cluster is an API server with controllers. It tracks field owners as server-side apply does, and refuses what Kubernetes, CDI and
// KubeVirt refuse. Controllers work one tick at a time.
type Cluster struct {
	objects map[id]*apiObject
	clock   int

	// writes is the number of writes of all guests.
	writes int

	// Faults that come and go.
	noInstancetypes bool
	noExpansion     bool
	snapshot        bool
	unreachable     bool
	waitForConsumer bool
	failingImports  bool
	policy          bool

	// unschedulable keeps instances from getting a node.
	unschedulable bool

	// noMigrations keeps absent interfaces at instances.
	noMigrations bool

	// stuck is why KubeVirt cannot give the instance what the virtual machine has of hotpluggable volumes, which it tries for ever; empty where it can.
	stuck string

	// missing are kinds that are not installed.
	missing map[string]bool
}

// errUnreachable is the error of a client while the API server does not answer.
var errUnreachable = errors.New("dial tcp 10.96.0.1:443: connect: connection refused")

func newCluster() *Cluster { return &Cluster{objects: map[id]*apiObject{}} }

func (c *Cluster) tick() int {
	c.clock++
	return c.clock
}

// stamp returns a time of the clock, which ticks once a second, as Kubernetes writes it.
func stamp(clock int) string { return time.Unix(int64(clock), 0).UTC().Format(time.RFC3339) }

// touch gives a changed object its next version.
func (c *Cluster) touch(t *apiObject) { t.version = c.tick() }

// apply is server-side apply by a field manager. With dry it validates and changes nothing.
func (c *Cluster) apply(manager string, manifest *structpb.Struct, dry bool) error {
	if c.unreachable {
		return errUnreachable
	}
	m := manifest.AsMap()
	meta, _ := m["metadata"].(object)
	name, _ := meta["name"].(string)
	uid, _ := meta["uid"].(string)
	kind, _ := m["kind"].(string)
	apiVersion, _ := m["apiVersion"].(string)
	for _, k := range []string{"apiVersion", "kind", "metadata", "status"} {
		delete(m, k)
	}
	desired := map[string]any{}
	flatten("", m, desired)
	for _, name := range []string{"labels", "annotations"} {
		if v, ok := meta[name]; ok {
			flatten("metadata|"+name, v, desired)
		}
	}

	current := c.objects[id{kind, name}]
	if uid != "" && (current == nil || current.uid != uid) {
		return fmt.Errorf("operation cannot be fulfilled on %s %q: uid mismatch: the provided object specified uid %s", kind, name, uid)
	}
	next := &apiObject{id: id{kind, name}, apiVersion: apiVersion, leaves: map[string]any{}, owners: map[string]map[string]bool{}, applied: map[string]int{}, status: object{}}
	if current != nil {
		next = current.clone()
	}
	next.own(manager, desired)
	if current == nil {
		if err := next.complete(); err != nil {
			return err
		}
	}
	if err := c.admit(current, next); err != nil {
		return err
	}
	if dry {
		return nil
	}
	switch {
	case current == nil:
		next.uid = "uid-" + strconv.Itoa(c.tick())
		if next.kind == kindVM || next.kind == kindClaim || next.kind == kindDataVolume {
			next.created = c.clock
		}
		next.setDefaults()
	case equalLeaves(current.leaves, next.leaves) && len(current.owned(manager)) == len(next.owned(manager)):
		return nil
	}
	c.touch(next)
	if next.applied == nil {
		next.applied = map[string]int{}
	}
	next.applied[manager] = next.version
	c.objects[next.id] = next
	return nil
}

// clone returns a copy in which leaves and owners can be changed.
func (t *apiObject) clone() *apiObject {
	out := *t
	out.leaves, out.applied = maps.Clone(t.leaves), maps.Clone(t.applied)
	out.owners = make(map[string]map[string]bool, len(t.owners))
	for p, o := range t.owners {
		out.owners[p] = maps.Clone(o)
	}
	return &out
}

// own makes a field manager the owner of exactly the leaves that it applies, by force. Leaves that it no longer applies are removed unless
// another manager owns them.
func (t *apiObject) own(manager string, desired map[string]any) {
	for p := range t.owned(manager) {
		if _, ok := desired[p]; ok {
			continue
		}
		delete(t.owners[p], manager)
		if len(t.owners[p]) == 0 {
			delete(t.owners, p)
			delete(t.leaves, p)
		}
	}
	for p, v := range desired {
		if fmt.Sprint(t.leaves[p]) != fmt.Sprint(v) || t.owners[p] == nil {
			t.owners[p] = map[string]bool{}
		}
		t.owners[p][manager] = true
		t.leaves[p] = v
	}
}

// owned returns the leaves that a field manager owns.
func (t *apiObject) owned(manager string) map[string]bool {
	out := map[string]bool{}
	for p, o := range t.owners {
		if o[manager] {
			out[p] = true
		}
	}
	return out
}

// Paths of the leaves that the cluster reads, and the values that it knows.
const (
	leafStorage          = "spec|resources|requests|storage"
	leafClass            = "spec|storageClassName"
	leafMode             = "spec|volumeMode"
	leafAccess           = "spec|accessModes"
	leafStorageSize      = "spec|storage|resources|requests|storage"
	leafSourceNamespace  = "spec|source|pvc|namespace"
	leafSourceName       = "spec|source|pvc|name"
	leafSourceSnapshot   = "spec|source|snapshot|name"
	leafSourceRef        = "spec|sourceRef|name"
	leafRunStrategy      = "spec|runStrategy"
	leafVolumes          = "spec|template|spec|volumes"
	leafNetworks         = "spec|template|" + leafInstanceNetworks
	leafInstanceNetworks = "metadata|annotations|" + v1alpha1.Group + "/networks"
	leafSockets          = "spec|template|spec|domain|cpu|sockets"
	leafInterfaces       = "spec|template|spec|domain|devices|interfaces"
	leafVMNetworks       = "spec|template|spec|networks"
	leafVMIInterfaces    = "spec|domain|devices|interfaces"
	leafDisks            = "spec|template|spec|domain|devices|disks"
	leafVMIVolumes       = "spec|volumes"
	leafVMIDisks         = "spec|domain|devices|disks"
	leafVMINetworks      = "spec|networks"
	leafMaster           = "metadata|annotations|" + v1alpha1.Group + "/master"
	leafResource         = "metadata|annotations|k8s.v1.cni.cncf.io/resourceName"
	leafCreated          = "metadata|annotations|" + v1alpha1.Group + "/created-size"
	leafTeam             = "metadata|labels|example.org/team"
	leafInstancetype     = "spec|instancetype|name"
	leafArchitecture     = "spec|template|spec|architecture"
	fixedClass           = "fixed"
	defaultClass         = "standard"
	fastClass            = "fast"
	missing              = "missing"
	phasePending         = "Pending"
	phaseBound           = "Bound"
	phaseLost            = "Lost"
	statusStopped        = "Stopped"
	statusRunning        = "Running"
	statusNoClaim        = "ErrorPvcNotFound"
	importInProgress     = "ImportInProgress"
	importSucceeded      = "Succeeded"
	strategyHalted       = "Halted"
	waitForFirst         = "WaitForFirstConsumer"
	runningNode          = "node-1"
	unmanagedClaim       = "unmanaged-1"

	// goldenSize is the size of every claim that disks are cloned from.
	goldenSize = "20Gi"
)

// setDefaults sets the fields that the cluster defaults. They have no owner.
func (t *apiObject) setDefaults() {
	add := func(path string, v any) {
		if _, ok := t.leaves[path]; !ok {
			t.leaves[path] = v
		}
	}
	switch t.kind {
	case kindClaim:
		add(leafClass, defaultClass)
		add(leafMode, "Filesystem")
		t.status = object{"phase": phasePending}
	case kindVM:
		add(leafArchitecture, "amd64")
	}
}

// admit returns the error of Kubernetes, CDI or KubeVirt about an object that is created or, where there is a current one, updated.
func (c *Cluster) admit(current, next *apiObject) error {
	if c.policy && next.leaves[leafTeam] == refusedTeam && next.kind != "Secret" {
		return errors.New("admission webhook \"validate.kyverno.svc\" denied the request: no such team")
	}
	switch next.kind {
	case kindClaim:
		return c.admitClaim(current, next)
	case kindDataVolume:
		return c.admitDataVolume(current, next)
	case kindVM:
		return c.admitVM(current, next)
	}
	return nil
}

func (c *Cluster) admitDataVolume(current, next *apiObject) error {
	const webhook = "admission webhook \"datavolume-validate.cdi.kubevirt.io\" denied the request: "
	switch {
	case next.leaves[leafStorageSize] == nil && next.leaves[leafSourceName] == nil && next.leaves[leafSourceSnapshot] == nil:
		return errors.New(webhook + "Data volume should have either Source or SourceRef")
	case current == nil && c.objects[id{kindClaim, next.name}] != nil:
		return fmt.Errorf(webhook+"Destination PVC %s/%s already exists", Namespace, next.name)
	case current != nil && !equalSpecs(current, next):
		return errors.New(webhook + "Cannot update DataVolume Spec")
	}
	return nil
}

func (c *Cluster) admitVM(current, next *apiObject) error {
	const webhook = "admission webhook \"virtualmachine-validator.kubevirt.io\" denied the request: "
	switch {
	case next.leaves[leafVolumes] == nil:
		return errors.New("spec.template: Required value")
	case current != nil && c.snapshot && !equalSpecs(current, next):
		return errors.New(webhook + "Cannot update VM spec until snapshot completes")
	case next.leaves[leafInstancetype] == missing && c.noInstancetypes && (current == nil || current.leaves[leafInstancetype] != missing):
		return errors.New(webhook + "Failure to find instancetype missing")
	}
	return nil
}

// equalLeaves reports whether two sets of leaves have the same values.
func equalLeaves(a, b map[string]any) bool {
	return maps.EqualFunc(a, b, func(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) })
}

// equalSpecs reports whether two objects have the same fields apart from metadata and status.
func equalSpecs(a, b *apiObject) bool { return equalLeaves(a.specLeaves(), b.specLeaves()) }

// specLeaves returns the leaves outside the metadata.
func (t *apiObject) specLeaves() map[string]any {
	out := maps.Clone(t.leaves)
	maps.DeleteFunc(out, func(path string, _ any) bool { return strings.HasPrefix(path, "metadata|") })
	return out
}

func (c *Cluster) admitClaim(current, next *apiObject) error {
	if next.leaves[leafStorage] == nil || next.leaves[leafAccess] == nil {
		return forbidden(next, "spec.resources.requests[storage]: Required value")
	}
	if current == nil {
		return nil
	}
	for _, p := range []string{leafClass, leafMode, leafAccess} {
		if fmt.Sprint(current.leaves[p]) != fmt.Sprint(next.leaves[p]) {
			return forbidden(next, "spec is immutable after creation except resources.requests")
		}
	}
	if current.leaves[leafStorage] == next.leaves[leafStorage] {
		return nil
	}
	return c.admitSize(current, next)
}

// admitSize returns the error about a claim whose size changes.
func (c *Cluster) admitSize(current, next *apiObject) error {
	oldSize, newSize := quantity(current.leaves[leafStorage]), quantity(next.leaves[leafStorage])
	switch {
	case current.status["phase"] != phaseBound:
		return forbidden(next, "spec is immutable after creation except resources.requests for bound claims")
	case newSize.Cmp(oldSize) < 0:
		return forbidden(next, "spec.resources.requests.storage: field can not be less than status.capacity")
	case current.leaves[leafClass] == fixedClass || c.noExpansion:
		return forbidden(next, "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize")
	}
	return nil
}

// forbidden returns the API server's error about a claim.
func forbidden(claim *apiObject, reason string) error {
	return fmt.Errorf("persistentvolumeclaims %q is forbidden: %s", claim.name, reason)
}

// quantity returns the quantity in a leaf; zero if there is none.
func quantity(v any) resource.Quantity {
	s, _ := v.(string)
	q, err := resource.ParseQuantity(s)
	if err != nil {
		return resource.Quantity{}
	}
	return q
}

// delete requests the deletion of an object: its controller removes it.
func (c *Cluster) delete(t *apiObject) {
	if !t.deleting {
		t.deleting = true
		c.touch(t)
	}
}

// manifest returns the object as the API server shows it.
func (t *apiObject) manifest() *structpb.Struct {
	m := object{}
	for _, p := range slices.Sorted(maps.Keys(t.leaves)) {
		put(m, strings.Split(p, "|"), t.leaves[p])
	}
	m["apiVersion"], m["kind"], m["status"] = t.apiVersion, t.kind, t.status
	meta, ok := m["metadata"].(object)
	if !ok {
		meta = object{}
	}
	maps.Copy(meta, object{
		"name": t.name, "namespace": Namespace, "uid": t.uid, "resourceVersion": strconv.Itoa(t.version), "managedFields": t.managedFields(),
	})
	if t.created > 0 {
		meta["creationTimestamp"] = stamp(t.created)
	}
	if t.controller != "" {
		meta["ownerReferences"] = []any{object{"controller": true, "uid": t.controller}}
	}
	if t.deleting {
		meta["deletionTimestamp"] = "2026-01-01T00:00:00Z"
	}
	m["metadata"] = meta
	return mustStruct(m)
}

// managedFields returns the owners of the leaves as the API server shows them.
func (t *apiObject) managedFields() []any {
	fields := map[string]object{}
	for p, owners := range t.owners {
		path := strings.Split(p, "|")
		for i := range path {
			path[i] = "f:" + path[i]
		}
		for m := range owners {
			if fields[m] == nil {
				fields[m] = object{}
			}
			put(fields[m], path, object{})
		}
	}
	var out []any
	for _, m := range slices.Sorted(maps.Keys(fields)) {
		out = append(out, object{"manager": m, "operation": "Apply", "time": stamp(t.applied[m]), "fieldsV1": fields[m]})
	}
	return out
}

// flatten adds the leaves below a path. The names in a path are joined by a character that none of them has.
func flatten(path string, v any, into map[string]any) {
	m, ok := v.(object)
	if !ok || len(m) == 0 && path != "" {
		into[path] = v
		return
	}
	for k, e := range m {
		if path != "" {
			k = path + "|" + k
		}
		flatten(k, e, into)
	}
}

// put sets the value at a path, and creates the objects on the way.
func put(m object, path []string, v any) {
	for _, k := range path[:len(path)-1] {
		child, ok := m[k].(object)
		if !ok {
			child = object{}
			m[k] = child
		}
		m = child
	}
	m[path[len(path)-1]] = v
}

// fetchSnapshots returns the snapshots that a selector of labels matches.
func (c *Cluster) fetchSnapshots() *fnv1.Resources {
	out := &fnv1.Resources{}
	for _, k := range c.ids() {
		if k.kind == kindSnapshot {
			out.Items = append(out.Items, &fnv1.Resource{Resource: c.objects[k].manifest()})
		}
	}
	return out
}
