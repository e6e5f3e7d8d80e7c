package check

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/novasphere/function-wukong/fn"
)

// repositoryOf plans n Wukongs of one layer-2 network in ten namespaces, of which some share groups and uplinks, and none is in the way of another.
func repositoryOf(b *testing.B, n int) []fn.Planned {
	b.Helper()
	out := make([]fn.Planned, n)
	for i := range out {
		spec := parse(b, fmt.Sprintf(`
cpu: 2
memory: 4Gi
networks:
- {name: lan, bridgeName: br0, vlanId: 7, mtu: 1500, ipConfig: {mode: static, address: 10.%d.%d.%d/8, gateway: 10.255.255.1}}
- {name: up, type: macvlan, master: eth%d}
disks:
- {name: system, size: 20Gi, storageClassName: fast}
- {name: data, claimName: claim-%d}
highAvailability: {evictionStrategy: LiveMigrate, nodeSelector: {kubernetes.io/hostname: node-%d}}
`, i>>16, i>>8&255, i&255, i/1000, i, i%1000))
		if i%10 == 0 {
			spec["highAvailability"] = map[string]any{"antiAffinity": true, "antiAffinityGroup": fmt.Sprintf("group-%d", i/1000)}
			delete(spec, "networks")
		}
		out[i] = planOf(b, fmt.Sprintf("team-%d", i%10), fmt.Sprintf("vm-%d", i), spec, nil)
	}
	return out
}

// thousandNodes returns nodes of a cluster. They have room for everything.
func thousandNodes() Cluster {
	var c Cluster
	room := corev1.ResourceList{}
	for _, name := range []corev1.ResourceName{
		"cpu", "memory", "ephemeral-storage", "devices.kubevirt.io/kvm", "devices.kubevirt.io/tun", "devices.kubevirt.io/vhost-net",
	} {
		room[name] = resource.MustParse("1Pi")
	}
	for i := range 1000 {
		n := corev1.Node{}
		n.Name, n.Labels, n.Status.Allocatable = fmt.Sprintf("node-%d", i), map[string]string{corev1.LabelHostname: fmt.Sprintf("node-%d", i)}, room
		c.Nodes = append(c.Nodes, n)
	}
	return c
}

// BenchmarkCheck measures a check of 10,000 planned Wukongs, without and with the nodes of a cluster.
func BenchmarkCheck(b *testing.B) {
	wukongs := repositoryOf(b, 10_000)
	for name, cluster := range map[string]Cluster{"Alone": {}, "Nodes": thousandNodes()} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Check(wukongs, cluster)
			}
		})
	}
	b.Run("Conflicts", func(b *testing.B) {
		for b.Loop() {
			Conflicts(wukongs, Cluster{})
		}
	})
}
