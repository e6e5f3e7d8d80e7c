package troubleshooting

import (
	"fmt"
	"slices"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/novasphere/function-wukong/internal/admission"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/validation"
)

// scenarios returns a scenario for each entry of the chapter.
func scenarios() []scenario {
	return slices.Concat(ready(), platform(), rules(), refusals(), limited(), immutable(), advice(), restores(), waiting(), failed(), running(), operations(), command(), calls(), checked(), plans())
}

const (
	statusBound     = "{phase: Bound, capacity: {storage: 10Gi}}"
	statusRunning   = "{printableStatus: Running, created: true, ready: true}"
	lan             = "{networks: [{name: lan, type: bridge}]}"
	nad             = "{apiVersion: k8s.cni.cncf.io/v1, kind: NetworkAttachmentDefinition, metadata: {name: lan}}"
	macLAN          = "5e:47:7b:b8:ed:0a"
	macPod          = "92:9c:42:90:8f:c3"
	cloudInitSecret = "{apiVersion: v1, kind: Secret, metadata: {name: web-01-cloud-init}}"
)

// ready returns the scenarios in which the virtual machine is ready.
func ready() []scenario {
	everything := merge(merge(claim(tenGiB, statusBound), vm(statusRunning)), map[string]string{"cloud-init": cloudInitSecret, "nad-lan": nad})
	noAttachment := map[string]string{"nadname-lan": "{apiVersion: kubernetes.crossplane.io/v1alpha2, kind: Object, metadata: {name: x}, " +
		"spec: {managementPolicies: [Observe], forProvider: {manifest: {kind: NetworkAttachmentDefinition, metadata: {name: theirs}}}}, " +
		"status: {conditions: [{type: Synced, status: 'False', message: 'observe failed: external resource does not exist'}]}}"}
	claimed := "{networks: [{name: lan, type: bridge}], disks: [{name: system, size: 10Gi}, {name: data, claimName: archive}]}"
	return []scenario{
		{want: "no network to configure", observed: everything},
		{want: "NUMBER network configured", spec: lan, observed: everything},
		{
			want:     "NUMBER networks configured",
			spec:     "{networks: [{name: lan, type: bridge}, {name: mgmt, type: bridge}]}",
			observed: merge(everything, map[string]string{"nad-mgmt": nad}),
		},
		{want: "no network to configure; used as they are: NETWORKS", spec: network("type: bridge, nadName: theirs"), observed: everything},
		{
			want:     "there is no NetworkAttachmentDefinition NAME, without which the virtual machine cannot start again: create it, or correct nadName",
			spec:     network("type: bridge, nadName: theirs"),
			observed: everything,
			composed: noAttachment,
		},
		{
			want:     "network NAME: there is no NetworkAttachmentDefinition NAME: create it, or correct nadName",
			spec:     network("type: bridge, nadName: theirs"),
			observed: vm("{created: true, printableStatus: Starting}"),
			composed: noAttachment,
		},
		{
			want:     "NUMBER network configured; used as they are: NETWORKS",
			spec:     "{networks: [{name: lan, type: bridge}, {name: backbone, type: bridge, nadName: theirs}]}",
			observed: everything,
		},
		{
			want:     "NUMBER networks configured; used as they are: NETWORKS",
			spec:     "{networks: [{name: lan, type: bridge}, {name: mgmt, type: bridge}, {name: backbone, type: bridge, nadName: theirs}]}",
			observed: merge(everything, map[string]string{"nad-mgmt": nad}),
		},
		{want: "NUMBER volume bound", observed: everything},
		{
			want:     "NUMBER volumes bound",
			spec:     "{disks: [{name: system, size: 10Gi}, {name: data, size: 10Gi}]}",
			observed: merge(everything, map[string]string{"disk-data": claim(tenGiB, statusBound)["disk-system"]}),
		},
		{want: "NUMBER volume bound; attached as they are: REASON", spec: claimed, observed: everything},
		{
			want:     "NUMBER volumes bound; attached as they are: REASON",
			spec:     "{disks: [{name: system, size: 10Gi}, {name: b, size: 10Gi}, {name: data, claimName: archive}]}",
			observed: merge(everything, map[string]string{"disk-b": claim(tenGiB, statusBound)["disk-system"]}),
		},
		{
			want:     "attached as they are: REASON",
			spec:     "{disks: [{name: data, claimName: archive}]}",
			observed: merge(vm(statusRunning), map[string]string{"cloud-init": cloudInitSecret, "nad-lan": nad}),
		},
		{
			want:     "no volume to bind",
			spec:     "{disks: [{name: live, type: cdrom, image: 'docker://quay.io/example/live:1'}]}",
			observed: merge(vm(statusRunning), map[string]string{"cloud-init": cloudInitSecret}),
		},
		{want: "Virtual machine is running", observed: everything},
		{want: "Virtual machine is stopped", spec: "{startStrategy: {autoStart: false}}", observed: merge(everything, vm("{printableStatus: Stopped}"))},
		{want: "PHASE, after PHASE", observed: everything, status: "{phase: Creating}"},
	}
}

// platform returns the scenarios of messages for the platform team.
func platform() []scenario {
	const object = "{apiVersion: kubernetes.crossplane.io/v1alpha2, kind: Object, metadata: {name: x}}"
	return []scenario{
		{want: "invalid Input of the Composition: REASON", input: settings("target: Nothing")},
		{want: "the Composition passes an Action, which is for Operations: pass an Input", input: actionInput("Stop")},
		{
			want: "Native composes in the namespace of the composite, which has none: install the configuration of namespaced Wukongs, or remove target from the " +
				"Input of the Composition",
			input: settings("target: Native"),
		},
		{
			want:         "the running Crossplane does not support FEATURE, which this Composition needs: upgrade Crossplane",
			capabilities: []fnv1.Capability{fnv1.Capability_CAPABILITY_CAPABILITIES},
		},
		{
			want:       "KEY was composed as KIND and cannot become KIND: give the Wukong back the Composition that it had, or delete it and create it again",
			namespaced: true,
			input:      settings("target: Native"),
			composed:   map[string]string{"vm": object},
		},
		{want: "an earlier step of the pipeline already desires a resource called VALUE: rename it there", desired: []string{"vm"}},
		{want: "there is no composite: an Operation must pass an Action", composite: "none", input: settings("target: Object")},
	}
}

// network returns a spec with one network with fields.
func network(fields string) string { return "{networks: [{name: lan, " + fields + "}]}" }

// networks returns a spec with n networks with fields.
func networks(n int, fields string) string {
	var all strings.Builder
	for i := range n {
		fmt.Fprintf(&all, "{name: n%d, %s}, ", i, fields)
	}
	return "{networks: [" + all.String() + "]}"
}

// static returns a spec with one network with a static ipConfig with fields.
func static(fields string) string {
	return network("type: bridge, ipConfig: {mode: static, " + fields + "}")
}

// disk returns a spec with one disk with fields.
func disk(fields string) string { return "{disks: [{name: system, " + fields + "}]}" }

// userData returns a spec with cloud-init user data.
func userData(text string) string { return `{cloudInit: {userData: "` + text + `"}}` }

// rules returns the scenarios of the table of rules, of the structure of documents, and of defaults that the Input lacks.
func rules() []scenario {
	var out []scenario
	for _, e := range slices.Concat(validation.Examples(), admission.Examples()) {
		s := scenario{want: message.ByID(e.ID).Entry(), spec: e.Breaks}
		if e.OfInput {
			s.spec, s.input = "", settings(strings.TrimSuffix(strings.TrimPrefix(e.Breaks, "{"), "}"))
		}
		out = append(out, s)
	}
	return out
}

