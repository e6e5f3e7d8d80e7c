package fn

import (
	"strings"
	"testing"
)

// TestImageAdvice shows that advice about an image has the path of its field, once for each field.
func TestImageAdvice(t *testing.T) {
	const machine = "cpu: 1\nmemory: 1Gi\nsshKeySecret: ops-keys\n"
	for name, tc := range map[string]struct {
		spec string
		want []string
	}{
		"Advice": {
			"osImage: nginx\ndisks: [{name: system, size: 20Gi}, {name: data, size: 1Gi, image: nginx}]",
			[]string{"spec.osImage", "spec.disks[1].image"},
		},
		"OwnImage": {"osImage: nginx\ndisks: [{name: system, size: 20Gi, image: nginx}]", []string{"spec.disks[0].image"}},
		"Password": {"osImage: 'https://me:secret@example.org/a'\ndisks: [{name: system, size: 20Gi}]", []string{"spec.osImage"}},
		"Refused":  {"osImage: 'ftp://example.org/a'\ndisks: [{name: system, size: 20Gi}]", []string{"spec.osImage"}},
		"RefusedTwice": {
			"osImage: 'ftp://example.org/a'\ndisks: [{name: system, size: 20Gi}, {name: data, size: 1Gi, image: 'ftp://example.org/a'}]",
			[]string{"spec.osImage", "spec.disks[1].image"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			advice := conditionOf(run(t, request(composite(t, machine+tc.spec))), "Valid").GetMessage()
			for _, path := range tc.want {
				if strings.Count(advice, path+": ") != 1 {
					t.Errorf("want one message about %s, got %q", path, advice)
				}
			}
			if got := strings.Count(advice, "mage: "); got != len(tc.want) {
				t.Errorf("want nothing said of other images, got %q", advice)
			}
		})
	}
}
