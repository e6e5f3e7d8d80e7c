package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	instancetypev1 "kubevirt.io/api/instancetype/v1beta1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
)

// TestState shows what the claim takes in which KubeVirt keeps the state of a TPM and the variables of EFI. That it is the claim which KubeVirt makes is
// shown in test/conformance/kubevirt-1.9/capacity.
func TestState(t *testing.T) {
	const (
		prefers  = "{preference: {name: keeps}, highAvailability: {evictionStrategy: LiveMigrate}}"
		standard = "{metadata: {name: standard, annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}}"
		virtual  = "{metadata: {name: virtual, annotations: {storageclass.kubevirt.io/is-default-virt-class: 'true'}}}"
	)
	preference := func(spec string) []instancetypev1.VirtualMachineClusterPreference {
		return []instancetypev1.VirtualMachineClusterPreference{decode[instancetypev1.VirtualMachineClusterPreference](t, "{metadata: {name: keeps}, spec: "+spec+"}")}
	}
	classes := func(manifests ...string) []storagev1.StorageClass {
		var out []storagev1.StorageClass
		for _, m := range manifests {
			out = append(out, decode[storagev1.StorageClass](t, m))
		}
		return out
	}
	profile := func(name, sets string) []cdiv1.StorageProfile {
		return []cdiv1.StorageProfile{decode[cdiv1.StorageProfile](t, "{metadata: {name: "+name+"}, status: {claimPropertySets: "+sets+"}}")}
	}
	tpm := preference("{devices: {preferredTPM: {persistent: true}}}")
	cases := map[string]struct {
		reason  string
		spec    string
		input   string
		cluster Cluster
		want    string
		claims  int64
	}{
		"None":     {reason: "A TPM that forgets keeps nothing.", spec: prefers, cluster: Cluster{ClusterPreferences: preference("{devices: {preferredTPM: {}}}")}, claims: 1},
		"Disabled": {reason: "Nor does one that is switched off.", spec: prefers, cluster: Cluster{ClusterPreferences: preference("{devices: {preferredTPM: {enabled: false, persistent: true}}}")}, claims: 1},
		"TPM": {
			reason: "A TPM that a preference asks for.", spec: prefers, cluster: Cluster{ClusterPreferences: tpm},
			want: "{class: '', accessModes: [ReadWriteOnce], size: 11114906}", claims: 2,
		},
		"EFI": {
			reason: "Variables of EFI that a preference asks for.", spec: prefers,
			cluster: Cluster{ClusterPreferences: preference("{firmware: {preferredEfi: {persistent: true}}}")},
			want:    "{class: '', accessModes: [ReadWriteOnce], size: 11114906}", claims: 2,
		},
		"BIOS": {
			reason: "The Wukong's own bootloader comes first.", spec: "{preference: {name: keeps}, firmware: {bootloader: BIOS}}",
			cluster: Cluster{ClusterPreferences: preference("{firmware: {preferredEfi: {persistent: true}}}")}, claims: 1,
		},
		"Default": {
			reason: "The default class of virtual machines comes before that of all, and its profile tells the access mode on a file system.", spec: prefers,
			cluster: Cluster{
				ClusterPreferences: tpm, StorageClasses: classes(standard, virtual),
				StorageProfiles: profile("virtual", "[{accessModes: [ReadWriteMany], volumeMode: Block}, {accessModes: [ReadWriteOnce, ReadWriteMany], volumeMode: Filesystem}]"),
			},
			want: "{class: virtual, accessModes: [ReadWriteMany], size: 11114906}", claims: 2,
		},
		"Configured": {
			reason: "KubeVirt's own setting comes first, and then it asks for ReadWriteMany where no profile tells.", spec: prefers,
			input: "{cluster: {kubevirt: {vmStateStorageClass: fast}}}", cluster: Cluster{ClusterPreferences: tpm, StorageClasses: classes(standard)},
			want: "{class: fast, accessModes: [ReadWriteMany], size: 11114906}", claims: 2,
		},
		"Smallest": {
			reason: "CDI makes a claim as large as its class needs.", spec: prefers, input: "{cluster: {kubevirt: {vmStateStorageClass: fast}}}",
			cluster: Cluster{ClusterPreferences: tpm, StorageProfiles: []cdiv1.StorageProfile{
				decode[cdiv1.StorageProfile](t, "{metadata: {name: fast, annotations: {cdi.kubevirt.io/minimumSupportedPvcSize: 4Gi}}}"),
			}},
			want: "{class: fast, accessModes: [ReadWriteMany], size: 4Gi}", claims: 2,
		},
		"NotCompleted": {
			reason: "Where CDI completes no claims it is as small as KubeVirt asks for.", spec: prefers, input: "{cluster: {storageProfiles: false}}", cluster: Cluster{ClusterPreferences: tpm},
			want: "{class: '', accessModes: [ReadWriteOnce], size: 10Mi}", claims: 2,
		},
		"Exists": {
			reason: "A claim that exists has what it has.", spec: prefers, input: "{cluster: {kubevirt: {vmStateStorageClass: fast}}}",
			cluster: Cluster{ClusterPreferences: tpm, PersistentVolumeClaims: []corev1.PersistentVolumeClaim{decode[corev1.PersistentVolumeClaim](t,
				"{metadata: {name: persistent-state-for-web-01-x7k2p, namespace: team-a, labels: {persistent-state-for: web-01}}, "+
					"spec: {storageClassName: old, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}")}},
			want: "{class: old, accessModes: [ReadWriteOnce], size: 1Gi}", claims: 2,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			report := Check(planned(t, wukong{name: "web-01", spec: tc.spec, input: tc.input}), tc.cluster)
			var want *StateClaim
			if tc.want != "" {
				s := decode[StateClaim](t, tc.want)
				want = &s
			}
			if diff := cmp.Diff(want, report.VirtualMachines[0].State); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if got := report.Namespaces[0].Objects[countClaims]; got != tc.claims {
				t.Errorf("%s Want %d claims, got %d.", tc.reason, tc.claims, got)
			}
		})
	}
}

