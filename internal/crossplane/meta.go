package crossplane

// Labels and annotations of Crossplane. They are the constants of https://pkg.go.dev/github.com/crossplane/crossplane-runtime/v2/pkg/xcrd
// and .../pkg/meta, which would link a Kubernetes client into the function.
const (
	// LabelComposite holds the name of the composite on each composed resource.
	LabelComposite = "crossplane.io/composite"

	// LabelClaimName and LabelClaimNamespace hold the claim's name and namespace on its composite and on each composed resource.
	LabelClaimName      = "crossplane.io/claim-name"
	LabelClaimNamespace = "crossplane.io/claim-namespace"

	// AnnotationResourceName holds the key of a composed resource: its name in the Composition.
	AnnotationResourceName = "crossplane.io/composition-resource-name"

	// AnnotationPrefixExternalCreate begins the annotations in which a provider records that it creates an external resource:
	// external-create-pending, external-create-succeeded and external-create-failed.
	AnnotationPrefixExternalCreate = "crossplane.io/external-create-"
)

// ConditionSynced is the condition that says whether the last reconciliation of a composite, or of a managed resource, succeeded.
const ConditionSynced = "Synced"
