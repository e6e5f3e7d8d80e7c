package storage

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/report"
)

type object = map[string]any

// withStatus returns an observed disk with a status.
func withStatus(status object) observed.Resources {
	return observed.Resources{"disk-system": {Object: observedtest.Object(object{"metadata": object{"name": "x"}, "status": status})}}
}

// TestImportedRefused shows that a refused growth of an imported disk is reported, whatever the error.
func TestImportedRefused(t *testing.T) {
	rs := dv()
	rs["pvc-system"] = observed.Resource{Object: pvc("Bound")["disk-system"].Object, Refused: "internal error: webhook boom"}
	_, got := Report(wukong(v1alpha1.Disk{Name: "system", Size: size("30Gi"), Image: "debian"}), rs, false)
	if want := "disk system: refused by the cluster: internal error: webhook boom"; !got.Failed || got.Message != want {
		t.Errorf("want %q, got %+v", want, got)
	}
}

func TestReportClaim(t *testing.T) {
	cases := map[corev1.PersistentVolumeClaimPhase]report.Part{
		corev1.ClaimBound:   {Ready: true, Reason: "VolumesReady", Message: "1 volume bound"},
		corev1.ClaimPending: {Reason: "VolumesPending", Message: "waiting for disk system: no volume is bound yet"},
		"":                  {Reason: "VolumesPending", Message: "waiting for disk system: no volume is bound yet"},
		corev1.ClaimLost: {
			Failed:  true,
			Reason:  "VolumesFailed",
			Message: "disk system: its volume is lost: restore it, or give the disk another name, which makes a new one",
		},
		"Levitating": {Reason: "VolumesPending", Message: "waiting for disk system: its claim is in phase Levitating, which is not known here"},
	}
	for phase, want := range cases {
		t.Run(string(phase), func(t *testing.T) {
			want.Condition = "VolumesBound"
			if !want.Ready {
				want.Pending = []string{"disk-system"}
			}
			statuses, got := Report(wukong(v1alpha1.Disk{
				Name: "system",
				Size: size("5Gi"),
			}), withStatus(object{"phase": string(phase), "capacity": object{"storage": "6Gi"}}), false)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
			if statuses[0].Bound != (phase == corev1.ClaimBound) || statuses[0].Size != "6Gi" {
				t.Errorf("got %+v", statuses[0])
			}
		})
	}
}

