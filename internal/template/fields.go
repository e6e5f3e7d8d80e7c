package template

import (
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
)

var msgFieldSays = message.New(message.Refusal, "template-path-of-field", "a Wukong has the field {field} for this: give that instead")

// OfFields returns what the fields of a Wukong say at paths of templates. The value nil leaves out what a template says.
func OfFields(s *v1alpha1.WukongSpec) Template {
	out := Template{}
	if p := s.Performance; p != nil {
		out.performance(p)
	}
	if d := s.Devices; d != nil {
		out.devices(d)
	}
	return out
}

func (t Template) performance(p *v1alpha1.Performance) {
	put(t, pathModel, p.CPUModel)
	if len(p.CPUFeatures) > 0 {
		features := make([]any, len(p.CPUFeatures))
		for i, f := range p.CPUFeatures {
			feature := map[string]any{"name": f.Name}
			if f.Policy != "" {
				feature["policy"] = f.Policy
			}
			features[i] = feature
		}
		t[pathFeatures] = features
	}
	putPointer(t, pathDedicated, p.DedicatedCPUPlacement)
	putPointer(t, pathIsolate, p.IsolateEmulatorThread)
	if p.NUMA != nil && p.NUMA.GuestMappingPassthrough != nil {
		t[pathNUMA] = nil
		if *p.NUMA.GuestMappingPassthrough {
			t[pathNUMA] = map[string]any{}
		}
	}
	if p.Hugepages != nil {
		put(t, pathPages, p.Hugepages.PageSize)
	}
	if p.IOThreadsPolicy != "" {
		t[pathIOPolicy] = p.IOThreadsPolicy
		// The pool of a template is that of a policy which this one replaces.
		t[pathIOThreads] = nil
	}
	if p.IOThreads != nil {
		putPointer(t, pathIOThreads, p.IOThreads.SupplementalPoolThreadCount)
	}
	putPointer(t, pathBlockQueues, p.BlockMultiQueue)
	putPointer(t, pathNetworkQueues, p.NetworkInterfaceMultiqueue)
}

// Names of devices that have one, of which a virtual machine has one of each kind.
const (
	nameTablet   = "tablet"
	nameWatchdog = "watchdog"
	nameSound    = "sound"
)

func (t Template) devices(d *v1alpha1.Devices) {
	if d.AutoattachGraphicsDevice != nil {
		t[pathGraphics] = *d.AutoattachGraphicsDevice
		if !*d.AutoattachGraphicsDevice {
			// KubeVirt takes no graphics card for a guest without a screen.
			t[pathVideo] = nil
		}
	}
	put(t, pathVideo, d.Video)
	putPointer(t, pathConsoleLog, d.LogSerialConsole)
	if d.Tablet != nil {
		t[pathInputs] = nil
		if *d.Tablet {
			t[pathInputs] = []any{map[string]any{"name": nameTablet, "type": "tablet"}}
		} else {
			// A preference may ask for one.
			t[pathAutoInput] = false
		}
	}
	switch d.Watchdog {
	case "":
	case v1alpha1.WatchdogNone:
		t[pathWatchdog] = nil
	default:
		t[pathWatchdog] = map[string]any{"name": nameWatchdog, "i6300esb": map[string]any{"action": string(d.Watchdog)}}
	}
	switch d.Sound {
	case "":
	case v1alpha1.SoundNone:
		t[pathSound] = nil
	default:
		t[pathSound] = map[string]any{"name": nameSound, "model": string(d.Sound)}
	}
	if c := d.Clock; c != nil {
		put(t, pathTimezone, c.Timezone)
		if c.UTCOffsetSeconds != nil {
			t[pathUTC] = map[string]any{"offsetSeconds": *c.UTCOffsetSeconds}
		}
	}
}

// put puts a text at a path; an empty one says nothing.
func put(t Template, path, v string) {
	if v != "" {
		t[path] = v
	}
}

// putPointer puts a value at a path; nil says nothing.
func putPointer[T any](t Template, path string, v *T) {
	if v != nil {
		t[path] = *v
	}
}

// WithoutFields returns the template without the paths that a field of a Wukong says, and an error about each of these.
func (t Template) WithoutFields(path *field.Path) (Template, field.ErrorList) {
	var errs field.ErrorList
	out := Template{}
	for _, name := range t.Names() {
		if f := find(name).Field; f != "" {
			errs = append(errs, field.Forbidden(Child(path, name), msgFieldSays.With(f)))
			continue
		}
		out[name] = t[name]
	}
	return out, errs
}
