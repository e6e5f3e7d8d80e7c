package fields

import (
	"testing"

	"google.golang.org/protobuf/types/known/structpb"
)

func TestIn(t *testing.T) {
	object, err := structpb.NewStruct(map[string]any{"a": map[string]any{"b": map[string]any{"c": "d"}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		path  []string
		there bool
	}{
		"Itself":      {nil, true},
		"Below":       {[]string{"a", "b"}, true},
		"Missing":     {[]string{"a", "x", "y"}, false},
		"NotAnObject": {[]string{"a", "b", "c"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := In(object, tc.path...); (got != nil) != tc.there {
				t.Errorf("want an object there: %t, got %v", tc.there, got)
			}
		})
	}
	if got := In(object, "a", "b").GetFields()["c"].GetStringValue(); got != "d" {
		t.Errorf("want the field below the path, got %q", got)
	}
	if got := In(nil, "a").GetFields()["b"].GetStringValue(); got != "" {
		t.Errorf("want nothing in an object that is not there, got %q", got)
	}
}