func TestReportImport(t *testing.T) {
	preparing := report.Part{Reason: "VolumesPending", Message: "waiting for disk system: its volume is being prepared"}
	starting := report.Part{Reason: "VolumesPending", Message: "waiting for disk system: its import begins with the start of the virtual machine"}
	importing := report.Part{Reason: "VolumesImporting", Message: "waiting for disk system: importing 45.3%"}
	cases := map[cdiv1.DataVolumePhase]report.Part{
		cdiv1.PhaseUnset:                        preparing,
		cdiv1.Pending:                           preparing,
		cdiv1.PVCBound:                          preparing,
		cdiv1.ImportScheduled:                   importing,
		cdiv1.ImportInProgress:                  importing,
		cdiv1.CloneScheduled:                    preparing,
		cdiv1.CloneInProgress:                   preparing,
		cdiv1.SnapshotForSmartCloneInProgress:   preparing,
		cdiv1.CloneFromSnapshotSourceInProgress: preparing,
		cdiv1.SmartClonePVCInProgress:           preparing,
		cdiv1.CSICloneInProgress:                preparing,
		cdiv1.ExpansionInProgress:               preparing,
		cdiv1.NamespaceTransferInProgress:       preparing,
		cdiv1.UploadScheduled:                   preparing,
		cdiv1.UploadReady:                       preparing,
		cdiv1.PrepClaimInProgress:               preparing,
		cdiv1.RebindInProgress:                  preparing,
		cdiv1.WaitForFirstConsumer:              starting,
		cdiv1.PendingPopulation:                 starting,
		cdiv1.Succeeded:                         {Ready: true, Reason: "VolumesReady", Message: "1 volume bound"},
		cdiv1.Failed:                            {Failed: true, Reason: "VolumesFailed", Message: "disk system: import failed: no route to host"},
		cdiv1.Unknown:                           {Reason: "VolumesPending", Message: "waiting for disk system: the state of its import is not known at the moment"},
		cdiv1.Paused:                            {Reason: "VolumesPending", Message: "waiting for disk system: its import is paused"},
		"Levitating": {
			Reason:  "VolumesPending",
			Message: "waiting for disk system: its import is in phase Levitating, which is not known here",
		},
	}
	for phase, want := range cases {
		t.Run(string(phase), func(t *testing.T) {
			want.Condition = "VolumesBound"
			if !want.Ready {
				want.Pending = []string{"disk-system"}
			}
			_, got := Report(wukong(v1alpha1.Disk{Name: "system", Size: size("5Gi"), Image: "debian"}), withStatus(object{
				"phase": string(phase), "progress": "45.3%",
				"conditions": []any{object{"type": "Running", "status": "False", "message": "no route to host"}},
			}), false)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

// TestReportImporterPod shows that the condition of the importer pod has precedence over an earlier phase.
func TestReportImporterPod(t *testing.T) {
	cases := map[string]struct {
		running object
		want    report.Part
	}{
		"Runs": {
			object{"type": "Running", "status": "True", "reason": "Pod is running"},
			report.Part{Reason: "VolumesImporting", Message: "waiting for disk system: importing 45.3%"},
		},
		"Retried": {
			object{"type": "Running", "status": "False", "reason": "Error", "message": "404 Not Found"},
			report.Part{Failed: true, Reason: "VolumesFailed", Message: "disk system: import failed, and is tried again: 404 Not Found"},
		},
	}
	for name, c := range cases {
		c.want.Condition, c.want.Pending = "VolumesBound", []string{"disk-system"}
		for _, phase := range []cdiv1.DataVolumePhase{
			cdiv1.PhaseUnset, cdiv1.Pending, cdiv1.PVCBound, cdiv1.WaitForFirstConsumer, cdiv1.PendingPopulation, cdiv1.ImportScheduled, cdiv1.ImportInProgress,
		} {
			t.Run(name+"/"+string(phase), func(t *testing.T) {
				_, got := Report(wukong(v1alpha1.Disk{Name: "system", Size: size("5Gi"), Image: "debian"}), withStatus(object{
					"phase": string(phase), "progress": "45.3%", "conditions": []any{c.running},
				}), false)
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("-want, +got:\n%s", diff)
				}
			})
		}
	}
}

// TestReportResizing shows that a growing disk is reported, unless another disk cannot be used at all.
func TestReportResizing(t *testing.T) {
	rs := observed.Resources{"disk-system": {Object: observedtest.Object(object{
		"spec":   object{"resources": object{"requests": object{"storage": "30Gi"}}},
		"status": object{"phase": "Bound", "capacity": object{"storage": "20Gi"}},
	})}}
	system := v1alpha1.Disk{Name: "system", Size: size("30Gi")}
	if _, got := Report(wukong(system), rs, false); got.Ready || got.Reason != "VolumesResizing" || got.Message != "disk system: growing from 20Gi to 30Gi" {
		t.Errorf("got %+v", got)
	}
	if _, got := Report(wukong(system, v1alpha1.Disk{Name: "new", Size: size("1Gi")}), rs, false); got.Reason != "VolumesPending" || len(got.Pending) != 2 {
		t.Errorf("got %+v", got)
	}
}

// TestReportStopped shows that a disk of a stopped virtual machine counts as ready while it waits for its first consumer.
func TestReportStopped(t *testing.T) {
	for _, d := range []v1alpha1.Disk{{Name: "system", Size: size("5Gi")}, {Name: "system", Size: size("5Gi"), Image: "debian"}} {
		phase := "Pending"
		if d.Image != "" {
			phase = "PendingPopulation"
		}
		for stopped, pending := range map[bool]int{true: 0, false: 1} {
			if _, got := Report(wukong(d), withStatus(object{"phase": phase}), stopped); got.Ready || len(got.Pending) != pending {
				t.Errorf("stopped: %t: want %d pending disks, got %+v", stopped, pending, got)
			}
		}
	}
}

// TestReportDeleting shows that a disk is not ready while an earlier disk of its name is being deleted.
func TestReportDeleting(t *testing.T) {
	rs := withStatus(object{"phase": "Bound"})
	rs["disk-system"].Object.GetFields()["metadata"].GetStructValue().Fields["deletionTimestamp"] = structpb.NewStringValue("2026-01-01T00:00:00Z")
	if _, got := Report(wukong(v1alpha1.Disk{Name: "system", Size: size("5Gi")}), rs, false); got.Ready || !strings.Contains(got.Message, "is being deleted") {
		t.Errorf("got %+v", got)
	}
}

// TestSummarize shows the precedence of disks in the condition: failed, importing, waiting.
func TestSummarize(t *testing.T) {
	w := wukong(
		v1alpha1.Disk{Name: "existing", ClaimName: "by-hand"},
		v1alpha1.Disk{Name: "new", Size: size("1Gi")},
		v1alpha1.Disk{Name: "system", Size: size("1Gi"), Image: "debian"},
		v1alpha1.Disk{Name: "bad", Size: size("1Gi")},
	)
	rs := observed.Resources{}
	check := func(want string) {
		t.Helper()
		statuses, got := Report(w, rs, false)
		if !strings.HasPrefix(got.Message, want) {
			t.Errorf("want %q, got %q", want, got.Message)
		}
		if statuses[0].PVCName != "by-hand" {
			t.Errorf("want the existing claim in the status, got %+v", statuses[0])
		}
	}
	check("waiting for disk new")
	rs["disk-system"] = observed.Resource{Object: observedtest.Object(object{"status": object{"phase": "ImportScheduled"}})}
	check("waiting for disk system: importing")
	rs["disk-bad"] = observed.Resource{Refused: "exceeded quota"}
	check("disk bad: refused by the cluster: exceeded quota")
}

// TestReportUnreadable shows that an object that cannot be decoded is reported as missing.
func TestReportUnreadable(t *testing.T) {
	for _, status := range []any{"text", object{"phase": 5}, []any{}} {
		_, got := Report(wukong(v1alpha1.Disk{
			Name: "system",
			Size: size("5Gi"),
		}), observed.Resources{"disk-system": {Object: observedtest.Object(object{"status": status})}}, false)
		if got.Ready || got.Failed || got.Message != "waiting for disk system" {
			t.Errorf("%v: got %+v", status, got)
		}
	}
}
