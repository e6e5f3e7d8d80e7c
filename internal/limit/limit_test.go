package limit_test

import (
	"maps"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/limit"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/validation"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// cases have, for each limit, a spec at its edge, one that breaks it, and one that breaks it otherwise.
var cases = map[string]struct {
	// limits of the platform team; empty for what is refused without any.
	limits string

	edge, breaks, otherwise string

	// at is the field that breaks the limit, and says what is said of it.
	at, says string
}{
	"CPU": {
		limits: "{cpu: 4}", edge: "{cpu: 4}", breaks: "{cpu: 8}", otherwise: "{cpu: 9}",
		at: "spec.cpu", says: "8 is more than the platform team allows (limits.cpu: 4)",
	},
	"Memory": {
		limits: "{memory: 8Gi}", edge: "{memory: 8192Mi}", breaks: "{memory: 16Gi}", otherwise: "{memory: 17Gi}",
		at: "spec.memory", says: "16Gi is more than the platform team allows (limits.memory: 8Gi)",
	},
	"CPUShare": {
		limits: "{cpuAllocationRatio: 20}", edge: performance("requests: {cpu: 50m}"), breaks: performance("requests: {cpu: 49m}"), otherwise: performance("requests: {cpu: 48m}"),
		at: "spec.performance.requests.cpu", says: "49m CPU for these CPUs is less than the platform team allows (limits.cpuAllocationRatio: 20 of the guest for one of its node)",
	},
	"CPUShareByDefault": {
		edge: performance("limits: {cpu: 100m}"), breaks: performance("limits: {cpu: 99m}"), otherwise: performance("limits: {cpu: 1m}"),
		at: "spec.performance.limits.cpu", says: "limits.cpuAllocationRatio: 10 of the guest",
	},
	"MemoryShare": {
		limits: "{memoryOvercommit: 200}", edge: performance("requests: {memory: 512Mi}"), breaks: performance("requests: {memory: 511Mi}"),
		otherwise: performance("requests: {memory: 1Mi}"),
		at:        "spec.performance.requests.memory", says: "511Mi is less than the platform team allows (limits.memoryOvercommit: a guest may have 200 percent of what is requested for it)",
	},
	"MemoryShareByDefault": {
		edge: performance("requests: {memory: 1Gi}"), breaks: performance("requests: {memory: 1023Mi}"), otherwise: performance("requests: {memory: 512Mi}"),
		at: "spec.performance.requests.memory", says: "limits.memoryOvercommit: a guest may have 100 percent",
	},
	"Instancetype": {
		limits: "{instancetypes: [u1.*]}",
		edge:   "{cpu: null, memory: null, instancetype: {name: u1.large}}",
		breaks: "{cpu: null, memory: null, instancetype: {name: cx1.large}}", otherwise: "{cpu: null, memory: null, instancetype: {name: cx1.small}}",
		at: "spec.instancetype.name", says: "instance type cx1.large is none that the platform team allows (limits.instancetypes: u1.*)",
	},
	"InstancetypeAsCPU": {
		limits: "{cpu: 4}", edge: "{cpu: 4}",
		breaks: "{cpu: null, memory: null, instancetype: {name: u1.8xlarge}}", otherwise: "{cpu: null, memory: null, instancetype: {name: u1.4xlarge}}",
		at: "spec.instancetype.name", says: "instance type u1.8xlarge is none that the platform team allows (limits.instancetypes has none)",
	},
	"InstancetypeAsPlacement": {
		limits: "{tolerationKeys: []}", edge: "{cpu: null, memory: null, instancetype: {name: u1.8xlarge}}",
		breaks:    "{cpu: null, memory: null, instancetype: {kind: VirtualMachineInstancetype, name: mine}}",
		otherwise: "{cpu: null, memory: null, instancetype: {kind: VirtualMachineInstancetype, name: other}}",
		at:        "spec.instancetype.name", says: "the namespace's own instance type mine is none",
	},
	"InstancetypeOfNamespace": {
		limits: "{cpu: 4, instancetypes: [u1.*]}",
		edge:   "{cpu: null, memory: null, instancetype: {name: u1.small}}",
		breaks: "{cpu: null, memory: null, instancetype: {kind: VirtualMachineInstancetype, name: mine}}", otherwise: "{cpu: 5}",
		at: "spec.instancetype.name", says: "the namespace's own instance type mine is none that the platform team allows (limits.instancetypes: u1.*)",
	},
	"NetworkType": {
		limits: "{networkTypes: [bridge]}", edge: network("bridgeName: br-lan"), breaks: network("type: ovs"), otherwise: network("type: sriov, resourceName: example.org/nic"),
		at: "spec.networks[0].type", says: "type ovs is none that the platform team allows (limits.networkTypes: bridge)",
	},
	"NetworkTypeStays": {
		limits: "{networkTypes: []}", edge: network("nadName: lan"), breaks: network("vlanId: 100"), otherwise: network("vlanId: 200"),
		at: "spec.networks[0].type", says: "limits.networkTypes has none",
	},
	"NoNetworkType": {
		limits: "{networkTypes: []}", edge: network("nadName: lan"), breaks: network("type: ovs"), otherwise: network("type: bridge"),
		at: "spec.networks[0].type", says: "limits.networkTypes has none",
	},
	"Bridge": {
		limits: "{bridges: [{name: br-tenant*}]}", edge: network("bridgeName: br-tenant7"), breaks: network("bridgeName: br-storage"), otherwise: network("bridgeName: br-a"),
		at: "spec.networks[0].bridgeName", says: "bridge br-storage is none that the platform team allows (limits.bridges: br-tenant*)",
	},
	"BridgeByDefault": {
		limits: "{bridges: [{name: br-x}]}", edge: "{networks: [{name: x, type: bridge}]}", breaks: network("type: bridge"), otherwise: network("type: ovs"),
		at: "spec.networks[0].bridgeName", says: "bridge br-lan is none",
	},
	"BridgeOfNode": {
		edge: network("bridgeName: br-lan"), breaks: network("bridgeName: br-ex"), otherwise: network("bridgeName: cni0"),
		at: "spec.networks[0].bridgeName", says: "bridge br-ex is one of the node's own networks",
	},
	"BridgeOfNodeAndPattern": {
		limits: "{bridges: [{name: br-ex}, {name: '*'}]}", edge: network("bridgeName: br-ex"), breaks: network("bridgeName: br-int"), otherwise: network("bridgeName: virbr0"),
		at: "spec.networks[0].bridgeName", says: "bridge br-int is one of the node's own networks",
	},
	"VLAN": {
		limits: `{bridges: [{name: br-lan, vlans: ["100-199", untagged]}]}`, edge: network("vlanId: 199"), breaks: network("vlanId: 200"), otherwise: network("vlanId: 99"),
		at: "spec.networks[0].vlanId", says: "VLAN 200 of bridge br-lan is none that the platform team allows (limits.bridges: br-lan with VLAN 100-199 and untagged)",
	},
	"Untagged": {
		limits: `{bridges: [{name: br-lan, vlans: ["100"]}]}`, edge: network("vlanId: 100"), breaks: network("type: bridge"), otherwise: network("vlanId: 1"),
		at: "spec.networks[0].vlanId", says: "no VLAN of bridge br-lan is none",
	},
	"EveryVLAN": {
		limits: `{bridges: [{name: br-lan, vlans: [untagged, "100"]}]}`, edge: network("type: ovs, vlanId: 100"), breaks: network("type: ovs"), otherwise: network("vlanId: 3"),
		at: "spec.networks[0].vlanId", says: "every VLAN of bridge br-lan is none",
	},
	"Uplink": {
		limits: "{masters: [{name: ens2f1}]}", edge: network("type: macvlan, master: ens2f1"), breaks: network("type: macvlan, master: ens2f2"),
		otherwise: network("type: macvlan, master: ens2f3"),
		at:        "spec.networks[0].master", says: "uplink ens2f2 would be taken from its node",
	},
	"UplinkOfNode": {
		edge: network("type: macvlan"), breaks: network("type: macvlan, master: eth0"), otherwise: network("type: macvlan, master: eth9"),
		at: "spec.networks[0].master", says: "uplink eth0 would be taken from its node",
	},
	"Resource": {
		limits: "{resourceNames: [{name: example.org/*}]}", edge: network("type: sriov, resourceName: example.org/nic"), breaks: network("type: sriov, resourceName: nvidia.com/gpu"),
		otherwise: network("type: sriov, resourceName: nvidia.com/a"),
		at:        "spec.networks[0].resourceName", says: "resource nvidia.com/gpu is none that the platform team allows (limits.resourceNames: example.org/*)",
	},
	"MACSpoofCheck": {
		limits: "{macSpoofCheck: Required}", edge: network("macSpoofCheck: true"), breaks: network("macSpoofCheck: false"),
		otherwise: network("macSpoofCheck: false, bridgeName: br-other"),
		at:        "spec.networks[0].macSpoofCheck", says: "the platform team requires the check (limits.macSpoofCheck)",
	},
	"Image": {
		limits: "{images: ['https://images.example.org/vms/', 'docker://quay.io/containerdisks']}", edge: image("docker://quay.io/containerdisks/debian:12"),
		breaks: image("docker://quay.io/containerdisksx/debian:12"), otherwise: "{disks: [{name: other, size: 10Gi, image: 'https://images.example.org/a'}]}",
		at: "spec.disks[0].image", says: "an image of docker://quay.io is none that the platform team allows (limits.images: https://images.example.org/vms/, docker://quay.io/containerdisks)",
	},
	"OSImage": {
		limits: "{images: ['https://*.example.org']}", edge: "{osImage: 'https://a.example.org/b?c'}", breaks: "{osImage: 'https://example.org/b'}",
		otherwise: "{disks: [{name: other, size: 10Gi}], osImage: 'https://example.com/b'}",
		at:        "spec.osImage", says: "an image of https://example.org is none",
	},
	"ImageOfCluster": {
		edge: image("https://example.org/x"), breaks: image("http://169.254.169.254/latest/meta-data"), otherwise: "{disks: [{name: other, size: 10Gi, image: 'http://[::1]/x'}]}",
		at: "spec.disks[0].image", says: "169.254.169.254 is the node, the cluster or a cloud's metadata",
	},
	"ImageOfClusterAndPattern": {
		limits: "{images: ['http://*', 'http://vault.vault.svc:8200']}", edge: image("http://vault.vault.svc:8200/x"), breaks: image("http://vault.vault.svc:8201/x"),
		otherwise: "{disks: [{name: other, size: 10Gi, image: 'http://localhost/x'}]}",
		at:        "spec.disks[0].image", says: "vault.vault.svc is the node, the cluster",
	},
	"StorageClass": {
		limits: "{storageClassNames: [fast]}", edge: "{disks: [{name: system, size: 10Gi, storageClassName: fast}, {name: b, size: 1Gi, storageClassName: standard}, {name: c, size: 1Gi}]}",
		breaks: "{disks: [{name: system, size: 10Gi, storageClassName: platinum}]}", otherwise: "{disks: [{name: other, size: 10Gi, storageClassName: gold}]}",
		at: "spec.disks[0].storageClassName", says: "storage class platinum is none that the platform team allows (limits.storageClassNames: fast)",
	},
	"StorageClassOfMove": {
		limits: "{storageClassNames: [fast]}", edge: "{disks: [{name: system, size: 10Gi, storageClassName: fast, migrateStorage: true}]}",
		breaks:    "{disks: [{name: system, size: 10Gi, storageClassName: platinum, migrateStorage: true}]}",
		otherwise: "{disks: [{name: system, size: 10Gi, storageClassName: gold, migrateStorage: true}]}",
		at:        "spec.disks[0].storageClassName", says: "storage class platinum is none that the platform team allows (limits.storageClassNames: fast)",
	},
	"Disks": {
		limits: "{disks: 2}", edge: disks(2), breaks: disks(3), otherwise: disks(4),
		at: "spec.disks", says: "3 disks is more than the platform team allows (limits.disks: 2)",
	},
	"DiskSize": {
		limits: "{diskSize: 20Gi}", edge: "{disks: [{name: system, size: 20Gi}]}", breaks: "{disks: [{name: system, size: 21Gi}]}", otherwise: "{disks: [{name: system, size: 1Ei}]}",
		at: "spec.disks[0].size", says: "21Gi is more than the platform team allows (limits.diskSize: 20Gi)",
	},
	"Claim": {
		limits: "{claimNames: ['vm-*']}", edge: "{disks: [{name: system, claimName: vm-a}]}", breaks: "{disks: [{name: system, claimName: db}]}",
		otherwise: "{disks: [{name: system, claimName: db2}]}",
		at:        "spec.disks[0].claimName", says: "claim db is none that the platform team allows (limits.claimNames: vm-*)",
	},
	"Clone": {
		limits: "{claimNames: ['vm-*']}", edge: cloned("name: vm-a"), breaks: cloned("name: db"), otherwise: otherClone,
		at: "spec.disks[0].imageFrom.name", says: "the object db is none that the platform team allows (limits.claimNames: vm-*)",
	},
	"CloneOfShared": {
		limits: "{claimNames: ['vm-*']}", edge: cloned("name: db, namespace: golden-images"), breaks: cloned("name: db, namespace: team-a"),
		otherwise: otherClone,
		at:        "spec.disks[0].imageFrom.name", says: "the object db is none",
	},
	"CloneOfSystem": {
		limits: "{claimNames: ['vm-*']}", edge: "{disks: null, osImageFrom: {kind: DataSource, name: vm-a}}",
		breaks:    "{disks: null, osImageFrom: {kind: PersistentVolumeClaim, name: db}}",
		otherwise: "{disks: [{name: other, size: 1Gi}], osImageFrom: {kind: PersistentVolumeClaim, name: db2}}",
		at:        "spec.osImageFrom.name", says: "the object db is none",
	},
	"ImageSecret": {
		limits: "{secretNames: ['vm-*']}", edge: imageSecret("vm-registry"), breaks: imageSecret("s3cr3t"),
		otherwise: "{disks: [{name: other, size: 1Gi, image: 'https://example.org/a', imageSecret: token}]}",
		at:        "spec.disks[0].imageSecret", says: "this Secret is none that the platform team allows (limits.secretNames: vm-*)",
	},
	"ContainerSecret": {
		limits: "{secretNames: ['vm-*']}", edge: containerSecret("vm-registry"), breaks: containerSecret("s3cr3t"), otherwise: containerSecret("token"),
		at: "spec.disks[1].imageSecret", says: "this Secret is none",
	},
	"Bucket": {
		limits: "{images: ['gs://vms', 's3://minio.example.org/vms']}", edge: image("gs://vms/a"), breaks: image("gs://others/a"),
		otherwise: "{disks: [{name: other, size: 10Gi, image: 's3://minio.example.org/others/a'}]}",
		at:        "spec.disks[0].image", says: "an image of gs://others is none that the platform team allows (limits.images: gs://vms, s3://minio.example.org/vms)",
	},
	"S3OfCluster": {
		edge: image("s3://s3.example.org/vms/a"), breaks: image("s3://minio.minio.svc/vms/a"), otherwise: "{disks: [{name: other, size: 10Gi, image: 's3://minio/vms/a'}]}",
		at: "spec.disks[0].image", says: "minio.minio.svc is the node, the cluster",
	},
	"KeySecret": {
		limits: "{secretNames: ['vm-*']}", edge: "{sshKeySecret: vm-keys}", breaks: "{sshKeySecret: s3cr3t}", otherwise: "{sshKeySecret: token}",
		at: "spec.sshKeySecret", says: "this Secret is none that the platform team allows (limits.secretNames: vm-*)",
	},
	"PasswordSecret": {
		limits: "{secretNames: ['vm-*']}", edge: password("vm-a"), breaks: password("s3cr3t"), otherwise: password("token"),
		at: "spec.cloudInitUser.passwordSecretRef.name", says: "this Secret is none",
	},
	"UserDataSecret": {
		limits: "{secretNames: [mine]}", edge: "{cloudInit: {userDataSecretRef: {name: mine}}}", breaks: "{cloudInit: {userDataSecretRef: {name: s3cr3t}}}",
		otherwise: "{cloudInit: {userDataSecretRef: {name: web-02-cloud-init-xxxxx}}}",
		at:        "spec.cloudInit.userDataSecretRef.name", says: "this Secret is none",
	},
	"AnswersSecret": {
		limits: "{secretNames: [answers]}", edge: "{windows: {unattendSecretRef: {name: answers}}}", breaks: "{windows: {unattendSecretRef: {name: s3cr3t}}}",
		otherwise: "{windows: {unattendSecretRef: {name: token}}}",
		at:        "spec.windows.unattendSecretRef.name", says: "this Secret is none",
	},
	"Device": {
		limits: "{deviceNames: [nvidia.com/a10]}", edge: gpu("nvidia.com/a10"), breaks: gpu("nvidia.com/a100"), otherwise: gpu("nvidia.com/h100"),
		at: "spec.gpus[0].deviceName", says: "device nvidia.com/a100 is none that the platform team allows (limits.deviceNames: nvidia.com/a10)",
	},
	"DeviceOfNode": {
		edge: "{gpus: []}", breaks: gpu("nvidia.com/a100"), otherwise: gpu("nvidia.com/h100"),
		at: "spec.gpus[0].deviceName", says: "device nvidia.com/a100 belongs to the nodes, so that no Wukong may take it which the platform team does not list (limits.deviceNames)",
	},
	"NoDevice": {
		limits: "{deviceNames: []}", edge: "{gpus: []}", breaks: gpu("nvidia.com/a100"), otherwise: gpu("nvidia.com/h100"),
		at: "spec.gpus[0].deviceName", says: "device nvidia.com/a100 is none that the platform team allows (limits.deviceNames has none)",
	},
	"HostDevice": {
		limits: "{deviceNames: [intel.com/*]}", edge: hostDevice("intel.com/qat"), breaks: hostDevice("nvidia.com/a100"), otherwise: hostDevice("nvidia.com/h100"),
		at: "spec.hostDevices[0].deviceName", says: "device nvidia.com/a100 is none that the platform team allows (limits.deviceNames: intel.com/*)",
	},
	"HostDeviceOfNode": {
		edge: "{hostDevices: []}", breaks: hostDevice("intel.com/qat"), otherwise: hostDevice("intel.com/gvt"),
		at: "spec.hostDevices[0].deviceName", says: "device intel.com/qat belongs to the nodes",
	},
	"InstancetypeAsDevices": {
		limits: "{deviceNames: [nvidia.com/a10]}", edge: gpu("nvidia.com/a10"),
		breaks:    "{cpu: null, memory: null, instancetype: {kind: VirtualMachineInstancetype, name: mine}}",
		otherwise: "{cpu: null, memory: null, instancetype: {kind: VirtualMachineInstancetype, name: other}}",
		at:        "spec.instancetype.name", says: "the namespace's own instance type mine is none",
	},
	"NodeSelector": {
		limits: "{nodeSelectorKeys: [example.org/*]}", edge: placed("nodeSelector: {example.org/pool: a}"), breaks: placed("nodeSelector: {node-role.kubernetes.io/control-plane: ''}"),
		otherwise: placed("nodeSelector: {node-role.kubernetes.io/control-plane: 'a'}"),
		at:        "spec.highAvailability.nodeSelector[node-role.kubernetes.io/control-plane]", says: "label node-role.kubernetes.io/control-plane is none",
	},
	"TemplatePath": {
		limits: "{templatePaths: [domain.chassis*, subdomain]}", edge: template("domain: {chassis: {serial: a}}, subdomain: web"), breaks: template("hostname: web"),
		otherwise: template("hostname: db"),
		at:        "spec.template.hostname", says: "the platform team does not let a Wukong give hostname (limits.templatePaths)",
	},
	"TemplateByDefault": {
		edge: template(""), breaks: template("domain: {machine: {type: q35}}"), otherwise: template("domain: {machine: {type: pc-q35-rhel9}}"),
		at: "spec.template.domain.machine.type", says: "limits.templatePaths",
	},
	"Toleration": {
		limits: "{tolerationKeys: [example.org/vm]}", edge: placed("tolerations: [{key: example.org/vm, operator: Exists}]"), breaks: placed("tolerations: [{operator: Exists}]"),
		otherwise: placed("tolerations: [{key: node-role.kubernetes.io/control-plane}]"),
		at:        "spec.highAvailability.tolerations[0].key", says: "every taint is none that the platform team allows (limits.tolerationKeys: example.org/vm)",
	},
}

func template(fields string) string { return "{template: {" + fields + "}}" }
func performance(fields string) string {
	return "{performance: {" + fields + "}}"
}
func network(fields string) string { return "{networks: [{name: lan, " + fields + "}]}" }
func image(i string) string        { return "{disks: [{name: system, size: 10Gi, image: '" + i + "'}]}" }
func cloned(from string) string {
	return "{disks: [{name: system, imageFrom: {kind: PersistentVolumeClaim, " + from + "}}]}"
}

const otherClone = "{disks: [{name: other, imageFrom: {kind: VolumeSnapshot, name: db2}}]}"

func imageSecret(name string) string {
	return "{disks: [{name: system, size: 10Gi, image: 'https://example.org/a', imageSecret: " + name + "}]}"
}
func containerSecret(name string) string {
	return "{disks: [{name: system, size: 10Gi}, {name: tools, type: cdrom, image: registry.example.org/tools, imageSecret: " + name + "}]}"
}
func hostDevice(name string) string { return "{hostDevices: [{name: dev, deviceName: " + name + "}]}" }
func gpu(device string) string      { return "{gpus: [{name: gpu, deviceName: " + device + "}]}" }
func placed(fields string) string   { return "{highAvailability: {" + fields + "}}" }
func password(secret string) string {
	return "{cloudInitUser: {name: ops, passwordSecretRef: {name: " + secret + "}}}"
}
func disks(n int) string {
	return "{disks: [" + strings.Join([]string{"{name: system, size: 10Gi}", "{name: b, size: 1Gi}", "{name: c, size: 1Gi}", "{name: d, size: 1Gi}"}[:n], ", ") + "]}"
}

// everything allows what the cases ask for.
const everything = "{templatePaths: ['*'], cpuAllocationRatio: 1000, memoryOvercommit: 1000, deviceNames: ['*'], masters: [{name: '*'}], " +
	"bridges: [{name: '*'}, {name: br-ex}, {name: br-int}, {name: cni0}], " +
	"images: ['docker://*', 'http://*', 'https://*', 's3://*', 'gs://*', 's3://minio.minio.svc', 'http://169.254.169.254', 'http://vault.vault.svc:8201', 'http://vault.vault.svc:8200']}"

// TestLimits shows of each limit that it accepts a Wukong at its edge, and refuses one that breaks it; that one which exists stays, with a message,
// through an edit of something else, a restart and a deletion; and that it cannot break the limit in another way.
func TestLimits(t *testing.T) {
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, refused := plan(t, tc.limits, tc.edge, nil); len(refused) > 0 {
				t.Errorf("at its edge: want no refusal, got %v", refused)
			}
			if _, refused := plan(t, tc.limits, tc.breaks, nil); len(refused) != 1 || refused[0].Field != tc.at || !strings.Contains(refused[0].Detail, tc.says) {
				t.Errorf("want one refusal of %s that says %q, got %v", tc.at, tc.says, refused)
			} else if !strings.Contains(refused[0].Detail, "ask the platform team") || strings.Contains(refused[0].Error(), "s3cr3t") {
				t.Errorf("want a way out, and no value of a Secret: %v", refused[0])
			}

			accepted, refused := plan(t, everything, tc.breaks, nil)
			if len(refused) > 0 {
				t.Fatalf("want a Wukong that exists, got %v", refused)
			}
			rs := existing(t, accepted)
			for what, change := range map[string]string{"as it was": "{}", "an edit of something else": "{startStrategy: {runStrategy: Manual}}"} {
				kept, refused := plan(t, tc.limits, tc.breaks, rs, change)
				if len(refused) > 0 {
					t.Errorf("%s: want no refusal of what exists, got %v", what, refused)
				}
				if len(kept.Kept) == 0 || !strings.HasPrefix(kept.Kept[0], tc.at+": it stays because it was there before") || !strings.Contains(kept.Kept[0], tc.says) {
					t.Errorf("%s: want a message about %s, got %q", what, tc.at, kept.Kept)
				}
			}
			if _, refused := plan(t, tc.limits, tc.otherwise, rs); len(refused) == 0 {
				t.Error("want a refusal of another value that breaks it")
			}
			if _, refused := plan(t, tc.limits, tc.edge, rs); len(refused) > 0 {
				t.Errorf("want no refusal of the way back, got %v", refused)
			}
		})
	}
}

