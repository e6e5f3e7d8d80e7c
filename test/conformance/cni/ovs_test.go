package cni

import "testing"

// startOpenVSwitch for as long as the test lasts.
func startOpenVSwitch(t *testing.T) {
	t.Helper()
	const control = "/usr/share/openvswitch/scripts/ovs-ctl"
	run(t, control, "start", "--system-id=node")
	t.Cleanup(func() { run(t, control, "stop") })
}
