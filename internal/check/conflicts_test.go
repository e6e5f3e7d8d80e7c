package check

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// static returns the spec of a Wukong with a static address on a network.
func static(network, address string) string {
	return fmt.Sprintf("{networks: [{name: lan, %s, ipConfig: {mode: static, address: %s}}]}", network, address)
}

// shares returns the spec of a Wukong with a claim as its second disk, which it shares.
func shares(name string) string {
	return "{disks: [{name: system, size: 10Gi}, {name: data, shareable: true, claimName: " + name + "}]}"
}

// claim returns the spec of a Wukong with a claim as its second disk.
func claim(name string) string {
	return "{disks: [{name: system, size: 10Gi}, {name: data, claimName: " + name + "}]}"
}

// uplink returns the spec of a Wukong that takes an uplink, with its highAvailability.
func uplink(network, highAvailability string) string {
	return fmt.Sprintf("{networks: [{name: up, type: macvlan, %s}], highAvailability: {%s}}", network, highAvailability)
}

const halted = ", startStrategy: {runStrategy: Halted}}"

// asHalted returns a spec of a Wukong that is halted.
func asHalted(spec string) string { return spec[:len(spec)-1] + halted }

func TestConflicts(t *testing.T) {
	const (
		lan   = "bridgeName: br-lan"
		other = "bridgeName: br-other"
	)
	node := func(name, rest string) string {
		return fmt.Sprintf("{metadata: {name: %s, labels: {kubernetes.io/hostname: %s}}%s}", name, name, rest)
	}
	cases := map[string]struct {
		reason  string
		wukongs []wukong
		nodes   []string
		want    []string
	}{
		"Clean": {
			reason:  "Wukongs of one template differ in what has to differ.",
			wukongs: []wukong{{name: "a", spec: static(lan, "10.0.0.5/24")}, {name: "b", spec: static(lan, "10.0.0.6/24")}},
		},
		"Twice": {
			reason:  "The cluster would have one of them. Nothing else is said of the second.",
			wukongs: []wukong{{name: "a", spec: static(lan, "10.0.0.5/24")}, {name: "a", spec: static(lan, "10.0.0.5/24")}, {namespace: "team-b", name: "a"}},
			want:    []string{"team-a/a: error: metadata.name: Wukong team-a/a is there twice, and the cluster has one of that name: remove one of them, or give it another name"},
		},
		"Address": {
			reason:  "A bridge is that of the nodes, so that namespaces share it.",
			wukongs: []wukong{{name: "a", spec: static(lan, "10.0.0.5/24")}, {namespace: "team-b", name: "b", spec: static(lan, "10.0.0.5/24")}},
			want:    []string{"team-b/b: error: spec.networks[0].ipConfig.address: team-a/a has the address 10.0.0.5 on bridge br-lan, too: give one of them another address"},
		},
		"DefaultBridge": {
			reason:  "The network's name makes the bridge, and VLAN 1 is that of ports without one.",
			wukongs: []wukong{{name: "a", spec: static("type: bridge", "10.0.0.5/24")}, {name: "b", spec: static("vlanId: 1, bridgeName: br-lan", "10.0.0.5/24")}},
			want:    []string{"team-a/b: error: spec.networks[0].ipConfig.address: team-a/a has the address 10.0.0.5 on bridge br-lan, too: give one of them another address"},
		},
		"AddressHalted": {
			reason:  "Nothing happens while one of them is halted.",
			wukongs: []wukong{{name: "a", spec: asHalted(static(lan, "10.0.0.5/24"))}, {name: "b", spec: static(lan, "10.0.0.5/24")}},
			want:    []string{"team-a/b: warning: spec.networks[0].ipConfig.address: team-a/a has the address 10.0.0.5 on bridge br-lan, too: give one of them another address"},
		},
		"AddressThird": {
			reason: "Of the others the one that runs counts.",
			wukongs: []wukong{
				{name: "a", spec: asHalted(static(lan, "10.0.0.5/24"))}, {name: "b", spec: static(lan, "10.0.0.5/24")}, {name: "c", spec: static(lan, "10.0.0.5/24")},
			},
			want: []string{
				"team-a/b: warning: spec.networks[0].ipConfig.address: team-a/a has the address 10.0.0.5 on bridge br-lan, too: give one of them another address",
				"team-a/c: error: spec.networks[0].ipConfig.address: team-a/b has the address 10.0.0.5 on bridge br-lan, too: give one of them another address",
			},
		},
		"AddressHaltedLater": {
			reason:  "The order does not matter.",
			wukongs: []wukong{{name: "a", spec: static(lan, "10.0.0.5/24")}, {name: "b", spec: asHalted(static(lan, "10.0.0.5/24"))}},
			want:    []string{"team-a/b: warning: spec.networks[0].ipConfig.address: team-a/a has the address 10.0.0.5 on bridge br-lan, too: give one of them another address"},
		},
		"OtherSegments": {
			reason: "Bridges, VLANs, types and NetworkAttachmentDefinitions keep networks apart.",
			wukongs: []wukong{
				{name: "a", spec: static(lan, "10.0.0.5/24")},
				{name: "b", spec: static(other, "10.0.0.5/24")},
				{name: "c", spec: static("bridgeName: br-lan, vlanId: 7", "10.0.0.5/24")},
				{name: "d", spec: static("nadName: br-lan", "10.0.0.5/24")},
				{namespace: "team-b", name: "d", spec: static("nadName: br-lan", "10.0.0.5/24")},
				{name: "e", spec: static("type: ovs, bridgeName: br-ovs, vlanId: 7", "10.0.0.5/24")},
				{name: "f", spec: static("type: ovs, bridgeName: br-ovs", "10.0.0.5/24")},
				{name: "g", spec: static("type: sriov, resourceName: example.org/nic", "10.0.0.5/24")},
				{name: "h", spec: static("type: macvlan, master: eth7", "10.0.0.5/24")},
			},
		},
		"OtherCluster": {
			reason:  "Another salt is another cluster.",
			wukongs: []wukong{{name: "a", spec: static(lan, "10.0.0.5/24")}, {name: "a", spec: static(lan, "10.0.0.5/24"), input: "{salt: west}"}},
		},
		"NADName": {
			reason:  "Both forms of the name are one NetworkAttachmentDefinition.",
			wukongs: []wukong{{name: "a", spec: static("nadName: office", "10.0.0.5/24")}, {name: "b", spec: static("nadName: team-a/office", "10.0.0.5/24")}},
			want: []string{"team-a/b: error: spec.networks[0].ipConfig.address: team-a/a has the address 10.0.0.5 on " +
				"NetworkAttachmentDefinition team-a/office, too: give one of them another address"},
		},
		"NetworkOfAnother": {
			reason:  "The NetworkAttachmentDefinition of another Wukong is that one's network, and goes with it.",
			wukongs: []wukong{{name: "a", spec: static(lan, "10.0.0.5/24")}, {name: "b", spec: static("nadName: a-lan-pchd7", "10.0.0.5/24")}},
			want: []string{
				"team-a/b: error: spec.networks[0].ipConfig.address: team-a/a has the address 10.0.0.5 on bridge br-lan, too: give one of them another address",
				"team-a/b: warning: spec.networks[0].nadName: the NetworkAttachmentDefinition is that of a network of team-a/a, with which it goes: " +
					"describe the network here as it is described there, instead of nadName",
			},
		},
		"GatewayAddress": {
			reason: "Only a router has the address of a gateway.",
			wukongs: []wukong{
				{name: "a", spec: "{networks: [{name: lan, ipConfig: {mode: static, address: 10.0.0.5/24, gateway: 10.0.0.1}}]}"}, {name: "b", spec: static("type: bridge", "10.0.0.1/24")},
			},
			want: []string{"team-a/b: warning: spec.networks[0].ipConfig.address: team-a/a takes this address for its gateway on bridge br-lan: " +
				"give the guest another one, unless it is that router"},
		},
		"MAC": {
			reason: "A given address that another Wukong gets by itself. The finding is about the one that can be changed.",
			wukongs: []wukong{
				{name: "a", spec: "{networks: [{name: lan, macAddress: '5E:47:7B:B8:ED:0A'}]}"}, {name: "web-01", spec: "{networks: [{name: lan}]}"},
			},
			want: []string{"team-a/a: error: spec.networks[0].macAddress: team-a/web-01 has the MAC address 5e:47:7b:b8:ed:0a on bridge br-lan, too: " +
				"give one of them another macAddress, or none"},
		},
		"MACElsewhere": {
			reason:  "On another network, it does not matter.",
			wukongs: []wukong{{name: "a", spec: "{networks: [{name: lan, macAddress: '5e:47:7b:b8:ed:0a', vlanId: 9}]}"}, {name: "web-01", spec: "{networks: [{name: lan}]}"}},
		},
		"Claim": {
			reason:  "In another namespace it is another claim.",
			wukongs: []wukong{{name: "a", spec: claim("archive")}, {name: "b", spec: claim("archive")}, {namespace: "team-b", name: "c", spec: claim("archive")}},
			want: []string{"team-a/b: error: spec.disks[1].claimName: team-a/a attaches the claim archive, too, and two guests destroy each other's data on it: " +
				"give one of them another claim"},
		},
		"ClaimShared": {
			reason: "All say that it is shareable: the one that makes it, and those that name it.",
			wukongs: []wukong{
				{name: "a", spec: "{disks: [{name: system, size: 10Gi, shareable: true}]}"},
				{name: "b", spec: shares("a-system-qg79f")}, {name: "c", spec: shares("a-system-qg79f")}, {name: "d", spec: shares("archive")}, {name: "e", spec: shares("archive")},
			},
		},
		"ClaimNotShareable": {
			reason:  "One of both does not say so: the third shares it with the first.",
			wukongs: []wukong{{name: "a", spec: shares("archive")}, {name: "b", spec: claim("archive")}, {name: "c", spec: shares("archive")}},
			want: []string{"team-a/b: error: spec.disks[1].claimName: team-a/a attaches the claim archive, too, and not both say that it is shareable: " +
				"give both shareable: true where their guests are made to share it, or one of them another claim"},
		},
		"ClaimOfDiskNotShareable": {
			reason:  "The one that makes it does not say so.",
			wukongs: []wukong{{name: "a"}, {name: "b", spec: shares("a-system-qg79f")}},
			want: []string{"team-a/b: error: spec.disks[1].claimName: team-a/a attaches the claim a-system-qg79f, too, and not both say that it is shareable: " +
				"give both shareable: true where their guests are made to share it, or one of them another claim"},
		},
		"ClaimOfDisk": {
			reason:  "The claim of another Wukong's disk, whether that is retained or not.",
			wukongs: []wukong{{name: "b", spec: claim("a-system-qg79f")}, {name: "a"}},
			want: []string{"team-a/b: error: spec.disks[1].claimName: the claim is disk system of team-a/a, and two guests destroy each other's data on it: " +
				"name another claim, or retain that disk and remove it there first"},
		},
		"Uplink": {
			reason:  "The scheduler does not know of uplinks.",
			wukongs: []wukong{{name: "a", spec: uplink("master: eth2", "")}, {name: "b", spec: uplink("master: eth2", "")}},
			want: []string{"team-a/b: warning: spec.networks[0].type: team-a/a takes the uplink eth2, too, and on one node only one of them can start: " +
				"give both the same antiAffinityGroup, or other nodes in nodeSelector"},
		},
		"UplinkVLAN": {
			reason:  "MASTER.VLAN is one interface, however it is written; another VLAN is another one.",
			wukongs: []wukong{{name: "a", spec: uplink("master: eth2.7", "")}, {name: "b", spec: uplink("master: eth2, vlanId: 7", "")}, {name: "c", spec: uplink("master: eth2", "")}},
			want: []string{"team-a/b: warning: spec.networks[0].type: team-a/a takes the uplink eth2.7, too, and on one node only one of them can start: " +
				"give both the same antiAffinityGroup, or other nodes in nodeSelector"},
		},
		"UplinkApart": {
			reason: "Groups, node selectors and halted Wukongs are never on one node.",
			wukongs: []wukong{
				{name: "a", spec: uplink("master: eth2", "antiAffinity: true")}, {name: "b", spec: uplink("master: eth2", "antiAffinity: true")},
				{name: "c", spec: uplink("master: eth3", "nodeSelector: {rack: one}")}, {name: "d", spec: uplink("master: eth3", "nodeSelector: {rack: two}")},
				{name: "e", spec: asHalted(uplink("master: eth3", ""))},
			},
		},
		"UplinkOtherGroup": {
			reason:  "A group is one of its namespace.",
			wukongs: []wukong{{name: "a", spec: uplink("master: eth2", "antiAffinity: true")}, {namespace: "team-b", name: "b", spec: uplink("master: eth2", "antiAffinity: true")}},
			want: []string{"team-b/b: warning: spec.networks[0].type: team-a/a takes the uplink eth2, too, and on one node only one of them can start: " +
				"give both the same antiAffinityGroup, or other nodes in nodeSelector"},
		},
		"UplinkOnNode": {
			reason: "Bound to one node, one of them never starts.",
			wukongs: []wukong{
				{name: "a", spec: uplink("master: eth2", "nodeSelector: {kubernetes.io/hostname: n1}")}, {name: "b", spec: uplink("master: eth2", "nodeSelector: {kubernetes.io/hostname: n1}")},
			},
			want: []string{"team-a/b: error: spec.networks[0].type: team-a/a takes the uplink eth2 of the same node, too, so that only one of them can run: " +
				"name another uplink or another node"},
		},
		"UplinkNodes": {
			reason: "The nodes that are given tell that both never meet, or always.",
			wukongs: []wukong{
				{name: "a", spec: uplink("master: eth2", "nodeSelector: {rack: one}")}, {name: "b", spec: uplink("master: eth2", "nodeSelector: {disk: ssd}")},
				{name: "c", spec: uplink("master: eth2", "nodeSelector: {rack: one}")},
			},
			nodes: []string{"{metadata: {name: n1, labels: {rack: one}}}", "{metadata: {name: n2, labels: {disk: ssd}}}"},
			want: []string{"team-a/c: error: spec.networks[0].type: team-a/a takes the uplink eth2 of the same node, too, so that only one of them can run: " +
				"name another uplink or another node"},
		},
		"UplinkOfOwn": {
			reason:  "A pod cannot take an uplink twice either.",
			wukongs: []wukong{{name: "a", spec: "{networks: [{name: up, type: macvlan, master: eth2}, {name: two, type: macvlan, master: eth2}]}"}},
			want: []string{"team-a/a: error: spec.networks[1].type: network up takes the uplink eth2, too, and no uplink can be taken twice: " +
				"name another one, or use a network of type bridge"},
		},
		"MTU": {
			reason: "The minority is wrong; a network without an MTU says nothing.",
			wukongs: []wukong{
				{name: "a", spec: "{networks: [{name: lan, mtu: 9000}]}"}, {name: "b", spec: "{networks: [{name: lan, mtu: 1500}]}"},
				{name: "c", spec: "{networks: [{name: lan, mtu: 1500}]}"}, {name: "d", spec: "{networks: [{name: lan}]}"},
			},
			want: []string{"team-a/a: error: spec.networks[0].mtu: the MTU is 9000, and 1500 for team-a/b on bridge br-lan, so that frames between them are lost: give both the same"},
		},
		"Prefix": {
			reason:  "Both take other addresses for their neighbours. That of a single host says nothing, and neither do networks that lie beside each other.",
			wukongs: []wukong{{name: "a", spec: static(lan, "10.0.0.5/24")}, {name: "b", spec: static(lan, "10.0.0.6/16")}, {name: "c", spec: static(lan, "10.0.0.7/32")}, {name: "d", spec: static(lan, "10.1.0.7/24")}},
			want: []string{"team-a/b: warning: spec.networks[0].ipConfig.address: the network is 10.0.0.0/16, and 10.0.0.0/24 for team-a/a on bridge br-lan, " +
				"so that they look for each other in different places: give both the same prefix length"},
		},
		"Gateway": {
			reason: "A network of two routers is meant, or one of both is wrong.",
			wukongs: []wukong{
				{name: "a", spec: "{networks: [{name: lan, ipConfig: {mode: static, address: 10.0.0.5/24, gateway: 10.0.0.1}}]}"},
				{name: "b", spec: "{networks: [{name: lan, ipConfig: {mode: static, address: 10.0.0.6/24, gateway: 10.0.0.254}}]}"},
				{name: "c", spec: "{networks: [{name: lan, ipConfig: {mode: static, address: 10.0.9.6/24, gateway: 10.0.9.254}}]}"},
			},
			want: []string{"team-a/b: warning: spec.networks[0].ipConfig.gateway: the gateway of 10.0.0.0/24 is 10.0.0.254, and 10.0.0.1 for team-a/a on bridge br-lan: " +
				"give both the same, unless the network has two routers"},
		},
		"BridgeType": {
			reason:  "The CNI plugin of one of both finds another kind of bridge.",
			wukongs: []wukong{{name: "a", spec: "{networks: [{name: lan, bridgeName: br1}]}"}, {name: "b", spec: "{networks: [{name: lan, type: ovs, bridgeName: br1}]}"}},
			want: []string{"team-a/b: warning: spec.networks[0].type: bridge br1 is of type ovs, and of type bridge for team-a/a, and no node has both: " +
				"correct the type or bridgeName of one of them"},
		},
		"UUID": {
			reason: "A copied manifest.",
			wukongs: []wukong{
				{name: "a", spec: "{firmware: {uuid: 6A1a24a1-4061-4607-8bf4-a3963d0c5895}}"}, {name: "b", spec: "{firmware: {uuid: 6a1a24a1-4061-4607-8bf4-a3963d0c5895}}"},
			},
			want: []string{"team-a/b: warning: spec.firmware.uuid: team-a/a has the firmware UUID 6a1a24a1-4061-4607-8bf4-a3963d0c5895, too, " +
				"and guests are told apart by it: remove uuid from the one that is new"},
		},
		"AntiAffinity": {
			reason: "Taints and cordons leave one node for two; a halted one needs none.",
			wukongs: []wukong{
				{name: "a", spec: "{highAvailability: {antiAffinity: true}}"}, {name: "b", spec: "{highAvailability: {antiAffinity: true}}"},
				{name: "c", spec: "{highAvailability: {antiAffinity: true}, startStrategy: {autoStart: false}}"}, {namespace: "team-b", name: "d", spec: "{highAvailability: {antiAffinity: true}}"},
			},
			nodes: []string{node("n1", ""), node("n2", ", spec: {unschedulable: true}"), node("n3", ", spec: {taints: [{key: node-role.kubernetes.io/control-plane, effect: NoSchedule}]}")},
			want: []string{"team-a/b: error: spec.highAvailability.antiAffinity: the 2 virtual machines of group default run on different nodes, " +
				"but the number of nodes for them is 1: add nodes, or split the group"},
		},
		"AntiAffinitySelector": {
			reason: "The members that are bound to a rack have fewer nodes than the group.",
			wukongs: []wukong{
				{name: "a", spec: "{highAvailability: {antiAffinity: true, antiAffinityGroup: db, nodeSelector: {rack: one}}}"}, {name: "b", spec: "{highAvailability: {antiAffinity: true, antiAffinityGroup: db}}"},
				{name: "c", spec: "{highAvailability: {antiAffinity: true, antiAffinityGroup: db, nodeSelector: {rack: one}}}"},
			},
			nodes: []string{"{metadata: {name: n1, labels: {rack: one}}}", "{metadata: {name: n2}}", "{metadata: {name: n3}}"},
			want: []string{"team-a/c: error: spec.highAvailability.antiAffinity: the 2 virtual machines of group db run on different nodes, " +
				"but the number of nodes for them is 1: add nodes, or split the group"},
		},
		"AntiAffinityOtherToleration": {
			reason: "A toleration of another value, key or effect lets nobody on the node.",
			wukongs: []wukong{
				{name: "a", spec: "{highAvailability: {antiAffinity: true, tolerations: [{key: gpu, value: b}, {key: cpu, operator: Exists}, {key: gpu, operator: Exists, effect: NoExecute}]}}"},
				{name: "b", spec: "{highAvailability: {antiAffinity: true}}"},
			},
			nodes: []string{node("n1", ""), node("n2", ", spec: {taints: [{key: gpu, value: a, effect: NoSchedule}]}")},
			want: []string{"team-a/b: error: spec.highAvailability.antiAffinity: the 2 virtual machines of group default run on different nodes, " +
				"but the number of nodes for them is 1: add nodes, or split the group"},
		},
		"AntiAffinityFits": {
			reason:  "Tolerations let them on the node.",
			wukongs: []wukong{{name: "a", spec: "{highAvailability: {antiAffinity: true, tolerations: [{key: gpu, value: a}]}}"}, {name: "b", spec: "{highAvailability: {antiAffinity: true}}"}},
			nodes:   []string{node("n1", ""), node("n2", ", spec: {taints: [{key: gpu, value: a, effect: NoSchedule}]}")},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var c Cluster
			for _, n := range tc.nodes {
				c.Nodes = append(c.Nodes, decode[corev1.Node](t, n))
			}
			if diff := cmp.Diff(tc.want, texts(Conflicts(planned(t, tc.wukongs...), c))); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
