// Package simulator is a model of what surrounds the function: Crossplane's composer, provider-kubernetes and a cluster, as far as they
// decide what is created, changed, refused and deleted. The real ones are in test/cluster; these take a million steps in half an hour.
package simulator

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Namespace is the only one in the simulated cluster.
const Namespace = "team-a"

type object = map[string]any

// An id names a thing in its namespace.
type id struct{ kind, name string }

// Kinds of things that behave in a way of their own.
const (
	kindClaim      = "PersistentVolumeClaim"
	kindDataVolume = "DataVolume"
	kindVM         = "VirtualMachine"
	kindVMI        = "VirtualMachineInstance"
	kindAttachment = "NetworkAttachmentDefinition"
)

// A thing is an object of the cluster. Its fields are leaves by their paths; a list is one leaf. Applied is when each manager last changed
// what it applies.
type thing struct {
	id
	apiVersion string
	uid        string
	version    int
	leaves     map[string]any
	owners     map[string]map[string]bool
	applied    map[string]int
	status     object
	deleting   bool

	// controller is the UID of what owns it; empty for nothing.
	controller string

	// disk is the size of the disk that a claim was made for, and made how large CDI made the claim.
	disk, made resource.Quantity

	// uses are the claims that a running instance has attached, started what the networks were when it was made, and attached what they were
	// then or when it moved last.
	uses              []string
	started, attached map[string]any

	// created is when an instance was made.
	created int
}

// A Cluster is an API server with the controllers of the things in it: it owns fields as server-side apply does, refuses what
// Kubernetes, CDI and KubeVirt refuse, and lets things become what they are to be, one tick at a time.
type Cluster struct {
	things map[id]*thing
	clock  int

	// Trouble that comes and goes.
	noInstancetypes bool
	noExpansion     bool
	snapshot        bool
	unreachable     bool
	waitForConsumer bool
	failingImports  bool
	policy          bool

	// missing are kinds that nobody has installed.
	missing map[string]bool
}

// errUnreachable is what a client gets while the API server does not answer.
var errUnreachable = errors.New("dial tcp 10.96.0.1:443: connect: connection refused")

func newCluster() *Cluster { return &Cluster{things: map[id]*thing{}} }

func (c *Cluster) tick() int {
	c.clock++
	return c.clock
}

// stamp is a moment of the clock, which ticks once a second.
func stamp(clock int) string { return time.Unix(int64(clock), 0).UTC().Format(time.RFC3339) }

// touch says that a thing has changed.
func (c *Cluster) touch(t *thing) { t.version = c.tick() }

// apply does what server-side apply does for a manager, or with dry only says whether it could.
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
	wish := map[string]any{}
	flatten("", m, wish)
	for _, name := range []string{"labels", "annotations"} {
		if v, ok := meta[name]; ok {
			flatten("metadata|"+name, v, wish)
		}
	}

	is := c.things[id{kind, name}]
	if uid != "" && (is == nil || is.uid != uid) {
		return fmt.Errorf("operation cannot be fulfilled on %s %q: uid mismatch: the provided object specified uid %s", kind, name, uid)
	}
	next := &thing{id: id{kind, name}, apiVersion: apiVersion, leaves: map[string]any{}, owners: map[string]map[string]bool{}, applied: map[string]int{}, status: object{}}
	if is != nil {
		copied := *is
		next = &copied
		next.leaves, next.owners, next.applied = maps.Clone(is.leaves), make(map[string]map[string]bool, len(is.owners)), maps.Clone(is.applied)
		for p, o := range is.owners {
			next.owners[p] = maps.Clone(o)
		}
	}
	next.own(manager, wish)
	if is == nil {
		if err := next.complete(); err != nil {
			return err
		}
	}
	if err := c.admit(is, next); err != nil {
		return err
	}
	if dry {
		return nil
	}
	if is == nil {
		next.uid = "uid-" + strconv.Itoa(c.tick())
		next.setDefaults()
	} else if maps.EqualFunc(is.leaves, next.leaves, func(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) && len(is.owned(manager)) == len(next.owned(manager)) {
		return nil
	}
	c.touch(next)
	if next.applied == nil {
		next.applied = map[string]int{}
	}
	next.applied[manager] = next.version
	c.things[next.id] = next
	return nil
}

