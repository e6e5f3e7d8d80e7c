package compose

import (
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A multiTarget composes several resources of each object.
type multiTarget struct{ Native }

func (multiTarget) Observe(*fnv1.RunFunctionRequest) observed.Resources { return nil }

func (multiTarget) compose(r plan.Resource, manifest *structpb.Struct, _ *fnv1.RunFunctionRequest) composed {
	out := composed{resources: map[string]*structpb.Struct{}}
	for _, suffix := range strings.Split("abcdefgh", "") {
		out.resources[r.Key+suffix] = manifest
	}
	return out
}

func secretIn(namespace string) plan.Resource {
	return plan.Resource{
		Key:    "vm",
		Object: &corev1.Secret{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: metav1.ObjectMeta{Name: "a", Namespace: namespace}},
	}
}

// TestFirstError shows that the first of several errors is always the same.
func TestFirstError(t *testing.T) {
	req := nativeRequest(t, nil, nil)
	req.Desired = &fnv1.State{Resources: map[string]*fnv1.Resource{"vmb": {}, "vmd": {}, "vmg": {}}}
	for range 50 {
		_, err := Compose(req, multiTarget{}, []plan.Resource{secretIn("ns")}, func(string) bool { return true })
		if err == nil || !strings.Contains(err.Error(), `"vmb"`) {
			t.Fatalf("want the error of the first key, got %v", err)
		}
	}
}

// TestOtherNamespace shows that no object outside the namespace of the Wukong is composed, even if it was planned.
func TestOtherNamespace(t *testing.T) {
	for name, target := range map[string]Target{"Native": Native{}, "Object": NamespacedObject("ProviderConfig", "default", true)} {
		for _, namespace := range []string{"kube-system", ""} {
			if _, err := Compose(nativeRequest(t, nil, nil), target, []plan.Resource{secretIn(namespace)}, func(string) bool { return true }); err == nil {
				t.Errorf("%s: an object in namespace %q is composed", name, namespace)
			}
		}
	}
}
