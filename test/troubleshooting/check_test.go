package troubleshooting

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	instancetypev1 "kubevirt.io/api/instancetype/v1beta1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/check"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// A checkCase is a repository of Wukongs that is checked.
type checkCase struct {
	// specs have fields, in YAML, that replace those of the smallest spec. The Wukongs are called a, b, c and so on.
	specs []string

	// names replace those names.
	names []string

	// input of the Composition, in YAML.
	input string

	// cluster are the objects of the cluster.
	cluster check.Cluster

	// about is the index of the finding, the reason of a drain or the note that is reported.
	about int
}

// message returns a finding, a reason of a drain or a note, of which the report has findings first.
func (c checkCase) message(t *testing.T) string {
	t.Helper()
	var wukongs []fn.Planned
	for i, spec := range c.specs {
		name := string(rune('a' + i))
		if c.names != nil {
			name = c.names[i]
		}
		fields := parse(t, smallest).AsMap()
		for k, v := range parse(t, spec).AsMap() {
			fields[k] = v
			if v == nil {
				delete(fields, k)
			}
		}
		req, err := wukongtest.RequestOf("team-a", name, fields, parse(t, c.input).AsMap())
		if err != nil {
			t.Fatal(err)
		}
		p, err := fn.Plan(req)
		if err != nil {
			t.Fatal(err)
		}
		wukongs = append(wukongs, p)
	}
	report := check.Check(wukongs, c.cluster)
	var out []string
	for _, f := range report.Findings {
		out = append(out, f.String())
	}
	for _, vm := range report.VirtualMachines {
		for _, r := range vm.Drain.Reasons {
			out = append(out, r.String())
		}
	}
	out = append(out, report.Unknown...)
	if c.about >= len(out) {
		t.Fatalf("want another message among %q", out)
	}
	return out[c.about]
}

// object returns an object of the cluster, in YAML.
func object[T any](y string) []T {
	var out T
	if err := yaml.Unmarshal([]byte(y), &out); err != nil {
		panic(err)
	}
	return []T{out}
}

