package storage

import (
	"testing"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

// TestExistingRefused shows that a disk which was asked for, and which the cluster refuses, has the source that it was asked for with.
func TestExistingRefused(t *testing.T) {
	rs := observed.Resources{"disk-data": {Refused: "denied", LastKnown: observedtest.YAML("{kind: DataVolume, metadata: {namespace: team-a, annotations: " +
		"{vm.novasphere.dev/image-from: DataSource team-a/golden}}, spec: {storage: {resources: {requests: {storage: 20Gi}}}}}")}}
	got := Existing(&v1alpha1.Disk{Name: "data"}, rs)
	if got == nil || got.ImageFrom == nil || got.ImageFrom.Name != "golden" || got.Size.String() != "20Gi" {
		t.Errorf("want a disk of DataSource golden with 20Gi, got %+v", got)
	}
}
