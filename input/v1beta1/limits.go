package v1beta1

// Limits bound what a Wukong may ask for. What a Wukong has already stays, whatever the limits say; only a new value is refused.
type Limits struct {
	// TemplatePaths are what the template of a Wukong may give: paths that docs/template.md lists, or the beginning of some followed by *.
	// Default: none.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	TemplatePaths []TemplatePath `json:"templatePaths,omitempty"`
}

// A TemplatePath is a path that a template may give, or the beginning of such paths followed by *. A * alone stands for all.
//
// +kubebuilder:validation:MaxLength=128
// +kubebuilder:validation:Pattern=`^(\*|[a-z][A-Za-z0-9.]*\*?)$`
// +wukong:message="must be a path such as domain.cpu.model, or the beginning of some followed by *"
type TemplatePath string
