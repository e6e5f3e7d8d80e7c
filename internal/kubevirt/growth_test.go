package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

// TestGrowth shows what is reported of the size of an instance, and of the CPUs and the memory that it is about to get.
func TestGrowth(t *testing.T) {
	const (
		size       = "currentCPUTopology: {sockets: 2, cores: 2, threads: 1}, memory: {guestCurrent: 4Gi}"
		migratable = "{type: LiveMigratable, status: 'True'}"
		cpus       = "{type: HotVCPUChange, status: 'True'}"
		memory     = "{type: HotMemoryChange, status: 'True'}"
	)
	byHand := &v1beta1.Cluster{KubeVirt: &v1beta1.KubeVirt{WorkloadUpdateMethods: []v1beta1.WorkloadUpdateMethod{"Evict"}}}
	cases := map[string]struct {
		reason     string
		conditions string
		cluster    *v1beta1.Cluster
		want       string
	}{
		"Settled": {conditions: migratable, want: "Virtual machine is running"},
		"CPUs": {
			reason: "KubeVirt brings CPUs by a migration.", conditions: migratable + ", " + cpus,
			want: "Virtual machine is running, and gets 8 CPUs when KubeVirt has moved it to another node, which it does by itself",
		},
		"Both": {
			reason: "And memory.", conditions: migratable + ", " + cpus + ", " + memory,
			want: "Virtual machine is running, and gets 8 CPUs, 16Gi memory when KubeVirt has moved it to another node, which it does by itself",
		},
		"ByHand": {
			reason: "Without LiveMigrate among its workloadUpdateMethods KubeVirt migrates nothing.", conditions: migratable + ", " + memory, cluster: byHand,
			want: "Virtual machine is running, and gets 16Gi memory when it moves to another node: virtctl migrate web-01 moves it",
		},
		"NotMigratable": {
			reason: "KubeVirt asks for CPUs whether the instance can migrate or not.", conditions: "{type: LiveMigratable, status: 'False'}, " + cpus,
			want: "Virtual machine is running, and gets 8 CPUs when it restarts, as it cannot move to another node: virtctl restart web-01 restarts it",
		},
		"Failed": {reason: "KubeVirt requires a restart then.", conditions: migratable + ", {type: HotMemoryChange, status: 'False'}", want: "Virtual machine is running"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := wukongWith("")
			w.Spec.CPU, w.Spec.Memory = ptr.To[int32](8), quantity("16Gi")
			rs := observed.Resources{
				"vm":  {Object: observedtest.YAML("{status: {created: true, printableStatus: Running}}")},
				"vmi": {Object: observedtest.YAML("{status: {phase: Running, " + size + ", conditions: [" + tc.conditions + "]}}")},
			}
			s := Report(w, nil, tc.cluster, "", rs)
			if diff := cmp.Diff(tc.want, s.Part.Message); diff != "" || !s.Part.Ready {
				t.Errorf("%s ready %t, message -want, +got:\n%s", tc.reason, s.Part.Ready, diff)
			}
			if s.CPUs != 4 || s.Memory != "4Gi" {
				t.Errorf("want what the guest has now, got %d CPUs and %q", s.CPUs, s.Memory)
			}
		})
	}
}

// TestStateClaim shows that the claim with the state of the TPM and the firmware is reported, and no other one.
func TestStateClaim(t *testing.T) {
	rs := observed.Resources{
		"vm": {Object: observedtest.YAML("{status: {created: true, printableStatus: Running}}")},
		"vmi": {Object: observedtest.YAML("{status: {phase: Running, volumeStatus: [{name: system, persistentVolumeClaimInfo: {claimName: system}}, " +
			"{name: persistent-state-for-this-vm, persistentVolumeClaimInfo: {claimName: persistent-state-for-web-01-abcde}}]}}")},
	}
	if s := Report(wukongWith(""), nil, nil, "", rs); s.StateClaim != "persistent-state-for-web-01-abcde" {
		t.Errorf("got %q", s.StateClaim)
	}
}
