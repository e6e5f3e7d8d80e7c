package cloudinit

import (
	"encoding/base64"
	"strings"

	"github.com/go-crypt/crypt/algorithm/shacrypt"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
)

// hashPassword returns the SHA-512 hash of a password in the format of crypt(5). The salt is derived from the Wukong and the user, so that it
// is the same at every render. It is not derived from the password, about which it would reveal something.
func hashPassword(w *v1alpha1.Wukong, u *v1alpha1.CloudInitUser) (string, error) {
	hasher, err := shacrypt.New(shacrypt.WithSHA512(), shacrypt.WithIterations(shacrypt.IterationsDefaultOmitted))
	if err != nil {
		return "", err
	}
	d := names.Digest(w.GetNamespace(), w.GetName(), "password", string(u.Name))
	salt := base64.RawStdEncoding.EncodeToString(d[:])[:shacrypt.SaltLengthMax]
	// The alphabet of crypt(5) has a dot in place of the plus sign.
	digest, err := hasher.HashWithSalt(u.Password, []byte(strings.ReplaceAll(salt, "+", ".")))
	if err != nil {
		return "", err
	}
	return digest.Encode(), nil
}