// TestStateFindings shows what is said of claims with state.
func TestStateFindings(t *testing.T) {
	const state = "{preference: {name: keeps}, highAvailability: {evictionStrategy: LiveMigrate}}"
	keeps := []instancetypev1.VirtualMachineClusterPreference{
		decode[instancetypev1.VirtualMachineClusterPreference](t, "{metadata: {name: keeps}, spec: {devices: {preferredTPM: {persistent: true}}}}"),
	}
	fast := decode[storagev1.StorageClass](t, "{metadata: {name: fast, annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}}")
	cases := map[string]struct {
		reason string
		class  *storagev1.StorageClass
		modes  string
		hard   string
		want   []string
	}{
		"Room": {reason: "A second claim has room.", class: &fast, modes: "ReadWriteOnce", hard: "{persistentvolumeclaims: 3, requests.storage: 11Gi, fast.storageclass.storage.k8s.io/persistentvolumeclaims: 3}"},
		"Full": {
			reason: "A migration takes a second claim, of the same class.", class: &fast, modes: "ReadWriteOnce",
			hard: "{count/persistentvolumeclaims: 2, persistentvolumeclaims: 2, requests.storage: 10255Mi, fast.storageclass.storage.k8s.io/requests.storage: 10255Mi, other.storageclass.storage.k8s.io/requests.storage: 1}",
			want: []string{
				"ResourceQuota team-a/q: warning: spec.hard[count/persistentvolumeclaims]: the disks leave 0, and a live migration takes 1 for a second claim with the state of TPM and EFI, until it is done: raise the quota",
				"ResourceQuota team-a/q: warning: spec.hard[fast.storageclass.storage.k8s.io/requests.storage]: the disks leave 4.4Mi, and a live migration takes 10.6Mi for a second claim with the state of TPM and EFI, until it is done: raise the quota",
				"ResourceQuota team-a/q: warning: spec.hard[persistentvolumeclaims]: the disks leave 0, and a live migration takes 1 for a second claim with the state of TPM and EFI, until it is done: raise the quota",
				"ResourceQuota team-a/q: warning: spec.hard[requests.storage]: the disks leave 4.4Mi, and a live migration takes 10.6Mi for a second claim with the state of TPM and EFI, until it is done: raise the quota",
			},
		},
		"Shared": {reason: "A claim that both nodes attach needs no second one.", class: &fast, modes: "ReadWriteMany", hard: "{persistentvolumeclaims: 2}"},
		"NoClass": {
			reason: "Without a class KubeVirt makes no claim.", class: &storagev1.StorageClass{}, modes: "ReadWriteMany", hard: "{persistentvolumeclaims: 3}",
			want: []string{"team-a/web-01: warning: spec.preference: KubeVirt keeps the state of TPM and EFI in a claim of the default StorageClass, and none of those that are given is that: " +
				"let the platform team mark one as the default, or name vmStateStorageClass in the KubeVirt object and in the Input"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := quota(t, "{hard: "+tc.hard+"}")
			c.ClusterPreferences, c.StorageClasses = keeps, []storagev1.StorageClass{*tc.class}
			c.StorageProfiles = []cdiv1.StorageProfile{decode[cdiv1.StorageProfile](t, "{metadata: {name: fast}, status: {claimPropertySets: [{accessModes: ["+tc.modes+"], volumeMode: Filesystem}]}}")}
			if diff := cmp.Diff(tc.want, texts(Check(planned(t, wukong{name: "web-01", spec: state}), c).Findings)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
