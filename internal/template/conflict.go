package template

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
)

// Refusals of what KubeVirt does not take together.
var (
	msgNoGrowth = message.New(message.Refusal, "template-no-growth",
		"KubeVirt adds no memory to a guest with {field} in its template: remove one of both")
	msgPages = message.New(message.Refusal, "template-pages",
		"the template gives the guest pages of {size}, of which its memory must be a multiple: correct it")
	msgEncrypted = message.New(message.Refusal, "template-encrypted",
		"the template encrypts the guest's memory by {field}, which takes bootloader EFI, and neither secureBoot nor, but for sev, persistent: correct it, "+
			"or remove that from the template")
	msgNotOnARM64 = message.New(message.Refusal, "template-not-on-arm64", "KubeVirt does not take this on arm64: {reason}")
	msgWatchdog   = message.New(message.Refusal, "template-watchdog", "only computers of s390x have the watchdog diag288: give i6300esb, or remove it")
	msgNeeds      = message.New(message.Refusal, "template-needs", "this takes {field}: give that, too, or remove this")
	msgExcludes   = message.New(message.Refusal, "template-excludes", "KubeVirt does not take this together with {field}: remove one of both")
)

// What is to be done about a template on arm64.
const (
	removeIt     = "remove it"
	hostModel    = "give host-passthrough, or remove it"
	machineVirt  = "give virt, or remove it"
	videoOfARM64 = "give virtio or ramfb, or remove it"
)

// A combination is a template with the other fields of a Wukong.
type combination struct {
	template Template
	spec     *v1alpha1.WukongSpec
}

// A conflict is what KubeVirt does not take together with a path of a template.
type conflict struct {
	path string

	// field of the spec that is wrong; empty for the path itself.
	field string

	// isBroken reports whether KubeVirt refuses the value of the path with the rest.
	isBroken func(v any, c combination) bool

	// text says what is wrong, and the way out.
	text func(v any) string
}

const (
	modelOfTheHost  = "host-passthrough"
	fieldMaxMemory  = "maxMemory"
	fieldMemory     = "memory"
	fieldRequests   = "performance.requests"
	fieldLimits     = "performance.limits"
	fieldBootloader = "firmware.bootloader"
	fieldSecureBoot = "firmware.secureBoot"
	fieldPersistent = "firmware.persistent"
)

// conflicts are those of KubeVirt's admission (vmi-create-admitter.go and vms-admitter.go in pkg/virt-api/webhooks/validating-webhook/admitters, amd64.go and
// arm64.go in pkg/virt-api/webhooks, ValidateLiveUpdateMemory in pkg/liveupdate/memory).
var conflicts = slices.Concat(
	[]conflict{
		{pathPages, fieldMemory, func(v any, c combination) bool { return !c.spec.Memory.IsOfPages(text(v)) }, values(msgPages)},
		{pathPages, fieldMaxMemory, func(v any, c combination) bool { return !c.spec.MaxMemory.IsOfPages(text(v)) }, values(msgPages)},
		{pathDedicated, fieldRequests, func(v any, c combination) bool { return v == true && c.requests() != (v1alpha1.PodResources{}) }, excludes(pathDedicated)},
		{pathDedicated, fieldLimits, func(v any, c combination) bool { return v == true && c.limits() != (v1alpha1.PodResources{}) }, excludes(pathDedicated)},
		{pathPages, fieldRequests + ".memory", func(_ any, c combination) bool { return c.requests().Memory != nil }, excludes(pathPages)},
		{pathPages, fieldLimits + ".memory", func(_ any, c combination) bool { return c.limits().Memory != nil }, excludes(pathPages)},
		{pathNUMA, fieldMaxMemory, grows, fixed(msgNoGrowth.With(pathNUMA))},
		{pathNUMA, "", lacks(pathDedicated), fixed(msgNeeds.With(pathDedicated))},
		{pathNUMA, "", lacks(pathPages), fixed(msgNeeds.With(pathPages))},
		{pathIsolate, "", func(v any, c combination) bool { return v == true && lacks(pathDedicated)(v, c) }, fixed(msgNeeds.With(pathDedicated))},
		{pathVideo, "", func(_ any, c combination) bool { return c.template[pathGraphics] == false }, excludes(pathGraphics + ": false")},
		{pathModel, "", onARM64(func(v any) bool { return v != modelOfTheHost }), fixed(msgNotOnARM64.With(hostModel))},
		{pathMachine, "", onARM64(func(v any) bool { return !strings.HasPrefix(text(v), "virt") }), fixed(msgNotOnARM64.With(machineVirt))},
		{pathVideo, "", onARM64(func(v any) bool { return v != "virtio" && v != "ramfb" }), fixed(msgNotOnARM64.With(videoOfARM64))},
		{pathWatchdog, "", onARM64(func(any) bool { return true }), fixed(msgNotOnARM64.With(removeIt))},
		{pathWatchdog, "", func(v any, _ combination) bool { return gives(v, "diag288") }, fixed(msgWatchdog.String())},
		{pathSound, "", onARM64(func(any) bool { return true }), fixed(msgNotOnARM64.With(removeIt))},
	},
	encryptedBy(pathSEV), encryptedBy(pathSNP), encryptedBy(pathTDX),
)