// plan returns what is planned of the smallest spec, over which others are laid, with limits and what exists. It also returns what is refused.
func plan(t *testing.T, limits, over string, rs observed.Resources, more ...string) (fn.Planned, field.ErrorList) {
	t.Helper()
	spec := map[string]any{}
	for _, text := range append([]string{validation.Smallest, over}, more...) {
		maps.Copy(spec, object(t, text))
	}
	for k, v := range spec {
		if v == nil {
			delete(spec, k)
		}
	}
	req, err := wukongtest.NamespacedRequest(spec, v1beta1.TargetObject)
	if err != nil {
		t.Fatal(err)
	}
	req.Input = input(t, limits)
	p, err := fn.PlanFor(req, rs)
	return p, validation.Errors(err)
}

// input returns an Input with limits.
func input(t *testing.T, limits string) *structpb.Struct {
	t.Helper()
	in := map[string]any{
		"apiVersion": v1beta1.APIVersion, "kind": v1beta1.Kind,
		"defaults": map[string]any{"master": "eth1", "resourceName": "openshift.io/fast", "storageClassName": "standard",
			"windowsDriversImage": "docker://quay.io/kubevirt/virtio-container-disk:v1.9.0"},
		"sharedImageNamespaces": []any{"golden-images"},
	}
	if limits != "" {
		in["limits"] = object(t, limits)
	}
	s, err := structpb.NewStruct(in)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := yaml.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}

