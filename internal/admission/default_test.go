package admission

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

// complete is the spec with defaults.
func complete(s v1alpha1.WukongSpec, d v1beta1.Defaults) v1alpha1.WukongSpec {
	w := &v1alpha1.Wukong{Spec: s}
	DefaultDisks(w, &v1beta1.Input{Defaults: &d}, nil)
	Default(w, &d)
	return w.Spec
}

func TestDefaultBoot(t *testing.T) {
	type disks = []v1alpha1.Disk
	cases := map[string]struct {
		reason  string
		osImage v1alpha1.Image
		osDisk  v1alpha1.Label
		disks   disks
		boot    string
		image   v1alpha1.Image
	}{
		"First": {
			reason: "Without any hint the guest boots from the first disk.",
			disks:  disks{{Name: "a"}, {Name: "b"}},
			boot:   "a",
		},
		"FirstWithImage": {
			reason: "An image is more likely to be bootable than an empty disk.",
			disks:  disks{{Name: "a"}, {Name: "b", Image: "debian"}, {Name: "c", Image: "fedora"}},
			boot:   "b",
			image:  "debian",
		},
		"Chosen": {
			reason: "The user's choice wins.",
			disks:  disks{{Name: "a", Image: "debian"}, {Name: "b", Boot: true}},
			boot:   "b",
		},
		"OSImage": {
			reason:  "The boot disk gets the operating system's image.",
			osImage: "debian",
			disks:   disks{{Name: "a"}, {Name: "b", Boot: true}},
			boot:    "b",
			image:   "debian",
			osDisk:  "b",
		},
		"OSImageWithOtherImage": {
			reason:  "A disk with an image that is added does not become the one to boot from.",
			osImage: "debian",
			disks:   disks{{Name: "a"}, {Name: "b", Image: "fedora"}},
			boot:    "a",
			image:   "debian",
			osDisk:  "a",
		},
		"OSImageBehindClaim": {
			reason:  "The operating system goes to the first disk that can take it.",
			osImage: "debian",
			disks:   disks{{Name: "a", ClaimName: "mine"}, {Name: "b"}},
			boot:    "b",
			image:   "debian",
			osDisk:  "b",
		},
		"OwnImageWins": {
			reason:  "The disk's own image wins.",
			osImage: "debian",
			disks:   disks{{Name: "a", Image: "fedora"}},
			boot:    "a",
			image:   "fedora",
		},
		"SameImage": {
			reason:  "Its own image may be the same.",
			osImage: "debian",
			disks:   disks{{Name: "a", Boot: true, Image: "debian"}},
			boot:    "a",
			image:   "debian",
		},
		"DriveFirst": {
			reason: "A drive is not the first disk.",
			disks:  disks{{Name: "iso", Type: "cdrom", Image: "https://example.org/a.iso"}, {Name: "a"}},
			boot:   "a",
		},
		"OSImageBesideDrive": {
			reason:  "The operating system goes to a disk, though the drive is empty.",
			osImage: "debian",
			disks:   disks{{Name: "iso", Type: "cdrom"}, {Name: "a"}},
			boot:    "a",
			image:   "debian",
			osDisk:  "a",
		},
		"BootDrive": {
			reason:  "A drive comes first where the Wukong says so, and the operating system still goes to the disk.",
			osImage: "debian",
			disks:   disks{{Name: "a"}, {Name: "iso", Type: "cdrom", Image: "https://example.org/a.iso", Boot: true}},
			boot:    "iso",
			image:   "https://example.org/a.iso",
			osDisk:  "a",
		},
		"DrivesAlone": {
			reason:  "Of drives alone the first is booted, and none takes the operating system.",
			osImage: "debian",
			disks:   disks{{Name: "iso", Type: "cdrom"}, {Name: "other", Type: "cdrom"}},
			boot:    "iso",
		},
		"ExistingClaim": {
			reason:  "Nothing is imported into an existing claim.",
			osImage: "debian",
			disks:   disks{{Name: "a", ClaimName: "mine"}},
			boot:    "a",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{OSImage: tc.osImage, Disks: tc.disks}}
			if got := DefaultDisks(w, &v1beta1.Input{}, nil); got != tc.osDisk {
				t.Errorf("%s\nwant osImage on disk %q, got %q", tc.reason, tc.osDisk, got)
			}
			for _, d := range w.Spec.Disks {
				if d.Boot != (string(d.Name) == tc.boot) {
					t.Errorf("%s\nwant to boot from %s, got boot: %t on %s", tc.reason, tc.boot, d.Boot, d.Name)
				}
				if d.Boot && d.Image != tc.image {
					t.Errorf("%s\nwant image %q, got %q", tc.reason, tc.image, d.Image)
				}
			}
		})
	}
}

