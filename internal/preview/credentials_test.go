package preview

import (
	"bytes"
	"strings"
	"testing"

	"github.com/novasphere/function-wukong/internal/manifest"
)

// TestTreeHoldsNoCredentials shows that a summary, which people paste into tickets, does not repeat what a URL holds beside the place of an image.
func TestTreeHoldsNoCredentials(t *testing.T) {
	const wukong = `
apiVersion: vm.novasphere.dev/v1alpha1
kind: Wukong
metadata: {name: web-01, namespace: team-a}
spec:
  cpu: 1
  memory: 1Gi
  disks:
  - {name: system, size: 10Gi, image: "https://ops:it's-TOKEN@example.org/a.qcow2?sig=it's-TOKEN"}
`
	var out, problems bytes.Buffer
	c := Command{Options: Options{Files: []string{"-"}, Stdin: strings.NewReader(wukong)}, Output: Tree, Stdout: &out, Problems: manifest.Printer{Writer: &problems}}
	if err := c.Run(t.Context()); err != nil {
		t.Fatalf("%v: %s", err, problems.String())
	}
	if s := out.String() + problems.String(); strings.Contains(s, "TOKEN") || !strings.Contains(s, "from https://xxxxx@example.org/a.qcow2?xxxxx") {
		t.Errorf("want the place of the image alone, got\n%s", s)
	}
}