// existing returns the state in which the objects of a plan exist.
func existing(t *testing.T, p fn.Planned) observed.Resources {
	t.Helper()
	out := observed.Resources{}
	for _, r := range p.Resources {
		if r.Management.Creates() {
			o, err := compose.Manifest(r.Object)
			if err != nil {
				t.Fatal(err)
			}
			out[r.Key] = observed.Resource{Object: o}
		}
	}
	return out
}

// TestInstancetypeOfNamespace shows that a list of every device leaves the namespace's own instance types to what KubeVirt permits, as no list does.
func TestInstancetypeOfNamespace(t *testing.T) {
	const own = "{cpu: null, memory: null, instancetype: {kind: VirtualMachineInstancetype, name: mine}}"
	for limits, want := range map[string]int{"": 0, "{deviceNames: ['*']}": 0, "{deviceNames: ['*', nvidia.com/a10]}": 0, "{deviceNames: []}": 1, "{deviceNames: ['nvidia.com/*']}": 1} {
		if _, refused := plan(t, limits, own, nil); len(refused) != want {
			t.Errorf("limits %q: want %d refusals, got %v", limits, want, refused)
		}
	}
}

// TestLastDesired shows that what may have been created, and is not observed, counts as what exists.
func TestLastDesired(t *testing.T) {
	accepted, _ := plan(t, "", "{cpu: 8}", nil)
	rs := existing(t, accepted)
	for key, r := range rs {
		rs[key] = observed.Resource{LastKnown: r.Object}
	}
	if _, refused := plan(t, "{cpu: 4}", "{cpu: 8}", rs); len(refused) > 0 {
		t.Errorf("want no refusal of what was desired last, got %v", refused)
	}
}

