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

func TestText(t *testing.T) {
	object := object(t)
	for want, path := range map[string][]string{
		"web-01": {"metadata", "name"},
		"":       {"metadata", "generation"},
		"Pod":    {"kind"},
	} {
		if got := Text(object, path...); got != want {
			t.Errorf("%v: want %q, got %q", path, want, got)
		}
	}
	if got := Label(object, "app.kubernetes.io/name"); got != "wukong" {
		t.Errorf("got label %q", got)
	}
	if got := Annotation(object, "app.kubernetes.io/name"); got != "" {
		t.Errorf("got annotation %q", got)
	}
	if IsDeleting(nil) || !IsDeleting(object) {
		t.Error("want an object with a deletionTimestamp to be one that is being deleted, and no other")
	}
}

func TestConditionOf(t *testing.T) {
	want := Condition{Type: "Ready", Status: "False", Reason: "Creating", Message: "a"}
	if got := ConditionOf(object(t), "Ready"); got != want {
		t.Errorf("want %v, got %v", want, got)
	}
	if got := ConditionOf(object(t), "Synced"); got != (Condition{}) {
		t.Errorf("want no condition, got %v", got)
	}
	if got := len(Conditions(object(t))); got != 2 {
		t.Errorf("want an element that is not an object to count as an empty condition, got %d conditions", got)
	}
}

func object(t *testing.T) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(map[string]any{
		"kind": "Pod",
		"metadata": map[string]any{
			"name": "web-01", "generation": 7, "deletionTimestamp": "2026-01-01T00:00:00Z", "labels": map[string]any{"app.kubernetes.io/name": "wukong"},
		},
		"status": map[string]any{"conditions": []any{"odd", map[string]any{"type": "Ready", "status": "False", "reason": "Creating", "message": "a"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
