package wukongtest

import (
	"pgregory.net/rapid"
)

// drawWindows makes about every fourth guest one of Windows, and takes away what no such guest gets.
func drawWindows(t *rapid.T, spec map[string]any) {
	if rapid.IntRange(0, 3).Draw(t, "windows?") > 0 {
		return
	}
	w := windows().Draw(t, "windows")
	spec["windows"] = w
	delete(spec, "cloudInitUser")
	if spec["maxCPU"] != nil && spec["coresPerSocket"] == nil {
		// By default Windows has its CPUs on two sockets, of which the maximum is not always a multiple.
		spec["coresPerSocket"] = int64(1)
	}
	if w["cloudbaseInit"] == true {
		return
	}
	delete(spec, "sshKeySecret")
	delete(spec, "cloudInit")
	networks, _ := spec["networks"].([]any)
	for _, n := range networks {
		if n, ok := n.(map[string]any); ok {
			if c, ok := n["ipConfig"].(map[string]any); ok && c["mode"] == "static" {
				delete(n, "ipConfig")
			}
		}
	}
}

// windows generates what is said of a guest of Windows.
func windows() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		w := map[string]any{}
		drawOptional(t, w, "unattendSecretRef", reference(objectName()))
		drawOptional(t, w, "drivers", rapid.Bool())
		drawOptional(t, w, "cloudbaseInit", rapid.Bool())
		return w
	})
}
