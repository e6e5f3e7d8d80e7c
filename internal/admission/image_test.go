package admission

import (
	"testing"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestImageAdvice shows that an image which can never be booted from is advised on where its name shows that, and no other.
func TestImageAdvice(t *testing.T) {
	cases := map[v1alpha1.Image]string{
		"": "",
		"https://cloud.debian.org/images/debian-12-genericcloud-amd64.qcow2":    "",
		"https://example.org/noble.img":                                         "",
		"https://example.org/disk.raw.xz":                                       "",
		"https://example.org/disk.VHDX?sig=a.zip":                               "",
		"https://example.org/download/latest":                                   "",
		"https://example.org/a.tar.example/disk.img.gz":                         "",
		"https://example.org/windows.zip":                                       msgPacked.ID,
		"https://example.org/disk.img.bz2":                                      msgPacked.ID,
		"http://example.org/appliance.OVA":                                      msgPacked.ID,
		"https://example.org/root.tar.gz":                                       msgPacked.ID,
		"https://example.org/root.tgz?token=x":                                  msgPacked.ID,
		"https://releases.ubuntu.com/24.04/ubuntu-24.04-live-server-amd64.iso":  msgMedium.ID,
		"cloud-images.ubuntu.com/noble/current/noble-server-cloudimg-amd64.img": msgNoScheme.ID,
		"cloud.debian.org/images/debian-12.qcow2":                               msgNoScheme.ID,
		"releases.example.org/24.04/server.iso":                                 msgNoScheme.ID,
		"example.org:8443/a/disk.raw.xz":                                        msgNoScheme.ID,
		"debian-12.qcow2":                                                       msgFileName.ID,
		"images/debian-12.img":                                                  msgFileName.ID,
		"debian.img.gz":                                                         msgFileName.ID,
		"debian:12":                                                             msgLibrary.ID,
		"debian":                                                                msgLibrary.ID,
		"docker://ubuntu:24.04":                                                 msgLibrary.ID,
		"docker://registry.example.org/disks/a.img":                             "",
		"quay.io/containerdisks/debian:12":                                      "",
		"quay.io/containerdisks/debian:12.5":                                    "",
		"registry.example.org/disks/noble.img:v1":                               "",
		"localhost/debian":                                                      "",
	}
	for image, want := range cases {
		if got := adviceID(image); got != want {
			t.Errorf("%s: want %q, got %q", image, want, got)
		}
	}
}

// adviceID returns the ID of the advice about an image; empty for none.
func adviceID(image v1alpha1.Image) string {
	m, bad := imageAdvice(image)
	if !bad {
		return ""
	}
	return m.ID
}
