package image

import (
	"strings"
	"testing"
)

// TestImporters shows that each scheme has an importer, whose source has the image's URL, and that no other importer reads that source.
func TestImporters(t *testing.T) {
	for n, i := range Importers() {
		if i.Form == "" || len(i.Schemes) == 0 {
			t.Errorf("importer %d: want schemes and a form, got %v and %q", n, i.Schemes, i.Form)
		}
		for _, scheme := range i.Schemes {
			image := scheme + SchemeSeparator + "example.org/debian"
			if got, known := importerOf(image); !known || got.Form != i.Form {
				t.Errorf("%s: want the importer of %s, got %s, %t", image, i.Form, got.Form, known)
			}
			if got := URL(Source(image, Access{})); got != image {
				t.Errorf("%s: got the URL %s", image, got)
			}
			for _, other := range Importers() {
				if got := other.url(Source(image, Access{})); other.Form != i.Form && got != "" {
					t.Errorf("%s: the importer of %s reads %s", image, other.Form, got)
				}
			}
		}
		if !strings.Contains(Forms(), i.Form) {
			t.Errorf("want the form %s in %q", i.Form, Forms())
		}
	}
	if got, known := importerOf("ftp://example.org/debian"); known {
		t.Errorf("want no importer of ftp, got %s", got.Form)
	}
	if got := URL(nil); got != "" {
		t.Errorf("want no URL of nothing, got %s", got)
	}
}
