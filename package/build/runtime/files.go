package runtime

import (
	"bytes"
	"encoding/pem"
	"os"
	"path/filepath"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// Nonroot is the UID and the GID with which the function runs: those of the user nonroot in distroless images.
const Nonroot = "65532"

// Files returns the files of the image beside the function, by path: the names of its users, and the certificate authorities that Mozilla trusts
// without constraints, where Go's crypto/x509 finds them.
func Files() map[string][]byte {
	return map[string][]byte{
		"etc/passwd": []byte("root:x:0:0:root:/:/sbin/nologin\nnonroot:x:" + Nonroot + ":" + Nonroot + ":nonroot:/:/sbin/nologin\n"),
		"etc/group":  []byte("root:x:0:\nnonroot:x:" + Nonroot + ":\n"),

		"etc/ssl/certs/ca-certificates.crt": authorities(),
	}
}

// authorities returns certificate authorities as PEM. It leaves out authorities with a constraint, such as a date, which a file cannot express.
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

// Write writes files below a folder.
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
