// Package limit bounds what Wukongs may ask for, as the platform team says it in the limits of the Input.
//
// Check judges a Wukong, and Policy returns the same as a ValidatingAdmissionPolicy, with which the API server refuses it when it is applied. Each
// limit stands in both forms, one beside the other, in the file of what it is about. A test with the API server's code shows that both give the
// same verdict.
//
// Limits are a ratchet: what a Wukong has already stays, field by field and, in lists, by the names of the items. Check compares with what is
// observed, written as a spec (before.go), and the policy with the Wukong before the edit.
package limit

import (
	"sync"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/observed"
)

// What is refused, in the words of the function and of the policy alike.
var (
	msgMaximum = message.New(message.Refusal, "limit-maximum",
		"{value} is more than the platform team allows (limits.{limit}: {maximum}): take less, or ask the platform team")
	msgNotListed = message.New(message.Refusal, "limit-not-listed",
		"{value} is none that the platform team allows (limits.{limit}: {allowed}): take one of these, or ask the platform team")
	msgNoneListed = message.New(message.Refusal, "limit-none-listed",
		"{value} is none that the platform team allows (limits.{limit} has none): leave it out, or ask the platform team")
)

// msgKept is about a value of before the limits.
var msgKept = message.New(message.Advice, "limit-kept",
	"it stays because it was there before, and could not be asked for anew: {refusal}")

// all are the limits, in the order in which they refuse: what the function checks, and what the policy gets.
var all = []struct {
	check func(*checker)
	add   func(*policy)
}{
	{(*checker).cpu, (*policy).cpu},
	{(*checker).memory, (*policy).memory},
	{(*checker).cpuShares, (*policy).cpuShares},
	{(*checker).memoryShares, (*policy).memoryShares},
	{(*checker).instancetype, (*policy).instancetype},
	{(*checker).networks, (*policy).networks},
	{(*checker).images, (*policy).images},
	{(*checker).storageClasses, (*policy).storageClasses},
	{(*checker).disks, (*policy).disks},
	{(*checker).diskSizes, (*policy).diskSizes},
	{(*checker).claims, (*policy).claims},
	{(*checker).secrets, (*policy).secrets},
	{(*checker).devices, (*policy).devices},
	{(*checker).nodeSelector, (*policy).nodeSelector},
	{(*checker).tolerations, (*policy).tolerations},
	{(*checker).templates, (*policy).templates},
}

// A Verdict is what the limits say of a Wukong.
type Verdict struct {
	// Refused has an error about each field whose value is new and out of bounds.
	Refused field.ErrorList

	// Kept has a message about each field whose value is out of bounds, and was there before. Each begins with the path of the field.
	Kept []string
}

// A checker judges one Wukong.
type checker struct {
	input  *v1beta1.Input
	limits *v1beta1.Limits
	spec   *v1alpha1.WukongSpec
	// before returns what the Wukong has already. To read that costs more than the checks, and is needed only where something is out of bounds.
	before   func() *v1alpha1.WukongSpec
	observed observed.Resources
	path     *field.Path
	osDisk   v1alpha1.Label
	// namespace of the Wukong.
	namespace string
	verdict   Verdict
}

// Check judges a Wukong to which defaults were applied, given what is observed. The disk called osDisk has its content from osImage or osImageFrom.
func Check(w *v1alpha1.Wukong, in *v1beta1.Input, osDisk v1alpha1.Label, rs observed.Resources) Verdict {
	if w.GetDeletionTimestamp() != nil {
		return Verdict{}
	}
	c := &checker{
		input: in, limits: limitsOf(in), spec: &w.Spec, before: sync.OnceValue(func() *v1alpha1.WukongSpec { return before(w, rs) }), observed: rs,
		path: field.NewPath("spec"), osDisk: osDisk, namespace: w.GetNamespace(),
	}
	for _, l := range all {
		l.check(c)
	}
	return c.verdict
}

// limitsOf returns the limits of an Input; those without any where it has none.
func limitsOf(in *v1beta1.Input) *v1beta1.Limits {
	if in.Limits == nil {
		return &v1beta1.Limits{}
	}
	return in.Limits
}

// add adds a value that is out of bounds for a reason.
func (c *checker) add(path *field.Path, kept bool, refusal string) {
	if kept {
		c.verdict.Kept = append(c.verdict.Kept, path.String()+": "+msgKept.With(refusal))
		return
	}
	c.verdict.Refused = append(c.verdict.Refused, field.Forbidden(path, refusal))
}

// listed judges a value that a list of patterns bounds. A list of none that is nil does not.
func (c *checker) listed(path *field.Path, list []v1beta1.NamePattern, limit, name, value string, kept func() bool) {
	if list != nil && !matchesAny(list, name) {
		c.add(path, kept(), notListed(limit, patternTexts(list)).with(value))
	}
}
