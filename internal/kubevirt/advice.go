package kubevirt

import (
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// Advice returns what the author of a complete Wukong may not expect of its virtual machine. Each names the field.
func Advice(w *v1alpha1.Wukong) []string {
	var out []string
	for _, a := range []struct {
		field   string
		message string
	}{{"cpu", adviseCPU(w)}, {"memory", adviseMemory(w)}} {
		if a.message != "" {
			out = append(out, field.NewPath("spec", a.field).String()+": "+a.message)
		}
	}
	return out
}
