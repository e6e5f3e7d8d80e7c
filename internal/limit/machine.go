package limit

import (
	"slices"
	"strconv"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// Names of limits on the machine itself.
const (
	limitCPU           = "cpu"
	limitMemory        = "memory"
	limitInstancetypes = "instancetypes"
)

// kindOfNamespace is the kind of an instance type that a tenant may write.
const kindOfNamespace = "VirtualMachineInstancetype"

// cpu judges the number of CPUs. A smaller one than before passes, on the way to the limit.
func (c *checker) cpu() {
	most, n := c.limits.CPU, c.spec.CPU
	if most == nil || n == nil || *n <= *most {
		return
	}
	c.add(c.path.Child(limitCPU), c.before().CPU != nil && *n <= *c.before().CPU, maximum(limitCPU, strconv.Itoa(int(*most))).with(strconv.Itoa(int(*n))))
}

func (p *policy) cpu() {
	if p.limits.CPU == nil {
		return
	}
	most := strconv.Itoa(int(*p.limits.CPU))
	p.validate(limitCPU, "[variables.spec].filter(s, has(s.cpu) && s.cpu > "+most+" && !(has(variables.before.cpu) && s.cpu <= variables.before.cpu))"+
		".map(s, "+plus(quote("spec.cpu: "), maximum(limitCPU, most).cel("string(s.cpu)"))+")")
}

// memory judges the memory, as cpu does the CPUs.
func (c *checker) memory() {
	if most, q := c.limits.Memory, c.spec.Memory; most != nil && q != nil && q.Cmp(most.Quantity) > 0 {
		c.add(c.path.Child(limitMemory), isAtMost(q, c.before().Memory), maximum(limitMemory, most.String()).with(q.String()))
	}
}

func (p *policy) memory() {
	if p.limits.Memory == nil {
		return
	}
	most := p.limits.Memory.String()
	p.validate(limitMemory, "[variables.spec].filter(s, has(s.memory) && "+isMoreCEL("s.memory", quote(most))+
		" && !(has(variables.before.memory) && !"+isMoreCEL("s.memory", "variables.before.memory")+"))"+
		".map(s, "+plus(quote("spec.memory: "), maximum(limitMemory, most).cel("s.memory"))+")")
}

// isAtMost reports whether a quantity is not larger than an earlier one. Without an earlier one it is.
func isAtMost(q, earlier *v1alpha1.Quantity) bool {
	return earlier != nil && q.Cmp(earlier.Quantity) <= 0
}

// isMoreCEL returns an expression that reports whether a quantity is larger than another one; both are expressions of strings.
func isMoreCEL(a, b string) string { return "quantity(" + a + ").isGreaterThan(quantity(" + b + "))" }

// instancetype judges the instance type. It says what cpu and memory would, so that these allow none which instancetypes does not list. One of the
// namespace may be the tenant's own, and say whatever other limits forbid.
func (c *checker) instancetype() {
	t := c.spec.Instancetype
	if t == nil {
		return
	}
	kept := func() bool { b := c.before().Instancetype; return b != nil && *b == *t }
	path := c.path.Child("instancetype", "name")
	switch l := c.limits; {
	case t.Kind == kindOfNamespace && limitsInstancetypesOfNamespace(l):
		c.add(path, kept(), notListed(limitInstancetypes, patternTexts(l.Instancetypes)).with(ownInstancetypeValue+string(t.Name)))
	case t.Kind != kindOfNamespace && limitsInstancetypes(l) && !matchesAny(l.Instancetypes, string(t.Name)):
		c.add(path, kept(), notListed(limitInstancetypes, patternTexts(l.Instancetypes)).with(instancetypeValue+string(t.Name)))
	}
}

// limitsInstancetypes reports whether the cluster's instance types must be listed.
func limitsInstancetypes(l *v1beta1.Limits) bool {
	return l.Instancetypes != nil || l.CPU != nil || l.Memory != nil
}

// limitsInstancetypesOfNamespace reports whether those of the namespace, which say where a virtual machine runs and which devices it takes, are out of bounds.
func limitsInstancetypesOfNamespace(l *v1beta1.Limits) bool {
	return limitsInstancetypes(l) || limitsDevices(l) || l.NodeSelectorKeys != nil || l.TolerationKeys != nil
}

// limitsDevices reports whether the list of devices leaves some out. A platform that lists none leaves instance types to what KubeVirt permits.
func limitsDevices(l *v1beta1.Limits) bool {
	return l.DeviceNames != nil && !slices.Contains(l.DeviceNames, v1beta1.Wildcard)
}

// What an instance type is called.
const (
	instancetypeValue    = "instance type "
	ownInstancetypeValue = "the namespace's own instance type "
)

func (p *policy) instancetype() {
	l := p.limits
	if !limitsInstancetypesOfNamespace(l) {
		return
	}
	const (
		own  = "has(t.kind) && t.kind == '" + kindOfNamespace + "'"
		kept = "has(variables.before.instancetype) && variables.before.instancetype.name == t.name && " +
			"(has(variables.before.instancetype.kind) && variables.before.instancetype.kind == '" + kindOfNamespace + "') == (" + own + ")"
	)
	refused := "(" + own + ")"
	if limitsInstancetypes(l) {
		refused = "(" + own + " || !" + matchesCEL(l.Instancetypes, "t.name") + ")"
	}
	said := notListed(limitInstancetypes, patternTexts(l.Instancetypes))
	p.validate(limitInstancetypes, "(has(variables.spec.instancetype) ? [variables.spec.instancetype] : []).filter(t, "+refused+" && !("+kept+"))"+
		".map(t, "+plus(quote("spec.instancetype.name: "),
		said.cel("("+own+" ? "+quote(ownInstancetypeValue)+" : "+quote(instancetypeValue)+") + t.name"))+")")
}
