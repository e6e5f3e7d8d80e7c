package simulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Run lets every controller reconcile every object once.
func (c *Cluster) Run() {
	for _, k := range c.ids() {
		t, ok := c.objects[k]
		if !ok {
			continue
		}
		before := fmt.Sprint(t.status)
		switch t.kind {
		case kindClaim:
			c.runClaim(t)
		case kindDataVolume:
			c.runDataVolume(t)
		case kindVM:
			c.runVM(t)
		case kindVMI:
		default:
			if t.deleting {
				delete(c.objects, t.id)
			}
		}
		if fmt.Sprint(t.status) != before {
			c.touch(t)
		}
	}
}

// runIsIdle lets every controller reconcile once more, and reports whether nothing changed.
func (c *Cluster) runIsIdle() bool {
	clock, count := c.clock, len(c.objects)
	c.Run()
	return c.clock == clock && len(c.objects) == count
}

// ids returns the objects in the order of their kinds and names.
func (c *Cluster) ids() []id {
	return slices.SortedFunc(maps.Keys(c.objects), func(a, b id) int {
		return slices.Compare([]string{a.kind, a.name}, []string{b.kind, b.name})
	})
}

// runClaim binds and resizes a claim, and removes a deleted one once no instance uses it.
func (c *Cluster) runClaim(t *apiObject) {
	if t.deleting {
		if !c.isUsed(t.name) {
			delete(c.objects, t.id)
		}
		return
	}
	switch t.status["phase"] {
	case phasePending:
		if !c.waitForConsumer || c.hasConsumer(t.name) {
			t.status = object{"phase": phaseBound, "capacity": object{"storage": t.leaves[leafStorage]}}
		}
	case phaseBound:
		t.status = object{"phase": phaseBound, "capacity": object{"storage": t.leaves[leafStorage]}}
	case phaseLost:
		t.status = object{"phase": phaseBound, "capacity": object{"storage": t.leaves[leafStorage]}}
	}
}

// isAttachedToNode reports whether the pod of an instance has a claim attached. Before there is a pod nobody but the instance knows of that.
func (c *Cluster) isAttachedToNode(claim string) bool {
	for _, t := range c.objects {
		if slices.Contains(t.claims, claim) && t.status["nodeName"] != nil {
			return true
		}
	}
	return false
}

// isUsed reports whether an instance has a claim attached.
func (c *Cluster) isUsed(claim string) bool {
	for _, t := range c.objects {
		if slices.Contains(t.claims, claim) {
			return true
		}
	}
	return false
}

// hasConsumer reports whether a claim is attached to a virtual machine that is not halted.
func (c *Cluster) hasConsumer(claim string) bool {
	for _, t := range c.objects {
		if t.kind == kindVM && t.leaves[leafRunStrategy] != strategyHalted && slices.Contains(t.volumes(), claim) {
			return true
		}
	}
	return false
}

// runDataVolume imports a disk, and removes its claim with it.
func (c *Cluster) runDataVolume(t *apiObject) {
	claim := c.objects[id{kindClaim, t.name}]
	if t.deleting {
		if claim != nil && claim.controller == t.uid {
			c.delete(claim)
			return
		}
		delete(c.objects, t.id)
		return
	}
	next := func(phase, progress string) { t.status = object{"phase": phase, "progress": progress} }
	switch t.status["phase"] {
	case nil, "Failed", waitForFirst:
		if c.waitForConsumer && !c.hasConsumer(t.name) {
			next(waitForFirst, "N/A")
			return
		}
		next("ImportScheduled", "N/A")
	case "ImportScheduled":
		next(importInProgress, "45.3%")
	case importInProgress:
		if c.failingImports {
			next("Failed", "N/A")
			return
		}
		if claim != nil {
			// CDI does not touch a claim that it does not control.
			return
		}
		content, ready := c.contentFor(t)
		if !ready {
			return
		}
		c.fill(t, content)
		next(importSucceeded, "100.0%")
	case importSucceeded:
		if claim == nil {
			next("ImportScheduled", "N/A")
		}
	}
}

// contentFor returns what a DataVolume is filled with, and whether that is there: CDI copies a claim once nothing uses it.
func (c *Cluster) contentFor(t *apiObject) (content string, ready bool) {
	if name, ok := t.leaves[leafSourceSnapshot].(string); ok {
		// vmsnapshot-NAME-VOLUME is the snapshot of a volume in that of a virtual machine.
		for k, s := range c.objects {
			volume, isOf := strings.CutPrefix(name, "vmsnapshot-"+k.name+"-")
			if k.kind == kindSnapshot && isOf {
				content, ready = s.contents[volume]
				return content, ready
			}
		}
		return "", false
	}
	if name, ok := t.leaves[leafSourceName].(string); ok {
		if source := c.objects[id{kindClaim, name}]; source != nil {
			return source.content, source.status["phase"] == phaseBound && !source.deleting && !c.isAttachedToNode(name)
		}
	}
	return "filled " + t.uid, true
}

