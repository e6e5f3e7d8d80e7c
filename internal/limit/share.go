package limit

import (
	"strconv"

	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/message"
)

// Names of limits on what guests share.
const (
	limitCPUAllocationRatio = "cpuAllocationRatio"
	limitMemoryOvercommit   = "memoryOvercommit"
)

// What KubeVirt lets guests share where nobody says (pkg/virt-config/virt-config.go).
const (
	defaultCPUAllocationRatio = 10
	defaultMemoryOvercommit   = 100
)

var (
	msgCPUShare = message.New(message.Refusal, "limit-cpu-share",
		"{value} CPU for these CPUs is less than the platform team allows (limits.{limit}: {number} of the guest for one of its node): request more, or ask the "+
			"platform team")
	msgMemoryShare = message.New(message.Refusal, "limit-memory-share",
		"{value} is less than the platform team allows (limits.{limit}: a guest may have {number} percent of what is requested for it): request more, or ask the "+
			"platform team")
)

// cpuRatio returns how many CPUs of a guest may share one of its node: by default as many as KubeVirt lets by itself.
func cpuRatio(in *v1beta1.Input) int32 {
	if r := limitsOf(in).CPUAllocationRatio; r != nil {
		return *r
	}
	return ptr.Deref(ptr.Deref(in.Cluster.KubeVirt, v1beta1.KubeVirt{}).CPUAllocationRatio, defaultCPUAllocationRatio)
}

// overcommit returns the memory that a guest may have, in percent of what its pod requests for it: by default as KubeVirt does by itself.
func overcommit(in *v1beta1.Input) int32 {
	if p := limitsOf(in).MemoryOvercommit; p != nil {
		return *p
	}
	return ptr.Deref(ptr.Deref(in.Cluster.KubeVirt, v1beta1.KubeVirt{}).MemoryOvercommit, defaultMemoryOvercommit)
}

func cpuShare(in *v1beta1.Input) sentence {
	return sentence{msgCPUShare, []any{limitCPUAllocationRatio, cpuRatio(in)}}
}

func memoryShare(in *v1beta1.Input) sentence {
	return sentence{msgMemoryShare, []any{limitMemoryOvercommit, overcommit(in)}}
}

// requestedCPU returns the CPUs that a spec requests, and by which field. KubeVirt requests a limit that is given alone.
func requestedCPU(s *v1alpha1.WukongSpec) (requested v1alpha1.CPUQuantity, field string) {
	requests, limits := s.PodResources()
	if requests.CPU != "" {
		return requests.CPU, "requests"
	}
	return limits.CPU, "limits"
}

// cpuShares judges the CPUs that are requested. A larger request than before for no more CPUs passes, on the way to the limit.
func (c *checker) cpuShares() {
	requested, field := requestedCPU(c.spec)
	if requested == "" || c.spec.CPU == nil || isEnough(*c.spec.CPU, requested, cpuRatio(c.input)) {
		return
	}
	kept := func() bool {
		b := c.before()
		earlier, _ := requestedCPU(b)
		return earlier != "" && b.CPU != nil && *c.spec.CPU <= *b.CPU && milli(requested) >= milli(earlier)
	}
	c.add(c.path.Child("performance", field, "cpu"), kept(), cpuShare(c.input).with(string(requested)))
}

// isEnough reports whether a request for CPUs is not less than a share of them.
func isEnough(cpus int32, requested v1alpha1.CPUQuantity, ratio int32) bool {
	return int64(cpus)*1000 <= int64(ratio)*milli(requested)
}

// milli returns thousandths of CPUs.
func milli(q v1alpha1.CPUQuantity) int64 {
	n := q.Quantity()
	return n.MilliValue()
}

func (p *policy) cpuShares() {
	ratio := strconv.Itoa(int(cpuRatio(p.input)))
	const requested, earlier = "variables.requestedCPU", "variables.requestedCPUBefore"
	p.variable("requestedCPU", requestedCPUCEL("variables.spec"))
	p.variable("requestedCPUBefore", requestedCPUCEL("variables.before"))
	kept := earlier + ".exists(e, " + milliCEL("e.cpu") + " <= " + milliCEL("r.cpu") +
		") && has(variables.before.cpu) && variables.spec.cpu <= variables.before.cpu"
	p.validate(limitCPUAllocationRatio, requested+".filter(r, has(variables.spec.cpu) && variables.spec.cpu * 1000 > "+ratio+" * "+milliCEL("r.cpu")+
		" && !("+kept+")).map(r, "+plus(quote("spec.performance."), "r.field", quote(".cpu: "), cpuShare(p.input).cel("r.cpu"))+")")
}

// requestedCPUCEL returns an expression of a list with what requestedCPU returns for a spec; of an empty one for nothing.
func requestedCPUCEL(spec string) string {
	of := func(field string) string {
		at := spec + ".performance." + field
		return "has(" + spec + ".performance) && has(" + at + ") && has(" + at + ".cpu) && " + at + ".cpu != ''"
	}
	entry := func(field string) string {
		return "[" + object("field", quote(field), "cpu", spec+".performance."+field+".cpu") + "]"
	}
	return of("requests") + " ? " + entry("requests") + " : (" + of("limits") + " ? " + entry("limits") + " : [])"
}

// milliCEL returns an expression of thousandths of CPUs, which are an expression of a string.
func milliCEL(q string) string {
	return "(" + q + ".endsWith('m') ? int(" + q + ".substring(0, " + q + ".size() - 1)) : int(" + q + ") * 1000)"
}

// requestedMemory returns the memory that a spec requests; nil for none. A limit that is given alone is no less than the memory of the guest.
func requestedMemory(s *v1alpha1.WukongSpec) *v1alpha1.Quantity {
	requests, _ := s.PodResources()
	return requests.Memory
}

// memoryShares judges the memory that is requested, as cpuShares does the CPUs. It counts in floating point as the policy must, whose
// quantities are integers only without a fraction: 1.5Gi is none.
func (c *checker) memoryShares() {
	requested, memory := requestedMemory(c.spec), c.spec.Memory
	if requested == nil || memory == nil || memory.AsApproximateFloat64()*100 <= float64(overcommit(c.input))*requested.AsApproximateFloat64() {
		return
	}
	kept := func() bool {
		b := c.before()
		earlier := requestedMemory(b)
		return earlier != nil && isAtMost(memory, b.Memory) && requested.Cmp(earlier.Quantity) >= 0
	}
	c.add(c.path.Child("performance", "requests", "memory"), kept(), memoryShare(c.input).with(requested.String()))
}

func (p *policy) memoryShares() {
	percent := strconv.Itoa(int(overcommit(p.input))) + ".0"
	const spec, before = "variables.spec.performance.requests.memory", "variables.before.performance.requests.memory"
	const requests = "has(variables.spec.performance) && has(variables.spec.performance.requests) && has(" + spec + ") && has(variables.spec.memory)"
	kept := "has(variables.before.performance) && has(variables.before.performance.requests) && has(" + before + ") && has(variables.before.memory) && !" +
		isMoreCEL("variables.spec.memory", "variables.before.memory") + " && !" + isMoreCEL(before, "q")
	p.validate(limitMemoryOvercommit, "("+requests+" ? ["+spec+"] : []).filter(q, quantity(variables.spec.memory).asApproximateFloat() * 100.0 > "+percent+
		" * quantity(q).asApproximateFloat() && !("+kept+")).map(q, "+plus(quote("spec.performance.requests.memory: "), memoryShare(p.input).cel("q"))+")")
}
