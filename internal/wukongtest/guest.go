package wukongtest

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// passwordHashes have a hash of every scheme that operating systems have used by default.
var passwordHashes = []string{
	"$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
	"$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
	"$5$rounds=5000$saltsalt$Ya9Ha0GcqRzGIEqXbVNTPzJ6v9fFRQj0jZ1jUe0m2d1",
	"$6$rounds=4096$saltsalt$" + strings.Repeat("aB./", 21) + "xy",
	"$7$CU..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D",
	"$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7",
}

// drawGuest draws the fields with the image, the SSH keys and cloud-init's data.
func drawGuest(t *rapid.T, spec map[string]any) {
	if rapid.IntRange(0, 5).Draw(t, "golden?") == 0 {
		spec["osImageFrom"] = imageReference().Draw(t, "osImageFrom")
		drawOptional(t, spec, "osImage", rapid.Just(""))
	} else {
		drawOptional(t, spec, "osImage", orEmpty(diskImage()))
	}
	drawOptional(t, spec, "sshKeySecret", orEmpty(labelOf(51)))
	drawOptional(t, spec, "cloudInit", cloudInit())

	if c, given := spec["cloudInit"].(map[string]any); given && c["userDataSecretRef"] != nil {
		// The function does not read that Secret, so that cloudInitUser cannot be merged with it.
		return
	}
	key := spec["sshKeySecret"]
	drawOptional(t, spec, "cloudInitUser", cloudInitUser().Filter(func(u map[string]any) bool {
		ref, given := u["passwordSecretRef"].(map[string]any)
		return !given || ref["name"] != key
	}))
}

// cloudInitUser generates users.
func cloudInitUser() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		u := map[string]any{"name": userName().Draw(t, "name")}
		drawOptional(t, u, "password", line(256))
		drawOptional(t, u, "passwordHash", orEmpty(rapid.SampledFrom(passwordHashes)))
		drawOptional(t, u, "passwordSecretRef", reference(labelOf(51)))
		drawOptional(t, u, "sudo", line(1024))
		drawOptional(t, u, "shell", orEmpty(rapid.StringMatching(`/[-A-Za-z0-9._+/]{0,30}`)))
		drawOptional(t, u, "groups", list(userName(), 0, 64, identity))
		drawOptional(t, u, "lockPasswd", rapid.Bool())
		return u
	})
}

// userName generates names of Linux users and groups.
func userName() *rapid.Generator[string] {
	return rapid.OneOf(
		oneOf("root", "debian", "null", "true", "a$", "_x"),
		rapid.StringMatching(`[A-Za-z_][-A-Za-z0-9_.]{0,30}\$?`),
	)
}

// reference generates references to Secrets.
func reference(name *rapid.Generator[string]) *rapid.Generator[map[string]any] {
	return rapid.Map(name, func(s string) map[string]any { return map[string]any{"name": s} })
}

// cloudInit generates user data, or a reference to a Secret with user data.
func cloudInit() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		c := map[string]any{}
		drawOptional(t, c, "userData", userData())
		if data := c["userData"]; data == nil || data == "" {
			drawOptional(t, c, "userDataSecretRef", reference(objectName()))
		}
		return c
	})
}

// userData generates empty user data, scripts and cloud-config.
func userData() *rapid.Generator[string] {
	script := rapid.Map(rapid.SliceOf(line(80)), func(lines []string) string {
		return "#!/bin/sh\n" + strings.Join(lines, "\n")
	})
	config := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf("#cloud-config\n%s%s: %q\n",
			oneOf(
				"", "packages: [nginx]\n", "users:\n- default\n- name: other\n", "user: {name: me}\n", "# note\n\nruncmd:\n- [ls, -l]\n",
				"write_files:\n- path: /a\n  content: |\n    x: {{ y }}\n",
			).Draw(t, "keys"),
			rapid.StringMatching(`[a-z]{1,6}_key`).Draw(t, "key"),
			rapid.StringMatching(`[ -~]{0,20}`).Draw(t, "value"))
	})
	return rapid.OneOf(rapid.Just(""), rapid.Just("#cloud-config\n{}\n"), script, config)
}
