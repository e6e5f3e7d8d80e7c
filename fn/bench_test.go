package fn

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/server"
)

// full is a spec that uses most features.
const full = `
cpu: 4
memory: 8Gi
sshKeySecret: ops-keys
cloudInitUser: {name: ops, passwordHash: "$6$salt$hash", groups: [sudo, adm]}
networks:
- {name: office, type: bridge, vlanId: 120, ipConfig: {mode: static, address: 192.168.120.10/24, gateway: 192.168.120.1, dnsServers: [192.168.120.1]}}
- {name: storage, type: ovs, bridgeName: br-storage, mtu: 9000, ipConfig: {mode: dhcp}}
- {name: fast, type: sriov, nadName: fast-vlan-200}
disks:
- {name: system, size: 40Gi, image: "https://example.org/debian.qcow2"}
- {name: tools, size: 10Gi, image: "docker://quay.io/containerdisks/fedora:42"}
- {name: data, size: 500Gi, storageClassName: fast, deletionPolicy: Retain}
- {name: archive, claimName: archive-2025}
`

// sized returns a spec with n disks and networks.
func sized(disks, networks int) string {
	var b strings.Builder
	b.WriteString("cpu: 2\nmemory: 4Gi\ndisks:\n")
	for i := range disks {
		fmt.Fprintf(&b, "- {name: disk-%d, size: 20Gi}\n", i)
	}
	b.WriteString("networks:\n")
	for i := range networks {
		fmt.Fprintf(&b, "- {name: net-%d, type: bridge, ipConfig: {mode: static, address: 10.0.%d.2/24}}\n", i, i)
	}
	return b.String()
}

// BenchmarkRunFunction measures a request from its bytes to those of the response, with the garbage collector of a server.
func BenchmarkRunFunction(b *testing.B) {
	if err := server.TuneGC(); err != nil {
		b.Log(err)
	}
	cases := []struct {
		name, spec string
		observed   bool
	}{
		{name: "Small", spec: sized(1, 1)},
		{name: "SmallObserved", spec: sized(1, 1), observed: true},
		{name: "Full", spec: full},
		{name: "FullObserved", spec: full, observed: true},
		{name: "Huge", spec: sized(64, 16)},
		{name: "HugeObserved", spec: sized(64, 16), observed: true},
		{name: "Disks=16", spec: sized(16, 0)},
		{name: "Disks=32", spec: sized(32, 0)},
		{name: "Disks=64", spec: sized(64, 0)},
		{name: "Networks=8", spec: sized(1, 8)},
		{name: "Networks=16", spec: sized(1, 16)},
		{name: "Networks=32", spec: sized(1, 32)},
		{name: "ClearPassword", spec: minimal + "cloudInitUser: {name: ops, password: change-me}\n"},
	}
	for target, request := range requests {
		for _, c := range cases {
			b.Run(target+"/"+c.name, func(b *testing.B) {
				req := request(b, strings.Replace(c.spec, ", deletionPolicy: Retain", "", 1))
				if c.observed {
					req.Observed.Resources = asRendered(b, req)
				}
				// Crossplane has answered what it is asked: nothing else is there.
				req.RequiredResources = map[string]*fnv1.Resources{}
				for name := range run(b, req).GetRequirements().GetResources() {
					req.RequiredResources[name] = &fnv1.Resources{}
				}
				benchmark(b, req)
			})
		}
	}
}

// requests returns requests for a spec, by target.
var requests = map[string]func(t testing.TB, spec string) *fnv1.RunFunctionRequest{
	"claim":      func(t testing.TB, spec string) *fnv1.RunFunctionRequest { return request(composite(t, spec)) },
	"namespaced": func(t testing.TB, spec string) *fnv1.RunFunctionRequest { return request(namespaced(t, spec)) },
	"native":     native,
}

func benchmark(b *testing.B, req *fnv1.RunFunctionRequest) {
	b.Helper()
	fn := New(logging.NewNopLogger())
	in, err := proto.Marshal(req)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		req := &fnv1.RunFunctionRequest{}
		if err := proto.Unmarshal(in, req); err != nil {
			b.Fatal(err)
		}
		rsp, err := fn.RunFunction(context.Background(), req)
		if err != nil || fatalMessage(rsp) != "" {
			b.Fatal(err, fatalMessage(rsp))
		}
		if _, err := proto.Marshal(rsp); err != nil {
			b.Fatal(err)
		}
	}
}

// asRendered returns the observed state in which the cluster has everything as rendered and the virtual machine runs.
func asRendered(b *testing.B, req *fnv1.RunFunctionRequest) map[string]*fnv1.Resource {
	b.Helper()
	out := ask(b, req, nil).GetDesired().GetResources()
	for key, r := range out {
		status := bound
		if key == "vm" {
			status = running
		}
		m, isObject := manifestIn(r)
		if !isObject {
			m.Fields["status"] = structpb.NewStructValue(structOf(b, status))
			continue
		}
		m = proto.CloneOf(m)
		m.Fields["status"] = structpb.NewStructValue(structOf(b, status))
		r.Resource.Fields["status"] = structpb.NewStructValue(structOf(b, "{conditions: [{type: Synced, status: 'True'}, {type: Ready, status: 'True'}]}"))
		live := &structpb.Struct{Fields: map[string]*structpb.Value{"manifest": structpb.NewStructValue(m)}}
		r.Resource.Fields["status"].GetStructValue().Fields["atProvider"] = structpb.NewStructValue(live)
	}
	return out
}

// manifestIn returns the manifest in an Object, and any other composed resource itself.
func manifestIn(r *fnv1.Resource) (manifest *structpb.Struct, isObject bool) {
	m := r.GetResource().GetFields()["spec"].GetStructValue().GetFields()["forProvider"].GetStructValue().GetFields()["manifest"].GetStructValue()
	if m == nil {
		return r.GetResource(), false
	}
	return m, true
}
