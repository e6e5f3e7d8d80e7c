package check

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	instancetypev1 "kubevirt.io/api/instancetype/v1beta1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
)

// TestDrain shows what a drain does to virtual machines. That it is what KubeVirt does is shown in test/conformance/kubevirt-1.9/capacity.
func TestDrain(t *testing.T) {
	const live = "highAvailability: {evictionStrategy: LiveMigrate}"
	disks := func(disk string) string { return "{disks: [{name: system, " + disk + "}], " + live + "}" }
	nodes := func(names ...string) Cluster {
		var c Cluster
		for _, n := range names {
			c.Nodes = append(c.Nodes, decode[corev1.Node](t, fmt.Sprintf("{metadata: {name: %s, labels: {kubernetes.io/hostname: %s}}}", n, n)))
		}
		return c
	}
	architectures := func(of ...string) Cluster {
		var c Cluster
		for i, a := range of {
			c.Nodes = append(c.Nodes, decode[corev1.Node](t, fmt.Sprintf("{metadata: {name: n%d, labels: {kubernetes.io/arch: %s}}}", i, a)))
		}
		return c
	}
	emulating := architectures("amd64", "amd64")
	for i := range emulating.Nodes {
		emulating.Nodes[i].Labels["kubevirt.io/vm-arch-arm64"] = "true"
	}
	preferring := func(c Cluster) Cluster {
		c.Preferences = []instancetypev1.VirtualMachinePreference{
			decode[instancetypev1.VirtualMachinePreference](t, "{metadata: {name: arm, namespace: team-a}, spec: {preferredArchitecture: arm64}}"),
		}
		return c
	}
	profile := func(sets string) Cluster {
		return Cluster{
			StorageClasses: []storagev1.StorageClass{
				decode[storagev1.StorageClass](t, "{metadata: {name: old, creationTimestamp: '2024-01-01T00:00:00Z', annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}}"),
				decode[storagev1.StorageClass](t, "{metadata: {name: usual, creationTimestamp: '2025-01-01T00:00:00Z', annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}}"),
			},
			StorageProfiles: []cdiv1.StorageProfile{decode[cdiv1.StorageProfile](t, "{metadata: {name: usual}, status: {claimPropertySets: ["+sets+"]}}")},
		}
	}
	cases := map[string]struct {
		reason  string
		wukongs []wukong
		cluster Cluster

		// want is the verdict of the first one, with the fields and IDs of its reasons.
		want []string
	}{
		"Default":       {reason: "KubeVirt's eviction strategy is None.", wukongs: []wukong{{}}, want: []string{"StartsElsewhere", "spec.highAvailability.evictionStrategy drain-strategy"}},
		"ClusterMoves":  {reason: "The platform team says what the cluster's is.", wukongs: []wukong{{input: "{cluster: {kubevirt: {evictionStrategy: LiveMigrate}}}"}}, want: []string{"MigratesLive"}},
		"WukongDecides": {reason: "The Wukong has the last word.", wukongs: []wukong{{spec: "{highAvailability: {evictionStrategy: None}}", input: "{cluster: {kubevirt: {evictionStrategy: LiveMigrate}}}"}}, want: []string{"StartsElsewhere", "spec.highAvailability.evictionStrategy drain-strategy"}},
		"Halted":        {reason: "Nothing runs.", wukongs: []wukong{{spec: "{startStrategy: {autoStart: false}}"}}, want: []string{"NotRunning"}},
		"Once": {reason: "Nobody starts it again.", wukongs: []wukong{{spec: "{highAvailability: {restartPolicy: Never}}"}}, want: []string{
			"StaysDown", "spec.highAvailability.evictionStrategy drain-strategy", "spec.highAvailability.restartPolicy drain-not-restarted",
		}},
		"Manual": {reason: "The field that decides is named.", wukongs: []wukong{{spec: "{startStrategy: {runStrategy: Manual}}"}}, want: []string{
			"StaysDown", "spec.highAvailability.evictionStrategy drain-strategy", "spec.startStrategy.runStrategy drain-not-restarted",
		}},
		"External": {reason: "The webhook refuses the eviction, and another controller has to act.", wukongs: []wukong{{spec: "{highAvailability: {evictionStrategy: External}}"}}, want: []string{
			"WaitsForController", "spec.highAvailability.evictionStrategy drain-external",
		}},
		"NotShared": {reason: "One node attaches the disk at a time.", wukongs: []wukong{{spec: disks("size: 1Gi, accessModes: [ReadWriteOnce]")}}, want: []string{"BlocksDrain", "spec.disks[0].accessModes drain-disk"}},
		"IfPossible": {
			reason:  "It is shut down where it cannot move.",
			wukongs: []wukong{{spec: "{disks: [{name: system, size: 1Gi, accessModes: [ReadWriteOnce]}], highAvailability: {evictionStrategy: LiveMigrateIfPossible}}"}},
			want:    []string{"StartsElsewhere", "spec.disks[0].accessModes drain-disk"},
		},
		"IfPossibleOnce": {
			reason:  "And stays down where nobody starts it again.",
			wukongs: []wukong{{spec: "{gpus: [{name: a, deviceName: nvidia.com/A10}], highAvailability: {evictionStrategy: LiveMigrateIfPossible, restartPolicy: OnFailure}}"}},
			want:    []string{"StaysDown", "spec.gpus drain-gpu", "spec.highAvailability.restartPolicy drain-rerun-on-failure"},
		},
		"NoProfiles": {
			reason:  "Without StorageProfiles an empty disk is ReadWriteOnce.",
			wukongs: []wukong{{spec: disks("size: 1Gi"), input: "{cluster: {storageProfiles: false}}"}}, want: []string{"BlocksDrain", "spec.disks[0].accessModes drain-disk"},
		},
		"UnknownClass": {reason: "The default class is not given.", wukongs: []wukong{{spec: disks("size: 1Gi")}}, want: []string{
			"Unknown: MigratesLive or BlocksDrain", "spec.disks[0].accessModes drain-class-unknown",
		}},
		"UnknownProfile": {reason: "The profile is not given.", wukongs: []wukong{{spec: disks("size: 1Gi, storageClassName: fast")}}, want: []string{
			"Unknown: MigratesLive or BlocksDrain", "spec.disks[0].accessModes drain-profile-unknown",
		}},
		"UnknownAndNot": {
			reason:  "One disk is enough.",
			wukongs: []wukong{{spec: "{disks: [{name: a, size: 1Gi}, {name: b, size: 1Gi, accessModes: [ReadWriteOncePod]}], " + live + "}"}},
			want:    []string{"BlocksDrain", "spec.disks[0].accessModes drain-class-unknown", "spec.disks[1].accessModes drain-disk"},
		},
		"Profile": {
			reason:  "The newest default class counts, and its first modes.",
			wukongs: []wukong{{spec: disks("size: 1Gi")}}, cluster: profile("{accessModes: [ReadWriteMany], volumeMode: Block}, {accessModes: [ReadWriteOnce], volumeMode: Filesystem}"), want: []string{"MigratesLive"},
		},
		"ProfileOfVolumeMode": {
			reason:  "Of the profile's modes those of the disk's volume mode count, also of an imported disk.",
			wukongs: []wukong{{spec: disks("size: 1Gi, volumeMode: Filesystem, image: docker://quay.io/a/b")}},
			cluster: profile("{accessModes: [ReadWriteMany], volumeMode: Block}, {accessModes: [ReadWriteOnce], volumeMode: Filesystem}"),
			want:    []string{"BlocksDrain", "spec.disks[0].accessModes drain-disk"},
		},
		"UnknownClaim": {reason: "The claim is not given.", wukongs: []wukong{{spec: disks("claimName: archive")}}, want: []string{
			"Unknown: MigratesLive or BlocksDrain", "spec.disks[0].claimName drain-claim-unknown",
		}},
		"Claim": {
			reason: "A claim is as it is, in its namespace.", wukongs: []wukong{{spec: disks("claimName: archive")}},
			cluster: Cluster{PersistentVolumeClaims: []corev1.PersistentVolumeClaim{
				decode[corev1.PersistentVolumeClaim](t, "{metadata: {name: archive, namespace: team-b}, spec: {accessModes: [ReadWriteOnce]}}"),
				decode[corev1.PersistentVolumeClaim](t, "{metadata: {name: archive, namespace: team-a}, spec: {accessModes: [ReadWriteMany]}}"),
			}},
			want: []string{"MigratesLive"},
		},
		"ClaimOfDisk": {
			reason: "The claim of a composed disk keeps its modes, too.", wukongs: []wukong{{name: "a", spec: disks("size: 1Gi, accessModes: [ReadWriteMany]")}},
			cluster: Cluster{PersistentVolumeClaims: []corev1.PersistentVolumeClaim{
				decode[corev1.PersistentVolumeClaim](t, "{metadata: {name: a-system-qg79f, namespace: team-a}, spec: {accessModes: [ReadWriteOnce]}}"),
			}},
			want: []string{"BlocksDrain", "spec.disks[0].accessModes drain-disk"},
		},
		"GPU": {
			reason: "One GPU may migrate by a feature gate.",
			wukongs: []wukong{{
				spec: "{gpus: [{name: a, deviceName: nvidia.com/A10}], " + live + "}", input: "{cluster: {kubevirt: {version: '1.9', featureGates: [VGPULiveMigration]}}}",
			}},
			want: []string{"Unknown: MigratesLive or BlocksDrain", "spec.gpus drain-gpu-unknown"},
		},
		"GPUBefore": {
			reason: "KubeVirt 1.8 does not know that gate.",
			wukongs: []wukong{{
				spec: "{gpus: [{name: a, deviceName: nvidia.com/A10}], " + live + "}", input: "{cluster: {kubevirt: {version: '1.8', featureGates: [VGPULiveMigration]}}}",
			}},
			want: []string{"BlocksDrain", "spec.gpus drain-gpu"},
		},
		"HostDevice": {
			reason: "No version migrates another device.", wukongs: []wukong{{spec: "{hostDevices: [{name: a, deviceName: intel.com/qat}], " + live + "}"}},
			want: []string{"BlocksDrain", "spec.hostDevices drain-gpu"},
		},
		"Reservation": {
			reason: "KubeVirt 1.8 does not migrate reservations.",
			wukongs: []wukong{{
				spec:  "{disks: [{name: a, type: lun, size: 1Gi, volumeMode: Block, accessModes: [ReadWriteMany], reservation: true}], " + live + "}",
				input: "{cluster: {kubevirt: {version: '1.8', featureGates: [PersistentReservation]}}}",
			}},
			want: []string{"BlocksDrain", "spec.disks[0].reservation drain-reservation"},
		},
		"ReservationSince": {
			reason: "KubeVirt 1.9 does.",
			wukongs: []wukong{{
				spec:  "{disks: [{name: a, type: lun, size: 1Gi, volumeMode: Block, accessModes: [ReadWriteMany], reservation: true}], " + live + "}",
				input: "{cluster: {kubevirt: {version: '1.9', featureGates: [PersistentReservation]}}}",
			}},
			want: []string{"MigratesLive"},
		},
		"ReservationUnknown": {
			reason:  "The version is not known.",
			wukongs: []wukong{{spec: "{disks: [{name: a, type: lun, size: 1Gi, volumeMode: Block, accessModes: [ReadWriteMany], reservation: true}], " + live + "}"}},
			want:    []string{"Unknown: MigratesLive or BlocksDrain", "spec.disks[0].reservation drain-reservation-unknown"},
		},
		"Instancetype": {
			reason:  "An instance type can have devices.",
			wukongs: []wukong{{spec: "{cpu: null, memory: null, instancetype: {name: gpu, kind: VirtualMachineInstancetype}, " + live + "}"}},
			cluster: Cluster{Instancetypes: []instancetypev1.VirtualMachineInstancetype{decode[instancetypev1.VirtualMachineInstancetype](t,
				"{metadata: {name: gpu, namespace: team-a}, spec: {cpu: {guest: 1}, memory: {guest: 1Gi}, hostDevices: [{name: a, deviceName: intel.com/qat}]}}")}},
			want: []string{"BlocksDrain", "spec.instancetype drain-gpu"},
		},
		"Drives": {
			reason: "Neither an empty drive nor the image of a container keeps a guest, and neither does what persists of TPM and EFI.",
			wukongs: []wukong{{
				spec: "{disks: [{name: system, size: 1Gi, accessModes: [ReadWriteMany]}, {name: a, type: cdrom}, {name: b, type: cdrom, image: quay.io/a/b}], tpm: Persistent, " +
					"firmware: {bootloader: EFI, persistent: true}, " + live + "}",
				input: "{cluster: {kubevirt: {version: '1.9'}}}",
			}},
			want: []string{"MigratesLive"},
		},
		"DriveWithClaim": {
			reason:  "A medium in a claim is attached as a disk is, though the guest only reads it.",
			wukongs: []wukong{{spec: "{disks: [{name: system, size: 1Gi, accessModes: [ReadWriteMany]}, {name: a, type: cdrom}, {name: b, type: cdrom, claimName: iso}], " + live + "}"}},
			cluster: Cluster{PersistentVolumeClaims: []corev1.PersistentVolumeClaim{
				decode[corev1.PersistentVolumeClaim](t, "{metadata: {name: iso, namespace: team-a}, spec: {accessModes: [ReadWriteOnce]}}"),
			}},
			want: []string{"BlocksDrain", "spec.disks[2].claimName drain-disk"},
		},
		"OneNodeOfArchitecture": {
			reason:  "The other node has other CPUs.",
			wukongs: []wukong{{spec: "{architecture: arm64, " + live + "}"}}, cluster: architectures("arm64", "amd64"),
			want: []string{"BlocksDrain", "spec.architecture drain-one-node-of-architecture"},
		},
		"NoNodeOfArchitecture": {
			reason:  "No node has these CPUs.",
			wukongs: []wukong{{spec: "{architecture: arm64, " + live + "}"}}, cluster: architectures("amd64", "amd64"),
			want: []string{"BlocksDrain", "spec.architecture drain-no-node-of-architecture"},
		},
		"NoNodeAnyway": {
			reason:  "Another architecture would not help.",
			wukongs: []wukong{{spec: "{architecture: arm64, highAvailability: {evictionStrategy: LiveMigrate, nodeSelector: {rack: one}}}"}}, cluster: architectures("amd64", "arm64"),
			want: []string{"BlocksDrain", "spec.highAvailability.nodeSelector drain-no-node"},
		},
		"TwoNodesOfArchitecture": {
			reason:  "One of the three is left for the guest.",
			wukongs: []wukong{{spec: "{architecture: arm64, " + live + "}"}}, cluster: architectures("arm64", "amd64", "arm64"), want: []string{"MigratesLive"},
		},
		"Emulated": {
			reason:  "KubeVirt emulates CPUs on nodes that have its label.",
			wukongs: []wukong{{spec: "{architecture: arm64, " + live + "}", input: "{cluster: {kubevirt: {version: '1.9', featureGates: [CrossArchitectureVirtualization]}}}"}},
			cluster: emulating, want: []string{"MigratesLive"},
		},
		"EmulatedBefore": {
			reason:  "KubeVirt 1.8 does not know that gate.",
			wukongs: []wukong{{spec: "{architecture: arm64, " + live + "}", input: "{cluster: {kubevirt: {version: '1.8', featureGates: [CrossArchitectureVirtualization]}}}"}},
			cluster: emulating, want: []string{"BlocksDrain", "spec.architecture drain-no-node-of-architecture"},
		},
		"PreferredArchitecture": {
			reason:  "A preference can choose the architecture.",
			wukongs: []wukong{{spec: "{preference: {name: arm, kind: VirtualMachinePreference}, " + live + "}"}}, cluster: preferring(architectures("amd64", "amd64")),
			want: []string{"BlocksDrain", "spec.preference drain-no-node-of-architecture"},
		},
		"OneNode": {
			reason:  "The migration finds no node, and the drain waits for it, whatever the strategy says of those that cannot move.",
			wukongs: []wukong{{spec: "{highAvailability: {evictionStrategy: LiveMigrateIfPossible, nodeSelector: {kubernetes.io/hostname: n1}}}"}}, cluster: nodes("n1", "n2"),
			want: []string{"BlocksDrain", "spec.highAvailability.nodeSelector drain-one-node"},
		},
		"OneNodeDown": {
			reason:  "Without migration it stays down until the node is back.",
			wukongs: []wukong{{}}, cluster: nodes("n1"),
			want: []string{"StaysDown", "spec.highAvailability.evictionStrategy drain-strategy", "spec.highAvailability.nodeSelector drain-one-node"},
		},
		"FullGroup": {
			reason:  "Each node has a member of the group.",
			wukongs: []wukong{{name: "a", spec: "{highAvailability: {evictionStrategy: LiveMigrate, antiAffinity: true}}"}, {name: "b", spec: "{highAvailability: {antiAffinity: true}}"}}, cluster: nodes("n1", "n2"),
			want: []string{"BlocksDrain", "spec.highAvailability.antiAffinity drain-group-fills-nodes"},
		},
		"GroupWithRoom": {
			reason:  "A node is left.",
			wukongs: []wukong{{name: "a", spec: "{highAvailability: {evictionStrategy: LiveMigrate, antiAffinity: true}}"}, {name: "b", spec: "{highAvailability: {antiAffinity: true}}"}}, cluster: nodes("n1", "n2", "n3"),
			want: []string{"MigratesLive"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for i := range tc.wukongs {
				if tc.wukongs[i].name == "" {
					tc.wukongs[i].name = "web-01"
				}
			}
			d := Check(planned(t, tc.wukongs...), tc.cluster).VirtualMachines[0].Drain
			got := []string{string(d.Verdict)}
			if d.Verdict == VerdictUnknown {
				got[0] += fmt.Sprintf(": %s or %s", d.Best, d.Worst)
			}
			for _, r := range d.Reasons {
				got = append(got, r.Field+" "+r.ID)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
