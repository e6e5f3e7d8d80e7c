package cloudinit

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"mime/multipart"
	"net/textproto"

	"github.com/novasphere/function-wukong/internal/names"
)

// A part of a multi-part archive.
type part struct {
	mediaType string
	content   []byte
}

// multiPart returns a MIME multi-part archive, which cloud-init accepts for user data of several formats
// (https://docs.cloud-init.io/en/latest/explanation/format.html). Base64 keeps each part unchanged.
func multiPart(parts ...part) ([]byte, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	d := names.Digest(string(parts[0].content), string(parts[1].content))
	if err := w.SetBoundary(hex.EncodeToString(d[:])); err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=\"%s\"\nMIME-Version: 1.0\n\n", w.Boundary())
	for _, p := range parts {
		pw, err := w.CreatePart(textproto.MIMEHeader{
			"Content-Type":              {p.mediaType + `; charset="utf-8"`},
			"Content-Transfer-Encoding": {"base64"},
		})
		if err != nil {
			return nil, err
		}
		if _, err := pw.Write([]byte(base64.StdEncoding.EncodeToString(p.content))); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