// own gives a manager exactly the leaves that it applies, by force. What it applied before and no other manager owns is removed.
func (t *thing) own(manager string, wish map[string]any) {
	for p := range t.owned(manager) {
		if _, ok := wish[p]; ok {
			continue
		}
		delete(t.owners[p], manager)
		if len(t.owners[p]) == 0 {
			delete(t.owners, p)
			delete(t.leaves, p)
		}
	}
	for p, v := range wish {
		if fmt.Sprint(t.leaves[p]) != fmt.Sprint(v) || t.owners[p] == nil {
			t.owners[p] = map[string]bool{}
		}
		t.owners[p][manager] = true
		t.leaves[p] = v
	}
}

func (t *thing) owned(manager string) map[string]bool {
	out := map[string]bool{}
	for p, o := range t.owners {
		if o[manager] {
			out[p] = true
		}
	}
	return out
}

// Paths of leaves that decide.
const (
	leafStorage      = "spec|resources|requests|storage"
	leafClass        = "spec|storageClassName"
	leafMode         = "spec|volumeMode"
	leafAccess       = "spec|accessModes"
	leafStorageSize  = "spec|storage|resources|requests|storage"
	leafRunStrategy  = "spec|runStrategy"
	leafVolumes      = "spec|template|spec|volumes"
	leafNetworks     = "spec|template|metadata|annotations|vm.novasphere.dev/networks"
	leafSockets      = "spec|template|spec|domain|cpu|sockets"
	leafInterfaces   = "spec|template|spec|domain|devices|interfaces"
	leafMaster       = "metadata|annotations|vm.novasphere.dev/master"
	leafResource     = "metadata|annotations|k8s.v1.cni.cncf.io/resourceName"
	leafCreated      = "metadata|annotations|vm.novasphere.dev/created-size"
	leafTeam         = "metadata|labels|example.org/team"
	leafInstancetype = "spec|instancetype|name"
	leafArchitecture = "spec|template|spec|architecture"
	fixedClass       = "fixed"
	defaultClass     = "standard"
	fastClass        = "fast"
	missing          = "missing"
	phasePending     = "Pending"
	phaseBound       = "Bound"
	phaseLost        = "Lost"
	statusStopped    = "Stopped"
	statusRunning    = "Running"
	statusNoClaim    = "ErrorPvcNotFound"
	importInProgress = "ImportInProgress"
	importSucceeded  = "Succeeded"
	strategyHalted   = "Halted"
	waitForFirst     = "WaitForFirstConsumer"
	runningNode      = "node-1"
	byHandPrefix     = "by-hand"
)

