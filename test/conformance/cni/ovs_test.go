package cni

import "testing"

// startOpenVSwitch starts Open vSwitch, and stops it after the test.
func startOpenVSwitch(t *testing.T) {
	t.Helper()
	const control = "/usr/share/openvswitch/scripts/ovs-ctl"
	run(t, control, "start", "--system-id=node")
	t.Cleanup(func() { run(t, control, "stop") })
}
