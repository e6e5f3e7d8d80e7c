// Package v1alpha1 is the Wukong API: one manifest that describes a virtual machine.
//
// These types are the one source of the schema in the CompositeResourceDefinitions, and of the structure by which the function validates.
// Rules that compare fields or read a value are in the table of package validation.
//
// +kubebuilder:object:generate=true
// +groupName=vm.novasphere.dev
// +versionName=v1alpha1
package v1alpha1

const (
	// Group of the Wukong API.
	Group = "vm.novasphere.dev"

	// Version of the Wukong API in this package.
	Version = "v1alpha1"

	// Kind is what users write.
	Kind = "Wukong"

	// CompositeKind is the cluster-scoped composite resource of a claimed Wukong.
	CompositeKind = "XWukong"

	// APIVersion of both kinds.
	APIVersion = Group + "/" + Version
)

// AnnotationRestart holds, on a Wukong, the UID of the instance of its virtual machine to restart. Another instance is not restarted.
const AnnotationRestart = Group + "/restart"

// AnnotationProviderConfig allows, on a Wukong that exists, another ProviderConfig than the one that it was composed with: the one that it
// names, as NAME or KIND/NAME, if the Input of the Composition names it too.
const AnnotationProviderConfig = Group + "/provider-config"
