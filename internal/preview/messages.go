package preview

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/message"
)

// Why a preview fails.
var (
	msgNoWukong     = message.New(message.Report, "preview-no-wukong", "{file}: holds no Wukong")
	msgNoManifest   = message.New(message.Report, "preview-no-manifest", "{file}: has no apiVersion or no kind, and is no Kubernetes manifest")
	msgOtherVersion = message.New(message.Report, "preview-other-version", "{file}: apiVersion {value} is not that of a Wukong, which is "+v1alpha1.APIVersion)
	msgOtherKind    = message.New(message.Report, "preview-other-kind", "{file}: kind {value} is neither Wukong nor XWukong")
	msgNoObject     = message.New(message.Report, "preview-no-object", "{file}: is no object")
	msgNoInput      = message.New(message.Report, "preview-no-input", "{file}: found no Input of "+v1beta1.APIVersion+", nor a Composition with one")
	msgInvalidInput = message.New(message.Report, "preview-invalid-input", "{file}: invalid Input: {reason}")
	msgOtherTarget  = message.New(message.Report, "preview-other-target", "{file}: is of target {value}, and --target says {value}: leave --target out")
	msgUnrelated    = message.New(message.Report, "preview-unrelated",
		"{file}: nothing in it belongs to a Wukong of the files: give the state of these Wukongs, and the --target that they have")
	msgResourceTwice = message.New(message.Report, "preview-resource-twice", "{file}: the file has resource {value} of {value} twice")
)

// What a preview notes.
var (
	msgLeftOutOther       = message.New(message.Report, "preview-left-out-other", "is left out: it is no Wukong")
	msgLeftOutNotComposed = message.New(message.Report, "preview-left-out-not-composed",
		"is left out: it has no annotation "+crossplane.AnnotationResourceName+", as composed resources have")
	msgLeftOutUnowned = message.New(message.Report, "preview-left-out-unowned",
		"is left out: neither its controller nor its label "+crossplane.LabelComposite+" is a Wukong")
	msgLeftOutOwned       = message.New(message.Report, "preview-left-out-owned", "is left out: it belongs to {value}, which is not in the files")
	msgLeftOutNotRequired = message.New(message.Report, "preview-left-out-not-required", "is left out: no Wukong of the files asks for it")
	msgDefaultNamespace   = message.New(message.Report, "preview-default-namespace",
		"names no namespace, and is taken to be in this one, from which its names and MAC addresses follow")
)
