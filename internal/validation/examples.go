package validation

import (
	"slices"
	"strings"
)

// An Example is a manifest that is refused.
type Example struct {
	// ID of the message with which the manifest is refused.
	ID string

	// Breaks is YAML of fields that, laid over the spec Smallest or over the smallest Input, are refused with this message and no other. At
	// is the path that the error names.
	Breaks, At string

	// OfInput reports whether the fields are those of an Input.
	OfInput bool

	// Rule is the ID of the rule that the message is about, where the message is another one than the rule's; empty otherwise.
	Rule string

	// FunctionAlone reports whether an API server accepts the manifest, because only the function checks what is wrong.
	FunctionAlone bool
}

// Examples returns a refused manifest for each message about the structure of a document, and for each rule of the table.
func Examples() []Example {
	out := slices.Clone(structureExamples)
	for _, r := range Rules() {
		ofInput := strings.HasPrefix(r.ID, "input-")
		out = append(out, Example{ID: r.ID, Breaks: r.Breaks, At: r.At, OfInput: ofInput, FunctionAlone: r.CEL == "" || ofInput})
	}
	return out
}

var structureExamples = []Example{
	{ID: "unknown-field", Breaks: "{replicas: 2}", At: "spec.replicas"},
	{ID: "misspelt-field", Breaks: "{cpus: 2}", At: "spec.cpus"},
	{ID: "field-required", Breaks: "{networks: [{type: bridge, name: lan, ipConfig: {}}]}", At: "spec.networks[0].ipConfig.mode"},
	{ID: "too-few", Breaks: "{readinessProbe: {exec: {command: []}}}", At: "spec.readinessProbe.exec.command"},
	{ID: "not-an-object", Breaks: "{startStrategy: Always}", At: "spec.startStrategy"},
	{ID: "not-a-list", Breaks: "{networks: {}}", At: "spec.networks"},
	{ID: "not-a-string", Breaks: "{sshKeySecret: 8}", At: "spec.sshKeySecret"},
	{ID: "quantity-without-unit", Breaks: "{memory: 8}", At: "spec.memory"},
	{ID: "not-a-boolean", Breaks: "{podNetwork: 1}", At: "spec.podNetwork"},
	{ID: "not-a-number", Breaks: "{cpu: two}", At: "spec.cpu"},
	{ID: "quoted-number", Breaks: "{cpu: '2'}", At: "spec.cpu"},
	{ID: "number-out-of-range", Breaks: "{networks: [{name: lan, type: bridge, vlanId: 4095}]}", At: "spec.networks[0].vlanId"},
	{ID: "too-long", Breaks: "{networks: [{name: lan, type: bridge, bridgeName: br-sixteen-chars}]}", At: "spec.networks[0].bridgeName"},
	{
		ID: "too-many", At: "spec.disks[0].accessModes",
		Breaks: "{disks: [{name: a, size: 1Gi, accessModes: [ReadWriteOnce, ReadWriteOnce, ReadWriteOnce, ReadWriteOnce, ReadWriteOnce]}]}",
	},
	{ID: "too-deep", Breaks: "{template: " + strings.Repeat("{domain: ", 17) + "1" + strings.Repeat("}", 17) + "}", At: "spec.template", FunctionAlone: true},
	{
		ID: "too-big", Breaks: "{template: {topologySpreadConstraints: [" + strings.TrimSuffix(strings.Repeat("0, ", 1000), ", ") + "]}}",
		At: "spec.template", FunctionAlone: true,
	},
	{ID: "empty", Breaks: "{instancetype: {name: ''}, cpu: null, memory: null}", At: "spec.instancetype.name"},
	{ID: "form-of-optional-label", Breaks: "{disks: [{name: System, size: 1Gi}]}", At: "spec.disks[0].name"},
	{ID: "form-of-label-value", Breaks: "{highAvailability: {nodeSelector: {zone: 'a b'}}}", At: "spec.highAvailability.nodeSelector[zone]"},
	{ID: "form-of-object-name", Breaks: "{disks: [{name: a, size: 1Gi, storageClassName: Fast}]}", At: "spec.disks[0].storageClassName"},
	{ID: "form-of-credential-secret-name", Breaks: "{sshKeySecret: my.keys}", At: "spec.sshKeySecret"},
	{ID: "form-of-qualified-name", Breaks: "{networks: [{name: lan, type: sriov, resourceName: a/b/c}]}", At: "spec.networks[0].resourceName"},
	{ID: "form-of-firmware-uuid", Breaks: "{firmware: {uuid: web-01}}", At: "spec.firmware.uuid"},
	{ID: "form-of-performance-cpu-model", Breaks: "{performance: {cpuModel: 'a b'}}", At: "spec.performance.cpuModel"},
	{ID: "form-of-cpu-feature-name", Breaks: "{performance: {cpuFeatures: [{name: +vmx}]}}", At: "spec.performance.cpuFeatures[0].name"},
	{ID: "form-of-hugepages-page-size", Breaks: "{performance: {hugepages: {pageSize: 2MB}}}", At: "spec.performance.hugepages.pageSize"},
	{ID: "form-of-cpu-quantity", Breaks: "{performance: {requests: {cpu: '0.5'}}}", At: "spec.performance.requests.cpu"},
	{ID: "form-of-clock-timezone", Breaks: "{devices: {clock: {timezone: UTC+1:00}}}", At: "spec.devices.clock.timezone"},
	{ID: "form-of-image", Breaks: "{osImage: 'docker://a b'}", At: "spec.osImage"},
	{ID: "form-of-image-checksum", Breaks: "{disks: [{name: a, size: 1Gi, image: 'https://example.org/a', imageChecksum: 'sha256:0f'}]}", At: "spec.disks[0].imageChecksum"},
	{ID: "form-of-interface-name", Breaks: "{networks: [{name: lan, type: bridge, bridgeName: 'br:0'}]}", At: "spec.networks[0].bridgeName"},
	{ID: "form-of-network-nad-name", Breaks: "{networks: [{name: lan, type: bridge, nadName: a/b/c}]}", At: "spec.networks[0].nadName"},
	{ID: "form-of-network-mac-address", Breaks: "{networks: [{name: lan, type: bridge, macAddress: '01:00:5e:00:00:01'}]}", At: "spec.networks[0].macAddress"},
	{ID: "form-of-device-name", Breaks: "{gpus: [{name: a.b, deviceName: nvidia.com/a}]}", At: "spec.gpus[0].name"},
	{ID: "form-of-device-device-name", Breaks: "{gpus: [{name: a, deviceName: cpu}]}", At: "spec.gpus[0].deviceName"},
	{ID: "form-of-http-get-action-path", Breaks: "{readinessProbe: {httpGet: {port: 80, path: healthz}}}", At: "spec.readinessProbe.httpGet.path"},
	{
		ID: "form-of-http-header-name", Breaks: "{readinessProbe: {httpGet: {port: 80, httpHeaders: [{name: X Health, value: a}]}}}",
		At: "spec.readinessProbe.httpGet.httpHeaders[0].name",
	},
	{ID: "form-of-argument", Breaks: `{readinessProbe: {exec: {command: ["a\0b"]}}}`, At: "spec.readinessProbe.exec.command[0]"},
	{ID: "form-of-user-name", Breaks: "{cloudInitUser: {name: 1st}}", At: "spec.cloudInitUser.name"},
	{ID: "form-of-cloud-init-user-password", Breaks: `{cloudInitUser: {name: ops, sudo: "a\nb"}}`, At: "spec.cloudInitUser.sudo"},
	{ID: "form-of-cloud-init-user-password-hash", Breaks: "{cloudInitUser: {name: ops, passwordHash: secret}}", At: "spec.cloudInitUser.passwordHash"},
	{ID: "form-of-cloud-init-user-shell", Breaks: "{cloudInitUser: {name: ops, shell: bash}}", At: "spec.cloudInitUser.shell"},
	{ID: "input-limit-null", Breaks: "{limits: {networkTypes: null}}", At: "limits.networkTypes", OfInput: true},
	{ID: "form-of-name-pattern", Breaks: "{limits: {storageClassNames: ['*-fast']}}", At: "limits.storageClassNames[0]", OfInput: true},
	{ID: "form-of-vlan-range", Breaks: "{limits: {bridges: [{name: br-lan, vlans: [100..199]}]}}", At: "limits.bridges[0].vlans[0]", OfInput: true},
	{ID: "form-of-image-pattern", Breaks: "{limits: {images: [registry.example.org]}}", At: "limits.images[0]", OfInput: true},
	{ID: "form-of-version", Breaks: "{cluster: {cdi: {version: newest}}}", At: "cluster.cdi.version", OfInput: true},
	{
		ID: "form-of-kube-virt-additional-guest-memory-overhead-ratio", Breaks: "{cluster: {kubevirt: {additionalGuestMemoryOverheadRatio: lots}}}",
		At: "cluster.kubevirt.additionalGuestMemoryOverheadRatio", OfInput: true,
	},
	{ID: "form-of-kube-virt-cpu-request", Breaks: "{cluster: {kubevirt: {cpuRequest: half}}}", At: "cluster.kubevirt.cpuRequest", OfInput: true},
	{ID: "form-of-template-path", Breaks: "{limits: {templatePaths: [domain/cpu]}}", At: "limits.templatePaths[0]", OfInput: true},
	{ID: "not-supported", Breaks: "{networks: [{name: lan, type: token-ring}]}", At: "spec.networks[0].type"},
	{ID: "misspelt-value", Breaks: "{networks: [{name: lan, type: brigde}]}", At: "spec.networks[0].type"},
	{ID: "misspelt-quantity", Rule: ruleQuantity, Breaks: "{memory: 4GB}", At: "spec.memory"},
}
