package report

import (
	"strings"
	"testing"
)

// TestForeign shows that the command which hands an object over names it as kubectl does: not every kind goes by its name in small letters.
func TestForeign(t *testing.T) {
	for kind, want := range map[string]string{
		"VirtualMachine":              "kubectl label virtualmachine x vm.novasphere.dev/wukong=web-01",
		"PersistentVolumeClaim":       "kubectl label persistentvolumeclaim x vm.novasphere.dev/wukong=web-01",
		"NetworkAttachmentDefinition": "kubectl label network-attachment-definition x vm.novasphere.dev/wukong=web-01",
	} {
		if got := Foreign("it", kind, "x", "web-01"); !strings.HasSuffix(got, want) {
			t.Errorf("%s: want it to end with %q, got %q", kind, want, got)
		}
	}
}
