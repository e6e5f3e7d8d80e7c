package kubevirt

import (
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/plan"
)

// credentials are SSH keys and passwords in Secrets, which KubeVirt alone reads.
//
// KubeVirt writes SSH keys into cloud-init's metadata, which cloud-init applies once (see seed). So a change has no effect in the guest, though
// KubeVirt requires a restart for it. KubeVirt sets passwords through the guest agent of
// an instance that has the Secret's volume, which comes with a restart (https://kubevirt.io/user-guide/user_workloads/accessing_virtual_machines/).
var credentials = concern{
	apply: applyCredentials,
	parts: []part{
		{path: pathCredentials + "[sshPublicKey]", field: "sshKeySecret"},
		{path: pathCredentials + "[sshPublicKey].sshPublicKey.propagationMethod", field: fieldCloudbaseInit},
		{path: pathCredentials + "[userPassword]", field: "cloudInitUser.passwordSecretRef"},
		{path: pathCredentials + "[userPassword].userPassword", field: "cloudInitUser.passwordSecretRef.name"},
	},
	changes: map[string]plan.Effect{
		"sshKeySecret":                         plan.EffectFirstBoot,
		"cloudInitUser.passwordSecretRef.name": plan.EffectRestart,
	},
}

const pathCredentials = pathTemplate + ".accessCredentials"

func applyCredentials(vm *kubevirtv1.VirtualMachine, p params) {
	spec := &vm.Spec.Template.Spec
	if name := p.wukong.Spec.SSHKeySecret; name != "" {
		spec.AccessCredentials = append(spec.AccessCredentials, sshKeys(string(name), p.wukong.Spec.UsesCloudbaseInit()))
	}
	if u := p.wukong.Spec.CloudInitUser; u != nil && u.PasswordSecretRef != nil {
		spec.AccessCredentials = append(spec.AccessCredentials, passwords(string(u.PasswordSecretRef.Name)))
	}
}

// sshKeys returns the credential with the SSH public keys of a Secret, in the metadata of the seed that the guest gets.
func sshKeys(secret string, configDrive bool) kubevirtv1.AccessCredential {
	method := kubevirtv1.SSHPublicKeyAccessCredentialPropagationMethod{NoCloud: &kubevirtv1.NoCloudSSHPublicKeyAccessCredentialPropagation{}}
	if configDrive {
		method = kubevirtv1.SSHPublicKeyAccessCredentialPropagationMethod{ConfigDrive: &kubevirtv1.ConfigDriveSSHPublicKeyAccessCredentialPropagation{}}
	}
	return kubevirtv1.AccessCredential{SSHPublicKey: &kubevirtv1.SSHPublicKeyAccessCredential{
		Source:            kubevirtv1.SSHPublicKeyAccessCredentialSource{Secret: &kubevirtv1.AccessCredentialSecretSource{SecretName: secret}},
		PropagationMethod: method,
	}}
}

// passwords returns the credential with the passwords of a Secret, by the names of the users.
func passwords(secret string) kubevirtv1.AccessCredential {
	return kubevirtv1.AccessCredential{UserPassword: &kubevirtv1.UserPasswordAccessCredential{
		Source: kubevirtv1.UserPasswordAccessCredentialSource{Secret: &kubevirtv1.AccessCredentialSecretSource{SecretName: secret}},
		PropagationMethod: kubevirtv1.UserPasswordAccessCredentialPropagationMethod{
			QemuGuestAgent: &kubevirtv1.QemuGuestAgentUserPasswordAccessCredentialPropagation{},
		},
	}}
}