func TestDefaultDisk(t *testing.T) {
	platform := v1beta1.Defaults{StorageClassName: "fast"}
	cases := map[string]struct {
		reason string
		disk   v1alpha1.Disk
		want   v1alpha1.Disk
	}{
		"Empty": {
			reason: "The platform's storage class is for new disks: whether the user gave one stays known.",
			disk:   v1alpha1.Disk{Name: "a"},
			want:   v1alpha1.Disk{Name: "a", Boot: true, Bus: "virtio", DeletionPolicy: "Delete"},
		},
		"Imported": {
			reason: "The same goes for a disk with an image.",
			disk:   v1alpha1.Disk{Name: "a", Image: "debian"},
			want:   v1alpha1.Disk{Name: "a", Image: "debian", Boot: true, Bus: "virtio", DeletionPolicy: "Delete"},
		},
		"Existing": {
			reason: "A disk with an existing claim gets no deletion policy.",
			disk:   v1alpha1.Disk{Name: "a", ClaimName: "mine"},
			want:   v1alpha1.Disk{Name: "a", ClaimName: "mine", Boot: true, Bus: "virtio"},
		},
		"Given": {
			reason: "What is given stays.",
			disk: v1alpha1.Disk{
				Name: "a", Bus: "sata", StorageClassName: "slow",
				AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}, DeletionPolicy: "Retain",
			},
			want: v1alpha1.Disk{
				Name: "a", Boot: true, Bus: "sata", StorageClassName: "slow",
				AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}, DeletionPolicy: "Retain",
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := complete(v1alpha1.WukongSpec{Disks: []v1alpha1.Disk{tc.disk}}, platform)
			if diff := cmp.Diff(tc.want, got.Disks[0]); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}

	got := complete(v1alpha1.WukongSpec{Preference: &v1alpha1.PreferenceReference{Name: "windows.11"}, Disks: []v1alpha1.Disk{{Name: "a"}}}, platform)
	if got.Disks[0].Bus != "" {
		t.Errorf("the preference chooses the bus, but it is %q", got.Disks[0].Bus)
	}
}

func TestDefaultNetwork(t *testing.T) {
	server := v1alpha1.Addr{Addr: netip.MustParseAddr("10.0.0.53")}
	platform := v1beta1.Defaults{Master: "ens9", ResourceName: "example.org/fast", DNSServers: []v1alpha1.Addr{server}}
	static := func() *v1alpha1.IPConfig { return &v1alpha1.IPConfig{Mode: v1alpha1.IPModeStatic} }

	got := complete(v1alpha1.WukongSpec{Networks: []v1alpha1.Network{
		{Name: "a", Type: v1alpha1.NetworkTypeMacvlan, IPConfig: static()},
		{Name: "b", Type: v1alpha1.NetworkTypeMacvlan, Master: "ens1"},
		{Name: "c", Type: v1alpha1.NetworkTypeSRIOV},
		{Name: "d", Type: v1alpha1.NetworkTypeSRIOV, NADName: "theirs"},
		{Name: "e", Type: v1alpha1.NetworkTypeBridge},
		{Name: "f"},
		{Name: "g", NADName: "theirs"},
	}}, platform)

	masters, resources := []v1alpha1.InterfaceName{}, []v1alpha1.QualifiedName{}
	for _, n := range got.Networks {
		masters, resources = append(masters, n.Master), append(resources, n.ResourceName)
	}
	if diff := cmp.Diff([]v1alpha1.InterfaceName{"ens9", "ens1", "", "", "", "", ""}, masters); diff != "" {
		t.Errorf("masters: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff([]v1alpha1.QualifiedName{"", "", "example.org/fast", "", "", "", ""}, resources); diff != "" {
		t.Errorf("resources: -want, +got:\n%s", diff)
	}
	if len(got.Networks[0].IPConfig.DNSServers) != 1 || len(got.Networks[1].IPConfig.DNSServers) != 0 {
		t.Error("default name servers are for static networks alone: DHCP brings its own")
	}
	for _, n := range got.Networks[5:] {
		if n.Type != v1alpha1.NetworkTypeBridge {
			t.Errorf("network %s without a type is a bridge, got %q", n.Name, n.Type)
		}
	}
	if got.Networks[4].IPConfig.Mode != v1alpha1.IPModeDHCP {
		t.Errorf("a network without ipConfig uses DHCP, got %q", got.Networks[4].IPConfig.Mode)
	}
}

func TestDefaultPodNetwork(t *testing.T) {
	pod, other := v1alpha1.Network{Name: "default", Primary: true}, v1alpha1.Network{Name: "default", BridgeName: "br0"}
	primary := v1alpha1.Network{Name: "lan", Primary: true}
	cases := map[string]struct {
		wukong, platform *bool
		networks         []v1alpha1.Network
		want             bool
	}{
		"Neither":            {want: true},
		"Platform":           {platform: ptr.To(false)},
		"User":               {wukong: ptr.To(true), platform: ptr.To(false), want: true},
		"UserOff":            {wukong: ptr.To(false)},
		"NetworkDefault":     {platform: ptr.To(false), networks: []v1alpha1.Network{pod}, want: true},
		"UserOffAndDefault":  {wukong: ptr.To(false), networks: []v1alpha1.Network{pod}},
		"BridgeDefault":      {platform: ptr.To(false), networks: []v1alpha1.Network{other}},
		"Primary":            {networks: []v1alpha1.Network{primary}},
		"PrimaryAndDefault":  {networks: []v1alpha1.Network{{Name: "default"}, primary}},
		"PrimaryAndPlatform": {platform: ptr.To(true), networks: []v1alpha1.Network{primary}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := complete(v1alpha1.WukongSpec{PodNetwork: tc.wukong, Networks: tc.networks}, v1beta1.Defaults{PodNetwork: tc.platform})
			if *got.PodNetwork != tc.want {
				t.Errorf("want %t, got %t", tc.want, *got.PodNetwork)
			}
		})
	}
}

