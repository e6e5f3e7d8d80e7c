package cloudinit

import (
	"encoding/base64"

	"github.com/go-crypt/crypt/algorithm/shacrypt"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
)

// hashPassword is the password's SHA-512 crypt(5) hash. The salt follows from whose password it is, so that it stays the same
// from one render to the next, and never from the password, of which it would give something away.
func hashPassword(w *v1alpha1.Wukong, u *v1alpha1.CloudInitUser) (string, error) {
	hasher, err := shacrypt.New(shacrypt.WithSHA512(), shacrypt.WithIterations(shacrypt.IterationsDefaultOmitted))
	if err != nil {
		return "", err
	}
	d := names.Digest(w.GetNamespace(), w.GetName(), "password", string(u.Name))
	salt := base64.RawStdEncoding.EncodeToString(d[:])[:shacrypt.SaltLengthMax]
	digest, err := hasher.HashWithSalt(u.Password, crypt64(salt))
	if err != nil {
		return "", err
	}
	return digest.Encode(), nil
}

// crypt64 puts base64 into the characters of a salt, which knows no plus sign.
func crypt64(s string) []byte {
	out := []byte(s)
	for i, c := range out {
		if c == '+' {
			out[i] = '.'
		}
	}
	return out
}
