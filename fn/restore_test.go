package fn

import (
	"fmt"
	"slices"
	"testing"

	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/storage"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// TestRestoredDefaultDisk shows that the disk of a Wukong that lists none keeps the volume from which it was restored, whatever has become of the field and of the
// defaults of the platform.
func TestRestoredDefaultDisk(t *testing.T) {
	req, err := wukongtest.Request(map[string]any{"cpu": int64(2), "memory": "4Gi", "osImage": "https://example.org/debian.qcow2"})
	if err != nil {
		t.Fatal(err)
	}
	req.GetInput().Fields["defaults"] = structOf(t, "{v: {diskSize: 40Gi}}").GetFields()["v"]
	before, err := Plan(req)
	if err != nil {
		t.Fatal(err)
	}
	name := storage.ClaimName(before.Wukong, &v1alpha1.Disk{Name: "system", Successor: "r43b88b3cea"})
	rs := observed.Resources{
		"disk-system.r43b88b3cea": {Object: observedtest.YAML(fmt.Sprintf("{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, metadata: {name: %s}, "+
			"spec: {source: {snapshot: {namespace: team-a, name: v}}, storage: {resources: {requests: {storage: 20Gi}}}}, status: {phase: Succeeded}}", name))},
		plan.KeyVM: {Object: observedtest.YAML("{metadata: {name: " + wukongtest.Name + "}, spec: {template: {spec: {volumes: [{name: system, dataVolume: {name: " +
			name + "}}]}}}}")},
	}
	after, err := PlanFor(req, rs)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, r := range after.Resources {
		if _, isDisk := r.Object.(*cdiv1.DataVolume); isDisk {
			keys = append(keys, r.Key)
		}
	}
	if !slices.Equal(keys, []string{"disk-system.r43b88b3cea"}) || len(after.DataLoss) > 0 || len(after.Rejected) > 0 {
		t.Errorf("want the restored disk alone, got %q, %q, %q", keys, after.DataLoss, after.Rejected)
	}
	if size := after.Wukong.Spec.Disks[0].Size.String(); size != "20Gi" {
		t.Errorf("want the size that the disk has, got %s", size)
	}
}
