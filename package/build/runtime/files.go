package runtime

import (
	"bytes"
	"encoding/pem"
	"os"
	"path/filepath"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// Nonroot is the user as which the function runs, by the number that is common for it.
const Nonroot = "65532"

// Files are all that is in the image beside the function: names for its users, and the certificate authorities that Mozilla trusts
// without constraints, where programs on Linux look for them.
func Files() map[string][]byte {
	return map[string][]byte{
		"etc/passwd": []byte("root:x:0:0:root:/:/sbin/nologin\nnonroot:x:" + Nonroot + ":" + Nonroot + ":nonroot:/:/sbin/nologin\n"),
		"etc/group":  []byte("root:x:0:\nnonroot:x:" + Nonroot + ":\n"),

		"etc/ssl/certs/ca-certificates.crt": authorities(),
	}
}

// authorities as PEM. An authority whose certificates are trusted only up to a date is left out, as a file cannot say so.
func authorities() []byte {
	b := &bytes.Buffer{}
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue
		}
		_ = pem.Encode(b, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate})
	}
	return b.Bytes()
}

// Write files below a folder.
func Write(dir string, files map[string][]byte) error {
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // Public, as all of the image.
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil { //nolint:gosec // Public, as all of the image.
			return err
		}
	}
	return nil
}