// refusals returns the scenarios in which the function refuses a spec for a reason outside the table of rules.
func refusals() []scenario {
	const meta = "{name: web-01, namespace: team-a}"
	const emptyDrive = "{disks: [{name: system, size: 10Gi}, {name: iso, type: cdrom}]}"
	anyTemplate := settings("limits: {templatePaths: ['*']}")
	composite := func(metadata, spec string) string {
		return "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: " + metadata + ", spec: " + spec + "}"
	}
	return []scenario{
		{
			want:      "the composite lies in namespace NAMESPACE, and cannot belong to a claim in namespace NAMESPACE: remove claimRef",
			composite: composite(meta, "{cpu: 1, memory: 1Gi, disks: [{name: system, size: 10Gi}], claimRef: {name: web-01, namespace: team-b}}"),
		},
		{
			want: "the composite has no namespace, no spec.claimRef and no label crossplane.io/claim-namespace: one of them must say where the virtual " +
				"machine belongs",
			composite: composite("{name: web-01}", smallest),
		},
		{
			want:      "the name of a Wukong has at most NUMBER characters, as it becomes a label's value: choose a shorter one",
			composite: composite("{name: "+strings.Repeat("a", 64)+", namespace: team-a}", smallest),
		},
		{want: "a Wukong needs a name, which its virtual machine gets: give one, such as web-01", composite: composite("{namespace: team-a}", smallest)},
		{
			want:      "a name has lower-case letters, digits, hyphens and dots, with a letter or a digit at both ends of each part: correct it",
			composite: composite("{name: Web, namespace: team-a}", smallest),
		},
		{
			want:      "the name of a namespace has at most 63 lower-case letters, digits and hyphens, with a letter or a digit at both ends: correct it",
			composite: composite("{name: web-01, namespace: Team}", smallest),
		},
		{
			want:      "must be a time (RFC 3339)",
			composite: composite("{name: web-01, namespace: team-a, deletionTimestamp: yesterday}", smallest),
		},
		{
			want: "the network's uplink and vlanId name the interface NAME, which may have at most NUMBER characters: " +
				"name an uplink with a shorter name in master",
			spec:  network("type: macvlan, vlanId: 4000"),
			input: settings("defaults: {master: enp129s0f0np0}"),
		},
		{
			want: "the platform team names no image with drivers for Windows: ask it for defaults.windowsDriversImage, or remove drivers and add a disk of type " +
				"cdrom with such an image",
			spec: "{windows: {drivers: true}}",
		},
		{want: "no template can give this: remove it", spec: "{template: {volumes: []}}"},
		{want: "no template can give this: did you mean VALUE?", spec: "{template: {domain: {cpu: {models: EPYC}}}}"},
		{
			want:  "a virtual machine has only one of these, and FIELD is given, too: remove one of both",
			spec:  "{template: {domain: {launchSecurity: {sev: {}, tdx: {}}}}}",
			input: settings("limits: {templatePaths: ['*']}"),
		},
		{
			want: "a Wukong has the field FIELD for this: give that instead", spec: "{template: {domain: {cpu: {model: EPYC}}}}", input: anyTemplate,
		},
		{
			want: "every Wukong has the field FIELD for this: remove it", input: settings("limits: {templatePaths: [domain.cpu.model]}"),
		},
		{
			want: "the platform team does not let a Wukong give VALUE (limits.LIMIT): remove it, or ask the platform team",
			spec: "{template: {hostname: web}}",
		},
		{
			want: "this takes KubeVirt's feature gate VALUE, which is off in this cluster: remove it, or ask the platform team to enable the gate",
			spec: "{template: {domain: {devices: {autoattachVSOCK: true}}}}", input: settings("limits: {templatePaths: ['*']}, cluster: {kubevirt: {version: '1.9'}}"),
		},
		{
			want: "this takes KubeVirt's feature gate VALUE, which is off in this cluster, so that KubeVirt refuses changes of the virtual machine, " +
				"or finds no node for it: ask the platform team to enable the gate, or remove it",
			spec:  "{template: {domain: {devices: {autoattachVSOCK: true}}}}",
			input: settings("limits: {templatePaths: ['*']}, cluster: {kubevirt: {version: '1.9'}}"),
			observed: map[string]string{"vm": "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01}, " +
				"spec: {template: {spec: {domain: {devices: {autoattachVSOCK: true}}}}}}"},
		},
		{
			want: "this takes KubeVirt's feature gate VALUE, of which the Input does not tell whether it is on: " +
				"if KubeVirt refuses the virtual machine, or finds no node for it, remove it, or ask the platform team to enable the gate",
			spec: "{template: {domain: {devices: {autoattachVSOCK: true}}}}", input: settings("limits: {templatePaths: ['*']}"),
		},
		{
			want: "Crossplane may not list and watch the KubeVirt object, whose feature gates are therefore not known: say in this field of the Input which are on",
			spec: "{template: {domain: {devices: {autoattachVSOCK: true}}}}", input: settings("target: Native, limits: {templatePaths: ['*']}"), namespaced: true,
			status: "{conditions: [{type: Synced, status: 'False', message: 'cannot compose resources: fetching resources for kubevirt: failed waiting for Informer to sync'}]}",
		},
		{want: "this takes FIELD: give that, too, or remove this", input: settings("template: {domain: {cpu: {isolateEmulatorThread: true}}}")},
		{
			want:  "KubeVirt does not take this together with FIELD: remove one of both",
			spec:  "{performance: {requests: {cpu: '1'}}}",
			input: settings("template: {domain: {cpu: {dedicatedCpuPlacement: true}}}, cluster: {kubevirt: {featureGates: [CPUManager]}}"),
		},
		{
			want:  "KubeVirt adds no memory to a guest with FIELD in its template: remove one of both",
			spec:  "{maxMemory: 4Gi, firmware: {bootloader: EFI}, template: {domain: {launchSecurity: {snp: {}}}}}",
			input: anyTemplate,
		},
		{
			want:  "the template gives the guest pages of SIZE, of which its memory must be a multiple: correct it",
			spec:  "{memory: 1Gi, maxMemory: 1282Mi}",
			input: settings("template: {domain: {memory: {hugepages: {pageSize: 1Gi}}}}"),
		},
		{
			want: "the template encrypts the guest's memory by FIELD, which takes bootloader EFI, and neither secureBoot nor, but for sev, persistent: correct it, " +
				"or remove that from the template",
			spec:  "{template: {domain: {launchSecurity: {sev: {}}}}}",
			input: anyTemplate,
		},
		{
			want: "the virtual machine has a disk of this name, in whose place KubeVirt cannot put an empty CD-ROM drive: give the drive another name",
			spec: "{disks: [{name: system, size: 10Gi}, {name: data, type: cdrom}]}",
			observed: map[string]string{"vm": "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01}, spec: {template: {spec: {domain: " +
				"{devices: {disks: [{name: data, disk: {bus: scsi}}]}}, volumes: [{name: data, persistentVolumeClaim: {claimName: archive, hotpluggable: true}}]}}}}"},
		},
		{
			want:  "only computers of s390x have the watchdog diag288: give i6300esb, or remove it",
			input: settings("template: {domain: {devices: {watchdog: {name: w, diag288: {action: reset}}}}}"),
		},
		{
			want:  "KubeVirt does not take this on arm64: REASON",
			spec:  "{architecture: arm64}",
			input: settings("template: {domain: {devices: {watchdog: {name: w, i6300esb: {action: reset}}}}}"),
		},
		{
			want: "the virtual machine is not on the pod network, through which alone tcpSocket and httpGet reach a guest: give podNetwork: true, or guestAgentPing or exec",
			spec: "{readinessProbe: {httpGet: {port: 80}}}", input: settings("defaults: {podNetwork: false}"),
		},
		{
			want: "the guest has NUMBER CPUs in each socket, and KubeVirt adds whole sockets: give a multiple of NUMBER, or coresPerSocket",
			spec: "{cpu: 8, maxCPU: 10, preference: {name: windows.11}}",
		},
		{
			want: "an empty CD-ROM drive takes KubeVirt's feature gate VALUE, which is off in this cluster: give an image or a claimName, remove the drive, " +
				"or ask the platform team to enable the gate",
			spec:  emptyDrive,
			input: settings("cluster: {kubevirt: {version: '1.8'}}"),
		},
		{
			want: "an empty CD-ROM drive takes KubeVirt's feature gate VALUE, which is off in this cluster, so that KubeVirt refuses changes of the virtual " +
				"machine: give an image or a claimName, remove the drive, or ask the platform team to enable the gate",
			spec:  emptyDrive,
			input: settings("cluster: {kubevirt: {version: '1.8'}}"),
			observed: map[string]string{"vm": "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01}, " +
				"spec: {template: {spec: {domain: {devices: {disks: [{name: iso, cdrom: {bus: sata}}]}}}}}}"},
		},
		{
			want: "an empty CD-ROM drive takes KubeVirt's feature gate VALUE, of which the Input does not tell whether it is on: if KubeVirt refuses the virtual " +
				"machine, give an image or a claimName, remove the drive, or ask the platform team to enable the gate",
			spec: emptyDrive,
		},
		{
			want:     "it is the medium of CD-ROM drive DISK, with which it would be deleted: give this disk the image of the medium instead",
			spec:     "{disks: [{name: system, size: 10Gi}, {name: copy, claimName: " + mediumName + "}]}",
			observed: medium,
		},
		{want: "no template can give this path: remove it", input: settings("limits: {templatePaths: [volumes]}")},
		{want: "no template can give this path: did you mean VALUE?", input: settings("limits: {templatePaths: [domain.cpu.models]}")},
		{
			want: "the images of namespace NAMESPACE are not shared with this one: take one of namespace NAMESPACE, or ask the platform team to share it " +
				"(sharedImageNamespaces)",
			spec: disk("imageFrom: {kind: VolumeSnapshot, name: debian-12, namespace: team-b}"),
		},
		{
			want:     "the golden image of the disk to boot from names no instance type: give cpu and memory, or an instancetype",
			spec:     "{cpu: null, memory: null, disks: null, osImageFrom: {kind: DataSource, name: debian-12}}",
			observed: dataSource("{source: {pvc: {name: debian-12-a, namespace: team-a}}}"),
		},
		{
			want: "the disk to boot from is not cloned from a DataSource, which could name an instance type: give cpu and memory, or an instancetype",
			spec: "{cpu: null, memory: null, disks: [{name: system, size: 10Gi, boot: true}, {name: data, imageFrom: {kind: DataSource, name: debian-12}}]}",
		},
		{
			want: "the virtual machine was made with a cpu and memory of its own: put them back, or give an instancetype",
			spec: "{cpu: null, memory: null, disks: null, osImageFrom: {kind: DataSource, name: debian-12}}",
			observed: map[string]string{"vm": "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01, labels: {vm.novasphere.dev/wukong: web-01}}, " +
				"spec: {template: {spec: {domain: {cpu: {sockets: 2}}}}}}"},
		},
		{
			want: "the virtual machine has the disks DISK, which would be deleted: list them, and those that you want beside them",
			spec: "{disks: null, osImage: 'https://example.org/a.img'}",
			observed: map[string]string{"disk-data": "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: " + dataName + ", labels: {vm.novasphere.dev/wukong: web-01}}, " +
				"spec: {resources: {requests: {storage: 10Gi}}}}"},
		},
		{
			want: "disk DISK makes a claim of this name: name another one, or remove claimName",
			spec: "{disks: [{name: system, size: 10Gi}, {name: data, claimName: web-01-system-2cv8m}]}",
		},
		{
			want:       "without a provider nothing can be retained: create a PersistentVolumeClaim of your own and name it in claimName, which is never changed",
			spec:       disk("size: 10Gi, deletionPolicy: Retain"),
			input:      settings("target: Native"),
			namespaced: true,
		},
		{
			want: "must start with the line #cloud-config, or with #! for a script: put data of another format into a Secret and name it in userDataSecretRef",
			spec: userData("packages: []"),
		},
		{want: "must be a YAML document", spec: userData(`#cloud-config\n{`)},
		{want: "must be one YAML document", spec: userData(`#cloud-config\na: 1\n---\nb: 2\n`)},
		{want: "must be a YAML document of keys and values", spec: userData(`#cloud-config\n- a\n`)},
		{
			want: "has more than NUMBER keys and values: make it smaller, or put all user data into a Secret and name that in userDataSecretRef",
			spec: userData(`#cloud-config\nx: [` + strings.Repeat("a,", 10_000) + "]"),
		},
		{
			want: "has lists or mappings that lie more than NUMBER deep in each other: make it smaller, or put all user data into a Secret and name that in " +
				"userDataSecretRef",
			spec: userData(`#cloud-config\nx: ` + strings.Repeat("[", 64) + strings.Repeat("]", 64)),
		},
		{
			want: "has more than NUMBER directives, which are lines that start with %: remove them",
			spec: userData(`#cloud-config\n` + strings.Repeat(`%TAG !a! b\n`, 17) + `---\na: 1\n`),
		},
		{
			want: "has more than NUMBER bytes once it is merged with the user of cloudInitUser: make it smaller, or put all user data into a Secret and name that " +
				"in userDataSecretRef",
			spec: `{cloudInitUser: {name: ops}, cloudInit: {userData: "#!` + strings.Repeat("a", 100<<10) + `"}}`,
		},
		{
			want: "line NUMBER has an alias of a list or a mapping, which may stand for a single value only: write out what it stands for, or put all user data " +
				"into a Secret and name that in userDataSecretRef",
			spec: userData(`#cloud-config\nx: &a [b]\ny: *a\n`),
		},
		{want: "line NUMBER has a key that is an alias, a list, a mapping or <<: write the key out", spec: userData(`#cloud-config\n<<: {a: 1}\n`)},
		{want: "line NUMBER has a key that its mapping has already: remove one of them", spec: userData(`#cloud-config\na: 1\na: 2\n`)},
		{
			want: "users must be a list, to stand beside the user of cloudInitUser",
			spec: `{cloudInitUser: {name: ops}, cloudInit: {userData: "#cloud-config\nusers: {name: other}\n"}}`,
		},
		{
			want: "network NAME has this address: give another one, or none",
			spec: "{networks: [{name: lan, type: bridge}, {name: more, type: bridge, macAddress: '" + macLAN + "'}]}",
		},
		{want: "the pod network has this address: give another one, or none", spec: network("type: bridge, macAddress: '" + macPod + "'")},
		{
			want:     "it is the claim of disk DISK, with which it would be deleted: keep disk DISK, or first give it deletionPolicy: Retain",
			spec:     "{disks: [{name: renamed, claimName: web-01-system-2cv8m}]}",
			observed: claim(tenGiB, statusBound),
		},
	}
}

