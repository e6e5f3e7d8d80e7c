package schema

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
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

// TestSecretTypes shows which types of Secrets the policy of examples/production admits, and for which users.
func TestSecretTypes(t *testing.T) {
	policy := productionPolicy(t, "secret-types.yaml")
	for name, tc := range map[string]struct {
		reason     string
		canRead    bool
		secretType corev1.SecretType
		want       validating.PolicyDecisionAction
	}{
		"Opaque": {reason: "Keys and passwords have this type.", secretType: corev1.SecretTypeOpaque, want: validating.ActionAdmit},
		"Token": {
			reason:     "Kubernetes writes a service account's token into it.",
			secretType: corev1.SecretTypeServiceAccountToken,
			want:       validating.ActionDeny,
		},
		"AnyOther": {reason: "Another controller may write a secret value into it.", secretType: "example.org/filled", want: validating.ActionDeny},
		"TokenForReaders": {
			reason:     "A user who can read Secrets gains nothing by a Wukong.",
			canRead:    true,
			secretType: corev1.SecretTypeServiceAccountToken,
			want:       validating.ActionAdmit,
		},
	} {
		t.Run(name, func(t *testing.T) {
			secret := &corev1.Secret{
				TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
				ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "keys"},
				Type:       tc.secretType,
			}
			readers := authorizer.AuthorizerFunc(func(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
				if tc.canRead && a.GetVerb() == "get" && a.GetAPIGroup() == "" && a.GetResource() == "secrets" && a.GetNamespace() == "team-a" {
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

// productionPolicy returns the policy in a file of examples/production.
func productionPolicy(t *testing.T, file string) *admissionregistrationv1.ValidatingAdmissionPolicy {
	t.Helper()
	f, err := os.Open(filepath.Join(root, "examples/production", file))
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

// decide returns the decisions of a policy on the creation of a Secret by a user with the permissions of an authorizer.
func decide(t *testing.T, p *admissionregistrationv1.ValidatingAdmissionPolicy, secret *corev1.Secret, a authorizer.Authorizer) []validating.PolicyDecision {
	t.Helper()
	secrets, kind := corev1.SchemeGroupVersion.WithResource("secrets"), corev1.SchemeGroupVersion.WithKind("Secret")
	attributes := admission.NewAttributesRecord(secret, nil, kind, secret.Namespace, secret.Name, secrets, "", admission.Create, nil, false, tenant)
	return decideOn(t, p, &admission.VersionedAttributes{Attributes: attributes, VersionedObject: secret, VersionedKind: kind}, a)
}

// tenant is the user of all requests.
var tenant = &user.DefaultInfo{Name: "tenant"}

// decideOn returns the decisions of a policy on a request of a user with the permissions of an authorizer.
func decideOn(
	t *testing.T, p *admissionregistrationv1.ValidatingAdmissionPolicy, request *admission.VersionedAttributes, a authorizer.Authorizer,
) []validating.PolicyDecision {
	t.Helper()
	compiler, err := cel.NewCompositedCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
	if err != nil {
		t.Fatal(err)
	}
	authorized := cel.OptionalVariableDeclarations{HasAuthorizer: true}
	for _, v := range p.Spec.Variables {
		result := compiler.CompileAndStoreVariable(&validating.Variable{Name: v.Name, Expression: v.Expression}, authorized, environment.StoredExpressions)
		if result.Error != nil {
			t.Fatal(result.Error)
		}
	}
	compile := func(options cel.OptionalVariableDeclarations, expressions ...cel.ExpressionAccessor) cel.ConditionEvaluator {
		evaluator := compiler.CompileCondition(expressions, options, environment.StoredExpressions)
		for _, err := range evaluator.CompilationErrors() {
			t.Fatal(err)
		}
		return evaluator
	}
	var matches, validations []cel.ExpressionAccessor
	for i := range p.Spec.MatchConditions {
		matches = append(matches, (*matchconditions.MatchCondition)(&p.Spec.MatchConditions[i]))
	}
	messages := make([]cel.ExpressionAccessor, len(p.Spec.Validations))
	for i, v := range p.Spec.Validations {
		validations = append(validations, &validating.ValidationCondition{Expression: v.Expression, Message: v.Message, Reason: v.Reason})
		if v.MessageExpression != "" {
			messages[i] = &validating.MessageExpressionCondition{MessageExpression: v.MessageExpression}
		}
	}
	matcher := matchconditions.NewMatcher(compile(authorized, matches...), p.Spec.FailurePolicy, "policy", "validate", p.Name)
	validator := validating.NewValidator(compile(authorized, validations...), matcher, compile(authorized),
		compile(cel.OptionalVariableDeclarations{}, messages...), p.Spec.FailurePolicy)
	return validator.Validate(t.Context(), request.GetResource(), request, nil, nil, celconfig.RuntimeCELCostBudget, a).Decisions
}
