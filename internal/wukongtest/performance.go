package wukongtest

import (
	"strconv"

	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"
)

// drawPerformance draws how the guest is backed by its node, as KubeVirt takes it together with what else the spec says.
func drawPerformance(t *rapid.T, spec map[string]any) {
	if rapid.Bool().Draw(t, "performance?") {
		return
	}
	p := map[string]any{}
	spec["performance"] = p
	if spec["architecture"] == "arm64" {
		drawOptional(t, p, "cpuModel", oneOf("", "host-passthrough"))
	} else {
		drawOptional(t, p, "cpuModel", oneOf("", "host-model", "host-passthrough", "EPYC", "Skylake-Server", fill("A-", 63)))
	}
	drawOptional(t, p, "cpuFeatures", cpuFeatures())
	drawOptional(t, p, "blockMultiQueue", rapid.Bool())
	drawOptional(t, p, "networkInterfaceMultiqueue", rapid.Bool())
	drawOptional(t, p, "ioThreadsPolicy", enum("performance.ioThreadsPolicy"))
	if p["ioThreadsPolicy"] == "supplementalPool" {
		p["ioThreads"] = map[string]any{"supplementalPoolThreadCount": rapid.Int64Range(1, 256).Draw(t, "threads")}
	}
	drawPages(t, spec, p)
	if drawDedicated(t, spec, p); p["dedicatedCpuPlacement"] == true || spec["cpu"] == nil {
		return
	}
	drawPodResources(t, spec, p)
}

// cpuFeatures generates lists of CPU features.
func cpuFeatures() *rapid.Generator[[]any] {
	feature := rapid.Custom(func(t *rapid.T) map[string]any {
		f := map[string]any{"name": rapid.OneOf(oneOf("vmx", "svm", "pcid", "invtsc"), rapid.StringMatching(`[A-Za-z0-9][-A-Za-z0-9_.]{0,20}`)).Draw(t, "name")}
		drawOptional(t, f, "policy", enum("performance.cpuFeatures.policy"))
		return f
	})
	return list(feature, 0, 4, nameOf)
}

// drawPages draws pages of which the memory is a multiple.
func drawPages(t *rapid.T, spec, p map[string]any) {
	page := oneOf("", "2Mi", "1Gi").Draw(t, "pageSize")
	if rapid.Bool().Draw(t, "hugepages?") || page != "" && (!isOf(spec["memory"], page) || !isOf(spec["maxMemory"], page)) {
		return
	}
	p["hugepages"] = map[string]any{"pageSize": page}
}

// isOf reports whether memory consists of whole pages. None does.
func isOf(memory any, page string) bool {
	text, given := memory.(string)
	q, err := resource.ParseQuantity(text)
	size := resource.MustParse(page)
	return !given || err == nil && q.Value()%size.Value() == 0
}

// drawDedicated draws whether the CPUs are the guest's own, and what that allows.
func drawDedicated(t *rapid.T, spec, p map[string]any) {
	drawOptional(t, p, "dedicatedCpuPlacement", rapid.Bool())
	if p["dedicatedCpuPlacement"] != true {
		drawOptional(t, p, "isolateEmulatorThread", rapid.Just(false))
		drawOptional(t, p, "numa", rapid.SampledFrom([]map[string]any{{}, {"guestMappingPassthrough": false}}))
		return
	}
	drawOptional(t, p, "isolateEmulatorThread", rapid.Bool())
	pages, _ := p["hugepages"].(map[string]any)
	if pages["pageSize"] != nil && pages["pageSize"] != "" && spec["maxMemory"] == nil {
		drawOptional(t, p, "numa", rapid.SampledFrom([]map[string]any{{"guestMappingPassthrough": true}, {"guestMappingPassthrough": false}}))
	}
	if _, given := spec["coresPerSocket"]; !given && spec["maxCPU"] != nil {
		// All CPUs would be in one socket.
		spec["coresPerSocket"] = int64(1)
	}
}

// drawPodResources draws requests and limits, which the platform's limits in a request of this package allow.
func drawPodResources(t *rapid.T, spec, p map[string]any) {
	cpus, _ := spec["cpu"].(int64)
	requests, limits := map[string]any{}, map[string]any{}
	if rapid.Bool().Draw(t, "cpu requested?") {
		requests["cpu"] = strconv.FormatInt(rapid.Int64Range(cpus, cpus*1000).Draw(t, "requested cpu"), 10) + "m"
	}
	if rapid.Bool().Draw(t, "cpu limited?") {
		limits["cpu"] = strconv.FormatInt(cpus, 10)
	}
	if pages, _ := p["hugepages"].(map[string]any); pages["pageSize"] == nil || pages["pageSize"] == "" {
		text, _ := spec["memory"].(string)
		memory := resource.MustParse(text)
		if rapid.Bool().Draw(t, "memory requested?") {
			requests["memory"] = resource.NewQuantity(max(memory.Value()/rapid.Int64Range(1, 8).Draw(t, "part"), 1<<20), resource.BinarySI).String()
		}
		if rapid.Bool().Draw(t, "memory limited?") {
			limits["memory"] = text
		}
	}
	drawOptional(t, p, "requests", rapid.Just(requests))
	drawOptional(t, p, "limits", rapid.Just(limits))
}

// drawDevices draws devices beside disks and networks.
func drawDevices(t *rapid.T, spec map[string]any) {
	if rapid.Bool().Draw(t, "devices?") {
		return
	}
	d := map[string]any{}
	spec["devices"] = d
	drawOptional(t, d, "autoattachGraphicsDevice", rapid.Bool())
	drawOptional(t, d, "tablet", rapid.Bool())
	drawOptional(t, d, "logSerialConsole", rapid.Bool())
	video, watchdog, sound := enum("devices.video"), enum("devices.watchdog"), enum("devices.sound")
	if spec["architecture"] == "arm64" {
		video, watchdog, sound = oneOf("", "virtio", "ramfb"), oneOf("", "None"), oneOf("", "None")
	}
	if d["autoattachGraphicsDevice"] != false {
		drawOptional(t, d, "video", video)
	}
	drawOptional(t, d, "watchdog", watchdog)
	drawOptional(t, d, "sound", sound)
	drawOptional(t, d, "clock", clock())
}

// clock generates clocks.
func clock() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		c := map[string]any{}
		if rapid.Bool().Draw(t, "zone?") {
			drawOptional(t, c, "timezone", oneOf("", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "UTC"))
			return c
		}
		drawOptional(t, c, "utcOffsetSeconds", rapid.Int64Range(-86400, 86400))
		return c
	})
}

// editPerformance draws one field of performance or devices anew.
func editPerformance(t *rapid.T, spec map[string]any) bool {
	group := oneOf("performance", "devices").Draw(t, "group")
	other := map[string]any{}
	for k, v := range spec {
		if k != "performance" && k != "devices" {
			other[k] = v
		}
	}
	drawPerformance(t, other)
	drawDevices(t, other)
	drawn, _ := other[group].(map[string]any)
	if len(drawn) == 0 {
		delete(spec, group)
		return true
	}
	own, _ := spec[group].(map[string]any)
	if own == nil {
		own = map[string]any{}
		spec[group] = own
	}
	changeField(t, own, drawn)
	return true
}