// limited returns the scenarios in which the platform team's limits refuse a value, or keep one that was there before them.
func limited() []scenario {
	return []scenario{
		{
			want:  "VALUE is more than the platform team allows (limits.LIMIT: MAXIMUM): take less, or ask the platform team",
			spec:  "{cpu: 8, memory: 64Gi, disks: [{name: system, size: 2Ti}, {name: data, size: 10Gi}]}",
			input: settings("limits: {cpu: 4, memory: 16Gi, disks: 1, diskSize: 1Ti}"),
		},
		{
			want: "VALUE CPU for these CPUs is less than the platform team allows (limits.LIMIT: NUMBER of the guest for one of its node): request more, or ask " +
				"the platform team",
			spec: "{cpu: 8, performance: {requests: {cpu: 100m}}}",
		},
		{
			want: "VALUE is less than the platform team allows (limits.LIMIT: a guest may have NUMBER percent of what is requested for it): request more, or ask " +
				"the platform team",
			spec: "{memory: 8Gi, performance: {requests: {memory: 4Gi}}}", input: settings("limits: {memoryOvercommit: 150}"),
		},
		{
			want: "VALUE is none that the platform team allows (limits.LIMIT: ALLOWED): take one of these, or ask the platform team",
			spec: "{networks: [{name: lan, type: bridge}, {name: fast, type: ovs}], sshKeySecret: keys, " +
				"disks: [{name: system, size: 10Gi, storageClassName: gold, image: 'https://example.org/a.qcow2'}, {name: data, claimName: archive}], " +
				"gpus: [{name: gpu, deviceName: nvidia.com/A10}], highAvailability: {nodeSelector: {rack: one}, tolerations: [{operator: Exists}]}}",
			input: settings("limits: {networkTypes: [bridge], bridges: [{name: br-office}], storageClassNames: [fast, 'slow-*'], secretNames: ['vm-*'], " +
				"claimNames: ['vm-*'], deviceNames: [nvidia.com/T4], nodeSelectorKeys: [zone], tolerationKeys: [dedicated], " +
				"images: ['docker://registry.example.org/vms']}"),
		},
		{
			want:  "VALUE is none that the platform team allows (limits.LIMIT has none): leave it out, or ask the platform team",
			spec:  network("type: bridge"),
			input: settings("limits: {networkTypes: []}"),
		},
		{
			want: "VALUE is one of the node's own networks, which no virtual machine may join unless the platform team lists it by its whole name (limits.LIMIT): " +
				"take another bridge, or ask the platform team",
			spec: network("type: bridge, bridgeName: br-ex"),
		},
		{
			want: "VALUE belongs to the nodes, so that no Wukong may take it which the platform team does not list (limits.LIMIT): leave it out, or ask the platform team",
			spec: "{gpus: [{name: gpu, deviceName: nvidia.com/A10}], hostDevices: [{name: qat, deviceName: intel.com/qat}]}",
		},
		{
			want: "VALUE would be taken from its node, so that no Wukong may name one which the platform team does not list (limits.LIMIT): " +
				"take a network of another type, or ask the platform team",
			spec: network("type: macvlan, master: eth0"),
		},
		{
			want:  "VALUE is none that the platform team allows (limits.LIMIT: ALLOWED): give another vlanId, or ask the platform team",
			spec:  "{networks: [{name: office, type: bridge, vlanId: 200}, {name: home, type: bridge, bridgeName: br-office}]}",
			input: settings(`limits: {bridges: [{name: br-office, vlans: ["100-199", "300"]}]}`),
		},
		{
			want:  "the platform team requires the check (limits.LIMIT): give true, or ask the platform team",
			spec:  network("type: bridge, macSpoofCheck: false"),
			input: settings("limits: {macSpoofCheck: Required}"),
		},
		{
			want: "VALUE is the node, the cluster or a cloud's metadata, from which no disk is imported unless the platform team lists the host by its whole name " +
				"(limits.LIMIT): take an image from elsewhere, or ask the platform team",
			spec: disk("size: 10Gi, image: 'http://169.254.169.254/latest/meta-data/'"),
		},
		{
			want:     "it stays because it was there before, and could not be asked for anew: REFUSAL",
			observed: claim(tenGiB, statusBound),
			input:    settings("limits: {diskSize: 5Gi}"),
		},
	}
}

// dataName is the name of the claim of disk data.
const dataName = "web-01-data-9678x"

// mediumName is the name of the claim of a medium of CD-ROM drive iso, and medium the observed DataVolume.
const mediumName = "web-01-iso-0123456789-ccz9q"

var medium = map[string]string{"disk-iso.0123456789": "{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, metadata: {name: " + mediumName + "}, " +
	"spec: {source: {http: {url: 'https://example.org/a.iso'}}, storage: {resources: {requests: {storage: 1Gi}}}}, status: {phase: Succeeded}}"}

// immutable returns the scenarios in which the function refuses a change.
func immutable() []scenario {
	const slowClaim = "{accessModes: [ReadWriteOnce], volumeMode: Filesystem, storageClassName: slow, resources: {requests: {storage: 10Gi}}}"
	importedVolume := dataVolume("{phase: Succeeded}")
	blankVolume := map[string]string{"disk-system": "{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, metadata: {name: x}, " +
		"spec: {source: {blank: {}}, storage: " + tenGiB + "}, status: {phase: Succeeded}}"}
	return []scenario{
		{
			want:     "FIELD: the virtual machine has the UUID UID, by which its guest knows it: put that back, or remove uuid",
			spec:     "{firmware: {uuid: 6a1a24a1-4061-4607-8bf4-a3963d0c5895}}",
			observed: vmWithFirmware("uuid: 11111111-2222-4333-8444-555555555555"),
		},
		{
			want: "FIELD: the virtual machine has the architecture VALUE, for which its disks were installed: put that back, or make a Wukong of another name",
			spec: "{architecture: arm64}",
			observed: map[string]string{"vm": "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01}, " +
				"spec: {template: {spec: {architecture: amd64, domain: {}}}}, status: " + statusRunning + "}"},
		},
		{
			want:     "FIELD: the disk exists with its data and cannot become a CD-ROM drive: remove type, or add a drive of another name",
			spec:     "{disks: [{name: root, size: 10Gi}, {name: system, type: cdrom, image: 'docker://quay.io/example/live:1'}]}",
			observed: claim(tenGiB, statusBound),
		},
		{
			want:     "FIELD: the disk has SIZE and cannot shrink: put SIZE back, or add a smaller disk of another name and copy the data",
			spec:     disk("size: 5Gi"),
			observed: claim(tenGiB, statusBound),
		},
		{
			want:     "FIELD: the disk has SIZE, and the cluster refuses to grow it: REASON: put SIZE back, or have its storage class allow volumes to grow",
			spec:     disk("size: 20Gi"),
			observed: claim(tenGiB, statusBound),
			syncErrors: map[string]string{"disk-system": `cannot apply object: persistentvolumeclaims "web-01-system" is forbidden: ` +
				`only dynamically provisioned pvc can be resized`},
		},
		{
			want: "FIELD: the disk has SIZE, and its claim belongs to CDI: put SIZE back, or give the claim NAME a storage request of SIZE yourself, with " +
				"kubectl edit pvc",
			namespaced: true,
			input:      settings("target: Native"),
			spec:       disk("size: 20Gi, image: 'https://example.org/a.qcow2'"),
			observed:   importedVolume,
			required:   map[string]string{"pvc-system": "{apiVersion: v1, kind: PersistentVolumeClaim, spec: " + tenGiB + ", status: " + statusBound + "}"},
		},
		{
			want:     "FIELD: the disk exists and is empty, and nothing can be imported into it: remove NAME, or add a disk of another name with it",
			spec:     imported,
			observed: claim(tenGiB, statusBound),
		},
		{
			want:     "FIELD: the disk was made from VALUE: put that back, or add a disk of another name with the new source",
			spec:     disk("size: 10Gi, image: fedora"),
			observed: importedVolume,
		},
		{
			want:     "FIELD: the disk was made from VALUE: put that back, or add a disk of another name with the new source",
			spec:     disk("imageFrom: {kind: PersistentVolumeClaim, name: master}"),
			observed: madeFrom("{upload: {}}", "{phase: Succeeded}"),
		},
		{
			want:     "FIELD: the disk exists and is empty, and nothing can be imported into it: remove NAME, or add a disk of another name with it",
			spec:     disk("size: 10Gi, imageFrom: {kind: DataSource, name: debian-12}"),
			observed: claim(tenGiB, statusBound),
		},
		{
			want:     "FIELD: the disk was made from VALUE: remove NAME, or add a disk of another name with it",
			spec:     disk("size: 10Gi, image: fedora"),
			observed: blankVolume,
		},
		{
			want:     "FIELD: the disk exists and is empty, and nothing can be imported into it: remove NAME, or add a disk of another name with it",
			spec:     "{osImage: fedora, disks: [{name: system, size: 10Gi}]}",
			observed: claim(tenGiB, statusBound),
		},
		{
			want: "FIELD: the disk REASON, and its import does not succeed, so that it has no content to lose: give the disk another name, which makes a new " +
				"one and deletes this one",
			spec:     disk("size: 20Gi, image: 'https://example.org/a.qcow2'"),
			observed: dataVolume("{phase: Failed}"),
		},
		{
			want: "FIELD: the disk REASON, and its import does not succeed, so that it has no content to lose: give it deletionPolicy: Delete, then give the " +
				"disk another name, which makes a new one and deletes this one",
			spec:     disk("size: 20Gi, deletionPolicy: Retain, image: 'https://example.org/b.qcow2'"),
			observed: dataVolume("{phase: Failed}"),
		},
		{
			want: "providerConfigRef of the Composition: the Wukong was composed with VALUE, and VALUE may reach another cluster, so that it stays with the first: " +
				"put that back, or, if both reach the same cluster, allow it with kubectl annotate --overwrite wukong NAME -n NAMESPACE " +
				"vm.novasphere.dev/provider-config=VALUE, or delete the Wukong, with all its disks that are not retained, and create it again",
			input: settings("providerConfigRef: {name: elsewhere}"),
			composed: map[string]string{"vm": "{apiVersion: kubernetes.crossplane.io/v1alpha2, kind: Object, metadata: {labels: {vm.novasphere.dev/wukong: web-01}}, " +
				"spec: {managementPolicies: ['*'], providerConfigRef: {name: default}, " +
				"forProvider: {manifest: {metadata: {labels: {vm.novasphere.dev/wukong: web-01}}, spec: {}}}}}"},
		},
		{
			want:     "FIELD: the disk uses storage class CLASS: put that back, or let the disk move with migrateStorage: true",
			spec:     disk("size: 10Gi, storageClassName: fast"),
			observed: claim(slowClaim, statusBound),
		},
		{
			want:     "FIELD: the disk uses the default storage class: put that back, or let the disk move with migrateStorage: true",
			spec:     disk("size: 10Gi, storageClassName: fast"),
			observed: importedVolume,
		},
		{
			want:     "FIELD: the disk has VALUE: put that back, or let the disk move with migrateStorage: true",
			spec:     disk("size: 10Gi, volumeMode: Block, accessModes: [ReadWriteMany]"),
			observed: claim(slowClaim, statusBound),
		},
	}
}

// vmWithFirmware returns an observed VirtualMachine with fields of its firmware.
func vmWithFirmware(fields string) map[string]string {
	return map[string]string{"vm": "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01}, " +
		"spec: {template: {spec: {domain: {firmware: {" + fields + "}}}}}, status: " + statusRunning + "}"}
}

