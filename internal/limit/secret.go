package limit

import (
	"strings"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// limitSecretNames is the name of the limit on Secrets.
const limitSecretNames = "secretNames"

// secretValue stands for the name of a Secret. People paste passwords and keys where one belongs.
const secretValue = "this Secret"

// secretFields are the fields that name Secrets.
var secretFields = []struct {
	path string
	name func(s *v1alpha1.WukongSpec) string
}{
	{path: "sshKeySecret", name: func(s *v1alpha1.WukongSpec) string { return string(s.SSHKeySecret) }},
	{path: "cloudInitUser.passwordSecretRef.name", name: func(s *v1alpha1.WukongSpec) string {
		if s.CloudInitUser == nil || s.CloudInitUser.PasswordSecretRef == nil {
			return ""
		}
		return string(s.CloudInitUser.PasswordSecretRef.Name)
	}},
	{path: "cloudInit.userDataSecretRef.name", name: func(s *v1alpha1.WukongSpec) string {
		if s.CloudInit == nil || s.CloudInit.UserDataSecretRef == nil {
			return ""
		}
		return string(s.CloudInit.UserDataSecretRef.Name)
	}},
	{path: "windows.unattendSecretRef.name", name: func(s *v1alpha1.WukongSpec) string { return string(s.UnattendSecret()) }},
}

// secrets judges the Secrets that are named. KubeVirt brings the content of each into the guest, and CDI that of imageSecret to the server of the image. A
// disk that exists is not imported again.
func (c *checker) secrets() {
	for _, f := range secretFields {
		name := f.name(c.spec)
		if name == "" {
			continue
		}
		parts := strings.Split(f.path, ".")
		c.listed(c.path.Child(parts[0], parts[1:]...), c.limits.SecretNames, limitSecretNames, name, secretValue, func() bool { return f.name(c.before()) == name })
	}
	for i := range c.spec.Disks {
		if d := &c.spec.Disks[i]; d.ImageSecret != "" {
			c.listedOnce(d, c.path.Child("disks").Index(i).Child("imageSecret"), c.limits.SecretNames, limitSecretNames, string(d.ImageSecret), secretValue,
				func(b *v1alpha1.Disk) bool { return b.ImageSecret == d.ImageSecret })
		}
	}
}

func (p *policy) secrets() {
	list := p.limits.SecretNames
	if list == nil {
		return
	}
	named := make([]string, len(secretFields))
	for i, f := range secretFields {
		named[i] = object("path", quote("spec."+f.path), "name", pathCEL("variables.spec", f.path), "before", pathCEL("variables.before", f.path))
	}
	images := eachDiskCEL(orElse("d", "imageSecret", "''")+" != '' && !"+matchesCEL(list, "d.imageSecret"),
		"(!"+isDriveCEL("d")+" && !"+isDriveCEL("b")+" && "+orElse("b", "claimName", "''")+" == '' || has(b.imageSecret) && b.imageSecret == d.imageSecret)", "imageSecret",
		notListed(limitSecretNames, patternTexts(list)).cel(quote(secretValue)))
	p.validate(limitSecretNames, "["+strings.Join(named, ", ")+"].filter(s, s.name != '' && s.name != s.before && !"+matchesCEL(list, "s.name")+")"+
		".map(s, "+plus("s.path", quote(": "), notListed(limitSecretNames, patternTexts(list)).cel(quote(secretValue)))+") + "+images)
}

// pathCEL returns an expression of a string at a path below an object; empty where one of the fields is missing.
func pathCEL(object, path string) string {
	var there []string
	at := object
	for _, f := range strings.Split(path, ".") {
		at += "." + f
		there = append(there, "has("+at+")")
	}
	return "(" + strings.Join(there, " && ") + " ? " + at + " : '')"
}