// TestImageOfNoDisk shows that a disk which is not there yet is imported from no other image than the one that was desired before.
func TestImageOfNoDisk(t *testing.T) {
	accepted, _ := plan(t, "", image("https://example.org/a"), nil)
	rs := existing(t, accepted)
	if _, refused := plan(t, "", image("http://169.254.169.254/a"), rs); len(refused) > 0 {
		t.Errorf("want no refusal of an image that has no effect any more, got %v", refused)
	}
	for key, r := range rs {
		rs[key] = observed.Resource{LastKnown: r.Object}
	}
	if _, refused := plan(t, "", image("http://169.254.169.254/a"), rs); len(refused) != 1 {
		t.Errorf("want a refusal, got %v", refused)
	}
}

// TestHosts shows of which hosts no disk is imported, however they are written, unless the platform team lists them.
func TestHosts(t *testing.T) {
	for _, host := range []string{
		"localhost", "LOCALHOST", "localhost.", "a.localhost", "vault", "vault.vault.svc", "vault.vault.svc.cluster.local", "kubernetes.default", "10-96-0-1.default.pod",
		"127.0.0.1", "127.1", "0", "2130706433", "0x7f000001", "0177.0.0.1", "169.254.169.254", "169.254.169.254.", "[::1]", "[::ffff:169.254.169.254]", "[fe80::1]",
		"[fd00:ec2::254]", "[64:ff9b::a9fe:a9fe]", "metadata.google.internal", "100.100.100.200", "224.0.0.1", "255.255.255.255", "user:pw@169.254.169.254", "x@localhost",
		"169.254.169.%EF%BC%92%EF%BC%95%EF%BC%94", "kubernetes.default.%EF%BD%93vc", "x.cluster%E3%80%82local", "169.254.169.254#", "169.254.169.254#@example.org",
	} {
		for _, limits := range []string{"", "{images: ['http://*', 'https://*']}", "{images: []}"} {
			if _, refused := plan(t, limits, image("http://"+host+"/x"), nil); len(refused) != 1 {
				t.Errorf("%s under %q: want a refusal, got %v", host, limits, refused)
			}
		}
	}
	for _, host := range []string{"example.org", "10.0.0.1:8080", "192.168.1.1", "[2001:db8::1]", "[fd12::1]", "a_b.example.org", "xn--a.example"} {
		if _, refused := plan(t, "", image("http://"+host+"/x"), nil); len(refused) > 0 {
			t.Errorf("%s: want no refusal, got %v", host, refused)
		}
	}
}

