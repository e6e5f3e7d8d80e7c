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
	_, got := Report(wukong(v1alpha1.Disk{Name: "system", Size: size("30Gi"), Image: "debian"}), Settings{}, rs, false)
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
			}), Settings{}, withStatus(object{"phase": string(phase), "capacity": object{"storage": "6Gi"}}), false)
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
	cloning := report.Part{Reason: "VolumesImporting", Message: "waiting for disk system: cloning PersistentVolumeClaim team-a/golden, 45.3%"}
	uploading := report.Part{Reason: "VolumesPending", Message: "waiting for disk system: the server for its upload is being prepared"}
	awaiting := report.Part{
		Reason:  "VolumesAwaitUpload",
		Message: "disk system waits for its image: virtctl image-upload dv web-01-system-2cv8m --namespace team-a --no-create --image-path FILE",
	}
	sources := map[string]object{cloning.Message: {"pvc": object{"namespace": "team-a", "name": "golden"}}, uploading.Message: {"upload": object{}}, awaiting.Message: {"upload": object{}}}
	cases := map[cdiv1.DataVolumePhase]report.Part{
		cdiv1.PhaseUnset:                        preparing,
		cdiv1.Pending:                           preparing,
		cdiv1.PVCBound:                          preparing,
		cdiv1.ImportScheduled:                   importing,
		cdiv1.ImportInProgress:                  importing,
		cdiv1.CloneScheduled:                    cloning,
		cdiv1.CloneInProgress:                   cloning,
		cdiv1.SnapshotForSmartCloneInProgress:   cloning,
		cdiv1.CloneFromSnapshotSourceInProgress: cloning,
		cdiv1.SmartClonePVCInProgress:           cloning,
		cdiv1.CSICloneInProgress:                cloning,
		cdiv1.ExpansionInProgress:               preparing,
		cdiv1.NamespaceTransferInProgress:       cloning,
		cdiv1.UploadScheduled:                   uploading,
		cdiv1.UploadReady:                       awaiting,
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
			rs := observed.Resources{"disk-system": {Object: observedtest.Object(object{
				"kind": "DataVolume", "metadata": object{"name": "x"}, "spec": object{"source": sources[want.Message]},
				"status": object{
					"phase": string(phase), "progress": "45.3%",
					"conditions": []any{object{"type": "Running", "status": "False", "message": "no route to host"}},
				},
			})}}
			_, got := Report(wukong(v1alpha1.Disk{Name: "system", Size: size("5Gi"), Image: "debian"}), Settings{}, rs, false)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

// TestReportTask shows what is said while a pod of CDI runs, which one of an upload, or of a copy, may do long before there is something to do.
func TestReportTask(t *testing.T) {
	for name, tc := range map[string]struct {
		source object
		phase  cdiv1.DataVolumePhase
		want   string
	}{
		"Upload": {object{"upload": object{}}, cdiv1.UploadReady, "disk system waits for its image: virtctl image-upload dv "},
		"Copy": {
			object{"pvc": object{"namespace": "team-a", "name": "golden"}}, cdiv1.CloneInProgress,
			"waiting for disk system: cloning PersistentVolumeClaim team-a/golden, of which nothing is copied yet",
		},
		"Snapshot": {
			object{"snapshot": object{"namespace": "team-a", "name": "golden"}}, cdiv1.CloneInProgress,
			"waiting for disk system: cloning VolumeSnapshot team-a/golden",
		},
	} {
		t.Run(name, func(t *testing.T) {
			rs := observed.Resources{"disk-system": {Object: observedtest.Object(object{
				"kind": "DataVolume", "metadata": object{"name": "x"}, "spec": object{"source": tc.source},
				"status": object{"phase": string(tc.phase), "progress": "N/A", "conditions": []any{
					object{"type": "Running", "status": "True", "reason": "Pod is running"},
					object{"type": "Bound", "status": "False", "reason": "Pending", "message": "target PVC x Pending and Error saving claim: " + eventConflict},
				}},
			})}}
			if _, got := Report(wukong(v1alpha1.Disk{Name: "system", Size: size("5Gi"), Image: "debian"}), Settings{}, rs, false); !strings.HasPrefix(got.Message, tc.want) {
				t.Errorf("want %q, got %q", tc.want, got.Message)
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
				_, got := Report(wukong(v1alpha1.Disk{Name: "system", Size: size("5Gi"), Image: "debian"}), Settings{}, withStatus(object{
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
	if _, got := Report(wukong(system), Settings{}, rs, false); got.Ready || got.Reason != "VolumesResizing" || got.Message != "disk system: growing from 20Gi to 30Gi" {
		t.Errorf("got %+v", got)
	}
	if _, got := Report(wukong(system, v1alpha1.Disk{Name: "new", Size: size("1Gi")}), Settings{}, rs, false); got.Reason != "VolumesPending" || len(got.Pending) != 2 {
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
			if _, got := Report(wukong(d), Settings{}, withStatus(object{"phase": phase}), stopped); got.Ready || len(got.Pending) != pending {
				t.Errorf("stopped: %t: want %d pending disks, got %+v", stopped, pending, got)
			}
		}
	}
}

// TestReportDeleting shows that a disk is not ready while an earlier disk of its name is being deleted.
func TestReportDeleting(t *testing.T) {
	rs := withStatus(object{"phase": "Bound"})
	rs["disk-system"].Object.GetFields()["metadata"].GetStructValue().Fields["deletionTimestamp"] = structpb.NewStringValue("2026-01-01T00:00:00Z")
	if _, got := Report(wukong(v1alpha1.Disk{Name: "system", Size: size("5Gi")}), Settings{}, rs, false); got.Ready || !strings.Contains(got.Message, "is being deleted") {
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
		statuses, got := Report(w, Settings{}, rs, false)
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
		}), Settings{}, observed.Resources{"disk-system": {Object: observedtest.Object(object{"status": status})}}, false)
		if got.Ready || got.Failed || got.Message != "waiting for disk system" {
			t.Errorf("%v: got %+v", status, got)
		}
	}
}
