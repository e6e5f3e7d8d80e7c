package v1alpha1

// A Device is one that the virtual machine takes from its node, or a part of one.
type Device struct {
	// Name of the device, unique within its list: letters, digits, hyphens and underscores.
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][-A-Za-z0-9_]*$`
	// +wukong:message="must be letters, digits, '-' and '_'"
	Name string `json:"name"`

	// DeviceName is the extended resource under which the nodes offer the device, for example nvidia.com/GA102GL_A10. KubeVirt must permit
	// it (permittedHostDevices), and the platform team must list it (limits.deviceNames).
	// +kubebuilder:validation:MaxLength=308
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`
	// +wukong:message="must be the resource of a device plugin, as the nodes list it, such as nvidia.com/GA102GL_A10"
	DeviceName string `json:"deviceName"`
}
