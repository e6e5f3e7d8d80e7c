package admission

import (
	"regexp"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

const (
	maxUserName     = 32
	maxPassword     = 256
	maxPasswordHash = 512
	maxSudo         = 1024
	maxShell        = 256
	maxGroups       = 64

	// maxCredentialSecret leaves room for credentialVolume in the name of a pod's volume.
	maxCredentialSecret = validation.DNS1123LabelMaxLength - len(credentialVolume)
)

var (
	userNamePattern     = regexp.MustCompile(`^[A-Za-z_][-A-Za-z0-9_.]*\$?$`)
	passwordHashPattern = regexp.MustCompile(`^\$[0-9A-Za-z-]{1,16}\$[-./0-9A-Za-z_=,+$]+$`)
	shellPattern        = regexp.MustCompile(`^/[-A-Za-z0-9._+/]*$`)
)

// validateGuest checks what the guest is told by cloud-init and by KubeVirt's accessCredentials.
func validateGuest(s *v1alpha1.WukongSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if s.SSHKeySecret != "" {
		errs = append(errs, validateCredentialSecret(s.SSHKeySecret, path.Child("sshKeySecret"))...)
	}
	if s.CloudInitUser != nil {
		errs = append(errs, validateUser(s.CloudInitUser, path.Child("cloudInitUser"))...)
		if ref := s.CloudInitUser.PasswordSecretRef; ref != nil && ref.Name != "" && ref.Name == s.SSHKeySecret {
			errs = append(errs, invalid(path.Child("cloudInitUser", "passwordSecretRef", "name"), string(ref.Name), "must be another Secret than sshKeySecret, because KubeVirt cannot mount one twice"))
		}
	}
	if s.CloudInit != nil {
		errs = append(errs, validateUserData(s, path.Child("cloudInit"))...)
	}
	return append(validateImage(s.OSImage, path.Child("osImage")), hide(errs)...)
}

// hide takes the values out of errors about fields into which people paste a password, or a key, that belongs into another one.
func hide(errs field.ErrorList) field.ErrorList {
	for _, e := range errs {
		if _, ok := e.BadValue.(string); ok {
			e.BadValue = hidden
		}
	}
	return errs
}

func validateUser(u *v1alpha1.CloudInitUser, path *field.Path) field.ErrorList {
	if u.Name == "" {
		return field.ErrorList{field.Required(path.Child("name"), "give the user a name")}
	}
	errs := validateUserName(u.Name, path.Child("name"))
	for i, g := range u.Groups {
		if g == "" {
			errs = append(errs, field.Required(path.Child("groups").Index(i), "name the group, or remove the entry"))
		}
		errs = append(errs, validateUserName(g, path.Child("groups").Index(i))...)
	}
	errs = append(errs, tooMany(path.Child("groups"), len(u.Groups), maxGroups)...)
	errs = append(errs, validatePattern(u.Shell, path.Child("shell"), shellPattern, maxShell, "must be the path of a program, such as /bin/bash")...)

	// The API counts characters, not bytes.
	if utf8.RuneCountInString(u.Sudo) > maxSudo {
		errs = append(errs, tooLong(path.Child("sudo"), maxSudo))
	}
	if !isPrintableLine(u.Sudo) {
		errs = append(errs, invalid(path.Child("sudo"), u.Sudo, "must be one line of characters that can be printed"))
	}
	if utf8.RuneCountInString(u.Password) > maxPassword {
		errs = append(errs, tooLong(path.Child("password"), maxPassword))
	}
	if !isPrintableLine(u.Password) {
		errs = append(errs, invalid(path.Child("password"), u.Password, "must be one line of characters that can be printed"))
	}
	if len(u.PasswordHash) > maxPasswordHash {
		errs = append(errs, tooLong(path.Child("passwordHash"), maxPasswordHash))
	}
	if u.PasswordHash != "" && !passwordHashPattern.MatchString(u.PasswordHash) {
		errs = append(errs, invalid(path.Child("passwordHash"), u.PasswordHash, "must be a crypt hash, as from openssl passwd -6"))
	}
	if u.PasswordSecretRef != nil {
		errs = append(errs, validateCredentialSecret(u.PasswordSecretRef.Name, path.Child("passwordSecretRef", "name"))...)
	}
	return errs
}

func validateUserName(v v1alpha1.UserName, path *field.Path) field.ErrorList {
	return validatePattern(string(v), path, userNamePattern, maxUserName, "must be a name that Linux takes: letters, digits, '-', '_' and '.', not starting with a digit")
}

func validateCredentialSecret(v v1alpha1.CredentialSecretName, path *field.Path) field.ErrorList {
	if len(v) > maxCredentialSecret {
		return field.ErrorList{invalid(path, string(v), "must have at most 51 characters, because KubeVirt makes a volume's name of it")}
	}
	return validateLabel(v, path)
}

// validateUserData checks what user data stands beside. Package cloudinit reads it.
func validateUserData(s *v1alpha1.WukongSpec, path *field.Path) field.ErrorList {
	c := s.CloudInit
	if c.UserDataSecretRef == nil {
		return nil
	}
	errs := requireObjectName(string(c.UserDataSecretRef.Name), path.Child("userDataSecretRef", "name"))
	if c.UserData != "" {
		errs = append(errs, field.Forbidden(path.Child("userData"), "userData and userDataSecretRef cannot be combined: remove one of them"))
	}
	if s.CloudInitUser != nil {
		errs = append(errs, field.Forbidden(path.Child("userDataSecretRef"), "only the guest reads this Secret, so it cannot be merged with cloudInitUser: describe the user in the Secret, or use userData"))
	}
	return errs
}