// advice returns the scenarios of advice about fields.
func advice() []scenario {
	onNode := merge(vm(statusRunning), map[string]string{"vmi": "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web-01}, " +
		"status: {nodeName: node-1}}"})
	nodeState := func(interfaces string) map[string]string {
		return map[string]string{"node-network-state": "{apiVersion: nmstate.io/v1beta1, kind: NodeNetworkState, metadata: {name: node-1}, " +
			"status: {currentState: {interfaces: [" + interfaces + "]}}}"}
	}
	// The observed Secret has the user data "-" and the network data "-".
	seeded := merge(vm(statusRunning), map[string]string{"cloud-init": "{apiVersion: v1, kind: Secret, metadata: {name: web-01-cloud-init}, " +
		"data: {userdata: LQ==, networkdata: LQ==}}"})
	retained := "{apiVersion: kubernetes.crossplane.io/v1alpha2, kind: Object, metadata: {name: x}, spec: {managementPolicies: [Observe, Create, Update]}, " +
		"status: {atProvider: {manifest: " + claim(tenGiB, statusBound)["disk-system"] + "}}}"
	drive := func(fields string) string {
		return "{disks: [{name: system, size: 10Gi}, {name: iso, type: cdrom, " + fields + "}]}"
	}
	vmWithState := map[string]string{"vm": "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01}, spec: {template: {spec: {domain: " +
		"{firmware: {bootloader: {efi: {persistent: true}}}, devices: {tpm: {persistent: true}}}}}}, status: " + statusRunning + "}"}
	// An instance with devices runs.
	plugged := func(devices string) map[string]string {
		return merge(vm(statusRunning), map[string]string{"vmi": "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web-01}, " +
			"spec: {domain: {memory: {guest: 1Gi}, devices: {" + devices + "}}}, status: {phase: Running}}"})
	}
	snapshot := func(number string) string {
		return "{apiVersion: snapshot.kubevirt.io/v1beta1, kind: VirtualMachineSnapshot, metadata: {name: web-01-" + number + ", namespace: team-a, uid: s" + number +
			", creationTimestamp: '2026-03-0" + number + "T02:15:00Z', labels: {app.kubernetes.io/managed-by: function-wukong, vm.novasphere.dev/wukong: web-01}}, " +
			"status: {readyToUse: true, sourceUID: v, snapshotVolumes: {includedVolumes: [system]}}}"
	}
	return []scenario{
		{
			want: "deleted, as at least NUMBER newer ones are ready to use: SNAPSHOTS",
			spec: "{snapshots: {keep: 1}}",
			observed: map[string]string{"vm": "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01, namespace: team-a, uid: v, " +
				"creationTimestamp: '2026-01-01T00:00:00Z'}, status: " + statusRunning + "}"},
			required: map[string]string{"snapshots": strings.Join([]string{snapshot("1"), snapshot("2"), snapshot("3")}, "\n---\n")},
		},
		{
			want:     "to be deleted until the spec was changed, and deleted with this Wukong for that, if it has no provider: SNAPSHOTS",
			observed: map[string]string{"snapshot-1": snapshot("1")},
		},
		{
			want: "Crossplane cannot list VirtualMachineSnapshots, so that none is deleted and the status has none: let it get, list and watch them, then take this " +
				"field out and give it again",
			spec:   "{snapshots: {keep: 1}}",
			status: "{conditions: [{type: Synced, status: 'False', message: 'cannot compose resources: fetching resources for snapshots: failed waiting for Informer to sync'}]}",
		},
		{
			want:     "the guest was installed with another bootloader, and does not start with this one: put the other back, or install it anew",
			spec:     "{firmware: {bootloader: EFI}}",
			observed: vmWithFirmware("uuid: 11111111-2222-4333-8444-555555555555"),
		},
		{
			want: "the guest knows this disk with blocks of NUMBER bytes, by which it finds its partitions and file systems: put that back, or make them anew",
			spec: "{disks: [{name: system, size: 10Gi, blockSize: {logical: 4096}}]}",
			observed: map[string]string{"vm": "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01}, spec: {template: {spec: {domain: " +
				"{devices: {disks: [{name: system, disk: {bus: virtio}}]}}, volumes: [{name: system, persistentVolumeClaim: {claimName: a}}]}}}}"},
		},
		{want: "whoever may read this Wukong can read the password: prefer passwordHash or passwordSecretRef", spec: "{cloudInitUser: {name: ops, password: x}}"},
		{want: "has no effect, because passwordHash is given", spec: "{cloudInitUser: {name: ops, password: x, passwordHash: $6$a$b}}"},
		{
			want: "has no effect, because the virtual machine boots from disk DISK, which has content of its own",
			spec: "{osImage: fedora, disks: [{name: system, size: 1Gi, boot: true, image: debian}]}",
		},
		{want: "and NUMBER more, which the events of the Wukong say (ID)", spec: networks(20, "type: bridge, nadName: backbone, vlanId: 5")},
		{want: "has no effect, because the existing network NAME decides", spec: network("type: bridge, nadName: backbone, vlanId: 5")},
		{
			want: "the guest can pass for any other host on this network, as its frames of any source MAC address leave: give true, unless it has a virtual MAC " +
				"address or bridges others",
			spec: network("type: bridge, macSpoofCheck: false"),
		},
		{want: "has no effect on a network of type TYPE", spec: network("type: bridge, master: eth1")},
		{
			want: "by its feature gate ExternalNetResourceInjection KubeVirt requests no device for this network, without which the virtual machine cannot start: " +
				"ask the platform team for a network-resources-injector, or to disable the gate",
			spec:  network("type: sriov, resourceName: example.org/fast"),
			input: settings(`cluster: {kubevirt: {version: "1.9"}}`),
		},
		{
			want: "by its feature gate ExternalNetResourceInjection KubeVirt does not look for a node that has the bridge: " +
				"ask the platform team for a network-resources-injector, or to disable the gate",
			spec:  network("type: ovs"),
			input: settings(`cluster: {kubevirt: {version: "1.9"}}`),
		},
		{
			want:  "KubeVirt VALUE is older than VALUE, the oldest version that is supported: ask the platform team to upgrade it",
			input: settings(`cluster: {kubevirt: {version: "1.7"}}`),
		},
		{
			want:  "CDI VALUE is older than VALUE, the oldest version that is supported: ask the platform team to upgrade it",
			input: settings(`cluster: {cdi: {version: "1.63"}}`),
		},
		{
			want: "the guest answers to the cluster's pods and services by this gateway, and not by the pod network: ask the platform team to name the cluster's " +
				"networks in cluster.networks of the Input, or set podNetwork to false",
			spec: static("address: 192.168.10.5/24, gateway: 192.168.10.1"),
		},
		{
			want:     "a guest that has booted does not read what changed in its user data: change it there, too, or replace the boot disk by one of another name",
			spec:     "{cloudInitUser: {name: ops}}",
			observed: seeded,
		},
		{
			want: "a guest that has booted does not read what changed in its network settings: change it there, too, or let its cloud-init read them at every " +
				"boot, with updates: {network: {when: [boot]}} in userData",
			spec:     lan,
			observed: seeded,
		},
		{
			want: "cloudbase-init in a guest that has booted does not read what changed in its network settings: change it there, too",
			spec: "{windows: {cloudbaseInit: true}, preference: {name: windows.2k22}}",
			observed: merge(vm(statusRunning), map[string]string{"cloud-init": "{apiVersion: v1, kind: Secret, metadata: {name: web-01-cloud-init}, " +
				"data: {networkdata: e30=}}"}),
		},
		{
			want:     "a guest that has booted keeps the SSH keys that it has: change them there, too",
			spec:     "{sshKeySecret: keys}",
			observed: map[string]string{"vm": "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01}, spec: {template: {spec: {}}}}"},
		},
		{
			want: "the guest says that it has VALUE there, and not VALUE: change it in the guest, or here",
			spec: static("address: 192.168.20.5/24"),
			observed: merge(vm(statusRunning), map[string]string{"vmi": "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web-01}, " +
				"status: {interfaces: [{name: lan, infoSource: guest-agent, ipAddresses: [192.168.10.5]}]}}"}),
		},
		{
			want: "network NAME leaves: the guest loses it while it runs, and the virtual machine stays attached to it until it has moved to another node " +
				"(virtctl migrate NAME) or restarted",
			observed: map[string]string{"vm": attached},
		},
		{
			want: "this network was removed and is still leaving: KubeVirt adds it anew once it has left, each by a move to another node (virtctl migrate NAME), " +
				"or both by a restart",
			spec: network("type: bridge"),
			observed: map[string]string{"vm": attached, "vmi": "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web-01}, " +
				"spec: {domain: {devices: {disks: [], interfaces: [{name: lan, bridge: {}, state: absent}]}}}, status: {phase: Running}}"},
		},
		{
			want: "network NAME is still attached by its earlier NetworkAttachmentDefinition NAME, which stays until the virtual machine restarts (virtctl restart NAME)",
			observed: map[string]string{
				"nad-fast": "{apiVersion: k8s.cni.cncf.io/v1, kind: NetworkAttachmentDefinition, metadata: {name: web-01-fast-xxxxx}, spec: {config: '{}'}}",
				"vm":       "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01}, spec: {template: {spec: {}}}, status: {created: true}}",
			},
		},
		{
			want:     "by NMState node NAME has no Linux bridge NAME, so that the network ends there: have one with an uplink made on each node",
			spec:     network("type: bridge, vlanId: 300"),
			input:    settings("cluster: {nmstate: true}"),
			observed: onNode,
			required: nodeState(""),
		},
		{
			want: "by NMState no port of bridge NAME on node NAME carries VLAN NUMBER: give the bridge vlan_filtering, without which it keeps no VLANs apart, " +
				"and its uplink the VLAN",
			spec:     network("type: bridge, vlanId: 300"),
			input:    settings("cluster: {nmstate: true}"),
			observed: onNode,
			required: nodeState("{name: br-lan, type: linux-bridge, bridge: {port: [{name: eth0}]}}"),
		},
		{want: "has no effect with mode dhcp", spec: network("type: bridge, ipConfig: {mode: dhcp, gateway: 192.168.10.1}")},
		{want: "whoever may read this Wukong or the DataVolume can read the password in the URL", spec: disk("size: 1Gi, image: 'https://me:secret@example.org/a'")},
		{
			want: "the network default is the pod network, as nothing else is said of it: remove it, or give bridgeName for a bridge",
			spec: "{networks: [{name: default}]}",
		},
		{
			want: "the network default is the pod network, whose place network NAME takes: remove it",
			spec: "{networks: [{name: default}, {name: lan, primary: true}]}",
		},
		{
			want: "has no effect, because a Wukong does not configure nodes: the network's bridge, or its uplink, must exist on them",
			spec: network("physicalInterface: ens192"),
		},
		{
			want: "has no effect: give the name of the snapshot in restore.snapshot",
			spec: "{restoreFromSnapshot: yesterday}",
		},
		{
			want: "without a registry and a path it is an ordinary container of docker.io/library, which holds no disk to boot: give a container disk, such as " +
				"docker://quay.io/containerdisks/debian:12, or the URL of a disk image",
			spec: "{osImage: 'centos:8'}",
		},
		{
			want: "its keys reach nobody, because users in cloudInit.userData leaves out the default user: add default to them, or name the user in cloudInitUser",
			spec: `{sshKeySecret: keys, cloudInit: {userData: "#cloud-config\nusers: [{name: ops}]\n"}}`,
		},
		{
			want: "with a GPU the virtual machine cannot migrate live, so that a drain of its node waits for ever: give evictionStrategy LiveMigrateIfPossible, " +
				"under which the drain shuts it down",
			spec: "{gpus: [{name: a, deviceName: nvidia.com/a}], highAvailability: {evictionStrategy: LiveMigrate}}", input: settings("limits: {deviceNames: ['*']}"),
		},
		{
			want: "with a device of its node the virtual machine cannot migrate live, so that a drain of the node waits for ever: give evictionStrategy " +
				"LiveMigrateIfPossible, under which the drain shuts it down",
			spec:  "{hostDevices: [{name: a, deviceName: intel.com/qat}], highAvailability: {evictionStrategy: LiveMigrate}}",
			input: settings("limits: {deviceNames: ['*']}"),
		},
		{
			want: "before version 1.9 KubeVirt does not migrate a virtual machine with SCSI persistent reservations, so that a drain of its node waits for ever: " +
				"give evictionStrategy LiveMigrateIfPossible, under which the drain shuts it down",
			spec:  "{disks: [{name: system, size: 10Gi, type: lun, volumeMode: Block, reservation: true}], highAvailability: {evictionStrategy: LiveMigrate}}",
			input: settings("cluster: {kubevirt: {version: '1.8', featureGates: [PersistentReservation]}}"),
		},
		{
			want: "no two nodes can attach disk DISK at once, so that the virtual machines that share it start on one node alone: give a disk of another name with " +
				"ReadWriteMany, or remove shareable",
			spec: "{disks: [{name: system, size: 10Gi, shareable: true, accessModes: [ReadWriteOnce]}]}",
		},
		{
			want: "disk DISK is deleted with this Wukong, with all data on it, also while other virtual machines share it: give it deletionPolicy: Retain",
			spec: "{disks: [{name: system, size: 10Gi, shareable: true}]}",
		},
		{
			want: "no two nodes can attach disk DISK at once, so that the virtual machine cannot migrate live and a drain of its node waits for ever: give a disk " +
				"of another name with ReadWriteMany, or evictionStrategy LiveMigrateIfPossible, under which the drain shuts it down",
			spec: "{highAvailability: {evictionStrategy: LiveMigrate}, disks: [{name: system, size: 10Gi, accessModes: [ReadWriteOnce]}]}",
		},
		{
			want: "without it, and without a password in cloudInitUser, nobody can log in to a guest of an image that has no password of its own: name a Secret " +
				"with SSH public keys",
			spec: imported,
		},
		{
			want: "without a preference the computer is not one for Windows: name one such as windows.2k22, which chooses EFI, a TPM, the clock and the features of " +
				"Hyper-V",
			spec: "{windows: {}}",
		},
		{
			want: "its preference is one for Windows, which reads no cloud-init data, and the guest gets a disk with some: give windows: {}, with cloudbaseInit: true " +
				"in it where cloudbase-init is in the guest",
			spec: "{preference: {name: windows.11}}",
		},
		{
			want: "they reach no Windows with mode dhcp: let the DHCP server tell them, or give them in the answers of windows.unattendSecretRef",
			spec: "{windows: {}, preference: {name: windows.2k22}, networks: [{name: lan, type: bridge, ipConfig: {mode: dhcp, dnsServers: [192.168.10.1]}}]}",
		},
		{
			want: "CDI does not unpack it, and would write it to the disk unchanged: give an image of the format raw, qcow2, vmdk, vdi, vhd or vhdx, alone or " +
				"compressed as gz, xz or zst",
			spec: disk("size: 1Gi, image: 'https://example.org/a.zip'"),
		},
		{
			want: "it is attached as a disk, and not as a CD-ROM, so that the guest would boot the installation medium whenever it starts: give a disk of type " +
				"cdrom this image beside an empty disk to install on, or the image of an installed system",
			spec: disk("size: 1Gi, image: 'https://example.org/a.iso'"),
		},
		{
			want: "it is the image of a disk, and the guest gets it as a CD-ROM, which it cannot write to: give an ISO image, or remove type",
			spec: drive("size: 1Gi, image: 'https://example.org/a.qcow2'"),
		},
		{
			want: "has no effect, because no medium is imported into this CD-ROM drive: remove it, or give the URL of a file in image",
			spec: drive("size: 1Gi, image: 'docker://quay.io/example/tools:1'"),
		},
		{
			want: "has no effect, because there are CD-ROM drives alone, which it does not go to: add a disk with a size",
			spec: "{osImage: 'docker://quay.io/containerdisks/debian:12', disks: [{name: live, type: cdrom, claimName: iso}]}",
		},
		{
			want:     "the medium NAME of CD-ROM drive DISK is not asked for any more and is deleted: it can be imported, or uploaded, again",
			spec:     "{disks: [{name: system, size: 10Gi}]}",
			observed: medium,
		},
		{
			want: "the boot entry that an installer writes, and keys that are enrolled, are lost when the guest stops, after which it may not start: give true",
			spec: "{firmware: {bootloader: EFI, persistent: false}, disks: [{name: system, size: 10Gi}, {name: iso, type: cdrom, claimName: iso}]}",
		},
		{
			want: "the guest runs, and no QEMU guest agent in it is connected, without which this probe fails: install and start qemu-guest-agent there, or give tcpSocket " +
				"or httpGet",
			spec: "{readinessProbe: {guestAgentPing: true}}",
			observed: map[string]string{
				"vm":  "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01}, status: " + statusRunning + "}",
				"vmi": "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web-01}, status: {phase: Running}}",
			},
		},
		{
			want: "a guest that does not answer within about NUMBER seconds of its start is stopped, though it may still be booting: give more, such as NUMBER",
			spec: "{livenessProbe: {guestAgentPing: true}}",
		},
		{
			want: "Kubernetes stops a guest that is not alive, and with runStrategy VALUE it may stay stopped: give Always, with which it starts again",
			spec: "{livenessProbe: {guestAgentPing: true, initialDelaySeconds: 300}, startStrategy: {runStrategy: Manual}}",
		},
		{
			want: "whenever the guest stops, its TPM forgets all keys, and what is encrypted with them opens by a recovery key alone: give Persistent",
			spec: "{tpm: Volatile}",
		},
		{
			want: "the TPM of the existing virtual machine keeps its keys, and with this value they are out of reach: put Persistent back, or have a recovery key of " +
				"what is encrypted with them",
			spec:     "{firmware: {bootloader: EFI, persistent: true}}",
			observed: vmWithState,
		},
		{
			want: "DATA LOSS: at the next start KubeVirt deletes the keys of the TPM and the variables of EFI, and what is encrypted with those keys opens by a " +
				"recovery key alone: put Persistent back before that",
			spec:     "{firmware: {bootloader: EFI, persistent: false}}",
			observed: vmWithState,
		},
		{
			want:     "DATA LOSS: at the next start KubeVirt deletes the variables of EFI, without which the guest may not start: put true back before that",
			spec:     "{firmware: {bootloader: EFI, persistent: false}}",
			observed: vmWithFirmware("bootloader: {efi: {persistent: true}}"),
		},
		{
			want: "the keys of the TPM go with the virtual machine, and DISKS stay: have a recovery key of what is encrypted with them",
			spec: "{tpm: Persistent, disks: [{name: system, size: 10Gi, deletionPolicy: Retain}, {name: data, claimName: archive}]}",
		},
		{
			want: "NUMBER disks and network interfaces wait to be plugged into the virtual machine that runs, and KubeVirt keeps ports for NUMBER at least: give " +
				"new disks bus scsi, which takes none, or restart the virtual machine",
			spec:     "{disks: [{name: system, size: 10Gi}, {name: a, size: 1Gi}, {name: b, size: 1Gi}, {name: c, size: 1Gi}, {name: d, size: 1Gi}]}",
			input:    settings("cluster: {kubevirt: {version: '1.9'}}"),
			observed: plugged("disks: [{name: system, disk: {bus: virtio}}]"),
		},
		{
			want: "it looks like the address of a file, and is taken for a container of the registry that it begins with: start it with https://",
			spec: disk("size: 1Gi, image: example.org/a.img"),
		},
		{want: "it looks like the name of a file, and is taken for a container: give the URL of the file", spec: "{osImage: debian-12.qcow2}"},
		{
			want: "DATA LOSS: disk DISK is not in the list any more, so its KIND NAME is deleted with all data on it: a disk is known by its name, and one " +
				"that is renamed is another disk, without that data",
			spec:     "{disks: [{name: root, size: 10Gi}]}",
			observed: claim(tenGiB, statusBound),
		},
		{
			want: "disk DISK is not in the list any more: its KIND NAME is retained with all data on it, and comes back with a disk of that name, or as " +
				"claimName: NAME",
			spec:     "{disks: [{name: root, size: 10Gi}]}",
			composed: map[string]string{"disk-system": retained},
		},
		{
			want:     "disk DISK is not in the list any more: its KIND NAME is retained with all data on it, and comes back as claimName: NAME",
			spec:     "{disks: [{name: root, size: 10Gi}]}",
			composed: map[string]string{"disk-system.m0e835598a2": strings.ReplaceAll(retained, "web-01-system-2cv8m", "web-01-system-m0e835598a2-q6dlf")},
		},
		{
			want: "ReadWriteOnce is taken, as CDI's StorageProfiles are off, and a virtual machine with such a disk cannot migrate live: name the access modes " +
				"that the disk needs",
			input: settings("cluster: {storageProfiles: false}"),
		},
		{
			want:     "the disk has SIZE, and whether it can grow is known once its claim has been observed",
			spec:     disk("size: 20Gi, image: 'https://example.org/a.qcow2'"),
			observed: dataVolume("{phase: Succeeded}"),
		},
		{
			want:     "has no effect on a disk that exists, as its image was imported when it was made",
			spec:     disk("size: 10Gi, image: 'https://example.org/a.qcow2', imageSecret: images"),
			observed: dataVolume("{phase: Succeeded}"),
		},
		{
			want:     "the disk is imported with SIZE first, and grows after that",
			spec:     disk("size: 20Gi, image: 'https://example.org/a.qcow2'"),
			observed: dataVolume("{phase: ImportInProgress}"),
		},
		{
			want: "this edition of Windows uses at most two sockets: all CPUs are on one, which the preference may refuse, so choose an even number, and give " +
				"coresPerSocket no more than half of it",
			spec: "{cpu: 3, preference: {name: windows.11}}",
		},
		{
			want: "this edition of Windows uses at most two sockets, so that it does not use all of these CPUs: give coresPerSocket at least half of them",
			spec: "{cpu: 8, coresPerSocket: 2, preference: {name: windows.11}}",
		},
		{
			want: "a later change takes a restart: KubeVirt adds memory to a running virtual machine only where it has at least 1Gi and a multiple of 2Mi",
			spec: "{memory: 512Mi}",
		},
		{want: "has no effect without antiAffinity: true", spec: "{highAvailability: {antiAffinityGroup: web}}"},
	}
}