// encryptedBy returns the conflicts of a path that encrypts the memory of the guest.
func encryptedBy(path string) []conflict {
	said := fixed(msgEncrypted.With(path))
	return []conflict{
		{path, fieldMaxMemory, grows, fixed(msgNoGrowth.With(path))},
		{path, fieldBootloader, func(_ any, c combination) bool {
			// A preference may choose EFI.
			f := c.firmware()
			return f.Bootloader == v1alpha1.BootloaderBIOS || f.Bootloader == "" && c.spec.Preference == nil
		}, said},
		{path, fieldSecureBoot, func(_ any, c combination) bool { return c.firmware().SecureBoot }, said},
		{path, fieldPersistent, func(_ any, c combination) bool { return path != pathSEV && ptr.Deref(c.firmware().Persistent, false) }, said},
		{path, "", onARM64(func(any) bool { return true }), fixed(msgNotOnARM64.With(removeIt))},
	}
}

// Conflicts returns what KubeVirt does not take of a spec with its templates. What fields alone contradict is left to the rules of the API. Errors are at the
// field of the spec where one is at fault.
func (c Choice) Conflicts(s *v1alpha1.WukongSpec) field.ErrorList {
	together := combination{template: c.Merged(), spec: s}
	alone := combination{template: Template{}.Under(c.Fields), spec: s}
	var errs field.ErrorList
	for _, r := range conflicts {
		v, broken := r.breaks(together)
		if _, already := r.breaks(alone); !broken || already {
			continue
		}
		at := Child(field.NewPath("spec"), r.field)
		if r.field == "" {
			at = c.pathOf(r.path)
		}
		errs = append(errs, field.Forbidden(at, r.text(v)))
	}
	return errs
}

// breaks returns the value at the path of a conflict, and whether KubeVirt refuses it with the rest.
func (r conflict) breaks(c combination) (v any, broken bool) {
	v, given := c.template[r.path]
	return v, given && r.isBroken(v, c)
}

// TakesNoVariables reports whether KubeVirt takes no variables of EFI that persist with the templates.
func (c Choice) TakesNoVariables() bool {
	t := c.Merged()
	_, snp := t[pathSNP]
	_, tdx := t[pathTDX]
	return snp || tdx
}

// pathOf returns where a path is given: by a field of the Wukong, by its template or by that of the platform team.
func (c Choice) pathOf(name string) *field.Path {
	if _, said := c.Fields[name]; said {
		return Child(field.NewPath("spec"), find(name).Field)
	}
	if _, own := c.Wukong[name]; own {
		return Child(field.NewPath("spec", "template"), name)
	}
	return Child(field.NewPath("template"), name)
}

// firmware returns the firmware of the spec; empty for none.
func (c combination) firmware() v1alpha1.Firmware {
	return ptr.Deref(c.spec.Firmware, v1alpha1.Firmware{})
}

// requests returns what the spec says that the pod requests.
func (c combination) requests() v1alpha1.PodResources { r, _ := c.spec.PodResources(); return r }

// limits returns what the spec says that the pod is limited to.
func (c combination) limits() v1alpha1.PodResources { _, l := c.spec.PodResources(); return l }

// grows reports whether memory is to be added to the guest while it runs.
func grows(_ any, c combination) bool { return c.spec.MaxMemory != nil }

// lacks returns a function that reports whether a template does not give a path, or gives false.
func lacks(path string) func(any, combination) bool {
	return func(_ any, c combination) bool { v, given := c.template[path]; return !given || v == false }
}

// onARM64 returns a function that reports whether a value on arm64 is one about which something is true.
func onARM64(broken func(any) bool) func(any, combination) bool {
	return func(v any, c combination) bool { return c.spec.Architecture == v1alpha1.ArchitectureARM64 && broken(v) }
}

// gives reports whether a value is an object with a field.
func gives(v any, name string) bool {
	object, _ := v.(map[string]any)
	_, given := object[name]
	return given
}

// text returns a value that is a string; empty for another one.
func text(v any) string { s, _ := v.(string); return s }

// fixed returns a function that returns a text.
func fixed(s string) func(any) string { return func(any) string { return s } }

// excludes returns a function that returns a text about something that excludes the path of a conflict.
func excludes(what string) func(any) string { return fixed(msgExcludes.With(what)) }

// values returns a function that returns a message with the value.
func values(m message.Message) func(any) string { return func(v any) string { return m.With(text(v)) } }
