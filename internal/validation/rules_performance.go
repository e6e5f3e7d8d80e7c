package validation

import (
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// CEL about the performance of a spec.
const (
	givesDedicatedCEL = `(has(self.performance) && has(self.performance.dedicatedCpuPlacement) && self.performance.dedicatedCpuPlacement)`
	givesNUMACEL      = `(has(self.performance) && has(self.performance.numa) && has(self.performance.numa.guestMappingPassthrough) && ` +
		`self.performance.numa.guestMappingPassthrough)`
	givesPagesCEL = `(has(self.performance) && has(self.performance.hugepages) && has(self.performance.hugepages.pageSize) && ` +
		`self.performance.hugepages.pageSize != '')`
	givesRequestsCEL = `(has(self.performance) && has(self.performance.requests))`
	givesLimitsCEL   = `(has(self.performance) && has(self.performance.limits))`
	requestCPUCEL    = `(` + givesRequestsCEL + ` && has(self.performance.requests.cpu) && self.performance.requests.cpu != '')`
	requestMemoryCEL = `(` + givesRequestsCEL + ` && has(self.performance.requests.memory))`
	limitCPUCEL      = `(` + givesLimitsCEL + ` && has(self.performance.limits.cpu) && self.performance.limits.cpu != '')`
	limitMemoryCEL   = `(` + givesLimitsCEL + ` && has(self.performance.limits.memory))`

	givesNoResourcesCEL = `(!` + requestCPUCEL + ` && !` + requestMemoryCEL + ` && !` + limitCPUCEL + ` && !` + limitMemoryCEL + `)`

	givesVideoCEL = `(has(self.video) && self.video != '')`
)

// atMostCEL returns CEL that is true where one quantity is at most another, or where either is none.
func atMostCEL(a, b string) string {
	return "!isQuantity(" + a + ") || !isQuantity(" + b + ") || quantity(" + a + ").compareTo(quantity(" + b + ")) <= 0"
}

// pagesCEL returns CEL that is true where a field consists of whole pages, or where either is no number.
func pagesCEL(name string) string {
	q, page := "quantity(self."+name+")", "quantity(self.performance.hugepages.pageSize)"
	return "(!has(self." + name + ") || !isQuantity(self." + name + ") || !" + q + ".isInteger() || !isQuantity(self.performance.hugepages.pageSize) || " +
		"!" + page + ".isInteger() || " + page + ".asInteger() <= 0 || " + q + ".asInteger() % " + page + ".asInteger() == 0)"
}

// performanceRules are about how the guest is backed by its node.
var performanceRules = []objectRule[v1alpha1.WukongSpec]{
	{
		Rule: Rule{
			ID: "isolated-without-dedicated", On: "WukongSpec", Field: "performance", Reason: Forbidden,
			CEL: `!has(self.performance) || !has(self.performance.isolateEmulatorThread) || !self.performance.isolateEmulatorThread || has(self.instancetype) || ` +
				givesDedicatedCEL,
			Problem: "isolateEmulatorThread takes dedicatedCpuPlacement", WayOut: "give that, too, or remove isolateEmulatorThread",
			Breaks: "{performance: {isolateEmulatorThread: true}}", At: "spec.performance.isolateEmulatorThread",
		},
		violations: when("performance.isolateEmulatorThread", func(s *v1alpha1.WukongSpec) bool {
			return s.Performance != nil && ptr.Deref(s.Performance.IsolateEmulatorThread, false) && s.Instancetype == nil && !s.IsDedicated()
		}),
	},
	{
		Rule: Rule{
			ID: "numa-without-dedicated", On: "WukongSpec", Field: "performance", Reason: Forbidden,
			CEL:     `!` + givesNUMACEL + ` || has(self.instancetype) || (` + givesDedicatedCEL + ` && ` + givesPagesCEL + `)`,
			Problem: "guestMappingPassthrough takes dedicatedCpuPlacement and hugepages", WayOut: "give both, too, or remove it",
			Breaks: "{performance: {numa: {guestMappingPassthrough: true}}}", At: "spec.performance.numa.guestMappingPassthrough",
		},
		violations: when("performance.numa.guestMappingPassthrough", func(s *v1alpha1.WukongSpec) bool {
			return showsNUMA(s) && s.Instancetype == nil && (!s.IsDedicated() || pageSize(s) == "")
		}),
	},
	{
		Rule: Rule{
			ID: "numa-cannot-grow", On: "WukongSpec", Field: "maxMemory", Reason: Forbidden,
			CEL:     `!` + givesNUMACEL + ` || !has(self.maxMemory)`,
			Problem: "KubeVirt adds no memory to a guest with guestMappingPassthrough", WayOut: "remove one of both",
			Breaks: "{maxMemory: 2Gi, performance: {dedicatedCpuPlacement: true, hugepages: {pageSize: 2Mi}, numa: {guestMappingPassthrough: true}}}",
			At:     "spec.maxMemory",
		},
		violations: when("maxMemory", func(s *v1alpha1.WukongSpec) bool { return showsNUMA(s) && s.MaxMemory != nil }),
	},
	{
		Rule: Rule{
			ID: "memory-of-pages", On: "WukongSpec", Reason: Invalid,
			CEL:     `!` + givesPagesCEL + ` || (` + pagesCEL("memory") + ` && ` + pagesCEL("maxMemory") + `)`,
			Problem: "memory and maxMemory must be multiples of hugepages.pageSize", WayOut: "correct them, or give a smaller page",
			Breaks: "{memory: 1500Mi, performance: {hugepages: {pageSize: 1Gi}}}", At: "spec.memory",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			return given([]named{{"memory", !s.Memory.IsOfPages(pageSize(s))}, {"maxMemory", !s.MaxMemory.IsOfPages(pageSize(s))}})
		},
	},
	{
		Rule: Rule{
			ID: "io-threads-missing", On: "Performance", Field: "ioThreads", Reason: Required,
			CEL: `!has(self.ioThreadsPolicy) || self.ioThreadsPolicy != 'supplementalPool' || ` +
				`(has(self.ioThreads) && has(self.ioThreads.supplementalPoolThreadCount))`,
			Problem: "supplementalPool takes a number of threads", WayOut: "give supplementalPoolThreadCount",
			Breaks: "{performance: {ioThreadsPolicy: supplementalPool}}", At: "spec.performance.ioThreads.supplementalPoolThreadCount",
		},
		violations: when("performance.ioThreads.supplementalPoolThreadCount", func(s *v1alpha1.WukongSpec) bool {
			return s.Performance != nil && s.Performance.IOThreadsPolicy == policyPool && !hasPool(s.Performance)
		}),
	},
	{
		Rule: Rule{
			ID: "io-threads-unused", On: "Performance", Field: "ioThreads", Reason: Forbidden,
			CEL: `!has(self.ioThreads) || !has(self.ioThreads.supplementalPoolThreadCount) || ` +
				`(has(self.ioThreadsPolicy) && self.ioThreadsPolicy == 'supplementalPool')`,
			Problem: "without ioThreadsPolicy supplementalPool no disk uses these threads, for which the pod would request CPUs",
			WayOut:  "give that policy, or remove ioThreads",
			Breaks:  "{performance: {ioThreads: {supplementalPoolThreadCount: 2}}}", At: "spec.performance.ioThreads.supplementalPoolThreadCount",
		},
		violations: when("performance.ioThreads.supplementalPoolThreadCount", func(s *v1alpha1.WukongSpec) bool {
			return s.Performance != nil && hasPool(s.Performance) && s.Performance.IOThreadsPolicy != policyPool
		}),
	},
	{
		Rule: Rule{
			ID: "cpu-feature-twice", On: "Performance.cpuFeatures", Reason: Invalid,
			CEL:     `self.all(f, self.exists_one(g, g.name == f.name))`,
			Problem: "each CPU feature is given once", WayOut: "remove the second",
			Breaks: "{performance: {cpuFeatures: [{name: vmx}, {name: vmx, policy: disable}]}}", At: "spec.performance.cpuFeatures[1].name",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			if s.Performance == nil {
				return nil
			}
			return repeated(s.Performance.CPUFeatures, "performance.cpuFeatures", "name", func(f v1alpha1.CPUFeature) string { return f.Name })
		},
	},
	{
		Rule: Rule{
			ID: "resources-of-instancetype", On: "WukongSpec", Field: "performance", Reason: Forbidden,
			CEL:     `!has(self.instancetype) || !has(self.performance) || ` + givesNoResourcesCEL,
			Problem: "requests and limits follow from the instancetype", WayOut: "remove them, or remove instancetype",
			Breaks: "{cpu: null, memory: null, instancetype: {name: u1.small}, performance: {requests: {cpu: '1'}}}", At: "spec.performance.requests.cpu",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			if s.Instancetype == nil {
				return nil
			}
			return givenResources(s, true)
		},
	},
	{
		Rule: Rule{
			ID: "resources-of-dedicated", On: "WukongSpec", Field: "performance", Reason: Forbidden,
			CEL:     `!` + givesDedicatedCEL + ` || ` + givesNoResourcesCEL,
			Problem: "with dedicatedCpuPlacement the pod requests all CPUs and all memory of the guest, and is limited to them", WayOut: "remove requests and limits",
			Breaks: "{performance: {dedicatedCpuPlacement: true, limits: {cpu: '1'}}}", At: "spec.performance.limits.cpu",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			if !s.IsDedicated() {
				return nil
			}
			return givenResources(s, true)
		},
	},
	{
		Rule: Rule{
			ID: "resources-of-pages", On: "WukongSpec", Field: "performance", Reason: Forbidden,
			CEL:     `!` + givesPagesCEL + ` || (!` + requestMemoryCEL + ` && !` + limitMemoryCEL + `)`,
			Problem: "with hugepages the guest has all of its memory for itself", WayOut: "remove memory from requests and limits",
			Breaks: "{performance: {hugepages: {pageSize: 2Mi}, requests: {memory: 512Mi}}}", At: "spec.performance.requests.memory",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			if pageSize(s) == "" {
				return nil
			}
			return givenResources(s, false)
		},
	},
	{
		Rule: Rule{
			ID: "request-over-limit", On: "WukongSpec", Field: "performance", Reason: Invalid,
			CEL: `(!` + requestCPUCEL + ` || !` + limitCPUCEL + ` || ` + atMostCEL("self.performance.requests.cpu", "self.performance.limits.cpu") + `) && ` +
				`(!` + requestMemoryCEL + ` || !` + limitMemoryCEL + ` || ` + atMostCEL("self.performance.requests.memory", "self.performance.limits.memory") + `)`,
			Problem: "more is requested than the limit allows", WayOut: "request less, or raise the limit",
			Breaks: "{performance: {requests: {cpu: '2'}, limits: {cpu: '1'}}}", At: "spec.performance.requests.cpu",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			r, l := s.PodResources()
			return given([]named{
				{"performance.requests.cpu", isMoreCPU(r.CPU, l.CPU)},
				{"performance.requests.memory", r.Memory != nil && l.Memory != nil && r.Memory.Cmp(l.Memory.Quantity) > 0},
			})
		},
	},
	{
		Rule: Rule{
			ID: "request-over-memory", On: "WukongSpec", Field: "performance", Reason: Invalid,
			CEL:     `!` + requestMemoryCEL + ` || !has(self.memory) || ` + atMostCEL("self.performance.requests.memory", "self.memory"),
			Problem: "more memory is requested than the guest has", WayOut: "request at most memory; KubeVirt adds that of the pod's own processes",
			Breaks: "{memory: 1Gi, performance: {requests: {memory: 2Gi}}}", At: "spec.performance.requests.memory",
		},
		violations: when("performance.requests.memory", func(s *v1alpha1.WukongSpec) bool {
			r, _ := s.PodResources()
			return r.Memory != nil && s.Memory != nil && r.Memory.Cmp(s.Memory.Quantity) > 0
		}),
	},
	{
		Rule: Rule{
			ID: "limit-under-memory", On: "WukongSpec", Field: "performance", Reason: Invalid,
			CEL:     `!` + limitMemoryCEL + ` || !has(self.memory) || ` + atMostCEL("self.memory", "self.performance.limits.memory"),
			Problem: "the limit is less than the memory of the guest, whose pod would be killed",
			WayOut:  "give at least memory; KubeVirt adds that of the pod's own processes",
			Breaks:  "{memory: 1Gi, performance: {limits: {memory: 512Mi}}}", At: "spec.performance.limits.memory",
		},
		violations: when("performance.limits.memory", func(s *v1alpha1.WukongSpec) bool {
			_, l := s.PodResources()
			return l.Memory != nil && s.Memory != nil && l.Memory.Cmp(s.Memory.Quantity) < 0
		}),
	},
	{
		Rule: Rule{
			ID: "clock-twice", On: "Clock", Field: "utcOffsetSeconds", Reason: Forbidden,
			CEL:     `!has(self.timezone) || self.timezone == '' || !has(self.utcOffsetSeconds)`,
			Problem: "a clock follows a time zone or an offset", WayOut: "remove one of both",
			Breaks: "{devices: {clock: {timezone: Europe/Berlin, utcOffsetSeconds: 3600}}}", At: "spec.devices.clock.utcOffsetSeconds",
		},
		violations: when("devices.clock.utcOffsetSeconds", func(s *v1alpha1.WukongSpec) bool {
			return s.Devices != nil && s.Devices.Clock != nil && s.Devices.Clock.Timezone != "" && s.Devices.Clock.UTCOffsetSeconds != nil
		}),
	},
	{
		Rule: Rule{
			ID: "video-without-graphics", On: "Devices", Field: "video", Reason: Forbidden,
			CEL:     `!` + givesVideoCEL + ` || !has(self.autoattachGraphicsDevice) || self.autoattachGraphicsDevice`,
			Problem: "a guest without a screen has no graphics card", WayOut: "remove video, or autoattachGraphicsDevice: false",
			Breaks: "{devices: {video: vga, autoattachGraphicsDevice: false}}", At: "spec.devices.video",
		},
		violations: when("devices.video", func(s *v1alpha1.WukongSpec) bool {
			return s.Devices != nil && s.Devices.Video != "" && !ptr.Deref(s.Devices.AutoattachGraphicsDevice, true)
		}),
	},
	{
		Rule: Rule{
			ID: "arm64-devices", On: "WukongSpec", Reason: Forbidden,
			CEL: `!has(self.architecture) || self.architecture != 'arm64' || ` +
				`((!has(self.performance) || !has(self.performance.cpuModel) || self.performance.cpuModel in ['', 'host-passthrough']) && ` +
				`(!has(self.devices) || ((!has(self.devices.video) || self.devices.video in ['', 'virtio', 'ramfb']) && ` +
				`(!has(self.devices.watchdog) || self.devices.watchdog in ['', 'None']) && (!has(self.devices.sound) || self.devices.sound in ['', 'None']))))`,
			Problem: "KubeVirt has no other CPU model than host-passthrough, no other video than virtio and ramfb, and neither watchdog nor sound on arm64",
			WayOut:  "correct it, or remove it",
			Breaks:  "{architecture: arm64, devices: {sound: ich9}}", At: "spec.devices.sound",
		},
		violations: func(s *v1alpha1.WukongSpec) []violation {
			if s.Architecture != v1alpha1.ArchitectureARM64 {
				return nil
			}
			p, d := ptr.Deref(s.Performance, v1alpha1.Performance{}), ptr.Deref(s.Devices, v1alpha1.Devices{})
			return given([]named{
				{"performance.cpuModel", p.CPUModel != "" && p.CPUModel != "host-passthrough"},
				{"devices.video", d.Video != "" && d.Video != "virtio" && d.Video != "ramfb"},
				{"devices.watchdog", d.Watchdog != "" && d.Watchdog != v1alpha1.WatchdogNone},
				{"devices.sound", d.Sound != "" && d.Sound != v1alpha1.SoundNone},
			})
		},
	},
}

// policyPool is the policy by which disks share a pool of threads.
const policyPool = "supplementalPool"

// hasPool reports whether a pool of threads has a number.
func hasPool(p *v1alpha1.Performance) bool {
	return p.IOThreads != nil && p.IOThreads.SupplementalPoolThreadCount != nil
}

// showsNUMA reports whether the guest is to see the NUMA cells of its node.
func showsNUMA(s *v1alpha1.WukongSpec) bool {
	return s.Performance != nil && s.Performance.NUMA != nil && ptr.Deref(s.Performance.NUMA.GuestMappingPassthrough, false)
}

// pageSize returns the size of the pages of the guest's memory; empty for the usual ones.
func pageSize(s *v1alpha1.WukongSpec) string {
	if s.Performance == nil || s.Performance.Hugepages == nil {
		return ""
	}
	return s.Performance.Hugepages.PageSize
}

// isMoreCPU reports whether a number of CPUs is larger than another one. None is not, and neither is any than none.
func isMoreCPU(a, b v1alpha1.CPUQuantity) bool {
	if a == "" || b == "" {
		return false
	}
	q := a.Quantity()
	return q.Cmp(b.Quantity()) > 0
}

// givenResources returns a violation at each request and limit: of memory, and of CPUs where these count.
func givenResources(s *v1alpha1.WukongSpec, cpus bool) []violation {
	r, l := s.PodResources()
	return given([]named{
		{"performance.requests.cpu", cpus && r.CPU != ""}, {"performance.requests.memory", r.Memory != nil},
		{"performance.limits.cpu", cpus && l.CPU != ""}, {"performance.limits.memory", l.Memory != nil},
	})
}
