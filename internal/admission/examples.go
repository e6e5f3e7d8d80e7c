package admission

import (
	"fmt"

	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/validation"
)

// Examples returns manifests that are refused because of what the Input does not give: a network of each type without its required field, and
// one of a namespace that is not shared.
func Examples() []validation.Example {
	var out []validation.Example
	for _, t := range network.Types() {
		if r := t.Required; r != nil {
			out = append(out, validation.Example{
				ID: r.Missing.ID, Breaks: fmt.Sprintf("{networks: [{name: lan, type: %s, vlanId: 7}]}", t.Name), At: "spec.networks[0]." + r.Name, FunctionAlone: true,
			})
		}
	}
	return append(out, validation.Example{
		ID: msgNotShared.ID, Breaks: "{networks: [{name: lan, type: bridge, nadName: team-b/backbone}]}", At: "spec.networks[0].nadName", FunctionAlone: true,
	})
}
