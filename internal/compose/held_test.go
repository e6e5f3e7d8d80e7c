package compose

import (
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/plan"
)

// TestHeld shows that an object which is held is not created, and that one which is, or may be, created already stays.
func TestHeld(t *testing.T) {
	held := plan.Resource{Key: "disk-data", Guarded: true, Held: true}
	free := map[string]*fnv1.Resource{"vm": probing(t, vmManifest, statusFree), "disk-data": probing(t, diskManifest, statusFree)}
	if got := (Object{}).compose(held, structIn(t, diskManifest), objectRequest(free)); !hasPolicies(got.resources["disk-data"], plan.Observe) || got.final {
		t.Errorf("want an Object that only observes, and no final step, got %v", got)
	}
	managing := probing(t, diskManifest, statusFree)
	fields.In(managing.GetResource(), "spec").Fields["managementPolicies"] = managementPolicies(plan.Manage)
	made := map[string]*fnv1.Resource{"vm": probing(t, vmManifest, statusFree), "disk-data": managing}
	if got := (Object{}).compose(held, structIn(t, diskManifest), objectRequest(made)); !hasPolicies(got.resources["disk-data"], plan.Manage) {
		t.Errorf("want the Object to go on, got %v", got)
	}

	vm := plan.Resource{Key: "vm", Held: true}
	if got := (Native{}).compose(vm, structIn(t, ownVM), nativeRequest(t, nil, map[string]string{"vm.look": ""})); got.resources["vm"] != nil || got.final {
		t.Errorf("want nothing to be composed, got %v", got)
	}
	if got := (Native{}).compose(vm, structIn(t, ownVM), nativeRequest(t, map[string]string{"vm": ownVM}, nil)); got.resources["vm"] == nil {
		t.Errorf("want the composed object to stay, got %v", got)
	}
}

// TestShared shows that an object of a shared namespace may be observed, and nothing else.
func TestShared(t *testing.T) {
	shared := func(m plan.Management) plan.Resource {
		meta := metav1.ObjectMeta{Namespace: "golden", Name: "debian-12"}
		return plan.Resource{
			Key: "datasource-system", Shared: true, Management: m,
			Object: &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "cdi.kubevirt.io/v1beta1", Kind: "DataSource"}, ObjectMeta: meta},
		}
	}
	always := func(string) bool { return true }
	for name, target := range map[string]Target{"Native": Native{}, "Object": NamespacedObject("ProviderConfig", "default", true)} {
		c, err := Compose(nativeRequest(t, nil, nil), target, []plan.Resource{shared(plan.Observe)}, always)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if object := c.Desired.GetResources()["datasource-system"].GetResource(); object != nil && !hasPolicies(object, plan.Observe) {
			t.Errorf("%s: want it only observed, got %v", name, object)
		}
		for _, m := range []plan.Management{plan.Manage, plan.Retain, plan.Adjust, plan.Delete} {
			if _, err := Compose(nativeRequest(t, nil, nil), target, []plan.Resource{shared(m)}, always); err == nil {
				t.Errorf("%s: an object of another namespace is composed with management %d", name, m)
			}
		}
	}
}
