package admission

import "github.com/novasphere/function-wukong/internal/validation"

// Examples returns manifests that are refused because of what the Input does not give.
func Examples() []validation.Example {
	return []validation.Example{
		{ID: "network-master-missing", Breaks: "{networks: [{name: lan, type: macvlan}]}", At: "spec.networks[0].master", FunctionAlone: true},
		{ID: "network-resource-missing", Breaks: "{networks: [{name: lan, type: sriov}]}", At: "spec.networks[0].resourceName", FunctionAlone: true},
		{ID: msgNotShared.ID, Breaks: "{networks: [{name: lan, type: bridge, nadName: team-b/backbone}]}", At: "spec.networks[0].nadName", FunctionAlone: true},
	}
}
