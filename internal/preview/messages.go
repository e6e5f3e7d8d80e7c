package preview

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/message"
)

// Why a manifest is not taken.
var (
	msgNoWukong     = message.New(message.Report, "preview-no-wukong", "holds no Wukong")
	msgNoManifest   = message.New(message.Report, "preview-no-manifest", "has no apiVersion or no kind, and is no Kubernetes manifest")
	msgOtherVersion = message.New(message.Report, "preview-other-version",
		"apiVersion {value} is not that of a Wukong, which is "+v1alpha1.APIVersion+": change it, or take the function-wukong that knows it")
	msgOtherKind      = message.New(message.Report, "preview-other-kind", "kind {value} is neither Wukong nor XWukong")
	msgMisspeltKind   = message.New(message.Report, "preview-misspelt-kind", "kind {value} is neither Wukong nor XWukong: did you mean {value}?")
	msgOtherGroup     = message.New(message.Report, "preview-other-group", "a {kind} is of apiVersion "+v1alpha1.APIVersion+", and not of {value}")
	msgTwice          = message.New(message.Report, "preview-twice", "{value} is there twice, in {file} as well: remove one")
	msgOtherNamespace = message.New(message.Report, "preview-other-namespace", "is {namespace}, and -n says {namespace}: remove one of both")
	msgNoInput        = message.New(message.Report, "preview-no-input", "has no Input of "+v1beta1.APIVersion+", nor a Composition with one")
	msgOtherTarget    = message.New(message.Report, "preview-other-target", "is of target {value}, and --target says {value}: leave --target out")
	msgUnrelated      = message.New(message.Report, "preview-unrelated",
		"nothing in it belongs to a Wukong of the files: give the state of these Wukongs, and the --target that they have")
	msgOtherComposition = message.New(message.Report, "preview-other-composition",
		"{value} is not how the target {value} composes a virtual machine: give the --target, or the --input, of the Composition that made it")
	msgResourceTwice = message.New(message.Report, "preview-resource-twice", "resource {value} of {value} is there twice")
)

// What a preview notes.
var (
	msgLeftOutOther       = message.New(message.Report, "preview-left-out-other", "{value} is left out: it is no Wukong")
	msgLeftOutOthers      = message.New(message.Report, "preview-left-out-others", "other objects in the folders are left out: {value}")
	msgLeftOutNotComposed = message.New(message.Report, "preview-left-out-not-composed",
		"{value} is left out: it has no annotation "+crossplane.AnnotationResourceName+", as composed resources have")
	msgNotInFiles = message.New(message.Report, "preview-not-in-files", "{value} is in the cluster, and not in the files: nothing is said of it")

	msgLeftOutUnowned = message.New(message.Report, "preview-left-out-unowned",
		"{value} is left out: neither its controller nor its label "+crossplane.LabelComposite+" is a Wukong")
	msgLeftOutOwned       = message.New(message.Report, "preview-left-out-owned", "{value} is left out: it belongs to {value}, which is not in the files")
	msgLeftOutNotRequired = message.New(message.Report, "preview-left-out-not-required", "{value} is left out: no Wukong of the files asks for it")
	msgDefaultNamespace   = message.New(message.Report, "preview-default-namespace",
		"names no namespace: default is taken, from which names and MAC addresses follow, unless -n names another")
)
