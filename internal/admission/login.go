package admission

import (
	"slices"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
)

var msgNoLogin = message.New(message.Advice, "no-login",
	"without it, and without a password in cloudInitUser, nobody can log in to a guest of an image that has no password of its own: "+
		"name a Secret with SSH public keys")

// login advises where a guest is installed from an image in which nobody has a key or a password. A disk that exists may have users of
// its own, and user data of one's own may make some. Windows has its users from its installer.
func (a *adviser) login(s *v1alpha1.WukongSpec) {
	installed := slices.ContainsFunc(s.Disks, func(d v1alpha1.Disk) bool { return d.Boot && d.Image != "" && !d.IsCDROM() })
	if !installed || s.Windows != nil || bringsUserData(s) || s.SSHKeySecret != "" || hasPassword(s.CloudInitUser) {
		return
	}
	a.add(a.spec.Child("sshKeySecret"), msgNoLogin)
}

// bringsUserData reports whether cloud-init gets data that the Wukong's author wrote.
func bringsUserData(s *v1alpha1.WukongSpec) bool {
	return s.CloudInit != nil && (s.CloudInit.UserData != "" || s.CloudInit.UserDataSecretRef != nil)
}

// hasPassword reports whether a user can log in with a password.
func hasPassword(u *v1alpha1.CloudInitUser) bool {
	if u == nil {
		return false
	}
	if u.PasswordSecretRef != nil {
		return true
	}
	return !u.LockPasswd && (u.Password != "" || u.PasswordHash != "")
}