// restores returns the scenarios of disks that get another volume: one that is made from a snapshot, or one of another storage class.
func restores() []scenario {
	const (
		spec = "{restore: {snapshot: web-01-1}}"

		// The snapshot, its content and the volume of disk system that is made from it.
		snapshotKey  = "vmsnapshot-.r43b88b3cea"
		contentKey   = "vmsnapshotcontent-.r43b88b3cea"
		restoredKey  = "disk-system.r43b88b3cea"
		restoredName = "web-01-system-r43b88b3cea-6fqhx"

		// The volume of disk system that moves to class fast, as it is looked for.
		moves     = "size: 10Gi, storageClassName: fast, migrateStorage: true"
		movedKey  = "successor-system.m0e835598a2"
		movedName = "web-01-system-m0e835598a2-q6dlf"
	)
	bound := claim("{accessModes: [ReadWriteOnce], storageClassName: slow, resources: {requests: {storage: 10Gi}}}", statusBound)
	attaching := func(name string) map[string]string {
		return merge(bound, map[string]string{"vm": "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01}, " +
			"spec: {template: {spec: {volumes: [{name: system, dataVolume: {name: " + name + "}}]}}}, status: " + statusRunning + "}"})
	}
	snapshot := func(of, status string) map[string]string {
		return map[string]string{snapshotKey: "{apiVersion: snapshot.kubevirt.io/v1beta1, kind: VirtualMachineSnapshot, " +
			"metadata: {name: web-01-1, namespace: team-a}, spec: {source: {kind: VirtualMachine, name: " + of + "}}, status: " + status + "}"}
	}
	having := func(volume string) map[string]string {
		return merge(snapshot("web-01", "{readyToUse: true, virtualMachineSnapshotContentName: c}"), map[string]string{
			contentKey: "{apiVersion: snapshot.kubevirt.io/v1beta1, kind: VirtualMachineSnapshotContent, metadata: {name: c, namespace: team-a}, " +
				"spec: {volumeBackups: [{volumeName: " + volume + ", volumeSnapshotName: v}]}}",
		})
	}
	leftOver := func(metadata string) map[string]string {
		return merge(bound, map[string]string{movedKey: "{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, metadata: {name: " + movedName + metadata + "}}"})
	}
	return []scenario{
		{
			want: "DATA LOSS: disk DISK is restored: what it held before, in KIND NAME, is deleted once the virtual machine has started with what is restored",
			spec: spec, observed: merge(attaching(restoredName), having("system")),
		},
		{
			want:     "disk DISK moves when the virtual machine stops: its earlier KIND NAME is deleted once the virtual machine has started with the copy",
			spec:     disk(moves),
			observed: attaching(movedName),
		},
		{
			want:     "disk DISK gets another volume: its earlier KIND NAME stays, with all data on it, once the virtual machine has started with the new one",
			spec:     disk(moves + ", deletionPolicy: Retain"),
			observed: attaching(movedName),
		},
		{
			want:     "these disks are not restored and stay as they are, because the snapshot has none of their names, or they are shareable or have a claimName: NAMES",
			spec:     "{restore: {snapshot: web-01-1}, disks: [{name: system, size: 10Gi}, {name: data, claimName: archive}]}",
			observed: merge(attaching(restoredName), having("system")),
		},
		{
			want: "disk DISK has another volume that is not older than its own, KIND NAME, which an earlier edit asked for: it stays until the disk is restored, or " +
				"moves, once more",
			spec: disk("size: 10Gi"),
			observed: merge(attaching("web-01-system-2cv8m"), map[string]string{
				restoredKey: "{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, metadata: {name: " + restoredName + "}, " +
					"spec: {source: {snapshot: {name: v, namespace: team-a}}}, status: {phase: Succeeded}}",
			}),
		},
		{
			want: "waiting for disk DISK: it is copied once the virtual machine has stopped, which then starts with the copy", spec: disk(moves),
			observed: attaching(movedName),
		},
		{want: "waiting to restore: snapshot NAME has not been read yet", spec: spec, observed: bound},
		{want: "waiting to restore: snapshot NAME: REASON", spec: spec, observed: merge(bound, snapshot("web-01", "{readyToUse: false}"))},
		{
			want: "waiting to restore from snapshot NAME: new volumes are made once nothing of their names is there any more",
			spec: spec,
			observed: merge(merge(attaching("web-01-system-2cv8m"), having("system")), map[string]string{
				restoredKey: "{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, metadata: {name: " + restoredName + "}, " +
					"spec: {source: {snapshot: {name: v, namespace: team-a}}}, status: {phase: CloneInProgress}}",
			}),
		},
		{
			want:       "nothing is restored: there is no snapshot NAME, or nothing is left in it: correct spec.restore.snapshot, or remove it",
			namespaced: true,
			input:      settings("target: Native"),
			spec:       spec,
			observed:   bound,
			required:   map[string]string{snapshotKey: ""},
		},
		{
			want:       "nothing is restored: snapshot NAME cannot be read: REASON: have the platform team allow that",
			spec:       spec,
			observed:   bound,
			syncErrors: map[string]string{snapshotKey: "observe failed: cannot get object: virtualmachinesnapshots.snapshot.kubevirt.io is forbidden"},
		},
		{
			want:     "nothing is restored: snapshot NAME is of virtual machine NAME: name one of this Wukong, or clone disks of it with imageFrom",
			spec:     spec,
			observed: merge(bound, snapshot("web-02", "{readyToUse: true, virtualMachineSnapshotContentName: c}")),
		},
		{
			want:     "nothing is restored: snapshot NAME has no volume of a disk that can be restored: name another one, or remove spec.restore",
			spec:     spec,
			observed: merge(bound, having("scratch")),
		},
		{
			want: "disk DISK cannot be restored or moved: DataVolume NAME is there, which may be all that is left of an earlier disk: name it as claimName to go on " +
				"with it, or delete it once nobody needs it: kubectl delete dv NAME --namespace NAMESPACE",
			spec:     disk(moves),
			observed: leftOver(""),
		},
		{
			want:     "waiting for disk DISK: DataVolume NAME of an earlier attempt to restore or move it is being deleted",
			spec:     disk(moves),
			observed: leftOver(", deletionTimestamp: '2026-01-01T00:00:00Z'"),
		},
	}
}

