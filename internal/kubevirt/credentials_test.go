package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

func TestCredentials(t *testing.T) {
	got := planned(v1alpha1.WukongSpec{
		SSHKeySecret:  "keys",
		CloudInitUser: &v1alpha1.CloudInitUser{Name: "ops", PasswordSecretRef: &v1alpha1.CredentialSecretReference{Name: "passwords"}},
	}, Devices{}).Spec.Template.Spec.AccessCredentials
	want := []kubevirtv1.AccessCredential{
		{SSHPublicKey: &kubevirtv1.SSHPublicKeyAccessCredential{
			Source:            kubevirtv1.SSHPublicKeyAccessCredentialSource{Secret: &kubevirtv1.AccessCredentialSecretSource{SecretName: "keys"}},
			PropagationMethod: kubevirtv1.SSHPublicKeyAccessCredentialPropagationMethod{NoCloud: &kubevirtv1.NoCloudSSHPublicKeyAccessCredentialPropagation{}},
		}},
		{UserPassword: &kubevirtv1.UserPasswordAccessCredential{
			Source: kubevirtv1.UserPasswordAccessCredentialSource{Secret: &kubevirtv1.AccessCredentialSecretSource{SecretName: "passwords"}},
			PropagationMethod: kubevirtv1.UserPasswordAccessCredentialPropagationMethod{
				QemuGuestAgent: &kubevirtv1.QemuGuestAgentUserPasswordAccessCredentialPropagation{},
			},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}
