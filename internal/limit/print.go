package limit

import (
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/input/v1beta1"
)

// Print writes the policy of an Input with its defaults, and the binding of the policy, as kubectl takes them.
func Print(w io.Writer, in *v1beta1.Input) error {
	if _, err := fmt.Fprintln(w, "# Printed by function-wukong from the limits of an Input. Print it again where they change."); err != nil {
		return err
	}
	policy, binding := Policy(in)
	for _, o := range []any{policy, binding} {
		object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
		if err != nil {
			return err
		}
		// What an API server adds.
		delete(object, "status")
		text, err := yaml.Marshal(object)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "---\n%s", text); err != nil {
			return err
		}
	}
	return nil
}
