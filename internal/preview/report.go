package preview

import (
	"github.com/novasphere/function-wukong/internal/manifest"
)

// A Report is what is printed as JSON.
type Report struct {
	// APIVersion is manifest.ReportVersion.
	APIVersion string `json:"apiVersion"`

	// Kind is Rendering.
	Kind string `json:"kind"`

	// Wukongs that are not refused, in the order of the files.
	Wukongs []Rendered `json:"wukongs"`

	// Problems are what is printed to the standard error.
	Problems []manifest.Problem `json:"problems"`
}

// A Rendered is what a Wukong becomes.
type Rendered struct {
	manifest.Position

	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`

	// Composite with its status, and without its spec.
	Composite map[string]any `json:"composite"`

	// Composed resources by their keys.
	Composed map[string]map[string]any `json:"composed"`
}

// report returns what a Wukong becomes.
func report(w *Wukong, r *Rendering) Rendered {
	out := Rendered{
		Position:  w.Document.Position(""),
		Namespace: w.Document.GetNamespace(),
		Name:      w.Document.GetName(),
		Composite: r.Composite.Object,
		Composed:  make(map[string]map[string]any, len(r.Composed)),
	}
	for key, o := range r.Composed {
		out.Composed[key] = o.Object
	}
	return out
}