// TestForeign shows that somebody else's virtual machine of the same name is not what the Wukong has.
func TestForeign(t *testing.T) {
	accepted, _ := plan(t, "", "{cpu: 8}", nil)
	rs := existing(t, accepted)
	vm := rs["vm"]
	vm.Foreign = &observed.Foreign{}
	rs["vm"] = vm
	if _, refused := plan(t, "{cpu: 4}", "{cpu: 8}", rs); len(refused) == 0 {
		t.Error("want a refusal: the virtual machine is not the Wukong's")
	}
}

// TestSmaller shows that what is out of bounds can get smaller on the way to its limit.
func TestSmaller(t *testing.T) {
	accepted, _ := plan(t, "", "{cpu: 8, memory: 64Gi}", nil)
	if _, refused := plan(t, "{cpu: 4, memory: 8Gi}", "{cpu: 7, memory: 63Gi}", existing(t, accepted)); len(refused) > 0 {
		t.Errorf("want no refusal of less than before, got %v", refused)
	}
}

// TestPolicyNamesLimits shows that the policy refuses by limits that the Input has, and by those that need none.
func TestPolicyNamesLimits(t *testing.T) {
	in, err := fn.Input(input(t, "{cpu: 4}"))
	if err != nil {
		t.Fatal(err)
	}
	policy, binding := limit.Policy(in)
	var got []string
	for _, v := range policy.Spec.Validations {
		got = append(got, strings.TrimPrefix(v.Message, "out of bounds of the platform team's "))
	}
	const want = "limits.cpu limits.cpuAllocationRatio limits.memoryOvercommit limits.instancetypes limits.bridges limits.masters limits.resourceNames " +
		"limits.images limits.deviceNames limits.templatePaths"
	if strings.Join(got, " ") != want {
		t.Errorf("want %s, got %v", want, got)
	}
	if binding.Spec.PolicyName != policy.Name {
		t.Errorf("want a binding of %s, got %s", policy.Name, binding.Spec.PolicyName)
	}
}
