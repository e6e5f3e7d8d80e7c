package v1alpha1

// A CloudInitUser is the user that the guest gets at its first boot.
type CloudInitUser struct {
	// Name of the user: at most 32 characters, as Linux takes them.
	Name UserName `json:"name"`

	// Password in clear text, hashed before it leaves the function. Whoever may read the Wukong can read it: prefer
	// passwordHash or passwordSecretRef.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$`
	// +wukong:message="must be one line of characters that can be printed"
	// +wukong:secret
	Password string `json:"password,omitempty"`

	// PasswordHash is the crypt(5) hash of the password, for example from openssl passwd -6. It wins over password.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^(\$[0-9A-Za-z-]{1,16}\$[-./0-9A-Za-z_=,+$]+)?$`
	// +wukong:message="must be a crypt hash, as from openssl passwd -6"
	// +wukong:secret
	PasswordHash string `json:"passwordHash,omitempty"`

	// PasswordSecretRef is a Secret of the same namespace whose keys are user names and whose values are their passwords.
	// KubeVirt sets them through the guest agent, which the image must have.
	// +optional
	PasswordSecretRef *CredentialSecretReference `json:"passwordSecretRef,omitempty"`

	// Sudo is the user's rule in sudoers. Default: ALL=(ALL) NOPASSWD:ALL.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:Pattern=`^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$`
	// +wukong:message="must be one line of characters that can be printed"
	// +wukong:secret
	Sudo string `json:"sudo,omitempty"`

	// Shell is the user's login shell. Default: /bin/bash.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^(/[-A-Za-z0-9._+/]*)?$`
	// +wukong:message="must be the path of a program, such as /bin/bash"
	// +wukong:secret
	Shell string `json:"shell,omitempty"`

	// Groups that the user also belongs to.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	Groups []UserName `json:"groups,omitempty"`

	// LockPasswd disables logging in with a password. Default: false.
	// +optional
	LockPasswd bool `json:"lockPasswd,omitempty"`
}

// A UserName is the name of a Linux user or group.
//
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:Pattern=`^[A-Za-z_][-A-Za-z0-9_.]*\$?$`
// +wukong:message="must be the name of a Linux user or group: letters, digits, '-', '_' and '.', not starting with a digit"
// +wukong:secret
type UserName string

// A CredentialSecretReference refers to a Secret that KubeVirt mounts to read credentials from.
type CredentialSecretReference struct {
	// Name of the Secret. At most 51 characters, because KubeVirt makes a volume's name of it.
	// +kubebuilder:validation:MinLength=1
	Name CredentialSecretName `json:"name"`
}

// A SecretReference refers to a Secret of the same namespace.
type SecretReference struct {
	// Name of the Secret.
	// +kubebuilder:validation:MinLength=1
	// +wukong:secret
	Name ObjectName `json:"name"`
}

// A CloudInit is cloud-init configuration of the user's own.
type CloudInit struct {
	// UserData is cloud-init user data in clear text: a #cloud-config document, whose keys give way to those that the
	// other fields write, or a script that starts with #!. At most 128 KiB. Whoever may read the Wukong can read it.
	// +optional
	// +kubebuilder:validation:MaxLength=131072
	// +wukong:secret
	UserData string `json:"userData,omitempty"`

	// UserDataSecretRef is a Secret of the same namespace with user data under the key userdata. Only the guest reads it, so
	// it is the whole user data and cannot be combined with cloudInitUser.
	// +optional
	UserDataSecretRef *SecretReference `json:"userDataSecretRef,omitempty"`
}
