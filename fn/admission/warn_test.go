package admission

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

func TestWarnings(t *testing.T) {
	cases := map[string]struct {
		spec v1alpha1.WukongSpec
		want []string
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
			spec: v1alpha1.WukongSpec{OSImage: "debian", Disks: []v1alpha1.Disk{{Name: "data"}, {Name: "system", Boot: true, Image: "fedora"}}},
			want: []string{"spec.osImage: has no effect, because the virtual machine boots from disk system, which has content of its own"},
		},
		"UsedOSImage": {
			spec: v1alpha1.WukongSpec{OSImage: "debian", Disks: []v1alpha1.Disk{{Name: "system", Boot: true, Image: "debian"}}},
		},
		"PasswordInURL": {
			spec: v1alpha1.WukongSpec{Disks: []v1alpha1.Disk{{Image: "https://me:secret@example.org/a"}, {Image: "https://me@example.org/a"}}},
			want: []string{"spec.disks[0].image: whoever may read this Wukong or the DataVolume can read the password in the URL"},
		},
		"GroupWithoutAntiAffinity": {
			spec: v1alpha1.WukongSpec{HighAvailability: &v1alpha1.HighAvailability{AntiAffinityGroup: "a"}},
			want: []string{"spec.highAvailability.antiAffinityGroup: has no effect without antiAffinity: true"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Warnings(&v1alpha1.Wukong{Spec: tc.spec})); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}