// fill creates the claim of a DataVolume, with the overhead of a file system.
func (c *Cluster) fill(t *apiObject, content string) {
	claim := &apiObject{content: content, id: id{kindClaim, t.name}, apiVersion: "v1", controller: t.uid, uid: fmt.Sprint("uid-", c.tick()), owners: map[string]map[string]bool{}, leaves: map[string]any{
		leafStorage: t.leaves[leafStorageSize], leafAccess: []any{"ReadWriteOnce"},
	}}
	if claim.leaves[leafStorage] == nil {
		claim.leaves[leafStorage] = goldenSize
	}
	for from, to := range map[string]string{"spec|storage|storageClassName": leafClass, "spec|storage|volumeMode": leafMode, "spec|storage|accessModes": leafAccess} {
		if v, ok := t.leaves[from]; ok {
			claim.leaves[to] = v
		}
	}
	claim.setDefaults()
	claim.inflate()
	claim.status = object{"phase": phaseBound, "capacity": object{"storage": claim.leaves[leafStorage]}}
	c.touch(claim)
	c.objects[claim.id] = claim
}

// volumes returns the claims that a virtual machine attaches.
func (t *apiObject) volumes() []string { return claimsOf(t.list(leafVolumes)) }

// claimsOf returns the claims of volumes. A container has none.
func claimsOf(volumes []any) []string {
	var out []string
	for _, v := range volumes {
		m, _ := v.(object)
		for source, field := range map[string]string{"dataVolume": "name", "persistentVolumeClaim": "claimName"} {
			s, _ := m[source].(object)
			if name, ok := s[field].(string); ok {
				out = append(out, name)
			}
		}
	}
	return out
}

// runVM starts and stops the instance of a virtual machine.
func (c *Cluster) runVM(t *apiObject) {
	vmi := c.objects[id{kindVMI, t.name}]
	setStatus := func(status string, created, ready bool) {
		t.status = object{"printableStatus": status, "created": created, "ready": ready}
	}
	if t.deleting || t.leaves[leafRunStrategy] == strategyHalted {
		if vmi != nil {
			delete(c.objects, vmi.id)
			setStatus("Stopping", false, false)
			return
		}
		if t.deleting {
			delete(c.objects, t.id)
			return
		}
		setStatus(statusStopped, false, false)
		return
	}
	if vmi == nil {
		if status := c.volumeStatus(t); status != "" {
			setStatus(status, false, false)
			return
		}
		vmi = &apiObject{
			id: id{kindVMI, t.name}, apiVersion: "kubevirt.io/v1", uid: fmt.Sprint("uid-", c.tick()), leaves: map[string]any{}, status: object{},
			claims: t.volumes(), startNetworks: c.networks(), attachedNetworks: c.networks(), created: c.clock,
		}
		if networks := t.leaves[leafNetworks]; networks != nil {
			vmi.leaves[leafInstanceNetworks] = networks
		}
		vmi.leaves[leafVMIDisks], vmi.leaves[leafVMIVolumes] = t.list(leafDisks), t.list(leafVolumes)
		vmi.leaves[leafVMIInterfaces], vmi.leaves[leafVMINetworks] = present(t)
		c.touch(vmi)
		c.objects[vmi.id] = vmi
		setStatus("Starting", true, false)
		return
	}
	if vmi.status["nodeName"] == nil && c.unschedulable {
		setStatus("Starting", true, false)
		return
	}
	if vmi.status["nodeName"] == nil {
		vmi.status = object{"nodeName": runningNode, "phase": "Running"}
		vmi.report()
		c.touch(vmi)
	}
	c.syncNetworks(t, vmi)
	c.syncVolumes(t, vmi)
	c.write(vmi)
	setStatus(statusRunning, true, true)
}

// write lets the guest of an instance write to its disks.
func (c *Cluster) write(vmi *apiObject) {
	for _, name := range vmi.claims {
		if claim := c.objects[id{kindClaim, name}]; claim != nil {
			c.writes++
			claim.content = fmt.Sprint("write ", c.writes)
		}
	}
}

// volumeStatus returns the status of a virtual machine whose volumes are not ready; empty if they are.
func (c *Cluster) volumeStatus(t *apiObject) string {
	for _, v := range t.volumes() {
		claim := c.objects[id{kindClaim, v}]
		if claim == nil && c.objects[id{kindDataVolume, v}] == nil {
			return statusNoClaim
		}
		if claim == nil || claim.deleting || claim.status["phase"] != phaseBound {
			return "Provisioning"
		}
	}
	return ""
}

// networks returns the configuration of each network, by the name of its NetworkAttachmentDefinition.
func (c *Cluster) networks() map[string]any {
	out := map[string]any{}
	for k, t := range c.objects {
		if k.kind == kindNAD {
			out[k.name] = t.leaves["spec|config"]
		}
	}
	return out
}

// migrate moves the instance of a virtual machine to another node, and reports whether there is a running one. Its annotations stay the same.
func (c *Cluster) migrate(name string) bool {
	vmi := c.objects[id{kindVMI, name}]
	if vmi == nil || vmi.status["nodeName"] == nil {
		return false
	}
	vmi.attachedNetworks = c.networks()
	vmi.report()
	vmi.status["migrationState"] = object{"startTimestamp": stamp(c.tick()), "completed": true}
	c.touch(vmi)
	return true
}

// crash ends the instance of a virtual machine. The status stays until the controller reconciles again.
func (c *Cluster) crash(t *apiObject, status string) {
	delete(c.objects, id{kindVMI, t.name})
	t.status = object{"printableStatus": status, "created": false, "ready": false, "conditions": []any{object{"type": "Ready", "status": "False", "message": "guest panicked"}}}
	c.touch(t)
}
