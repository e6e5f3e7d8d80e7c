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
		"https://example.org/windows.zip":                                       packed,
		"https://example.org/disk.img.bz2":                                      packed,
		"http://example.org/appliance.OVA":                                      packed,
		"https://example.org/root.tar.gz":                                       packed,
		"https://example.org/root.tgz?token=x":                                  packed,
		"https://releases.ubuntu.com/24.04/ubuntu-24.04-live-server-amd64.iso":  medium,
		"cloud-images.ubuntu.com/noble/current/noble-server-cloudimg-amd64.img": noScheme,
		"cloud.debian.org/images/debian-12.qcow2":                               noScheme,
		"releases.example.org/24.04/server.iso":                                 noScheme,
		"example.org:8443/a/disk.raw.xz":                                        noScheme,
		"debian-12.qcow2":                                                       fileName,
		"images/debian-12.img":                                                  fileName,
		"debian.img.gz":                                                         fileName,
		"debian:12":                                                             library,
		"debian":                                                                library,
		"docker://ubuntu:24.04":                                                 library,
		"docker://registry.example.org/disks/a.img":                             "",
		"quay.io/containerdisks/debian:12":                                      "",
		"quay.io/containerdisks/debian:12.5":                                    "",
		"registry.example.org/disks/noble.img:v1":                               "",
		"localhost/debian":                                                      "",
	}
	for image, want := range cases {
		if got := imageAdvice(image); got != want {
			t.Errorf("%s: want %q, got %q", image, want, got)
		}
	}
}
