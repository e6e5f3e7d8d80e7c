package admission

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// TestProbePodNetwork shows that a probe which takes the pod network is refused where a default leaves that out.
func TestProbePodNetwork(t *testing.T) {
	const refused = ": Forbidden: the virtual machine is not on the pod network, through which alone tcpSocket and httpGet reach a guest: give podNetwork: true, or " +
		"guestAgentPing or exec"
	tcp := &v1alpha1.Probe{TCPSocket: &v1alpha1.TCPSocketAction{Port: 22}}
	cases := map[string]struct {
		reason   string
		spec     v1alpha1.WukongSpec
		defaults v1beta1.Defaults
		want     []string
	}{
		"PodNetwork": {reason: "It is there without more.", spec: v1alpha1.WukongSpec{ReadinessProbe: tcp}},
		"ByDefault": {
			reason: "The platform team leaves it out.", defaults: v1beta1.Defaults{PodNetwork: ptr.To(false)},
			spec: v1alpha1.WukongSpec{ReadinessProbe: tcp, LivenessProbe: &v1alpha1.Probe{HTTPGet: &v1alpha1.HTTPGetAction{Port: 80}}},
			want: []string{"spec.readinessProbe.tcpSocket" + refused, "spec.livenessProbe.httpGet" + refused},
		},
		"AskedFor": {
			reason: "The Wukong asks for it.", defaults: v1beta1.Defaults{PodNetwork: ptr.To(false)},
			spec: v1alpha1.WukongSpec{PodNetwork: ptr.To(true), ReadinessProbe: tcp},
		},
		"Agent": {
			reason: "The agent needs no network.", defaults: v1beta1.Defaults{PodNetwork: ptr.To(false)},
			spec: v1alpha1.WukongSpec{ReadinessProbe: &v1alpha1.Probe{GuestAgentPing: true}, LivenessProbe: &v1alpha1.Probe{Exec: &v1alpha1.ExecAction{}}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := &v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "web-01"}, Spec: complete(tc.spec, tc.defaults)}
			var got []string
			for _, err := range Validate(w, nil, &v1beta1.Input{}) {
				got = append(got, err.Error())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
