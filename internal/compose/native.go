package compose

import (
	"regexp"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// Native composes the objects themselves, in the namespace of a namespaced composite and without a provider. What something else creates
// is not composed, but required: Crossplane would make the composite its owner.
//
// Crossplane applies by force what is composed, and so takes over an object that exists already under the name. Therefore it first has to
// say what has that name: nothing, or what is of the same Wukong, such as a disk that an earlier one retained.
type Native struct{}

// lookSuffix is what the name of a requirement has more than the key of the resource whose name it asks about. No name in a key has a dot.
const lookSuffix = ".look"

// Needs Crossplane to say what exists.
func (Native) Needs() []fnv1.Capability {
	return []fnv1.Capability{fnv1.Capability_CAPABILITY_REQUIRED_RESOURCES}
}

// Kept is empty: no setting of the Input says where the objects are.
func (Native) Kept(*fnv1.RunFunctionRequest) []string { return nil }

// Compose returns the object itself, once it is known that it would not be somebody else's. What was observed among the composed resources
// is the composite's own, and stays whatever is known.
func (Native) Compose(r plan.Resource, manifest *structpb.Struct, req *fnv1.RunFunctionRequest) Composed {
	if !r.Management.Creates() {
		c, _ := ask(r, r.Key, manifest, req)
		c.Done = true
		return c
	}
	if _, ours := req.GetObserved().GetResources()[r.Key]; ours {
		return Composed{Resources: map[string]*structpb.Struct{r.Key: manifest}, Done: true}
	}
	c, exists := ask(r, r.Key+lookSuffix, manifest, req)
	is, answered := answer(req, r.Key+lookSuffix)
	if exists && answered && (is == nil || owner(compositeIn(req)).foreign(is) == nil) {
		c.Resources, c.Done = map[string]*structpb.Struct{r.Key: manifest}, true
	}
	return c
}

// Observe returns what is composed and what was required, as it is.
func (Native) Observe(req *fnv1.RunFunctionRequest) observed.Resources {
	xr := compositeIn(req)
	out := make(observed.Resources, len(req.GetObserved().GetResources())+len(req.GetRequiredResources()))
	refused, all := unsynced(xr)
	for key, why := range refused {
		out[key] = observed.Resource{Refused: why}
	}
	notFound(req, out)
	for name := range req.GetRequiredResources() {
		is, _ := answer(req, name)
		key, looked := strings.CutSuffix(name, lookSuffix)
		switch {
		case is == nil:
		case !looked:
			out[key] = observed.Resource{Object: is, ReadOnly: true}
		default:
			out[key] = observed.Resource{Object: is, Unmanaged: true, Refused: out[key].Refused}
			if f := owner(xr).foreign(is); f != nil {
				out[key] = observed.Resource{Foreign: f}
			}
		}
	}
	for key, r := range req.GetObserved().GetResources() {
		out[key] = observed.Resource{Object: r.GetResource(), Refused: out[key].Refused, MaybeRefused: !all && out[key].Refused == ""}
	}
	return out
}

// compositeIn is the composite of a request.
func compositeIn(req *fnv1.RunFunctionRequest) *structpb.Struct {
	return req.GetObserved().GetComposite().GetResource()
}

// selectorOf selects the object of a manifest.
func selectorOf(manifest *structpb.Struct) *fnv1.ResourceSelector {
	out := &fnv1.ResourceSelector{
		ApiVersion: manifest.GetFields()["apiVersion"].GetStringValue(),
		Kind:       manifest.GetFields()["kind"].GetStringValue(),
		Match:      &fnv1.ResourceSelector_MatchName{MatchName: textIn(manifest, "name")},
	}
	if namespace := textIn(manifest, "namespace"); namespace != "" {
		out.Namespace = &namespace
	}
	return out
}

// answer is the object that a requirement with a name found, nil for none, and whether Crossplane has looked for it. It looks when it was
// asked, and then asks the function again.
func answer(req *fnv1.RunFunctionRequest, name string) (is *structpb.Struct, answered bool) {
	found, answered := req.GetRequiredResources()[name]
	if items := found.GetItems(); len(items) > 0 {
		return items[0].GetResource(), true
	}
	return nil, answered
}

// owner returns whose the objects of a composite are, which controls them.
func owner(xr *structpb.Struct) identity {
	return identity{wukong: textIn(xr, "name"), composite: textIn(xr, "uid"), controller: textIn(xr, "uid")}
}

// applying finds the composed resource that ended what Crossplane did last, and why.
var applying = regexp.MustCompile(`cannot apply composed resource "([^"]+)": (.*)`)

// andMore ends a list of which Crossplane leaves some out.
var andMore = regexp.MustCompile(`, and \d+ more$`)

// unsynced returns the composed resources that the cluster did not take when they were applied last, and what Crossplane said of them; and
// whether that is all of them.
func unsynced(xr *structpb.Struct) (out map[string]string, all bool) {
	status, message := conditionOf(xr, "Synced")
	if status != "False" {
		return nil, true
	}
	out = map[string]string{}
	if m := applying.FindStringSubmatch(message); m != nil && cause(m[2]) != "" {
		out[m[1]] = cause(m[2])
	}
	if _, list, ok := strings.Cut(message, "Unsynced resources: "); ok {
		named := andMore.ReplaceAllString(list, "")
		for _, key := range strings.Split(strings.ReplaceAll(named, ", and ", ", "), ", ") {
			out[key] = "the events of the Wukong say why"
		}
		return out, named == list
	}
	return out, true
}
