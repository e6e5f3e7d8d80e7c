package limit

import (
	"fmt"
	"strings"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/validation"
)

// describedCEL returns an expression of the networks that a spec describes: the name, the type, what each is on, whether it spoofs, its VLAN, and its
// path. A network that does not say what it is on, or whether its addresses are checked, stays as the expression earlier has it: network.DefaultFromObserved.
// Else it gets the platform team's default. Empty stands for no networks before.
func (p *policy) describedCEL(spec, earlier string) string {
	kept := func(field, otherwise string) string {
		if earlier == "" {
			return otherwise
		}
		return "(" + earlier + ".filter(b, b.name == n.network.name && b.type == n.type).map(b, b." + field + ") + [dyn(" + otherwise + ")])[0]"
	}
	all := orElse(spec, "networks", "[]")
	return "(" + all + ").filter(n, !" + validation.PodNetworkCEL + " && " + orElse("n", "nadName", "''") + " == '')" +
		".map(n, " + object(
		"network", "n",
		"type", orElseNotEmpty("n", "type", "'bridge'"),
		"path", "'spec.networks[' + string(variables.networkNames.indexOf(n.name)) + ']'") + ")" +
		".map(n, " + object(
		"name", "n.network.name", "type", "n.type", "path", "n.path",
		"on", "n.type == 'macvlan' ? "+orElseNotEmpty("n.network", "master", kept("on", quote(string(p.input.Defaults.Master))))+
			" : n.type == 'sriov' ? "+orElseNotEmpty("n.network", "resourceName", kept("on", quote(string(p.input.Defaults.ResourceName))))+
			" : "+orElseNotEmpty("n.network", "bridgeName", "'br-' + n.network.name"),
		"spoofing", "n.type in "+quoteAll(spoofingTypes())+" && (has(n.network.macSpoofCheck) ? !n.network.macSpoofCheck : "+kept("spoofing", "false")+")",
		"vlan", "has(n.network.vlanId) ? int(n.network.vlanId) : n.type == 'bridge' ? 0 : -1") + ")"
}

// orElseNotEmpty returns an expression of a string of an object where it has one that is not empty, and else another expression.
func orElseNotEmpty(object, field, otherwise string) string {
	return "(" + orElse(object, field, "''") + " != '' ? " + object + "." + field + " : " + otherwise + ")"
}

// sameCEL begins an expression of isSame, about a network n and one b before.
const sameCEL = "variables.networksBefore.exists(b, b.name == n.name && b.type == n.type && b.on == n.on && b.vlan == n.vlan"

func (p *policy) networks() {
	p.variable("networksBefore", p.describedCEL("variables.before", ""))
	p.variable("networks", p.describedCEL("variables.spec", "variables.networksBefore"))
	if list := p.limits.NetworkTypes; list != nil {
		p.validate(limitNetworkTypes, "variables.networks.filter(n, !(n.type in "+quoteAll(typeTexts(list))+") && "+
			"!"+sameCEL+")).map(n, "+
			plus("n.path", quote(".type: "), notListed(limitNetworkTypes, typeTexts(list)).cel(quote(typeValue)+" + n.type"))+")")
	}
	if p.limits.MACSpoofCheck == v1beta1.RequirementRequired {
		p.validate(limitMACSpoofCheck, "variables.networks.filter(n, n.spoofing && !"+sameCEL+" && b.spoofing))"+
			".map(n, "+plus("n.path", quote("."+limitMACSpoofCheck+": "+msgSpoofing.With(limitMACSpoofCheck)))+")")
	}
	for i := range nodeNetworks {
		p.nodeNetwork(&nodeNetworks[i])
	}
}

// nodeNetwork adds a limit on what networks of some types are on.
func (p *policy) nodeNetwork(o *nodeNetwork) {
	types := make([]string, len(o.types))
	for i, t := range o.types {
		types[i] = string(t)
	}
	list := o.list(p.limits)
	matches := "e.name == n.on || e.begins != '' && n.on.startsWith(e.begins.substring(1))"
	if o.wholeNames {
		matches += " && !(" + o.unlistedCEL + ")"
	}
	value := quote(o.noun+" ") + " + n.on"
	unmatched := "''"
	if list != nil {
		unmatched = plus("n.path", quote("."+o.field+": "), notListed(o.limit, entryTexts(list)).cel(value))
	}
	p.validate(o.limit, "["+entriesCEL(list)+"].map(l, variables.networks.filter(n, n.type in "+quoteAll(types)+" && n.on != '' && !"+sameCEL+"))"+
		".map(n, "+object("on", "n.on", "vlan", "n.vlan", "path", "n.path", "listed", "l.exists(e, "+matches+")",
		"allowed", "l.exists(e, ("+matches+") && e.vlans.exists(v, v[0] <= n.vlan && n.vlan <= v[1]))")+"))[0]"+
		".filter(n, !n.allowed).map(n, n.listed ? "+plus("n.path", quote(".vlanId: "), o.vlanSentence(list).cel(vlanTextCEL+" + "+quote(" of ")+" + "+value))+
		" : n.on == "+quote(o.byDefault(p.input))+" ? ''"+
		" : ("+o.unlistedCEL+") ? "+plus("n.path", quote("."+o.field+": "), o.unlistedSentence().cel(value))+
		" : "+unmatched+").filter(m, m != '')")
}

// vlanTextCEL is an expression of vlanText.
const vlanTextCEL = "(n.vlan == 0 ? 'no VLAN' : n.vlan == -1 ? 'every VLAN' : 'VLAN ' + string(n.vlan))"

// entriesCEL returns a list of entries: a name, or the beginning of names after a *, and the first and last VLAN of each range.
func entriesCEL(list []v1beta1.NetworkLimit) string {
	out := make([]string, len(list))
	for i, e := range list {
		name, begins := string(e.Name), ""
		if beginning, found := strings.CutSuffix(name, v1beta1.Wildcard); found {
			name, begins = "", v1beta1.Wildcard+beginning
		}
		ranges := [][2]int32{{everyVLAN, v1beta1.LastVLAN}}
		if e.VLANs != nil {
			ranges = bounds(e.VLANs)
		}
		texts := make([]string, len(ranges))
		for j, r := range ranges {
			texts[j] = fmt.Sprintf("[%d, %d]", r[0], r[1])
		}
		out[i] = object("name", quote(name), "begins", quote(begins), "vlans", "["+strings.Join(texts, ", ")+"]")
	}
	return "[" + strings.Join(out, ", ") + "]"
}
