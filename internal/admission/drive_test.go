package admission

import (
	"slices"
	"strings"
	"testing"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// TestDriveBus shows the bus of a CD-ROM drive that names none.
func TestDriveBus(t *testing.T) {
	preference := &v1alpha1.PreferenceReference{Name: "windows.11"}
	cases := map[string]struct {
		reason string
		spec   v1alpha1.WukongSpec
		given  string
		want   string
	}{
		"Default":    {reason: "virtio is not for drives.", want: "sata"},
		"ARM64":      {reason: "There is no SATA.", spec: v1alpha1.WukongSpec{Architecture: "arm64"}, want: "scsi"},
		"Preference": {reason: "The preference chooses.", spec: v1alpha1.WukongSpec{Preference: preference}},
		"Given":      {reason: "What is given stays.", given: "usb", want: "usb"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.spec.Disks = []v1alpha1.Disk{{Name: "iso", Type: v1alpha1.DiskTypeCDROM, Bus: tc.given}}
			if got := complete(tc.spec, v1beta1.Defaults{}).Disks[0].Bus; got != tc.want {
				t.Errorf("%s Want %q, got %q", tc.reason, tc.want, got)
			}
		})
	}
}

// TestInstallsFromCDROM shows when a guest is installed from a CD-ROM: its disk is empty, and a drive has a medium.
func TestInstallsFromCDROM(t *testing.T) {
	iso := v1alpha1.Disk{Name: "iso", Type: v1alpha1.DiskTypeCDROM, Image: "https://example.org/a.iso"}
	with := func(d v1alpha1.Disk, edit func(*v1alpha1.Disk)) v1alpha1.Disk { edit(&d); return d }
	empty, filled := v1alpha1.Disk{Name: "a"}, v1alpha1.Disk{Name: "b", Image: "debian"}
	cases := map[string]struct {
		reason  string
		disks   []v1alpha1.Disk
		osImage v1alpha1.Image
		want    bool
	}{
		"Empty":     {reason: "The disk is empty.", disks: []v1alpha1.Disk{iso, empty}, want: true},
		"Container": {reason: "A medium may be a container.", disks: []v1alpha1.Disk{empty, with(iso, func(d *v1alpha1.Disk) { d.Image = "quay.io/a/b:1" })}, want: true},
		"Claim":     {reason: "Or a claim.", disks: []v1alpha1.Disk{empty, with(iso, func(d *v1alpha1.Disk) { d.Image, d.ClaimName = "", "mine" })}, want: true},
		"BootDrive": {reason: "The drive may come first.", disks: []v1alpha1.Disk{empty, with(iso, func(d *v1alpha1.Disk) { d.Boot = true })}, want: true},
		"NoMedium":  {reason: "The drive is empty.", disks: []v1alpha1.Disk{empty, with(iso, func(d *v1alpha1.Disk) { d.Image = "" })}},
		"NoDrive":   {reason: "There is no drive.", disks: []v1alpha1.Disk{empty}},
		"Installed": {reason: "Another disk has a system.", disks: []v1alpha1.Disk{empty, filled, iso}},
		"OSImage":   {reason: "The disk gets a system.", disks: []v1alpha1.Disk{empty, iso}, osImage: "debian"},
		"Existing":  {reason: "The disk is a claim with content.", disks: []v1alpha1.Disk{with(empty, func(d *v1alpha1.Disk) { d.ClaimName = "mine" }), iso}},
		"Alone":     {reason: "There is no disk.", disks: []v1alpha1.Disk{iso}},
		"Chosen":    {reason: "The disk to boot from is the empty one.", disks: []v1alpha1.Disk{filled, with(empty, func(d *v1alpha1.Disk) { d.Boot = true }), iso}, want: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := complete(v1alpha1.WukongSpec{OSImage: tc.osImage, Disks: slices.Clone(tc.disks)}, v1beta1.Defaults{})
			if got := s.InstallsFromCDROM(); got != tc.want {
				t.Errorf("%s Want %t, got %t", tc.reason, tc.want, got)
			}
		})
	}
}

// TestDriveAdvice shows the advice for images that do not fit a CD-ROM or a disk, and that an installation medium in a CD-ROM gives none.
func TestDriveAdvice(t *testing.T) {
	iso := v1alpha1.Disk{Name: "iso", Type: v1alpha1.DiskTypeCDROM, Image: "https://example.org/a.iso"}
	cases := map[string]struct {
		reason string
		disks  []v1alpha1.Disk
		os     v1alpha1.Image
		want   string
	}{
		"Medium":    {reason: "It is what a drive is for, and brings its own way to log in.", disks: []v1alpha1.Disk{{Name: "a"}, iso}},
		"Alone":     {reason: "So is one that is booted.", disks: []v1alpha1.Disk{iso}},
		"Disk":      {reason: "A disk is no CD-ROM.", disks: []v1alpha1.Disk{{Name: "a"}, {Name: "iso", Type: v1alpha1.DiskTypeCDROM, Image: "https://example.org/a.qcow2"}}, want: "spec.disks[1].image: " + msgDiskInDrive.String()},
		"Packed":    {reason: "CDI packs nothing out of it.", disks: []v1alpha1.Disk{{Name: "a"}, {Name: "iso", Type: v1alpha1.DiskTypeCDROM, Image: "https://example.org/a.zip"}}, want: "spec.disks[1].image: " + msgPacked.String()},
		"ISOOnDisk": {reason: "A medium on a disk is booted for ever.", disks: []v1alpha1.Disk{{Name: "a", Image: "https://example.org/a.iso"}}, want: "spec.disks[0].image: " + msgMedium.String()},
		"OSImage":   {reason: "Drives take no osImage.", disks: []v1alpha1.Disk{iso}, os: "quay.io/containerdisks/debian:12", want: "spec.osImage: " + msgNoSystemDisk.String()},
		"Rescue":    {reason: "The disk has its osImage, though a drive is booted.", disks: []v1alpha1.Disk{{Name: "a"}, {Name: "iso", Type: v1alpha1.DiskTypeCDROM, Image: iso.Image, Boot: true}}, os: "quay.io/containerdisks/debian:12"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{OSImage: tc.os, Disks: tc.disks}}
			osDisk := DefaultDisks(w, &v1beta1.Input{}, nil)
			Default(w, &v1beta1.Defaults{})
			got := slices.DeleteFunc(Advice(w, osDisk), func(a string) bool { return tc.want != "" && strings.Contains(a, msgNoLogin.String()) })
			if text := strings.Join(got, "; "); text != tc.want {
				t.Errorf("%s\nwant %q\n got %q", tc.reason, tc.want, text)
			}
		})
	}
}