// waiting returns the scenarios in which the function waits for an object.
func waiting() []scenario {
	starting := merge(claim(tenGiB, statusBound), map[string]string{"cloud-init": cloudInitSecret})
	withVM := func(status string) map[string]string { return merge(starting, vm(status)) }
	deletedVolume := "{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, metadata: {name: web-01-system, deletionTimestamp: '2026-01-01T00:00:00Z'}}"
	halted := "{startStrategy: {autoStart: false}}"
	const maybeRefused = " (it may be one that the cluster refused: the events of the Wukong say which)"
	const unsynced = "{conditions: [{type: Synced, status: 'False', message: 'Unsynced resources: a, b, c, and 1 more'}]}"
	const nameInUse = " (another of its name is being deleted)"
	deleting := func(key string) map[string]string {
		return map[string]string{key: "{apiVersion: v1, kind: Any, metadata: {name: x, deletionTimestamp: '2026-01-01T00:00:00Z'}}"}
	}
	native := settings("target: Native")
	const cloned = "{pvc: {name: master, namespace: team-a}}"
	return []scenario{
		{want: "waiting for NETWORKS" + maybeRefused, namespaced: true, input: native, spec: lan, status: unsynced, observed: map[string]string{"nad-lan": nad}},
		{want: "waiting for disk DISK" + maybeRefused, namespaced: true, input: native, status: unsynced, observed: claim(tenGiB, statusBound)},
		{
			want:       "waiting for cloud-init data" + maybeRefused,
			namespaced: true,
			input:      native,
			spec:       disk("claimName: archive"),
			status:     unsynced,
			observed:   map[string]string{"cloud-init": cloudInitSecret},
		},
		{want: "waiting for VM" + maybeRefused, namespaced: true, input: native, status: unsynced, observed: vm(statusRunning)},
		{want: "waiting for NETWORKS" + nameInUse, namespaced: true, input: native, spec: lan, required: deleting("nad-lan.look")},
		{want: "waiting for disk DISK" + nameInUse, namespaced: true, input: native, required: deleting("disk-system.look")},
		{
			want:       "waiting for cloud-init data" + nameInUse,
			namespaced: true,
			input:      native,
			observed:   claim(tenGiB, statusBound),
			required:   deleting("cloud-init.look"),
		},
		{want: "waiting for VM" + nameInUse, namespaced: true, input: native, required: deleting("vm.look")},
		{
			want: "waiting for NETWORKS",
			spec: "{networks: [{name: a, type: bridge}, {name: b, type: bridge}, {name: c, type: bridge}, {name: d, type: bridge}, {name: e, type: bridge}]}",
		},
		{want: "waiting for disk DISK"},
		{want: "waiting for cloud-init data", observed: claim(tenGiB, statusBound)},
		{want: "waiting for VM", observed: starting},
		{want: "waiting for disk DISK: no volume is bound yet", observed: claim(tenGiB, "{phase: Pending}")},
		{
			want:     "waiting for disk DISK: its volume is bound when the virtual machine starts, if not before",
			spec:     halted,
			observed: merge(claim(tenGiB, "{phase: Pending}"), vm("{printableStatus: Stopped}")),
		},
		{
			want:     "waiting for disk DISK: its TASK begins with the start of the virtual machine",
			spec:     imported,
			observed: dataVolume("{phase: WaitForFirstConsumer}"),
		},
		{
			want:     "waiting for disk DISK: its TASK begins with the start of the virtual machine",
			spec:     disk("imageFrom: {kind: PersistentVolumeClaim, name: master}"),
			observed: madeFrom(cloned, "{phase: PendingPopulation}"),
		},
		{
			want:     "waiting for disk DISK: its TASK begins with the start of the virtual machine",
			spec:     disk("size: 10Gi, upload: true"),
			observed: madeFrom("{upload: {}}", "{phase: WaitForFirstConsumer}"),
		},
		{
			want:     "waiting for disk DISK: cloning VALUE",
			spec:     disk("imageFrom: {kind: PersistentVolumeClaim, name: master}"),
			observed: madeFrom(cloned, "{phase: CSICloneInProgress, progress: N/A}"),
		},
		{
			want:     "waiting for disk DISK: cloning VALUE, PERCENT",
			spec:     disk("imageFrom: {kind: PersistentVolumeClaim, name: master}"),
			observed: madeFrom(cloned, "{phase: CloneInProgress, progress: 45.3%}"),
		},
		{
			want:     "waiting for disk DISK: cloning VALUE, of which nothing is copied yet: that begins once nothing uses it, and a snapshot of it can be cloned at once",
			spec:     disk("imageFrom: {kind: PersistentVolumeClaim, name: master}"),
			observed: madeFrom(cloned, "{phase: CloneInProgress, progress: N/A, conditions: [{type: Running, status: 'True', reason: Pod is running}]}"),
		},
		{
			want:     "disk DISK waits for its image: virtctl image-upload dv NAME --namespace NAMESPACE --no-create --image-path FILE",
			spec:     disk("size: 10Gi, upload: true"),
			observed: madeFrom("{upload: {}}", "{phase: UploadReady}"),
		},
		{
			want:     "waiting for disk DISK: the server for its upload is being prepared",
			spec:     disk("size: 10Gi, upload: true"),
			observed: madeFrom("{upload: {}}", "{phase: UploadScheduled}"),
		},
		{want: "waiting for disk DISK: its NAME has not been read yet", spec: golden},
		{
			want:     "waiting for the DataSource of disk DISK, which names the preference of the virtual machine, or its instance type",
			spec:     golden,
			observed: madeFrom("{upload: {}}", "{phase: Succeeded}"),
		},
		{
			want: "waiting for disk DISK: no guest may see it before CDI is known to compare its checksum",
			spec: disk("size: 10Gi, image: 'https://example.org/a.img', imageChecksum: 'sha256:" + strings.Repeat("0f", 32) + "'"),
		},
		{
			want: "waiting for disk DISK: its NAME has no image yet: REASON",
			spec: golden,
			observed: dataSource("{source: {pvc: {name: debian-12-a, namespace: team-a}}, " +
				"conditions: [{type: Ready, status: 'False', message: Import DataVolume in progress}]}"),
		},
		{want: "waiting for disk DISK: its NAME has no image yet: REASON", spec: golden, observed: dataSource("{}")},
		{want: "waiting for disk DISK: its volume is being prepared", spec: imported, observed: dataVolume("{phase: Pending}")},
		{
			want:     "waiting for disk DISK: its volume is being prepared: REASON",
			spec:     imported,
			observed: dataVolume("{phase: Pending, conditions: [{type: Bound, status: 'False', reason: Pending, message: 'target PVC x Pending and no space'}]}"),
		},
		{
			want: "waiting for disk DISK: its import waits for a node, and for its volume: REASON",
			spec: imported,
			observed: dataVolume("{phase: ImportScheduled, " +
				"conditions: [{type: Running, status: 'False', reason: Unschedulable, message: Importer pod cannot be scheduled}]}"),
		},
		{want: "waiting for disk DISK: importing PERCENT", spec: imported, observed: dataVolume("{phase: ImportInProgress, progress: 45.3%}")},
		{want: "waiting for disk DISK: importing", spec: imported, observed: dataVolume("{phase: ImportScheduled, progress: N/A}")},
		{want: "waiting for disk DISK: its import is paused", spec: imported, observed: dataVolume("{phase: Paused}")},
		{want: "waiting for disk DISK: the state of its import is not known at the moment", spec: imported, observed: dataVolume("{phase: Unknown}")},
		{want: "waiting for disk DISK: its import is in phase PHASE, which is not known here", spec: imported, observed: dataVolume("{phase: Levitating}")},
		{want: "waiting for disk DISK: its claim is in phase PHASE, which is not known here", observed: claim(tenGiB, "{phase: Levitating}")},
		{
			want:     "disk DISK: the earlier disk of this name is being deleted, which may wait for the virtual machine to stop; then it is made anew",
			observed: map[string]string{"disk-system": deletedVolume},
		},
		{want: "waiting for VM: it waits for its volumes", observed: withVM("{printableStatus: Provisioning}")},
		{want: "waiting for VM: it is about to start", observed: withVM("{printableStatus: Stopped}")},
		{want: "waiting for VM: it is starting", observed: withVM("{printableStatus: Starting}")},
		{
			want: "waiting for VM: its pod had no node while its volumes were being made: if that lasts, the pod's events say why",
			observed: withVM("{printableStatus: ErrorUnschedulable, " +
				"conditions: [{type: PodScheduled, status: 'False', message: pod has unbound immediate PersistentVolumeClaims}]}"),
		},
		{want: "waiting for VM: it waits for a migration from another cluster", observed: withVM("{printableStatus: WaitingForReceiver}")},
		{want: "waiting for VM: its node does not answer", observed: withVM("{printableStatus: Unknown}")},
		{want: "waiting for VM: it is PHASE, which is not known here", observed: withVM("{printableStatus: Levitating}")},
		{
			want:     "waiting for VM: it is restarting",
			metadata: "{annotations: {vm.novasphere.dev/restart: abc}}",
			observed: merge(withVM(statusRunning), map[string]string{"vmi": "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, " +
				"metadata: {name: web-01, uid: abc}, status: {phase: Running}}"}),
		},
		{want: "waiting for VM: it is about to stop", spec: halted, observed: withVM(statusRunning)},
		{want: "waiting for VM: it is stopping", spec: halted, observed: withVM("{printableStatus: Stopping}")},
	}
}

