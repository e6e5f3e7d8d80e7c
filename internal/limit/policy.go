package limit

import (
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// PolicyName is the name of the policy and of its binding.
const PolicyName = "wukong-limits"

// A policy collects the parts of a ValidatingAdmissionPolicy.
type policy struct {
	input       *v1beta1.Input
	limits      *v1beta1.Limits
	variables   []admissionregistrationv1.Variable
	validations []admissionregistrationv1.Validation
}

// Policy returns the limits of an Input with its defaults as a ValidatingAdmissionPolicy and its binding
// (https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/), for Kubernetes 1.34 and later.
//
// It judges Wukongs alone: Crossplane writes their composites. An edit that changes nothing of what is out of bounds passes, and so do Crossplane's own
// writes and all of a Wukong that is being deleted.
func Policy(in *v1beta1.Input) (*admissionregistrationv1.ValidatingAdmissionPolicy, *admissionregistrationv1.ValidatingAdmissionPolicyBinding) {
	p := &policy{input: in, limits: limitsOf(in)}
	p.variable("spec", "object.spec")
	p.variable("before", "oldObject != null ? dyn(oldObject.spec) : dyn({})")
	// To look for a whole item in a list would cost more than all else.
	p.variable("diskNames", disksCEL+".map(d, d.name)")
	p.variable("ownBefore", disksBeforeCEL+".filter(d, "+orElse("d", "claimName", "''")+" == '').map(d, "+contentCEL+")"+
		" + (oldObject != null && "+disksBeforeCEL+".size() == 0 ? ['system'] : [])")
	p.variable("osDisks", takerCEL("variables.spec"))
	p.variable("networkNames", orElse("variables.spec", "networks", "[]")+".map(n, n.name)")
	for _, l := range all {
		l.add(p)
	}
	meta := metav1.ObjectMeta{Name: PolicyName}
	out := &admissionregistrationv1.ValidatingAdmissionPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: admissionregistrationv1.SchemeGroupVersion.String(), Kind: "ValidatingAdmissionPolicy"},
		ObjectMeta: meta,
		Spec: admissionregistrationv1.ValidatingAdmissionPolicySpec{
			FailurePolicy: ptr.To(admissionregistrationv1.Fail),
			MatchConstraints: &admissionregistrationv1.MatchResources{ResourceRules: []admissionregistrationv1.NamedRuleWithOperations{{
				RuleWithOperations: admissionregistrationv1.RuleWithOperations{
					Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create, admissionregistrationv1.Update},
					Rule:       admissionregistrationv1.Rule{APIGroups: []string{v1alpha1.Group}, APIVersions: []string{"*"}, Resources: []string{"wukongs"}},
				},
			}}},
			MatchConditions: []admissionregistrationv1.MatchCondition{{Name: "not-being-deleted", Expression: "!has(object.metadata.deletionTimestamp)"}},
			Variables:       p.variables,
			Validations:     p.validations,
		},
	}
	return out, &admissionregistrationv1.ValidatingAdmissionPolicyBinding{
		TypeMeta:   metav1.TypeMeta{APIVersion: admissionregistrationv1.SchemeGroupVersion.String(), Kind: "ValidatingAdmissionPolicyBinding"},
		ObjectMeta: meta,
		Spec: admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName:        PolicyName,
			ValidationActions: []admissionregistrationv1.ValidationAction{admissionregistrationv1.Deny},
		},
	}
}

// variable adds a variable.
func (p *policy) variable(name, expression string) {
	p.variables = append(p.variables, admissionregistrationv1.Variable{Name: name, Expression: expression})
}

// validate adds a limit. The expression is of a list with a sentence about each value that is new and out of bounds.
func (p *policy) validate(limit, refusals string) {
	p.variable(limit, refusals)
	p.validations = append(p.validations, admissionregistrationv1.Validation{
		Expression: "variables." + limit + ".size() == 0", MessageExpression: "variables." + limit + "[0]",
		// For an API server that cannot evaluate the other one.
		Message: "out of bounds of the platform team's limits." + limit, Reason: ptr.To(metav1.StatusReasonForbidden),
	})
}
