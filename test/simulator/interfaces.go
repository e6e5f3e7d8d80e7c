package simulator

import (
	"fmt"
	"maps"
	"slices"
)

// stateAbsent is the state of an interface that leaves.
const stateAbsent = "absent"

// unplugTime is how many times the controllers run until an instance has lost an absent interface, if migrations succeed.
const unplugTime = 3

// list returns the objects in a leaf.
func (t *apiObject) list(leaf string) []any {
	list, _ := t.leaves[leaf].([]any)
	return list
}

// named returns the object of a list with a name; nil for none.
func named(list []any, name any) object {
	for _, e := range list {
		if m, _ := e.(object); m["name"] == name {
			return m
		}
	}
	return nil
}

// present returns the interfaces and networks with which a virtual machine starts an instance.
func present(vm *apiObject) (interfaces, networks []any) {
	interfaces, networks = []any{}, []any{}
	for _, e := range vm.list(leafInterfaces) {
		if m, _ := e.(object); m["state"] != stateAbsent {
			interfaces = append(interfaces, maps.Clone(m))
			networks = append(networks, named(vm.list(leafVMNetworks), m["name"]))
		}
	}
	return interfaces, networks
}

// report writes into the status of an instance which interfaces its pod has when it is made: all but those that are absent.
func (t *apiObject) report() {
	var reported []any
	for i, e := range t.list(leafVMIInterfaces) {
		if m, _ := e.(object); m["state"] != stateAbsent {
			reported = append(reported, object{
				"name": m["name"], "mac": m["macAddress"], "ipAddress": fmt.Sprint("10.0.0.", i+1), "interfaceName": fmt.Sprint("eth", i),
			})
		}
	}
	t.status = maps.Clone(t.status)
	t.status["interfaces"] = reported
}

// syncNetworks gives an instance the interfaces that the virtual machine has more, and takes the absent ones from both, as KubeVirt does
// (pkg/network/controllers/vm.go). An absent one leaves the status some time later.
func (c *Cluster) syncNetworks(vm, vmi *apiObject) {
	before := fmt.Sprint(vmi.leaves, vmi.status)
	c.unplug(vmi)
	interfaces, networks := slices.Clone(vmi.list(leafVMIInterfaces)), slices.Clone(vmi.list(leafVMINetworks))
	for _, e := range vm.list(leafInterfaces) {
		m, _ := e.(object)
		current := named(interfaces, m["name"])
		switch {
		case current == nil && m["state"] != stateAbsent && (m["bridge"] != nil || m["sriov"] != nil):
			interfaces = append(interfaces, maps.Clone(m))
			networks = append(networks, named(vm.list(leafVMNetworks), m["name"]))
		case current != nil && current["state"] != stateAbsent && m["state"] == stateAbsent:
			i := slices.IndexFunc(interfaces, func(e any) bool { return fmt.Sprint(e) == fmt.Sprint(current) })
			next := maps.Clone(current)
			next["state"] = stateAbsent
			interfaces[i] = next
		}
	}
	c.attach(vm, vmi, interfaces, networks)
	reported, _ := vmi.status["interfaces"].([]any)
	isGone := func(e any) bool {
		m, _ := e.(object)
		return m["state"] == stateAbsent && named(reported, m["name"]) == nil
	}
	interfaces = slices.DeleteFunc(interfaces, isGone)
	networks = slices.DeleteFunc(networks, func(e any) bool { m, _ := e.(object); return named(interfaces, m["name"]) == nil })
	vmi.leaves = maps.Clone(vmi.leaves)
	vmi.leaves[leafVMIInterfaces], vmi.leaves[leafVMINetworks] = interfaces, networks
	if fmt.Sprint(vmi.leaves, vmi.status) != before {
		c.touch(vmi)
	}
	c.takeAbsent(vm, vmi)
}

// attach gives the pod of an instance its new interfaces, if migrations succeed, and its networks the NetworkAttachmentDefinitions of the virtual
// machine, as KubeVirt 1.9 does.
func (c *Cluster) attach(vm, vmi *apiObject, interfaces, networks []any) {
	for i, e := range networks {
		m, _ := e.(object)
		if next := named(vm.list(leafVMNetworks), m["name"]); next != nil && m["multus"] != nil && next["multus"] != nil {
			networks[i] = next
		}
	}
	reported, _ := vmi.status["interfaces"].([]any)
	for _, e := range interfaces {
		m, _ := e.(object)
		if m["state"] != stateAbsent && named(reported, m["name"]) == nil && !c.noMigrations {
			reported = append(slices.Clone(reported), object{"name": m["name"], "mac": m["macAddress"]})
		}
	}
	vmi.status = maps.Clone(vmi.status)
	vmi.status["interfaces"] = reported
}

// unplug takes the interfaces that are absent for long enough out of the status of an instance.
func (c *Cluster) unplug(vmi *apiObject) {
	if vmi.absent == nil {
		vmi.absent = map[string]int{}
	}
	reported, _ := vmi.status["interfaces"].([]any)
	for _, e := range vmi.list(leafVMIInterfaces) {
		m, _ := e.(object)
		name, _ := m["name"].(string)
		if m["state"] != stateAbsent {
			delete(vmi.absent, name)
			continue
		}
		if vmi.absent[name]++; vmi.absent[name] >= unplugTime && !c.noMigrations {
			reported = slices.DeleteFunc(slices.Clone(reported), func(e any) bool { m, _ := e.(object); return m["name"] == name })
		}
	}
	if vmi.status["interfaces"] != nil {
		vmi.status = maps.Clone(vmi.status)
		vmi.status["interfaces"] = reported
	}
}

// takeAbsent takes the absent interfaces that an instance has lost out of its virtual machine.
func (c *Cluster) takeAbsent(vm, vmi *apiObject) {
	reported, _ := vmi.status["interfaces"].([]any)
	interfaces := slices.DeleteFunc(slices.Clone(vm.list(leafInterfaces)), func(e any) bool {
		m, _ := e.(object)
		return m["state"] == stateAbsent && named(vmi.list(leafVMIInterfaces), m["name"]) == nil && named(reported, m["name"]) == nil
	})
	if len(interfaces) == len(vm.list(leafInterfaces)) {
		return
	}
	networks := slices.DeleteFunc(slices.Clone(vm.list(leafVMNetworks)), func(e any) bool {
		m, _ := e.(object)
		return named(interfaces, m["name"]) == nil
	})
	vm.leaves, vm.owners = maps.Clone(vm.leaves), maps.Clone(vm.owners)
	for leaf, v := range map[string]any{leafInterfaces: interfaces, leafVMNetworks: networks} {
		vm.leaves[leaf], vm.owners[leaf] = v, map[string]bool{"virt-controller": true}
	}
	c.touch(vm)
}

// attachments returns the NetworkAttachmentDefinitions that an instance refers to.
func (t *apiObject) attachments() []string {
	var out []string
	for _, e := range t.list(leafVMINetworks) {
		m, _ := e.(object)
		multus, _ := m["multus"].(object)
		if name, ok := multus["networkName"].(string); ok {
			out = append(out, name)
		}
	}
	return out
}