// failed returns the scenarios in which an object failed.
func failed() []scenario {
	starting := merge(claim(tenGiB, statusBound), map[string]string{"cloud-init": cloudInitSecret})
	withVM := func(status string) map[string]string { return merge(starting, vm(status)) }
	withCondition := func(status, condition, message string) map[string]string {
		return withVM("{printableStatus: " + status + ", conditions: [{type: " + condition + ", status: 'False', reason: FailedCreate, message: '" + message + "'}]}")
	}
	const foreign = "THING: a KIND called NAME already exists, does not belong to this Wukong, and was not changed: give the Wukong another name, hand it " +
		"over with kubectl label KIND NAME -n NAMESPACE vm.novasphere.dev/wukong=WUKONG, or delete it"
	const foreignData = foreign + " with the data that it holds"
	const elsewhere = "THING: the KIND called NAME belongs to another Wukong of this name (UID UID), an earlier one or one of another control plane, and was " +
		"not changed: once that one is gone and no longer manages it, hand it over with kubectl annotate KIND NAME -n NAMESPACE vm.novasphere.dev/composite-"
	const controlled = `THING: the KIND called NAME is still controlled by KIND NAME (UID UID), is deleted with it, and was not changed: to keep it, remove ` +
		`the reference with kubectl patch KIND NAME -n NAMESPACE --type=json -p '[{"op":"remove","path":"/metadata/ownerReferences/NUMBER"}]'`
	labelled := func(metadata string) string {
		return "{apiVersion: v1, kind: Any, metadata: {name: x, labels: {vm.novasphere.dev/wukong: web-01}, " + metadata + "}}"
	}
	const refused = "THING: refused by the cluster: REASON"
	unlabelled := "{apiVersion: v1, kind: Any, metadata: {name: x, labels: {app: legacy}}}"
	native := settings("target: Native")
	checksum := "sha256:" + strings.Repeat("0f", 32)
	return []scenario{
		{want: refused, spec: lan, syncErrors: map[string]string{"nad-lan": "create failed: cannot create object: exceeded quota"}},
		{want: refused, syncErrors: map[string]string{"disk-system": "create failed: cannot create object: exceeded quota"}},
		{want: refused, syncErrors: map[string]string{"cloud-init": "create failed: cannot create object: exceeded quota"}},
		{want: refused, syncErrors: map[string]string{"vm": "create failed: cannot create object: denied the request"}},
		{
			want:       refused,
			namespaced: true,
			input:      native,
			spec:       lan,
			status: "{conditions: [{type: Synced, status: 'False', message: 'fetching resources for nad-lan.look: cannot get required resource by name: " +
				"Timeout: failed waiting for *unstructured.Unstructured Informer to sync'}]}",
		},
		{
			want:       "KIND NAME cannot be read, so that the status leaves out what it says: REASON",
			observed:   withVM("{printableStatus: Running, created: true}"),
			syncErrors: map[string]string{"vmi": "observe failed: cannot get object: is forbidden"},
		},
		{want: refused, namespaced: true, input: native, status: "{conditions: [{type: Synced, status: 'False', message: 'Unsynced resources: vm'}]}"},
		{want: foreign, namespaced: true, input: native, spec: lan, required: map[string]string{"nad-lan.look": unlabelled}},
		{want: foreignData, namespaced: true, input: native, required: map[string]string{"disk-system.look": unlabelled}},
		{want: foreign, namespaced: true, input: native, required: map[string]string{"cloud-init.look": unlabelled}},
		{want: foreignData, namespaced: true, input: native, required: map[string]string{"vm.look": unlabelled}},
		{
			want:       elsewhere,
			namespaced: true,
			input:      native,
			metadata:   "{uid: xr}",
			required:   map[string]string{"vm.look": labelled("annotations: {vm.novasphere.dev/composite: before}")},
		},
		{
			want:       controlled,
			namespaced: true,
			input:      native,
			metadata:   "{uid: xr}",
			required:   map[string]string{"disk-system.look": labelled("ownerReferences: [{controller: true, kind: Wukong, name: web-01, uid: before}]")},
		},
		{
			want: foreignData,
			composed: map[string]string{"vm": "{apiVersion: kubernetes.crossplane.io/v1alpha2, kind: Object, spec: {managementPolicies: [Observe], " +
				"forProvider: {manifest: {metadata: {labels: {vm.novasphere.dev/wukong: web-01}}, spec: {}}}}, " +
				"status: {atProvider: {manifest: {apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01}}}, conditions: [{type: Synced, status: " +
				"'True'}]}}"},
		},
		{
			want:     "disk DISK: import failed, and is tried again: REASON",
			spec:     imported,
			observed: dataVolume("{phase: ImportInProgress, conditions: [{type: Running, status: 'False', reason: Error, message: 404 Not Found}]}"),
		},
		{
			want:     "disk DISK: CDI cannot make its volume: REASON",
			spec:     imported,
			observed: dataVolume("{phase: Pending, conditions: [{type: Bound, status: 'False', reason: ErrExceededQuota, message: exceeded quota}]}"),
		},
		{
			want:     "waiting for disk DISK: CDI could not make the pod of its import, and tries again: REASON",
			spec:     imported,
			observed: dataVolume("{phase: ImportScheduled, conditions: [{type: Running, status: 'False', reason: ErrStartingPod, message: Error starting pod}]}"),
		},
		{
			want:     "disk DISK: its import cannot begin: REASON",
			spec:     imported,
			observed: dataVolume("{phase: ImportScheduled, conditions: [{type: Running, status: 'False', reason: ErrExceededQuota, message: exceeded quota}]}"),
		},
		{
			want:     "disk DISK: import failed: REASON",
			spec:     imported,
			observed: dataVolume("{phase: Failed, conditions: [{type: Running, status: 'False', message: no route to host}]}"),
		},
		{
			want: "disk DISK: CDI cannot make its volume: REASON",
			spec: disk("imageFrom: {kind: VolumeSnapshot, name: master}"),
			observed: madeFrom("{snapshot: {name: master, namespace: team-a}}", "{phase: Pending, conditions: [{type: Bound, status: 'False', "+
				"reason: CloneWithoutSource, message: The source snapshot master does not exist}]}"),
		},
		{
			want:       "disk DISK: there is no NAME to clone it from: correct the name or the namespace, or have it made",
			namespaced: true,
			input:      native,
			spec:       golden,
			required:   map[string]string{"datasource-system": ""},
		},
		{
			want:       "disk DISK: its NAME cannot be read: REASON: have the platform team allow that",
			spec:       golden,
			syncErrors: map[string]string{"datasource-system": "observe failed: cannot get object: datasources.cdi.kubevirt.io is forbidden"},
		},
		{
			want: "disk DISK: its NAME has no volume of this name: name the disk as it was called there, or give it a source of its own",
			spec: "{disks: [{name: system, imageFrom: {kind: VirtualMachineSnapshot, name: db-7}}]}",
			observed: map[string]string{
				"vmsnapshot-system": "{apiVersion: snapshot.kubevirt.io/v1beta1, kind: VirtualMachineSnapshot, metadata: {name: db-7, namespace: team-a}, " +
					"status: {readyToUse: true, virtualMachineSnapshotContentName: c}}",
				"vmsnapshotcontent-system": "{apiVersion: snapshot.kubevirt.io/v1beta1, kind: VirtualMachineSnapshotContent, metadata: {name: c, namespace: team-a}, " +
					"spec: {volumeBackups: [{volumeName: root}]}}",
			},
		},
		{
			want: "disk DISK: its NAME has no disk of this name: name the disk as it is called there, or give it a source of its own",
			spec: disk("imageFrom: {kind: Wukong, name: db-01}"),
			observed: map[string]string{"machine-system": "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, " +
				"metadata: {name: db-01, namespace: team-a, labels: {vm.novasphere.dev/wukong: db-01}}, " +
				"spec: {template: {spec: {volumes: [{name: root, dataVolume: {name: db-01-root}}]}}}}"},
		},
		{
			want: "disk DISK: its NAME leads to namespace NAMESPACE, whose images are not shared with this one: take another image, or ask the platform team to " +
				"share it (sharedImageNamespaces)",
			spec:     golden,
			observed: dataSource("{source: {pvc: {name: secrets, namespace: team-b}}}"),
		},
		{
			want: "disk DISK: this cluster's CDI knows no checksums, so that nobody compared the image: have CDI upgraded to 1.65 and give the disk another name, " +
				"or remove imageChecksum to take the image as it is",
			spec: disk("size: 10Gi, image: 'https://example.org/a.qcow2', imageChecksum: '" + checksum + "'"),
			observed: map[string]string{"disk-system": "{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, metadata: {name: web-01-system-2cv8m, " +
				"annotations: {vm.novasphere.dev/image-checksum: '" + checksum + "'}}, " +
				"spec: {source: {http: {url: 'https://example.org/a.qcow2'}}, storage: {resources: {requests: {storage: 10Gi}}}}, status: {phase: Succeeded}}"},
		},
		{want: "disk DISK: import failed: see the events of DataVolume NAME", spec: imported, observed: dataVolume("{phase: Failed}")},
		{want: "disk DISK: its volume is lost: restore it, or give the disk another name, which makes a new one", observed: claim(tenGiB, "{phase: Lost}")},
		{want: "disk DISK: what was observed of it cannot be read, so that nothing is changed", observed: claim("5", "{phase: Bound}")},
		{want: "VM: unschedulable: REASON", observed: withCondition("ErrorUnschedulable", "PodScheduled", "0/3 nodes are available")},
		{want: "VM: it crashes again and again: REASON", observed: withVM("{printableStatus: CrashLoopBackOff}")},
		{want: "VM: an image of its pod cannot be pulled: REASON", observed: withVM("{printableStatus: ImagePullBackOff}")},
		{
			want:     "VM: a claim that it attaches does not exist: REASON",
			spec:     "{disks: [{name: data, claimName: archive}]}",
			observed: withCondition("ErrorPvcNotFound", "Synchronized", "PVC team-a/archive does not exist, waiting for it to appear"),
		},
		{want: "VM: the import of one of its disks failed: the condition VolumesBound says which", observed: withVM("{printableStatus: DataVolumeError}")},
		{
			want:     "VM: KubeVirt cannot make its pod, and tries again: REASON",
			observed: withCondition("Starting", "Synchronized", "failed to locate network attachment definition"),
		},
		{
			want:     "VM: KubeVirt cannot run it as the Wukong specifies, and tries again: REASON",
			observed: withVM("{printableStatus: Stopped, conditions: [{type: Failure, status: 'True', message: no such instance type}]}"),
		},
	}
}

