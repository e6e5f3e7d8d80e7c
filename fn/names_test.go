package fn

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// TestNoTwoThingsShareAName renders thousands of Wukongs with similar names. It shows that all names of objects are valid and distinct, and that
// all network interfaces have distinct names and addresses.
func TestNoTwoThingsShareAName(t *testing.T) {
	names := []string{"a", "b", "a-b", "b-a", "a.b", "a-b-c", "vm", "web-01", "web-01-data", "data"}
	owners, macs := map[string]string{}, map[string]string{}

	for i := range 2000 {
		namespace, name := fmt.Sprintf("ns-%d", i/len(names)), names[i%len(names)]
		spec := wukongtest.Spec().Example(i)
		req, err := wukongtest.Request(spec)
		if err != nil {
			t.Fatal(err)
		}
		ref := req.GetObserved().GetComposite().GetResource().GetFields()["spec"].GetStructValue().GetFields()["claimRef"].GetStructValue()
		ref.Fields["namespace"], ref.Fields["name"] = structpb.NewStringValue(namespace), structpb.NewStringValue(name)
		// Generated networks may be named with the namespace that a Wukong usually has.
		shared := &structpb.ListValue{Values: []*structpb.Value{structpb.NewStringValue(wukongtest.Namespace)}}
		req.Input.Fields["sharedNetworkNamespaces"] = structpb.NewListValue(shared)
		shared.Values = append(shared.Values, structpb.NewStringValue(wukongtest.SharedImages))
		req.Input.Fields["sharedImageNamespaces"] = structpb.NewListValue(shared)

		rsp := run(t, req)
		if message := fatalMessage(rsp); message != "" {
			t.Fatalf("example %d: %s", i, message)
		}

		for key, r := range rsp.GetDesired().GetResources() {
			// Many may read the same object of somebody else.
			if onlyObserves(r.GetResource().AsMap()) {
				continue
			}
			m := manifest(t, rsp, key)
			got := dig(m, "metadata", "name").(string)
			if messages := validation.IsDNS1123Subdomain(got); len(messages) > 0 {
				t.Errorf("%s of %s/%s is called %q: %v", key, namespace, name, got, messages)
			}
			claim(t, owners, fmt.Sprint(m["kind"], " ", namespace, "/", got), name+" "+key)
		}
		nics, _ := dig(manifest(t, rsp, "vm"), "spec", "template", "spec", "domain", "devices", "interfaces").([]any)
		for _, nic := range nics {
			// An address that the user chose may be any.
			if mac := dig(nic, "macAddress").(string); !given(spec, mac) {
				claim(t, macs, mac, fmt.Sprint(namespace, "/", name, " ", dig(nic, "name")))
			}
		}
		if !takesSeed(req.GetObserved().GetComposite().GetResource()) {
			continue
		}
		if got := ethernets(t, dig(manifest(t, rsp, "cloud-init"), "data", "networkdata").(string)); got != len(nics) {
			t.Errorf("example %d: %d interfaces are attached and %d configured", i, len(nics), got)
		}
	}
	t.Logf("%d objects, %d MAC addresses", len(owners), len(macs))
}

// claim records a name, and fails the test if the name is taken.
func claim(t *testing.T, owners map[string]string, name, owner string) {
	t.Helper()
	if other, taken := owners[name]; taken {
		t.Errorf("%s is both %s and %s", name, other, owner)
	}
	owners[name] = owner
}

// given reports whether the spec has a MAC address.
func given(spec object, mac string) bool {
	networks, _ := spec["networks"].([]any)
	for _, n := range networks {
		if v, ok := dig(n, "macAddress").(string); ok && strings.EqualFold(v, mac) {
			return true
		}
	}
	return false
}

// ethernets returns how many network interfaces cloud-init configures.
func ethernets(t *testing.T, encoded string) int {
	t.Helper()
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	v := struct {
		Ethernets map[string]any
		// Those of a configuration drive.
		Links []any
	}{}
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return len(v.Ethernets) + len(v.Links)
}
