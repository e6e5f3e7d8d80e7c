package v1alpha1

// A Probe asks the guest again and again whether it is ready, or alive. It has exactly one of tcpSocket, httpGet, exec and guestAgentPing
// (https://kubevirt.io/user-guide/user_workloads/liveness_and_readiness_probes/).
type Probe struct {
	// TCPSocket succeeds when the guest accepts a connection on a port. It takes the pod network.
	// +optional
	TCPSocket *TCPSocketAction `json:"tcpSocket,omitempty"`

	// HTTPGet succeeds when the guest answers an HTTP request with a status from 200 to 399. It takes the pod network.
	// +optional
	HTTPGet *HTTPGetAction `json:"httpGet,omitempty"`

	// Exec succeeds when a command in the guest exits with 0. It takes the QEMU guest agent in the guest.
	// +optional
	Exec *ExecAction `json:"exec,omitempty"`

	// GuestAgentPing succeeds when the QEMU guest agent answers. It takes that agent in the guest. Default: false.
	// +optional
	GuestAgentPing bool `json:"guestAgentPing,omitempty"`

	// InitialDelaySeconds is how long the probe waits after the start of the virtual machine. KubeVirt waits 10 seconds more. Default: 0.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=86400
	InitialDelaySeconds int32 `json:"initialDelaySeconds,omitempty"`

	// PeriodSeconds is the time from one attempt to the next. Default: 10.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=86400
	PeriodSeconds int32 `json:"periodSeconds,omitempty"`

	// TimeoutSeconds is how long an attempt waits for an answer. A command of exec goes on in the guest after that. Default: 1.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=86400
	TimeoutSeconds int32 `json:"timeoutSeconds,omitempty"`

	// SuccessThreshold is how many attempts in a row succeed before the virtual machine is ready again. A livenessProbe takes 1 alone.
	// Default: 1.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	SuccessThreshold int32 `json:"successThreshold,omitempty"`

	// FailureThreshold is how many attempts in a row fail before the virtual machine is not ready, or is killed. Default: 3.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	FailureThreshold int32 `json:"failureThreshold,omitempty"`
}

// A TCPSocketAction connects to the guest.
type TCPSocketAction struct {
	// Port of the guest on the pod network.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port int32 `json:"port"`
}

// An HTTPGetAction sends an HTTP request to the guest. Another host cannot be asked.
type HTTPGetAction struct {
	// Port of the guest on the pod network.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port int32 `json:"port"`

	// Path of the request, with a query or without, for example /healthz. Default: /.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:Pattern=`^(/[!-~]*)?$`
	// +wukong:message="must begin with / and have no spaces, such as /healthz"
	// +wukong:secret
	Path string `json:"path,omitempty"`

	// Scheme is HTTP or HTTPS, whose certificate is not verified. Default: HTTP.
	// +optional
	Scheme URIScheme `json:"scheme,omitempty"`

	// HTTPHeaders of the request. A name may occur more than once. Whoever may read the Wukong can read their values: give no password that
	// is used elsewhere.
	// +optional
	// +kubebuilder:validation:MaxItems=16
	HTTPHeaders []HTTPHeader `json:"httpHeaders,omitempty"`
}

// A URIScheme is how an HTTP request is sent.
//
// +kubebuilder:validation:Enum="";HTTP;HTTPS
type URIScheme string

// An HTTPHeader is a header of an HTTP request.
type HTTPHeader struct {
	// Name of the header.
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^[-A-Za-z0-9]+$`
	// +wukong:message="must be letters, digits and '-', such as X-Health"
	Name string `json:"name"`

	// Value of the header.
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:Pattern=`^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$`
	// +wukong:message="must be one line of characters that can be printed"
	// +wukong:secret
	Value string `json:"value"`
}

// An ExecAction runs a command in the guest.
type ExecAction struct {
	// Command is a program of the guest, and its arguments. No shell reads it, unless the program is one. Whoever may read the Wukong can read
	// it: give no password that is used elsewhere.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	// +wukong:secret
	Command []Argument `json:"command"`
}

// An Argument is a program, or an argument of one.
//
// +kubebuilder:validation:MaxLength=1024
// +kubebuilder:validation:Pattern=`^[^\x00]*$`
// +wukong:message="must not have the character NUL"
// +wukong:secret
type Argument string