// running returns the scenarios of a running virtual machine.
func running() []scenario {
	withVM := func(status string) map[string]string {
		return merge(merge(claim(tenGiB, statusBound), map[string]string{"cloud-init": cloudInitSecret}), vm(status))
	}
	const changed = "NETWORKS changed: that takes effect when the virtual machine restarts (virtctl restart NAME) or moves to another node (virtctl migrate " +
		"NAME), and its guest keeps the addresses that it has"
	started := func(status string) map[string]string {
		return merge(withVM(status), map[string]string{"nad-lan": nad, "vmi": "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, " +
			"metadata: {name: web-01, annotations: {vm.novasphere.dev/networks: lan=0}}, status: {phase: Running}}"})
	}
	growing := func(migratable string) map[string]string {
		return merge(withVM(statusRunning), map[string]string{"vmi": "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web-01}, " +
			"status: {phase: Running, conditions: [{type: HotVCPUChange, status: 'True'}, {type: HotMemoryChange, status: 'True'}, " +
			"{type: LiveMigratable, status: '" + migratable + "'}]}}"})
	}
	return []scenario{
		{want: "VM: it is paused: virtctl unpause vm NAME lets it go on", observed: withVM("{printableStatus: Paused, created: true}")},
		{
			want:     "VM: it runs, and does not pass its readinessProbe (VALUE), as the events of its pod say: let the guest answer that, or correct the probe",
			spec:     "{readinessProbe: {tcpSocket: {port: 22}}}",
			observed: withVM("{printableStatus: Running, created: true, conditions: [{type: Ready, status: 'False', reason: ContainersNotReady}]}"),
		},
		{want: "VM: it is moving to another node", observed: withVM("{printableStatus: Migrating, created: true}")},
		{
			want:     "Virtual machine is running, and gets VALUES when KubeVirt has moved it to another node, which it does by itself",
			spec:     "{cpu: 2, memory: 2Gi}",
			observed: growing("True"),
		},
		{
			want:     "Virtual machine is running, and gets VALUES when it moves to another node: virtctl migrate NAME moves it",
			spec:     "{cpu: 2}",
			input:    settings("cluster: {kubevirt: {workloadUpdateMethods: [Evict]}}"),
			observed: growing("True"),
		},
		{
			want:     "Virtual machine is running, and gets VALUES when it restarts, as it cannot move to another node: virtctl restart NAME restarts it",
			spec:     "{cpu: 2}",
			observed: growing("False"),
		},
		{want: "disk DISK: growing from SIZE to SIZE", observed: merge(withVM(statusRunning), claim(tenGiB, "{phase: Bound, capacity: {storage: 5Gi}}"))},
		{
			want: "a change of FIELDS waits for a restart: virtctl restart NAME restarts it, and so does an Operation",
			observed: map[string]string{
				"vm": "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01}, spec: {template: {spec: {domain: {cpu: {sockets: 1}}}}}, " +
					"status: {printableStatus: Running, created: true, conditions: [{type: RestartRequired, status: 'True', message: CPU was changed}]}}",
				"vmi": "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web-01}, spec: {domain: {cpu: {sockets: 2, maxSockets: 8}}}, " +
					"status: {phase: Running}}",
			},
		},
		{
			want:     "REASON: virtctl restart NAME restarts it, and so does an Operation",
			observed: withVM("{printableStatus: Running, conditions: [{type: RestartRequired, status: 'True', message: CPU was changed}]}"),
		},
		{
			want: "the virtual machine cannot migrate live, so that a drain of its node waits for ever: REASON",
			spec: "{highAvailability: {evictionStrategy: LiveMigrate}}",
			observed: withVM("{printableStatus: Running, created: true, conditions: [{type: LiveMigratable, " +
				"status: 'False', reason: DisksNotLiveMigratable, message: PVC is not shared}]}"),
		},
		{
			want: "the virtual machine cannot migrate live, so that a drain of its node shuts it down: REASON",
			spec: "{highAvailability: {evictionStrategy: LiveMigrateIfPossible}}",
			observed: withVM("{printableStatus: Running, created: true, conditions: [{type: LiveMigratable, " +
				"status: 'False', reason: DisksNotLiveMigratable, message: PVC is not shared}]}"),
		},
		{
			want:     "KubeVirt says whether the virtual machine can migrate live once it runs",
			spec:     "{highAvailability: {evictionStrategy: LiveMigrate}}",
			status:   "{conditions: [{type: LiveMigratable, status: 'True'}]}",
			observed: withVM("{printableStatus: Stopped}"),
		},
		{want: changed, spec: lan, observed: started(statusRunning)},
		{
			want:     "REASON; " + changed,
			spec:     lan,
			observed: started("{printableStatus: Running, created: true, conditions: [{type: RestartRequired, status: 'True', message: CPU was changed}]}"),
		},
		{
			want:     "a change of the networks waits until the virtual machine moves to another node or restarts",
			observed: withVM("{printableStatus: Running, conditions: [{type: MigrationRequired, status: 'False'}]}"),
		},
	}
}

// operations returns the scenarios of Operations.
func operations() []scenario {
	const always = "{}"
	const deleted = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a, " +
		"deletionTimestamp: '2026-01-01T00:00:00Z'}, spec: " + smallest + "}"
	const running = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a}, spec: " + smallest +
		", status: {phase: Running}}"
	const label = "labels: {vm.novasphere.dev/wukong: web-01}"
	machine := "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01, " + label + "}}"
	operation := func(entry, action string, required map[string]string) scenario {
		return scenario{want: entry, composite: "none", input: actionInput(action), required: required}
	}
	withWukong := func(strategy string) map[string]string { return map[string]string{"wukong": wukong(strategy)} }
	cluster := map[string]string{"wukong": wukong(always), "vm": machine, "VirtualMachineSnapshot": "", "taken": ""}
	// An instance that runs, with fields of its status.
	instance := func(status string) string {
		return "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web-01, uid: abc, " + label + "}, status: {phase: Running, " + status + "}}"
	}
	migratable := func(status string) map[string]string {
		return map[string]string{"wukong": wukong(always), "vm": machine, "instance": instance(status), "VirtualMachineInstanceMigration": "", "taken": ""}
	}
	const moving = "migrationState: {targetPod: p}"
	const restore = "Restore, snapshot: web-01-3"
	// What a restore sees: a snapshot of a virtual machine, with a status.
	restorable := func(wukong, of, status string) map[string]string {
		return map[string]string{"wukong": wukong, "vm": machine, "snapshot": "{apiVersion: snapshot.kubevirt.io/v1beta1, kind: VirtualMachineSnapshot, " +
			"metadata: {name: web-01-3}, spec: {source: {kind: VirtualMachine, name: " + of + "}}, status: " + status + "}"}
	}
	const usable = "{readyToUse: true}"
	inRestore := map[string]string{"vm": "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01, " + label + "}, status: {restoreInProgress: r}}"}
	selected := func(entry, on string, wukongs ...string) scenario {
		return scenario{want: entry, composite: "none", input: actionOn("Stop", on), required: map[string]string{"wukongs": strings.Join(wukongs, "\n---\n")}}
	}
	const dev = "selector: {matchLabels: {env: dev}}"
	const manual = "spec.startStrategy.runStrategy of the Wukong NAME is Manual: use virtctl VERB NAME"
	conflict := operation("an earlier step of the Operation already changes KEY: give each an Operation of its own", "Stop", withWukong(always))
	conflict.desired = []string{"Wukong/team-a/web-01"}
	return []scenario{
		operation("the virtual machine NAME will stop: autoStart of its Wukong is now false", "Stop", withWukong(always)),
		operation("the virtual machine NAME will run: autoStart of its Wukong is now true", "Start", withWukong(always)),
		operation("the virtual machine NAME will restart: a new instance replaces UID", "Restart",
			map[string]string{"wukong": wukong(always), "vm": machine, "instance": instance("")}),
		operation("the virtual machine NAME will move from node NAME to another one", "Migrate", migratable("nodeName: node-1")),
		operation("the snapshot NAME of the virtual machine NAME was requested", "Snapshot", cluster),
		operation("the disks of the virtual machine NAME will be those of snapshot NAME when it is stopped and started next: its Wukong has the field restore now",
			restore, restorable(wukong(always), "web-01", usable)),
		operation("invalid Action of the Operation: REASON", "Explode", nil),
		operation("name the snapshot that the Wukong is restored from", "Restore", nil),
		operation("the action Restore alone takes a snapshot: remove it", "Stop, snapshot: web-01-3", nil),
		{want: "a snapshot is of one virtual machine: name its Wukong", composite: "none", input: actionOn(restore, dev)},
		selected("name the Wukong, or give a selector", "namespace: team-a"),
		selected("a name is one in a namespace", "name: web-01"),
		selected("there is a name already: give either", "namespace: team-a, name: web-01, "+dev),
		selected("without a label every Wukong would be meant", "selector: {matchLabels: {}}"),
		selected("no Wukong has the labels of the selector", dev),
		selected("NUMBER Wukongs have the labels of the selector, and an Action takes at most NUMBER: add a label, or a namespace", dev,
			slices.Repeat([]string{wukong(always)}, 101)...),
		selected("the action is refused for each of the selected Wukongs, first for REASON", dev, deleted),
		operation("there is no Wukong NAME in namespace NAMESPACE", "Stop", map[string]string{"wukong": ""}),
		operation("cannot read the Wukong NAME in namespace NAMESPACE: REASON", "Stop", map[string]string{
			"wukong": "{metadata: {name: web-01, namespace: team-a, deletionTimestamp: now}}",
		}),
		operation("the Wukong NAME in namespace NAMESPACE is being deleted", "Stop", map[string]string{"wukong": deleted}),
		operation(manual, "Stop", withWukong("{runStrategy: Manual}")),
		operation(manual, "Start", withWukong("{runStrategy: Manual}")),
		operation(manual, "Restart", withWukong("{runStrategy: Manual}")),
		operation("spec.startStrategy.runStrategy of the Wukong NAME is Halted, which autoStart does not change: choose another", "Start",
			withWukong("{runStrategy: Halted}")),
		operation("the Wukong NAME asks for a stopped virtual machine, which would not start again: take the action Start", "Restart",
			withWukong("{autoStart: false}")),
		operation("no instance of the virtual machine NAME runs in this cluster: there is nothing to restart", "Restart",
			map[string]string{"wukong": wukong(always), "vm": machine, "instance": ""}),
		operation("the virtual machine NAME is not in the cluster of Crossplane, and Operations reach no other: restart it with kubectl annotate --overwrite "+
			"wukong NAME -n NAMESPACE vm.novasphere.dev/restart=UID, the UID of its VirtualMachineInstance", "Restart",
			map[string]string{"wukong": running, "vm": "", "instance": ""}),
		operation("the virtual machine NAME is not in the cluster of Crossplane, and Operations reach no other: create a VirtualMachineSnapshot where it is",
			"Snapshot", map[string]string{"wukong": running, "vm": ""}),
		operation("the Wukong NAME has no virtual machine in this cluster: there is nothing to take a snapshot of", "Snapshot",
			map[string]string{"wukong": wukong(always), "vm": ""}),
		operation("a KIND called NAME already exists and does not belong to this Wukong: delete it, or hand it over with kubectl label vmsnapshot NAME "+
			"vm.novasphere.dev/wukong=WUKONG", "Snapshot",
			merge(cluster, map[string]string{"taken": "{apiVersion: snapshot.kubevirt.io/v1beta1, kind: VirtualMachineSnapshot, metadata: {name: web-01-1}}"})),
		operation("the snapshot NAME of the virtual machine NAME is being taken: wait until it is", "Snapshot",
			merge(cluster, map[string]string{"VirtualMachineSnapshot": "{apiVersion: snapshot.kubevirt.io/v1beta1, kind: VirtualMachineSnapshot, metadata: {name: web-01-1, " +
				label + "}, status: {phase: InProgress}}"})),
		operation("the virtual machine NAME is being restored from a snapshot: wait until that is complete", "Snapshot",
			merge(cluster, inRestore)),
		operation("the virtual machine NAME is being restored from a snapshot: wait until that is complete", restore,
			merge(restorable(wukong(always), "web-01", usable), inRestore)),
		operation("the virtual machine NAME is not in the cluster of Crossplane, and Operations reach no other: give the Wukong NAME the field restore", restore,
			map[string]string{"wukong": running, "vm": ""}),
		operation("there is no VirtualMachineSnapshot NAME in namespace NAMESPACE", restore,
			map[string]string{"wukong": wukong(always), "vm": machine, "snapshot": ""}),
		operation("the snapshot NAME is not ready to use: wait until it is, or name another one", restore,
			restorable(wukong(always), "web-01", "{readyToUse: false}")),
		operation("the snapshot NAME is of the virtual machine NAME: name one of this Wukong", restore, restorable(wukong(always), "web-02", usable)),
		operation("the Wukong NAME has been restored from snapshot NAME, or is to be: to restore from it once more, give its field restore another attempt", restore,
			restorable(strings.Replace(wukong(always), "cpu: 1", "restore: {snapshot: web-01-3}, cpu: 1", 1), "web-01", usable)),
		operation("the virtual machine NAME is moving to another node: wait until it is there", "Restart", migratable(moving)),
		operation("the virtual machine NAME is moving to another node: wait until it is there", "Migrate", migratable(moving)),
		operation("no instance of the virtual machine NAME runs in this cluster: there is nothing to move", "Migrate",
			merge(migratable(""), map[string]string{"instance": ""})),
		operation("the virtual machine NAME cannot migrate live: REASON", "Migrate",
			migratable("conditions: [{type: LiveMigratable, status: 'False', message: PVC is not shared}]")),
		operation("the virtual machine NAME is not in the cluster of Crossplane, and Operations reach no other: move it with virtctl migrate NAME -n NAMESPACE",
			"Migrate", map[string]string{"wukong": running, "vm": ""}),
		operation("a KIND called NAME already exists and does not belong to this Wukong: delete it", "Migrate",
			merge(migratable(""), map[string]string{"taken": "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstanceMigration, metadata: {name: web-01-1}}"})),
		conflict,
	}
}

// attached is an observed virtual machine that runs with the network lan.
const attached = "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01}, spec: {template: {spec: {networks: [{name: lan, multus: {networkName: lan}}], " +
	"domain: {devices: {interfaces: [{name: lan, bridge: {}}]}}}}}, status: {created: true}}"
