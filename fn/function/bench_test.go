package function

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"

	"github.com/novasphere/function-wukong/fn/server"
)

// full is what a demanding user asks for.
const full = `
cpu: 4
memory: 8Gi
sshKeySecret: ops-keys
cloudInitUser: {name: ops, passwordHash: "$6$salt$hash", groups: [sudo, adm]}
networks:
- {name: office, type: bridge, vlanId: 120, ipConfig: {mode: static, address: 192.168.120.10/24, gateway: 192.168.120.1, dnsServers: [192.168.120.1]}}
- {name: storage, type: macvlan, master: ens2f1, mtu: 9000, ipConfig: {mode: dhcp}}
- {name: fast, type: sriov, nadName: fast-vlan-200}
disks:
- {name: system, size: 40Gi, image: "https://example.org/debian.qcow2"}
- {name: tools, size: 10Gi, image: "docker://quay.io/containerdisks/fedora:42"}
- {name: data, size: 500Gi, storageClassName: fast, deletionPolicy: Retain}
- {name: archive, claimName: archive-2025}
`

// sized is the spec of a Wukong with so many disks and networks.
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

// BenchmarkRunFunction measures a request as gRPC brings it, from its bytes to those of the answer, with the garbage collector
// set as when the function is served.
func BenchmarkRunFunction(b *testing.B) {
	server.TuneGC()
	cases := []struct{ name, spec string }{
		{"Small", sized(1, 1)},
		{"Full", full},
		{"Huge", sized(64, 16)},
		{"Disks=16", sized(16, 0)},
		{"Disks=32", sized(32, 0)},
		{"Disks=64", sized(64, 0)},
		{"Networks=8", sized(1, 8)},
		{"Networks=16", sized(1, 16)},
		{"Networks=32", sized(1, 32)},
		{"ClearPassword", minimal + "cloudInitUser: {name: ops, password: change-me}\n"},
	}
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			in, err := proto.Marshal(request(composite(b, c.spec)))
			if err != nil {
				b.Fatal(err)
			}
			fn := New(logging.NewNopLogger())
			b.ReportAllocs()
			for b.Loop() {
				req := &fnv1.RunFunctionRequest{}
				if err := proto.Unmarshal(in, req); err != nil {
					b.Fatal(err)
				}
				rsp, err := fn.RunFunction(context.Background(), req)
				if err != nil || fatal(rsp) != "" {
					b.Fatal(err, fatal(rsp))
				}
				if _, err := proto.Marshal(rsp); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
