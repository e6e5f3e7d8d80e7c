package capacity

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	storagetypes "kubevirt.io/kubevirt/pkg/storage/types"
)

// TestAttachments shows that a check knows which virtual machines have a pod that attaches volumes, and what that requests and is limited to; and that a pod
// which only triggers an import takes as much.
func TestAttachments(t *testing.T) {
	attached, alone := 0, 0
	for i, w := range wukongs {
		config := w.config(t)
		vmi := w.instance(t, config)
		vmi.Status.SelinuxContext = "none"
		templates := w.templates(t, config, vmi)
		launcher, err := templates.RenderLaunchManifest(vmi)
		if err != nil {
			t.Fatal(err)
		}
		launcher.Name, launcher.UID = "virt-launcher", "2"
		var want *resources
		volumes := storagetypes.GetHotplugVolumes(vmi, launcher)
		if len(volumes) > 0 {
			claims := map[string]*corev1.PersistentVolumeClaim{}
			for _, v := range volumes {
				claims[v.Name] = &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: vmi.Namespace, Name: storagetypes.PVCNameFromVirtVolume(v)}}
			}
			pod, err := templates.RenderHotplugAttachmentPodTemplate(volumes, launcher, vmi, claims)
			if err != nil {
				t.Fatal(err)
			}
			of := resourcesOf(pod)
			want = &of
			trigger, err := templates.RenderHotplugAttachmentTriggerPodTemplate(volumes[0], launcher, vmi, claims[volumes[0].Name].Name, false, true)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(*want, resourcesOf(trigger)); diff != "" {
				t.Fatalf("-attachment, +trigger:\n%s", diff)
			}
			attached++
		} else {
			alone++
		}
		var got *resources
		if a := w.Checked.Attachment; a != nil {
			got = &resources{Requests: plain(a.Requests), Limits: plain(a.Limits)}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-KubeVirt, +check:\n%s\n%s", diff, w.describe(i))
		}
		if w.Checked.Running {
			needed := map[string]string{}
			if want != nil {
				needed = map[string]string{
					"cpu": want.Requests["cpu"], "memory": want.Requests["memory"], "limits.cpu": want.Limits["cpu"], "limits.memory": want.Limits["memory"], "pods": "1",
				}
			}
			if diff := cmp.Diff(needed, plain(w.Headroom.Attachment)); diff != "" {
				t.Fatalf("headroom: -KubeVirt, +check:\n%s\n%s", diff, w.describe(i))
			}
		}
	}
	if attached == 0 || alone == 0 {
		t.Errorf("%d virtual machines have a pod that attaches volumes, %d have none", attached, alone)
	}
	t.Logf("%d virtual machines have a pod that attaches volumes, %d have none", attached, alone)
}
