// Package core has the names of KubeVirt's VM templates.
package core

// Names of the API.
const (
	GroupName            = "template.kubevirt.io"
	SingularResourceName = "virtualmachinetemplate"
	PluralResourceName   = "virtualmachinetemplates"
)
