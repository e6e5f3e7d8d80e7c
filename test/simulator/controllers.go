package simulator

import (
	"fmt"
	"maps"
	"slices"
)

// Run lets every controller look at every thing once.
func (c *Cluster) Run() {
	for _, k := range c.ids() {
		t, ok := c.things[k]
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
				delete(c.things, t.id)
			}
		}
		if fmt.Sprint(t.status) != before {
			c.touch(t)
		}
	}
}

// quiet lets every controller look once more, and says whether none had anything to do.
func (c *Cluster) quiet() bool {
	before, things := c.clock, len(c.things)
	c.Run()
	return c.clock == before && len(c.things) == things
}

func (c *Cluster) ids() []id {
	return slices.SortedFunc(maps.Keys(c.things), func(a, b id) int {
		return slices.Compare([]string{a.kind, a.name}, []string{b.kind, b.name})
	})
}

// runClaim binds a claim, lets it grow, and removes it once no instance uses it.
func (c *Cluster) runClaim(t *thing) {
	if t.deleting {
		if !c.used(t.name) {
			delete(c.things, t.id)
		}
		return
	}
	switch t.status["phase"] {
	case phasePending:
		if !c.waitForConsumer || c.wanted(t.name) {
			t.status = object{"phase": phaseBound, "capacity": object{"storage": t.leaves[leafStorage]}}
		}
	case phaseBound:
		t.status = object{"phase": phaseBound, "capacity": object{"storage": t.leaves[leafStorage]}}
	case phaseLost:
		t.status = object{"phase": phaseBound, "capacity": object{"storage": t.leaves[leafStorage]}}
	}
}

// used says whether an instance has a claim attached.
func (c *Cluster) used(claim string) bool {
	for _, t := range c.things {
		if slices.Contains(t.uses, claim) {
			return true
		}
	}
	return false
}

// wanted says whether a virtual machine that is to run attaches a claim.
func (c *Cluster) wanted(claim string) bool {
	for _, t := range c.things {
		if t.kind == kindVM && t.leaves[leafRunStrategy] != strategyHalted && slices.Contains(t.volumes(), claim) {
			return true
		}
	}
	return false
}

// runDataVolume imports a disk, and removes its claim with it.
func (c *Cluster) runDataVolume(t *thing) {
	claim := c.things[id{kindClaim, t.name}]
	if t.deleting {
		if claim != nil && claim.controller == t.uid {
			c.delete(claim)
			return
		}
		delete(c.things, t.id)
		return
	}
	next := func(phase, progress string) { t.status = object{"phase": phase, "progress": progress} }
	switch t.status["phase"] {
	case nil, "Failed", waitForFirst:
		if c.waitForConsumer && !c.wanted(t.name) {
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
			// It is not the DataVolume's own, which leaves it alone.
			return
		}
		c.fill(t)
		next(importSucceeded, "100.0%")
	case importSucceeded:
		if claim == nil {
			next("ImportScheduled", "N/A")
		}
	}
}

// fill makes the claim of a DataVolume, somewhat larger, as a file system needs room of its own.
func (c *Cluster) fill(t *thing) {
	claim := &thing{id: id{kindClaim, t.name}, apiVersion: "v1", controller: t.uid, uid: fmt.Sprint("uid-", c.tick()), owners: map[string]map[string]bool{}, leaves: map[string]any{
		leafStorage: t.leaves[leafStorageSize], leafAccess: []any{"ReadWriteOnce"},
	}}
	for from, to := range map[string]string{"spec|storage|storageClassName": leafClass, "spec|storage|volumeMode": leafMode, "spec|storage|accessModes": leafAccess} {
		if v, ok := t.leaves[from]; ok {
			claim.leaves[to] = v
		}
	}
	claim.setDefaults()
	claim.inflate()
	claim.status = object{"phase": phaseBound, "capacity": object{"storage": claim.leaves[leafStorage]}}
	c.touch(claim)
	c.things[claim.id] = claim
}

// volumes are the claims that a virtual machine attaches.
func (t *thing) volumes() []string {
	var out []string
	list, _ := t.leaves[leafVolumes].([]any)
	for _, v := range list {
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
func (c *Cluster) runVM(t *thing) {
	vmi := c.things[id{kindVMI, t.name}]
	stand := func(status string, created, ready bool) {
		t.status = object{"printableStatus": status, "created": created, "ready": ready}
	}
	if t.deleting || t.leaves[leafRunStrategy] == strategyHalted {
		if vmi != nil {
			delete(c.things, vmi.id)
			stand("Stopping", false, false)
			return
		}
		if t.deleting {
			delete(c.things, t.id)
			return
		}
		stand(statusStopped, false, false)
		return
	}
	if vmi == nil {
		if waits := c.waitsForVolumes(t); waits != "" {
			stand(waits, false, false)
			return
		}
		vmi = &thing{id: id{kindVMI, t.name}, apiVersion: "kubevirt.io/v1", uid: fmt.Sprint("uid-", c.tick()), leaves: map[string]any{}, status: object{}, uses: t.volumes(), started: c.networks(), attached: c.networks(), created: c.clock}
		if networks := t.leaves[leafNetworks]; networks != nil {
			vmi.leaves["metadata|annotations|vm.novasphere.dev/networks"] = networks
		}
		c.touch(vmi)
		c.things[vmi.id] = vmi
		stand("Starting", true, false)
		return
	}
	if vmi.status["nodeName"] == nil {
		interfaces, _ := t.leaves[leafInterfaces].([]any)
		var seen []any
		for i, n := range interfaces {
			m, _ := n.(object)
			seen = append(seen, object{"name": m["name"], "mac": m["macAddress"], "ipAddress": fmt.Sprint("10.0.0.", i+1), "interfaceName": fmt.Sprint("eth", i)})
		}
		vmi.status = object{"nodeName": runningNode, "interfaces": seen}
		c.touch(vmi)
	}
	stand(statusRunning, true, true)
}

// waitsForVolumes is the status of a virtual machine whose volumes are not there; empty where they are.
func (c *Cluster) waitsForVolumes(t *thing) string {
	for _, v := range t.volumes() {
		claim := c.things[id{kindClaim, v}]
		if claim == nil && c.things[id{kindDataVolume, v}] == nil {
			return statusNoClaim
		}
		if claim == nil || claim.deleting || claim.status["phase"] != phaseBound {
			return "Provisioning"
		}
	}
	return ""
}

// networks are what the networks of the cluster are, by the names of their definitions.
func (c *Cluster) networks() map[string]any {
	out := map[string]any{}
	for k, t := range c.things {
		if k.kind == kindAttachment {
			out[k.name] = t.leaves["spec|config"]
		}
	}
	return out
}

// move the instance of a virtual machine to another node, and say whether there is one. Its annotations stay what they were.
func (c *Cluster) move(name string) bool {
	vmi := c.things[id{kindVMI, name}]
	if vmi == nil || vmi.status["nodeName"] == nil {
		return false
	}
	vmi.status = maps.Clone(vmi.status)
	vmi.attached = c.networks()
	vmi.status["migrationState"] = object{"startTimestamp": stamp(c.tick()), "completed": true}
	c.touch(vmi)
	return true
}

// Crash ends the instance of a virtual machine, which then stands so until the next look of its controller.
func (c *Cluster) crash(t *thing, status string) {
	delete(c.things, id{kindVMI, t.name})
	t.status = object{"printableStatus": status, "created": false, "ready": false, "conditions": []any{object{"type": "Ready", "status": "False", "message": "guest panicked"}}}
	c.touch(t)
}
