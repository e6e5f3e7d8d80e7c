package fn

import (
	"slices"
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/novasphere/function-wukong/internal/compose"
)

// TestLabels shows that all created objects, their Objects and the pod have the labels of the Input and those of the function. Observed objects
// have neither.
func TestLabels(t *testing.T) {
	const team, wukong = "example.org/team", "vm.novasphere.dev/wukong"
	spec := strings.Replace(full, ", deletionPolicy: Retain", "", 1)
	input := "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, defaults: {master: eth1}, limits: {masters: [{name: '*'}], deviceNames: ['*']}, labels: {example.org/team: platform}"
	for name, req := range map[string]*fnv1.RunFunctionRequest{
		"claim":      request(composite(t, spec)),
		"namespaced": request(namespaced(t, spec)),
		"native":     native(t, spec),
	} {
		t.Run(name, func(t *testing.T) {
			req.Input = structOf(t, input+"}")
			if name == "native" {
				req.Input = structOf(t, input+", target: Native}")
			}
			rsp := ask(t, req, nil)
			if len(rsp.GetDesired().GetResources()) == 0 {
				t.Fatal(fatalMessage(rsp))
			}
			for key, r := range rsp.GetDesired().GetResources() {
				object := r.GetResource().AsMap()
				labelled := map[string]any{"Object": object}
				if !onlyObserves(object) {
					labelled["object"] = compose.Unwrap(object)
				}
				for what, o := range labelled {
					if dig(o, "metadata", "labels", team) != "platform" || dig(o, "metadata", "labels", wukong) != "web-01" {
						t.Errorf("%s, %s: got %v", key, what, dig(o, "metadata", "labels"))
					}
				}
			}
			pod := dig(manifest(t, rsp, "vm"), "spec", "template", "metadata", "labels")
			if dig(pod, team) != "platform" || dig(pod, wukong) != "web-01" {
				t.Errorf("the pod: got %v", pod)
			}
		})
	}
}

// TestLabelsOfOthers shows that an object that KubeVirt creates gets no labels, while the Object that observes it does.
func TestLabelsOfOthers(t *testing.T) {
	req := disked(t, map[string]string{"disk-system": bound, "vm": running})
	req.Input = structOf(t, "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, labels: {example.org/team: platform}}")
	vmi := run(t, req).GetDesired().GetResources()["vmi"].GetResource().AsMap()
	if dig(vmi, "metadata", "labels", "example.org/team") != "platform" || dig(compose.Unwrap(vmi), "metadata", "labels") != nil {
		t.Errorf("got %v", vmi)
	}
}

// TestReservedLabels shows that an Input with a reserved label is rejected.
func TestReservedLabels(t *testing.T) {
	req := request(composite(t, minimal))
	req.Input = structOf(t, "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, labels: {vm.novasphere.dev/wukong: other}}")
	if got := fatalMessage(run(t, req)); !slices.Contains(strings.Fields(got), "labels[vm.novasphere.dev/wukong]:") {
		t.Errorf("got %q", got)
	}
}
