package main

import (
	"fmt"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/controller-tools/pkg/crd"
	"sigs.k8s.io/controller-tools/pkg/loader"

	"github.com/novasphere/function-wukong/internal/validation"
)

// addRules adds the rules of the table to the schemas of the types that they are about, as markers of those types would.
func addRules(p *crd.Parser, pkg *loader.Package) error {
	p.NeedPackage(pkg)
	for _, r := range validation.Rules() {
		typeName, field, _ := strings.Cut(r.On, ".")
		id := crd.TypeIdent{Package: pkg, Name: typeName}
		if r.CEL == "" || p.Types[id] == nil {
			continue
		}
		p.NeedSchemaFor(id)
		schema := p.Schemata[id]
		if field == "" {
			schema.XValidations = append(schema.XValidations, validationRule(&r))
			p.Schemata[id] = schema
			continue
		}
		property, found := schema.Properties[field]
		if !found {
			return fmt.Errorf("rule %s is about %s, which is no field", r.ID, r.On)
		}
		property.XValidations = append(property.XValidations, validationRule(&r))
		schema.Properties[field] = property
	}
	return nil
}

// validationRule returns a rule as an API server reads it.
func validationRule(r *validation.Rule) apiextensionsv1.ValidationRule {
	out := apiextensionsv1.ValidationRule{Rule: r.CEL, Message: r.Text()}
	if r.Field != "" {
		out.FieldPath = "." + r.Field
	}
	if r.Reason != validation.Invalid {
		reason := apiextensionsv1.FieldValueErrorReason(r.Reason)
		out.Reason = &reason
	}
	return out
}

// checkRules returns an error for a rule about a type that the packages do not have.
func checkRules(p *crd.Parser, pkgs []*loader.Package) error {
	for _, r := range validation.Rules() {
		name, _, _ := strings.Cut(r.On, ".")
		if !slices.ContainsFunc(pkgs, func(pkg *loader.Package) bool { return p.Types[crd.TypeIdent{Package: pkg, Name: name}] != nil }) {
			return fmt.Errorf("rule %s is about %s, which is no type of the API", r.ID, r.On)
		}
	}
	return nil
}
