package limit

import (
	"cmp"
	"maps"
	"slices"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/message"
)

// Names of limits on what is taken of nodes.
const (
	limitDeviceNames      = "deviceNames"
	limitNodeSelectorKeys = "nodeSelectorKeys"
	limitTolerationKeys   = "tolerationKeys"
)

// What is taken of nodes is called.
const (
	deviceValue = "device "
	labelValue  = "label "
	taintValue  = "taint "
	everyTaint  = "every taint"
)

// msgDeviceOfNode is about a device where there is no list.
var msgDeviceOfNode = message.New(message.Refusal, "limit-device-of-node",
	"{value} belongs to the nodes, so that no Wukong may take it which the platform team does not list (limits.{limit}): "+
		"leave it out, or ask the platform team")

// deviceLists are the lists of devices of the nodes.
var deviceLists = []struct {
	field string
	of    func(*v1alpha1.WukongSpec) []v1alpha1.Device
}{
	{"gpus", func(s *v1alpha1.WukongSpec) []v1alpha1.Device { return s.GPUs }},
	{"hostDevices", func(s *v1alpha1.WukongSpec) []v1alpha1.Device { return s.HostDevices }},
}

// deviceRefusal returns the sentence about a device that no entry allows.
func deviceRefusal(list []v1beta1.NamePattern) sentence {
	if list == nil {
		return sentence{msgDeviceOfNode, []any{limitDeviceNames}}
	}
	return notListed(limitDeviceNames, patternTexts(list))
}

// devices judges the devices of the nodes. Without a list there are none.
func (c *checker) devices() {
	list := c.limits.DeviceNames
	for _, l := range deviceLists {
		for i, d := range l.of(c.spec) {
			if matchesAny(list, d.DeviceName) {
				continue
			}
			kept := slices.Contains(l.of(c.before()), d)
			c.add(c.path.Child(l.field).Index(i).Child("deviceName"), kept, deviceRefusal(list).with(deviceValue+d.DeviceName))
		}
	}
}

func (p *policy) devices() {
	list := p.limits.DeviceNames
	refusals := make([]string, len(deviceLists))
	for i, l := range deviceLists {
		devices := orElse("variables.spec", l.field, "[]")
		refusals[i] = devices + ".filter(g, !" + matchesCEL(list, "g.deviceName") + " && !" + orElse("variables.before", l.field, "[]") +
			".exists(b, b.name == g.name && b.deviceName == g.deviceName)).map(g, " +
			plus("'spec."+l.field+"[' + string("+devices+".indexOf(g)) + '].deviceName: '",
				deviceRefusal(list).cel(quote(deviceValue)+" + g.deviceName")) + ")"
	}
	p.validate(limitDeviceNames, plus(refusals...))
}

// placementOf returns the placement of a spec; an empty one where it has none.
func placementOf(s *v1alpha1.WukongSpec) *v1alpha1.HighAvailability {
	if s.HighAvailability == nil {
		return &v1alpha1.HighAvailability{}
	}
	return s.HighAvailability
}

// nodeSelector judges the labels of nodes that are asked for.
func (c *checker) nodeSelector() {
	selector := placementOf(c.spec).NodeSelector
	for _, k := range slices.Sorted(maps.Keys(selector)) {
		kept := func() bool {
			value, given := placementOf(c.before()).NodeSelector[k]
			return given && value == selector[k]
		}
		c.listed(c.path.Child("highAvailability", "nodeSelector").Key(k), c.limits.NodeSelectorKeys, limitNodeSelectorKeys, k, labelValue+k, kept)
	}
}

func (p *policy) nodeSelector() {
	list := p.limits.NodeSelectorKeys
	if list == nil {
		return
	}
	p.validate(limitNodeSelectorKeys, "["+selectorCEL("variables.spec")+"].map(s, ["+selectorCEL("variables.before")+"].map(b, "+
		"s.filter(k, !"+matchesCEL(list, "k")+" && !(k in b && b[k] == s[k]))"+
		".map(k, "+plus("'spec.highAvailability.nodeSelector[' + k + ']: '",
		notListed(limitNodeSelectorKeys, patternTexts(list)).cel(quote(labelValue)+" + k"))+"))[0])[0]")
}

// selectorCEL returns an expression of the node selector of a spec.
func selectorCEL(spec string) string {
	return "(has(" + spec + ".highAvailability) && has(" + spec + ".highAvailability.nodeSelector) ? " + spec + ".highAvailability.nodeSelector : {})"
}

// tolerations judges the taints of nodes that are tolerated. One without a key is of every taint.
func (c *checker) tolerations() {
	for i, t := range placementOf(c.spec).Tolerations {
		kept := func() bool {
			return slices.ContainsFunc(placementOf(c.before()).Tolerations, func(b v1alpha1.Toleration) bool { return sameToleration(b, t) })
		}
		value := everyTaint
		if t.Key != "" {
			value = taintValue + string(t.Key)
		}
		c.listed(c.path.Child("highAvailability", "tolerations").Index(i).Child("key"), c.limits.TolerationKeys, limitTolerationKeys, string(t.Key), value, kept)
	}
}

// sameToleration reports whether two tolerations are of the same taints. How long they hold does not count.
func sameToleration(a, b v1alpha1.Toleration) bool {
	return a.Key == b.Key && a.Value == b.Value && a.Effect == b.Effect && cmp.Or(a.Operator, equal) == cmp.Or(b.Operator, equal)
}

// equal is the operator of a toleration that gives none.
const equal = "Equal"

func (p *policy) tolerations() {
	list := p.limits.TolerationKeys
	if list == nil {
		return
	}
	all, earlier := tolerationsCEL("variables.spec"), tolerationsCEL("variables.before")
	same := func(field, otherwise string) string {
		return orElseNotEmpty("b", field, otherwise) + " == " + orElseNotEmpty("t", field, otherwise)
	}
	key := orElse("t", "key", "''")
	p.validate(limitTolerationKeys, all+".filter(t, !"+matchesCEL(list, key)+" && !"+earlier+".exists(b, "+
		same("key", "''")+" && "+same("value", "''")+" && "+same("effect", "''")+" && "+same("operator", quote(equal))+"))"+
		".map(t, "+plus("'spec.highAvailability.tolerations[' + string("+all+".indexOf(t)) + '].key: '",
		notListed(limitTolerationKeys, patternTexts(list)).cel("("+key+" == '' ? "+quote(everyTaint)+" : "+quote(taintValue)+" + "+key+")"))+")")
}

// tolerationsCEL returns an expression of the tolerations of a spec.
func tolerationsCEL(spec string) string {
	return "(has(" + spec + ".highAvailability) && has(" + spec + ".highAvailability.tolerations) ? " + spec + ".highAvailability.tolerations : [])"
}
