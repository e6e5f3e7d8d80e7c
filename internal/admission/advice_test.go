package admission

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

func TestAdvice(t *testing.T) {
	const (
		ordinary = "without a registry and a path it is an ordinary container of docker.io/library, which holds no disk to boot: give a container disk, such as docker://quay.io/containerdisks/debian:12, or the URL of a disk image"
		nobody   = "without it, and without a password in cloudInitUser, nobody can log in to a guest of an image that has no password of its own: name a Secret with SSH public keys"
	)
	installed := v1alpha1.Disk{Boot: true, Image: "quay.io/containerdisks/debian:12"}
	cases := map[string]struct {
		spec   v1alpha1.WukongSpec
		osDisk v1alpha1.Label
		want   []string
	}{
		"Nothing": {},
		"Password": {
			spec: v1alpha1.WukongSpec{CloudInitUser: &v1alpha1.CloudInitUser{Password: "a"}},
			want: []string{"spec.cloudInitUser.password: whoever may read this Wukong can read the password: prefer passwordHash or passwordSecretRef"},
		},
		"PasswordAndHash": {
			spec: v1alpha1.WukongSpec{CloudInitUser: &v1alpha1.CloudInitUser{Password: "a", PasswordHash: "b"}},
			want: []string{
				"spec.cloudInitUser.password: whoever may read this Wukong can read the password: prefer passwordHash or passwordSecretRef",
				"spec.cloudInitUser.password: has no effect, because passwordHash is given",
			},
		},
		"Windows": {
			spec: v1alpha1.WukongSpec{Windows: &v1alpha1.Windows{}, Disks: []v1alpha1.Disk{installed}},
			want: []string{"spec.preference: without a preference the computer is not one for Windows: name one such as windows.2k22, which chooses EFI, a TPM, " +
				"the clock and the features of Hyper-V"},
		},
		"WindowsNotSaid": {
			spec: v1alpha1.WukongSpec{Preference: &v1alpha1.PreferenceReference{Name: "windows.11.virtio"}},
			want: []string{"spec.windows: its preference is one for Windows, which reads no cloud-init data, and the guest gets a disk with some: give windows: {}, " +
				"with cloudbaseInit: true in it where cloudbase-init is in the guest"},
		},
		"WindowsNameServers": {
			spec: v1alpha1.WukongSpec{
				Windows: &v1alpha1.Windows{CloudbaseInit: true}, Preference: &v1alpha1.PreferenceReference{Name: "windows.2k22"},
				Networks: []v1alpha1.Network{{Type: v1alpha1.NetworkTypeBridge, IPConfig: &v1alpha1.IPConfig{
					Mode: v1alpha1.IPModeDHCP, DNSServers: []v1alpha1.Addr{{Addr: netip.MustParseAddr("9.9.9.9")}},
				}}},
			},
			want: []string{"spec.networks[0].ipConfig.dnsServers: they reach no Windows with mode dhcp: let the DHCP server tell them, or give them in the answers of " +
				"windows.unattendSecretRef"},
		},
		"ExistingNetwork": {
			spec: v1alpha1.WukongSpec{Networks: []v1alpha1.Network{{Type: v1alpha1.NetworkTypeBridge, NADName: "lan", VLANID: ptr.To[int32](5), BridgeName: "br0"}}},
			want: []string{
				"spec.networks[0].vlanId: has no effect, because the existing network lan decides",
				"spec.networks[0].bridgeName: has no effect, because the existing network lan decides",
			},
		},
		"OtherType": {
			spec: v1alpha1.WukongSpec{Networks: []v1alpha1.Network{{Type: v1alpha1.NetworkTypeMacvlan, Master: "ens1", BridgeName: "br0", ResourceName: "a/b"}}},
			want: []string{
				"spec.networks[0].bridgeName: has no effect on a network of type macvlan",
				"spec.networks[0].resourceName: has no effect on a network of type macvlan",
			},
		},
		"MACSpoofing": {
			spec: v1alpha1.WukongSpec{Networks: []v1alpha1.Network{
				{Type: v1alpha1.NetworkTypeBridge, MACSpoofCheck: ptr.To(false)},
				{Type: v1alpha1.NetworkTypeSRIOV, MACSpoofCheck: ptr.To(true)},
				{Type: v1alpha1.NetworkTypeOVS, MACSpoofCheck: ptr.To(false)},
				{Type: v1alpha1.NetworkTypeBridge, NADName: "lan", MACSpoofCheck: ptr.To(false)},
				{Type: v1alpha1.NetworkTypeBridge},
			}},
			want: []string{
				"spec.networks[0].macSpoofCheck: the guest can pass for any other host on this network, as its frames of any source MAC address leave: " +
					"give true, unless it has a virtual MAC address or bridges others",
				"spec.networks[2].macSpoofCheck: has no effect on a network of type ovs",
				"spec.networks[3].macSpoofCheck: has no effect, because the existing network lan decides",
			},
		},
		"AddressWithDHCP": {
			spec: v1alpha1.WukongSpec{Networks: []v1alpha1.Network{{Type: v1alpha1.NetworkTypeBridge, IPConfig: &v1alpha1.IPConfig{
				Mode:    v1alpha1.IPModeDHCP,
				Address: v1alpha1.Prefix{Prefix: netip.MustParsePrefix("10.0.0.5/24")},
				Gateway: v1alpha1.Addr{Addr: netip.MustParseAddr("10.0.0.1")},
			}}}},
			want: []string{
				"spec.networks[0].ipConfig.address: has no effect with mode dhcp",
				"spec.networks[0].ipConfig.gateway: has no effect with mode dhcp",
			},
		},
		"UnusedOSImage": {
			spec: v1alpha1.WukongSpec{SSHKeySecret: "keys", OSImage: "debian", Disks: []v1alpha1.Disk{{Name: "data"}, {Name: "system", Boot: true, Image: "quay.io/fedora"}}},
			want: []string{"spec.osImage: has no effect, because the virtual machine boots from disk system, which has content of its own"},
		},
		"UsedOSImage": {
			spec:   v1alpha1.WukongSpec{SSHKeySecret: "keys", OSImage: "quay.io/debian", Disks: []v1alpha1.Disk{{Name: "system", Boot: true, Image: "quay.io/debian"}}},
			osDisk: "system",
		},
		"ImageOfLibrary": {
			spec: v1alpha1.WukongSpec{SSHKeySecret: "keys", OSImage: "centos:8", Disks: []v1alpha1.Disk{
				{Name: "system", Boot: true, Image: "centos:8"}, {Name: "a", Image: "docker://debian"}, {Name: "b", Image: "localhost/debian"}, {Name: "c", Image: "centos:8"},
			}},
			osDisk: "system",
			want:   []string{"spec.osImage: " + ordinary, "spec.disks[1].image: " + ordinary, "spec.disks[3].image: " + ordinary},
		},
		"SameImage": {
			spec: v1alpha1.WukongSpec{SSHKeySecret: "keys", OSImage: "centos:8", Disks: []v1alpha1.Disk{{Name: "system", Boot: true, Image: "centos:8"}}},
			want: []string{"spec.disks[0].image: " + ordinary},
		},
		"NobodyLogsIn": {
			spec: v1alpha1.WukongSpec{Disks: []v1alpha1.Disk{installed}},
			want: []string{"spec.sshKeySecret: " + nobody},
		},
		"UserWithoutCredentials": {
			spec: v1alpha1.WukongSpec{CloudInitUser: &v1alpha1.CloudInitUser{Name: "ops"}, Disks: []v1alpha1.Disk{installed}},
			want: []string{"spec.sshKeySecret: " + nobody},
		},
		"LockedPassword": {
			spec: v1alpha1.WukongSpec{CloudInitUser: &v1alpha1.CloudInitUser{Name: "ops", PasswordHash: "x", LockPasswd: true}, Disks: []v1alpha1.Disk{installed}},
			want: []string{"spec.sshKeySecret: " + nobody},
		},
		"PasswordHash": {
			spec: v1alpha1.WukongSpec{CloudInitUser: &v1alpha1.CloudInitUser{Name: "ops", PasswordHash: "x"}, Disks: []v1alpha1.Disk{installed}},
		},
		"PasswordSecret": {
			spec: v1alpha1.WukongSpec{CloudInitUser: &v1alpha1.CloudInitUser{Name: "ops", PasswordSecretRef: &v1alpha1.CredentialSecretReference{}}, Disks: []v1alpha1.Disk{installed}},
		},
		"OwnUserData":  {spec: v1alpha1.WukongSpec{CloudInit: &v1alpha1.CloudInit{UserData: "#!/bin/sh"}, Disks: []v1alpha1.Disk{installed}}},
		"OwnSecret":    {spec: v1alpha1.WukongSpec{CloudInit: &v1alpha1.CloudInit{UserDataSecretRef: &v1alpha1.SecretReference{}}, Disks: []v1alpha1.Disk{installed}}},
		"ExistingDisk": {spec: v1alpha1.WukongSpec{Disks: []v1alpha1.Disk{{Boot: true, ClaimName: "mine"}, {Image: "quay.io/tools/a"}}}},
		"Ignored": {
			spec: v1alpha1.WukongSpec{RestoreFromSnapshot: "a", Networks: []v1alpha1.Network{{Name: "default"}, {Name: "lan", PhysicalInterface: "ens1", NodeIP: "10.0.0.1/24"}}},
			want: []string{
				"spec.networks[0]: the network default is the pod network, as nothing else is said of it: remove it, or give bridgeName for a bridge",
				"spec.networks[1].physicalInterface: has no effect, because a Wukong does not configure nodes: the network's bridge, or its uplink, must exist on them",
				"spec.networks[1].nodeIP: has no effect, because a Wukong does not configure nodes: the network's bridge, or its uplink, must exist on them",
				"spec.restoreFromSnapshot: has no effect: give the name of the snapshot in restore.snapshot",
			},
		},
		"PasswordInURL": {
			spec: v1alpha1.WukongSpec{Disks: []v1alpha1.Disk{{Image: "https://me:secret@example.org/a"}, {Image: "https://me@example.org/a"}}},
			want: []string{"spec.disks[0].image: whoever may read this Wukong or the DataVolume can read the password in the URL"},
		},
		"PasswordInOSImage": {
			spec:   v1alpha1.WukongSpec{SSHKeySecret: "keys", OSImage: "https://me:secret@example.org/a", Disks: []v1alpha1.Disk{{Name: "system", Boot: true, Image: "https://me:secret@example.org/a"}}},
			osDisk: "system",
			want:   []string{"spec.osImage: whoever may read this Wukong or the DataVolume can read the password in the URL"},
		},
		"GroupWithoutAntiAffinity": {
			spec: v1alpha1.WukongSpec{HighAvailability: &v1alpha1.HighAvailability{AntiAffinityGroup: "a"}},
			want: []string{"spec.highAvailability.antiAffinityGroup: has no effect without antiAffinity: true"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Advice(&v1alpha1.Wukong{Spec: tc.spec}, tc.osDisk)); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}
