package message_test

import (
	"errors"
	"testing"
)

func TestErr(t *testing.T) {
	cause := errors.New("no space")
	err := example.Err(cause, 3, 5)
	if want := "disk no space has 3 bytes of 5"; err.Error() != want {
		t.Errorf("want %q, got %q", want, err)
	}
	if !errors.Is(err, cause) {
		t.Error("want the error to unwrap to its cause")
	}
	if errors.Is(example.Err("data", 3, 5), cause) {
		t.Error("want an error without a cause to unwrap to nothing")
	}
}
