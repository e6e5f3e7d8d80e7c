package validation_test

import (
	"strings"
	"testing"
)

// TestRefusedImageIsNotShown shows that an image that is refused is not repeated where it may hold a password or a signature.
func TestRefusedImageIsNotShown(t *testing.T) {
	for _, image := range []string{"user:TOKEN@a//b", "docker://user:TOKEN@h/a", "a?TOKEN", "a#TOKEN", "ftp://h/a#TOKEN"} {
		errs := errorsOf(t, "{osImage: '"+image+"'}", false)
		if len(errs) != 1 || strings.Contains(errs[0].Error(), "TOKEN") {
			t.Errorf("%s: want one error without the secret, got %v", image, errs)
		}
	}
}
