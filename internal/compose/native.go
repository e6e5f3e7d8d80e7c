package compose

import (
	"regexp"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// Native is the target that composes the objects themselves, in the namespace of a namespaced composite and without a provider. Objects that
// something else creates are required and not composed, as Crossplane would make the composite their owner.
//
// Crossplane applies composed resources with force, and so would take over an existing object. Native therefore first requires the
// object, and composes it once Crossplane has answered that it does not exist or belongs to the Wukong.
type Native struct{}

// probeSuffix is appended to the key of a resource to name the requirement that looks for an existing object. No key ends so.
const probeSuffix = ".look"

// Capabilities returns that Crossplane must look up required resources.
func (Native) Capabilities() []fnv1.Capability {
	return []fnv1.Capability{fnv1.Capability_CAPABILITY_REQUIRED_RESOURCES}
}

// RejectedChanges returns none: no setting of the Input decides where the objects are.
func (Native) RejectedChanges(*fnv1.RunFunctionRequest) []string { return nil }

// compose returns the object itself, unless an object of another owner may have its name. An object that is composed already stays composed: Crossplane
// deletes one that is left out. So one that something else created is composed to be deleted, where it exists and nothing else controls it.
func (Native) compose(r plan.Resource, manifest *structpb.Struct, req *fnv1.RunFunctionRequest) composed {
	object := map[string]*structpb.Struct{r.Key: manifest}
	_, exists := req.GetObserved().GetResources()[r.Key]
	switch {
	case exists:
		return composed{resources: object, final: r.Management != plan.Delete}
	case r.Management == plan.Delete:
		// It was looked at for the plan, and must go on being: Crossplane forgets what is no longer required.
		out, _ := requirementsFor(r, r.Key, manifest, req)
		if existing, _ := requiredObject(req, r.Key); existing != nil && compositeID(compositeOf(req)).conflict(existing) == nil {
			out.resources = object
		}
		return out
	case !r.Management.Creates():
		out, _ := requirementsFor(r, r.Key, manifest, req)
		out.final = true
		return out
	}
	out, canLookUp := requirementsFor(r, r.Key+probeSuffix, manifest, req)
	existing, known := requiredObject(req, r.Key+probeSuffix)
	mayCreate := existing == nil && !r.Held
	if canLookUp && known && (mayCreate || existing != nil && compositeID(compositeOf(req)).conflict(existing) == nil) {
		out.resources, out.final = object, true
	}
	return out
}

// Observe returns the composed resources and the required ones.
func (Native) Observe(req *fnv1.RunFunctionRequest) observed.Resources {
	xr := compositeOf(req)
	out := make(observed.Resources, len(req.GetObserved().GetResources())+len(req.GetRequiredResources()))
	rejections, complete := rejectedResources(xr)
	for key, reason := range rejections {
		out[key] = observed.Resource{Refused: reason}
	}
	addLookupErrors(out, req)
	for name := range req.GetRequiredResources() {
		object, _ := requiredObject(req, name)
		key, isProbe := strings.CutSuffix(name, probeSuffix)
		if object == nil {
			if !isProbe {
				out[key] = observed.Resource{Missing: true}
			}
			continue
		}
		if !isProbe {
			out[key] = observed.Resource{Object: object, ReadOnly: true}
			continue
		}
		if conflict := compositeID(xr).conflict(object); conflict != nil {
			out[key] = observed.Resource{Foreign: conflict}
			continue
		}
		out[key] = observed.Resource{Object: object, Unmanaged: true, Refused: out[key].Refused}
	}
	for key, r := range req.GetObserved().GetResources() {
		out[key] = observed.Resource{
			Object: r.GetResource(), Refused: out[key].Refused, MaybeRefused: !complete && out[key].Refused == "", Deletes: true,
		}
	}
	return out
}

var (
	// applyError finds in the message of Synced the composed resource whose apply failed, and the error.
	applyError = regexp.MustCompile(`cannot apply composed resource "([^"]+)": (.*)`)

	// truncatedList finds the end of a list from which Crossplane left out resources.
	truncatedList = regexp.MustCompile(`, and \d+ more$`)
)

// textUnsynced precedes the list of resources that Crossplane could not apply.
const textUnsynced = "Unsynced resources: "

// rejectedResources returns why the cluster rejected composed resources when Crossplane applied them last, by their keys. Complete reports
// whether Crossplane names all of them.
func rejectedResources(xr *structpb.Struct) (reasons map[string]string, complete bool) {
	synced := fields.ConditionOf(xr, crossplane.ConditionSynced)
	if synced.Status != "False" {
		return nil, true
	}
	reasons = map[string]string{}
	if m := applyError.FindStringSubmatch(synced.Message); m != nil && rejectionReason(m[2]) != "" {
		reasons[m[1]] = rejectionReason(m[2])
	}
	_, list, ok := strings.Cut(synced.Message, textUnsynced)
	if !ok {
		return reasons, true
	}
	keys := truncatedList.ReplaceAllString(list, "")
	for _, key := range strings.Split(strings.ReplaceAll(keys, ", and ", ", "), ", ") {
		reasons[key] = textInEvents
	}
	return reasons, keys == list
}