// setDefaults fills in what the cluster adds, of which nobody who applies is an owner.
func (t *thing) setDefaults() {
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

// admit refuses what Kubernetes, CDI or KubeVirt refuse.
func (c *Cluster) admit(is, next *thing) error {
	if c.policy && next.leaves[leafTeam] == refusedTeam && next.kind != "Secret" {
		return errors.New("admission webhook \"validate.kyverno.svc\" denied the request: no such team")
	}
	switch next.kind {
	case kindClaim:
		return c.admitClaim(is, next)
	case kindDataVolume:
		return c.admitDataVolume(is, next)
	case kindVM:
		return c.admitVM(is, next)
	}
	return nil
}

func (c *Cluster) admitDataVolume(is, next *thing) error {
	const webhook = "admission webhook \"datavolume-validate.cdi.kubevirt.io\" denied the request: "
	switch {
	case next.leaves[leafStorageSize] == nil:
		return errors.New(webhook + "Data volume should have either Source or SourceRef")
	case is == nil && c.things[id{kindClaim, next.name}] != nil:
		return fmt.Errorf(webhook+"Destination PVC %s/%s already exists", Namespace, next.name)
	case is != nil && !alike(is, next):
		return errors.New(webhook + "Cannot update DataVolume Spec")
	}
	return nil
}

func (c *Cluster) admitVM(is, next *thing) error {
	const webhook = "admission webhook \"virtualmachine-validator.kubevirt.io\" denied the request: "
	switch {
	case next.leaves[leafVolumes] == nil:
		return errors.New("spec.template: Required value")
	case is != nil && c.snapshot && !alike(is, next):
		return errors.New(webhook + "Cannot update VM spec until snapshot completes")
	case next.leaves[leafInstancetype] == missing && c.noInstancetypes && (is == nil || is.leaves[leafInstancetype] != missing):
		return errors.New(webhook + "Failure to find instancetype missing")
	}
	return nil
}

// alike says whether two things have the same fields.
func alike(a, b *thing) bool { return fmt.Sprint(a.said()) == fmt.Sprint(b.said()) }

// said are the leaves of a thing but for those of its metadata.
func (t *thing) said() map[string]any {
	out := maps.Clone(t.leaves)
	maps.DeleteFunc(out, func(path string, _ any) bool { return strings.HasPrefix(path, "metadata|") })
	return out
}

func (c *Cluster) admitClaim(is, next *thing) error {
	forbidden := func(why string) error {
		return fmt.Errorf("persistentvolumeclaims %q is forbidden: %s", next.name, why)
	}
	if next.leaves[leafStorage] == nil || next.leaves[leafAccess] == nil {
		return forbidden("spec.resources.requests[storage]: Required value")
	}
	if is == nil {
		return nil
	}
	for _, p := range []string{leafClass, leafMode, leafAccess} {
		if fmt.Sprint(is.leaves[p]) != fmt.Sprint(next.leaves[p]) {
			return forbidden("spec is immutable after creation except resources.requests")
		}
	}
	if is.leaves[leafStorage] == next.leaves[leafStorage] {
		return nil
	}
	return c.admitSize(is, next, forbidden)
}

func (c *Cluster) admitSize(is, next *thing, forbidden func(string) error) error {
	was, will := quantity(is.leaves[leafStorage]), quantity(next.leaves[leafStorage])
	switch {
	case is.status["phase"] != phaseBound:
		return forbidden("spec is immutable after creation except resources.requests for bound claims")
	case will.Cmp(was) < 0:
		return forbidden("spec.resources.requests.storage: field can not be less than status.capacity")
	case is.leaves[leafClass] == fixedClass || c.noExpansion:
		return forbidden("only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize")
	}
	return nil
}

func quantity(v any) resource.Quantity {
	s, _ := v.(string)
	q, err := resource.ParseQuantity(s)
	if err != nil {
		return resource.Quantity{}
	}
	return q
}

// delete asks for the deletion of a thing.
func (c *Cluster) delete(t *thing) {
	if !t.deleting {
		t.deleting = true
		c.touch(t)
	}
}

// manifest of a thing, as an API server shows it.
func (t *thing) manifest() *structpb.Struct {
	m := object{}
	for _, p := range slices.Sorted(maps.Keys(t.leaves)) {
		put(m, strings.Split(p, "|"), t.leaves[p])
	}
	m["apiVersion"], m["kind"], m["status"] = t.apiVersion, t.kind, t.status
	meta, ok := m["metadata"].(object)
	if !ok {
		meta = object{}
	}
	maps.Copy(meta, object{"name": t.name, "namespace": Namespace, "uid": t.uid, "resourceVersion": strconv.Itoa(t.version), "managedFields": t.managedFields()})
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
	s, err := structpb.NewStruct(m)
	if err != nil {
		panic(err)
	}
	return s
}

// managedFields are who owns what, as an API server shows it.
func (t *thing) managedFields() []any {
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

// flatten writes the leaves below a path, whose names are joined by a character that none of them has.
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
