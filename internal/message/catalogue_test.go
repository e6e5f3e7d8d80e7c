package message_test

import (
	"slices"
	"testing"

	"github.com/novasphere/function-wukong/internal/message"
)

var example = message.New(message.Report, "test-example", "disk {disk} has {number} bytes of {number}")

func TestWith(t *testing.T) {
	// A value with what looks like a placeholder stays as it is.
	if got, want := example.With("{size}", 3, 5), "disk {size} has 3 bytes of 5"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}

func TestWithPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("want a panic where a value is missing: a sentence with a hole must not reach a user")
		}
	}()
	_ = example.With("data")
}

func TestAll(t *testing.T) {
	if !slices.ContainsFunc(message.All(), func(m message.Message) bool { return m.ID == "test-example" }) {
		t.Error("the catalogue lacks a message of this package")
	}
}