// TestDefaultSize shows how large the disk is of a Wukong that lists none, and that it stays as large once it exists.
func TestDefaultSize(t *testing.T) {
	quantity := func(s string) *v1alpha1.Quantity { return &v1alpha1.Quantity{Quantity: resource.MustParse(s)} }
	exists := observed.Resources{"disk-system": {Object: observedtest.YAML("{kind: DataVolume, spec: {storage: {resources: {requests: {storage: 12Gi}}}}}")}}
	from := &v1alpha1.ImageReference{Kind: v1alpha1.ImageKindDataSource, Name: "debian"}
	for name, tc := range map[string]struct {
		spec v1alpha1.WukongSpec
		in   v1beta1.Input
		rs   observed.Resources
		want string
	}{
		"Built in":        {spec: v1alpha1.WukongSpec{OSImage: "debian"}, want: "20Gi"},
		"Platform's":      {spec: v1alpha1.WukongSpec{OSImage: "debian"}, in: v1beta1.Input{Defaults: &v1beta1.Defaults{DiskSize: quantity("40Gi")}}, want: "40Gi"},
		"Limited":         {spec: v1alpha1.WukongSpec{OSImage: "debian"}, in: v1beta1.Input{Limits: &v1beta1.Limits{DiskSize: quantity("5Gi")}}, want: "5Gi"},
		"Exists":          {spec: v1alpha1.WukongSpec{OSImage: "debian"}, in: v1beta1.Input{Defaults: &v1beta1.Defaults{DiskSize: quantity("40Gi")}}, rs: exists, want: "12Gi"},
		"Of the source":   {spec: v1alpha1.WukongSpec{OSImageFrom: from}},
		"Nothing to boot": {},
	} {
		w := &v1alpha1.Wukong{Spec: tc.spec}
		osDisk := DefaultDisks(w, &tc.in, tc.rs)
		if tc.spec.OSImage == "" && tc.spec.OSImageFrom == nil {
			if len(w.Spec.Disks) > 0 {
				t.Errorf("%s: want no disk, got %v", name, w.Spec.Disks)
			}
			continue
		}
		if osDisk != DefaultDiskName || len(w.Spec.Disks) != 1 || !w.Spec.Disks[0].Boot {
			t.Fatalf("%s: want the disk %s to boot from, got %q, %v", name, DefaultDiskName, osDisk, w.Spec.Disks)
		}
		if size := w.Spec.Disks[0].Size; tc.want == "" && size != nil || tc.want != "" && (size == nil || size.String() != tc.want) {
			t.Errorf("%s: want %q, got %v", name, tc.want, size)
		}
	}
}
