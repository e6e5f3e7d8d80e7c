package schema

import (
	"bufio"
	"context"
	"os"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/cel/environment"
	syaml "sigs.k8s.io/yaml"
)

// TestSecretTypes shows which Secrets the policy of examples/production lets whom create, by the API server's own code.
func TestSecretTypes(t *testing.T) {
	policy := secretTypes(t)
	for name, tc := range map[string]struct {
		reason     string
		mayRead    bool
		secretType corev1.SecretType
		want       validating.PolicyDecisionAction
	}{
		"Opaque":          {"Keys and passwords are of this type.", false, corev1.SecretTypeOpaque, validating.ActionAdmit},
		"Token":           {"Kubernetes writes a service account's token into it.", false, corev1.SecretTypeServiceAccountToken, validating.ActionDeny},
		"AnyOther":        {"What other controllers fill is not known.", false, "example.org/filled", validating.ActionDeny},
		"TokenForReaders": {"Whoever may read Secrets gains nothing by a Wukong.", true, corev1.SecretTypeServiceAccountToken, validating.ActionAdmit},
	} {
		t.Run(name, func(t *testing.T) {
			secret := &corev1.Secret{
				TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
				ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "keys"},
				Type:       tc.secretType,
			}
			readers := authorizer.AuthorizerFunc(func(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
				if tc.mayRead && a.GetVerb() == "get" && a.GetAPIGroup() == "" && a.GetResource() == "secrets" && a.GetNamespace() == "team-a" {
					return authorizer.DecisionAllow, "", nil
				}
				return authorizer.DecisionNoOpinion, "", nil
			})
			for _, d := range decide(t, policy, secret, readers) {
				if d.Action != tc.want {
					t.Errorf("%s\nwant %s, got %s: %s", tc.reason, tc.want, d.Action, d.Message)
				}
			}
		})
	}
}

// secretTypes returns the policy of examples/production.
func secretTypes(t *testing.T) *admissionregistrationv1.ValidatingAdmissionPolicy {
	t.Helper()
	f, err := os.Open("../../examples/production/secret-types.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := yaml.NewYAMLReader(bufio.NewReader(f)).Read()
	if err != nil {
		t.Fatal(err)
	}
	policy := &admissionregistrationv1.ValidatingAdmissionPolicy{}
	if err := syaml.UnmarshalStrict(b, policy); err != nil {
		t.Fatal(err)
	}
	return policy
}

// decide returns what a policy decides on the creation of a Secret, by somebody who may do what an authorizer says.
func decide(t *testing.T, policy *admissionregistrationv1.ValidatingAdmissionPolicy, secret *corev1.Secret, authz authorizer.Authorizer) []validating.PolicyDecision {
	t.Helper()
	compiler, err := cel.NewCompositedCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
	if err != nil {
		t.Fatal(err)
	}
	compile := func(expressions ...cel.ExpressionAccessor) cel.ConditionEvaluator {
		evaluator := compiler.CompileCondition(expressions, cel.OptionalVariableDeclarations{HasAuthorizer: true}, environment.StoredExpressions)
		for _, err := range evaluator.CompilationErrors() {
			t.Fatal(err)
		}
		return evaluator
	}
	var matches, validations []cel.ExpressionAccessor
	for i := range policy.Spec.MatchConditions {
		matches = append(matches, (*matchconditions.MatchCondition)(&policy.Spec.MatchConditions[i]))
	}
	for _, v := range policy.Spec.Validations {
		validations = append(validations, &validating.ValidationCondition{Expression: v.Expression, Message: v.Message, Reason: v.Reason})
	}
	matcher := matchconditions.NewMatcher(compile(matches...), policy.Spec.FailurePolicy, "policy", "validate", policy.Name)
	validator := validating.NewValidator(compile(validations...), matcher, compile(), compile(), policy.Spec.FailurePolicy)

	secrets, kind := corev1.SchemeGroupVersion.WithResource("secrets"), corev1.SchemeGroupVersion.WithKind("Secret")
	attributes := admission.NewAttributesRecord(secret, nil, kind, secret.Namespace, secret.Name, secrets, "", admission.Create, nil, false, &user.DefaultInfo{Name: "tenant"})
	versioned := &admission.VersionedAttributes{Attributes: attributes, VersionedObject: secret, VersionedKind: kind}
	return validator.Validate(t.Context(), secrets, versioned, nil, nil, celconfig.RuntimeCELCostBudget, authz).Decisions
}