// checked returns the scenarios of checks.
func checked() []scenario {
	const (
		onNetwork = "{networks: [{name: lan, bridgeName: br1, "
		static5   = onNetwork + "ipConfig: {mode: static, address: 10.0.0.5/24}}]}"
		grouped   = "{highAvailability: {antiAffinity: true}}"
		macvlan   = "{networks: [{name: up, type: macvlan, master: eth2}]}"
		pinned    = "{networks: [{name: up, type: macvlan, master: eth2}], highAvailability: {nodeSelector: {kubernetes.io/hostname: n1}}}"
		claimed   = "{disks: [{name: data, claimName: archive}]}"
		migrates  = "{highAvailability: {evictionStrategy: LiveMigrate}}"
		uuid      = "{firmware: {uuid: 6a1a24a1-4061-4607-8bf4-a3963d0c5895}}"
		reserved  = "highAvailability: {evictionStrategy: LiveMigrate}, " +
			"disks: [{name: system, type: lun, size: 10Gi, volumeMode: Block, accessModes: [ReadWriteMany], reservation: true}]"
		shared = "highAvailability: {evictionStrategy: LiveMigrate}, disks: [{name: system, size: 10Gi, accessModes: [ReadWriteMany]}]"
	)
	small := object[corev1.Node]("{metadata: {name: n1}, status: {allocatable: {cpu: 1, memory: 1500Mi, ephemeral-storage: 1Gi, " +
		"devices.kubevirt.io/kvm: 100, devices.kubevirt.io/tun: 100, devices.kubevirt.io/vhost-net: 100}}}")
	two := append(object[corev1.Node]("{metadata: {name: n1}}"), object[corev1.Node]("{metadata: {name: n2}}")...)
	quota := func(hard string) check.Cluster {
		return check.Cluster{ResourceQuotas: object[corev1.ResourceQuota]("{metadata: {name: q, namespace: team-a}, spec: {hard: {" + hard + "}}}")}
	}
	found := func(want string, c checkCase) scenario { return scenario{want: want, message: c.message} }
	given := func(document string) func(*testing.T) string {
		return func(t *testing.T) string {
			docs, problems := manifest.Reader{Stdin: strings.NewReader(document)}.Read(t.Context(), manifest.Stdin)
			_, unread := check.ReadCluster(docs)
			if len(problems) > 0 || len(unread) != 1 {
				t.Fatalf("want one problem, got %v, %v", problems, unread)
			}
			return unread[0].Text
		}
	}
	return []scenario{
		{want: "VALUE is left out: a check does not read objects of this kind", message: given("{apiVersion: v1, kind: Secret, metadata: {name: x}}")},
		{want: "VALUE is not what Kubernetes prints: REASON", message: given("{apiVersion: v1, kind: Node, metadata: {name: x}, spec: hello}")},
		found("Wukong WUKONG is there twice, and the cluster has one of that name: remove one of them, or give it another name",
			checkCase{specs: []string{"{}", "{}"}, names: []string{"a", "a"}}),
		found("WUKONG has the address VALUE on VALUE, too: give one of them another address", checkCase{specs: []string{static5, static5}}),
		found("WUKONG takes this address for its gateway on VALUE: give the guest another one, unless it is that router",
			checkCase{specs: []string{static5, onNetwork + "ipConfig: {mode: static, address: 10.0.0.6/24, gateway: 10.0.0.5}}]}"}}),
		found("WUKONG has the MAC address VALUE on VALUE, too: give one of them another macAddress, or none",
			checkCase{specs: []string{onNetwork + "macAddress: '02:00:5e:10:00:01'}]}", onNetwork + "macAddress: '02:00:5e:10:00:01'}]}"}}),
		found("the MTU is NUMBER, and NUMBER for WUKONG on VALUE, so that frames between them are lost: give both the same",
			checkCase{specs: []string{onNetwork + "mtu: 1500}]}", onNetwork + "mtu: 9000}]}"}}),
		found("the network is VALUE, and VALUE for WUKONG on VALUE, so that they look for each other in different places: give both the same prefix length",
			checkCase{specs: []string{static5, onNetwork + "ipConfig: {mode: static, address: 10.0.0.6/16}}]}"}}),
		found("the gateway of VALUE is VALUE, and VALUE for WUKONG on VALUE: give both the same, unless the network has two routers", checkCase{specs: []string{
			onNetwork + "ipConfig: {mode: static, address: 10.0.0.5/24, gateway: 10.0.0.1}}]}", onNetwork + "ipConfig: {mode: static, address: 10.0.0.6/24, gateway: 10.0.0.2}}]}",
		}}),
		found("bridge NAME is of type TYPE, and of type TYPE for WUKONG, and no node has both: correct the type or bridgeName of one of them",
			checkCase{specs: []string{onNetwork + "type: bridge}]}", onNetwork + "type: ovs}]}"}}),
		found("the NetworkAttachmentDefinition is that of a network of WUKONG, with which it goes: describe the network here as it is described there, instead of nadName",
			checkCase{specs: []string{"{networks: [{name: lan}]}", "{networks: [{name: lan, nadName: a-lan-pchd7}]}"}}),
		found("network NAME takes the uplink VALUE, too, and no uplink can be taken twice: name another one, or use a network of type bridge",
			checkCase{specs: []string{"{networks: [{name: up, type: macvlan, master: eth2}, {name: two, type: macvlan, master: eth2}]}"}}),
		found("WUKONG takes the uplink VALUE, too, and on one node only one of them can start: give both the same antiAffinityGroup, or other nodes in nodeSelector",
			checkCase{specs: []string{macvlan, macvlan}}),
		found("WUKONG takes the uplink VALUE of the same node, too, so that only one of them can run: name another uplink or another node", checkCase{specs: []string{pinned, pinned}}),
		found("WUKONG attaches the claim NAME, too, and two guests destroy each other's data on it: give one of them another claim", checkCase{specs: []string{claimed, claimed}}),
		found("WUKONG attaches the claim NAME, too, and not both say that it is shareable: give both shareable: true where their guests are made to share it, "+
			"or one of them another claim", checkCase{specs: []string{claimed, "{disks: [{name: data, claimName: archive, shareable: true}]}"}}),
		found("the claim is disk DISK of WUKONG, and two guests destroy each other's data on it: name another claim, or retain that disk and remove it there first",
			checkCase{specs: []string{"{}", "{disks: [{name: data, claimName: a-system-qg79f}]}"}}),
		found("WUKONG has the firmware UUID UID, too, and guests are told apart by it: remove uuid from the one that is new", checkCase{specs: []string{uuid, uuid}}),
		found("the NUMBER virtual machines of group NAME run on different nodes, but the number of nodes for them is NUMBER: add nodes, or split the group",
			checkCase{specs: []string{grouped, grouped, grouped}, cluster: check.Cluster{Nodes: two}}),

		found("the virtual machines of namespace NAMESPACE take VALUE, VALUE more than the quota: raise it, or give them less", checkCase{specs: []string{"{}"}, cluster: quota("requests.memory: 1Gi")}),
		found("the virtual machines leave VALUE, and a live migration takes VALUE for pods on a second node: raise the quota", checkCase{specs: []string{"{" + shared + "}"}, cluster: quota("pods: 1")}),
		found("the disks leave VALUE, and a live migration takes VALUE for a second claim with the state of TPM and EFI, until it is done: raise the quota",
			checkCase{specs: []string{"{tpm: Persistent, " + shared + "}"}, cluster: quota("persistentvolumeclaims: 2")}),
		found("the virtual machines leave VALUE, and KubeVirt takes VALUE for another pod whenever it attaches or detaches a disk of one that runs: raise the quota", checkCase{
			specs: []string{"{disks: [{name: system, size: 10Gi}, {name: data, size: 10Gi, bus: scsi}]}"},
			input: "{cluster: {kubevirt: {version: '1.9'}}}", cluster: quota("pods: 2"),
		}),
		found("the disks leave VALUE, and an import takes VALUE for a second claim of its disk's size, until it is done: raise the quota",
			checkCase{specs: []string{"{osImage: 'docker://quay.io/containerdisks/debian:12'}"}, cluster: quota("requests.storage: 15Gi")}),
		found("the virtual machines take VALUE, VALUE more than all nodes together have: add nodes, or give them less", checkCase{specs: []string{"{}", "{}"}, cluster: check.Cluster{Nodes: small}}),
		found("the pod requests VALUE, and no node that can run it has as much: ask for less, or add such a node", checkCase{specs: []string{"{memory: 2Gi}"}, cluster: check.Cluster{Nodes: small}}),
		found("no node that could run the virtual machine has the architecture VALUE: correct architecture, or add such a node",
			checkCase{specs: []string{"{architecture: arm64}"}, cluster: check.Cluster{Nodes: two}}),
		found("none of the nodes that could run the virtual machine offers VALUE: correct the field, or add such a node", checkCase{
			specs: []string{"{performance: {dedicatedCpuPlacement: true}}"}, input: "{cluster: {kubevirt: {version: '1.9', featureGates: [CPUManager]}}}",
			cluster: check.Cluster{Nodes: object[corev1.Node]("{metadata: {name: a, labels: {kubevirt.io/schedulable: 'true'}}}")},
		}),
		found("KubeVirt keeps the state of TPM and EFI in a claim of the default StorageClass, and none of those that are given is that: let the platform team "+
			"mark one as the default, or name vmStateStorageClass in the KubeVirt object and in the Input",
			checkCase{specs: []string{"{tpm: Persistent}"}, cluster: check.Cluster{StorageClasses: object[storagev1.StorageClass]("{metadata: {name: slow}}")}}),
		found("StorageProfile CLASS has no access modes for the disk, without which CDI makes no claim: name accessModes, or let the platform team complete the profile", checkCase{
			specs:   []string{"{disks: [{name: system, size: 10Gi, storageClassName: odd}]}"},
			cluster: check.Cluster{StorageProfiles: object[cdiv1.StorageProfile]("{metadata: {name: odd}}")},
		}),

		found("KubeVirt does not migrate a virtual machine with GPUs or other devices of its node",
			checkCase{specs: []string{"{gpus: [{name: gpu, deviceName: nvidia.com/A10}], " + shared + "}"}}),
		found("by its feature gate VGPULiveMigration KubeVirt migrates one GPU if it is among the mediatedDevices of its permittedHostDevices: kubectl get kubevirt -A -o yaml tells", checkCase{
			specs: []string{"{gpus: [{name: gpu, deviceName: nvidia.com/A10}], " + shared + "}"},
			input: "{cluster: {kubevirt: {version: '1.9', featureGates: [VGPULiveMigration]}}}",
		}),
		found("before version 1.9 KubeVirt does not migrate a virtual machine with SCSI persistent reservations", checkCase{
			specs: []string{"{" + reserved + "}"}, input: "{cluster: {kubevirt: {version: '1.8', featureGates: [PersistentReservation]}}}",
		}),
		found("KubeVirt migrates a virtual machine with SCSI persistent reservations from version 1.9, and the Input does not tell the version "+
			"(cluster.kubevirt.version)", checkCase{specs: []string{"{" + reserved + "}"}}),
		found("KubeVirt does not migrate a virtual machine whose memory is encrypted by VALUE, which its template, its instance type or its preference asks for", checkCase{
			specs: []string{"{cpu: null, memory: null, instancetype: {name: safe}, " + shared + "}"},
			cluster: check.Cluster{ClusterInstancetypes: object[instancetypev1.VirtualMachineClusterInstancetype](
				"{metadata: {name: safe}, spec: {cpu: {guest: 1}, memory: {guest: 1Gi}, launchSecurity: {sev: {}}}}")},
		}),
		found("by the eviction strategy VALUE the drain shuts the guest down: LiveMigrate or LiveMigrateIfPossible move it while it runs", checkCase{specs: []string{"{}"}}),
		found("with the run strategy VALUE KubeVirt does not start the guest again once it is shut down: start it by hand, or give Always",
			checkCase{specs: []string{"{startStrategy: {runStrategy: Manual}}"}, about: 1}),
		found("with the run strategy RerunOnFailure a guest that obeys and shuts down is not started again: start it by hand, or give Always",
			checkCase{specs: []string{"{highAvailability: {restartPolicy: OnFailure}}"}, about: 1}),
		found("by the eviction strategy External KubeVirt only marks the instance, and the drain waits until another controller moves it",
			checkCase{specs: []string{"{highAvailability: {evictionStrategy: External}}"}}),
		found("KubeVirt does not migrate a virtual machine whose disk DISK has VALUE, as no two nodes can attach it: have it on a disk with ReadWriteMany",
			checkCase{specs: []string{"{highAvailability: {evictionStrategy: LiveMigrate}, disks: [{name: system, size: 10Gi, accessModes: [ReadWriteOnce]}]}"}}),
		found("KubeVirt migrates the virtual machine if the claim NAME has ReadWriteMany: give the claim, as kubectl get pvc -o yaml prints it",
			checkCase{specs: []string{"{highAvailability: {evictionStrategy: LiveMigrate}, disks: [{name: data, claimName: archive}]}"}}),
		found("KubeVirt migrates the virtual machine if StorageProfile CLASS prefers ReadWriteMany: give it, as kubectl get storageprofiles -o yaml prints it, or name accessModes", checkCase{
			specs: []string{migrates}, cluster: check.Cluster{StorageClasses: object[storagev1.StorageClass]("{metadata: {name: usual, annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}}")},
		}),
		found("KubeVirt migrates the virtual machine if the default StorageClass has ReadWriteMany: give it and its StorageProfile, "+
			"as kubectl get storageclasses,storageprofiles -o yaml prints them, or name accessModes", checkCase{specs: []string{migrates}}),
		found("no other node than NAME can run the virtual machine: let nodeSelector and tolerations allow another one",
			checkCase{specs: []string{"{" + shared + "}"}, cluster: check.Cluster{Nodes: two[:1]}}),
		found("no node can run the virtual machine: correct nodeSelector or tolerations", checkCase{
			specs: []string{"{disks: [{name: system, size: 10Gi, accessModes: [ReadWriteMany]}], highAvailability: {evictionStrategy: LiveMigrate, nodeSelector: {rack: one}}}"}, cluster: check.Cluster{Nodes: two},
		}),
		found("no other node than NAME can run the virtual machine, as no other has the architecture VALUE: add one that has", checkCase{
			specs: []string{"{architecture: arm64, " + shared + "}"}, cluster: check.Cluster{Nodes: append(
				object[corev1.Node]("{metadata: {name: n1, labels: {kubernetes.io/arch: amd64}}}"), object[corev1.Node]("{metadata: {name: n2, labels: {kubernetes.io/arch: arm64}}}")...)},
		}),
		found("no node can run the virtual machine, as none has the architecture VALUE: correct architecture, or add a node that has it",
			checkCase{specs: []string{"{architecture: arm64, " + shared + "}"}, cluster: check.Cluster{Nodes: two}, about: 1}),
		found("group NAME has a virtual machine on each of the NUMBER nodes that can run them, so that no node is left: add a node, or a group of its own for some of them", checkCase{
			specs: []string{
				"{disks: [{name: system, size: 10Gi, accessModes: [ReadWriteMany]}], highAvailability: {evictionStrategy: LiveMigrate, antiAffinity: true}}", grouped,
			},
			cluster: check.Cluster{Nodes: two},
		}),
		found("KIND NAME is not given, so that CPU and memory of the virtual machines with it are not known: give it, as kubectl get prints it with -o yaml",
			checkCase{specs: []string{"{cpu: null, memory: null, instancetype: {name: u1.medium}}"}, about: 1}),
		found("KIND NAME is not given, so that what it chooses is not counted, such as a TPM: give it, as kubectl get prints it with -o yaml",
			checkCase{specs: []string{"{preference: {name: windows.11}}"}, about: 1}),
	}
}
