package report

import (
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/names"
)

var (
	msgRefused = message.New(message.Report, "compose-refused", "{thing}: refused by the cluster: {reason}")

	msgForeign = message.New(message.Report, "compose-foreign", textForeign+"or delete it")

	msgForeignData = message.New(message.Report, "compose-foreign-data", textForeign+"or delete it with the data that it holds")

	msgOtherComposite = message.New(message.Report, "compose-other-composite",
		"{thing}: the {kind} called {name} belongs to another Wukong of this name (UID {uid}), an earlier one or one of another control plane, and was not changed: "+
			"once that one is gone and no longer manages it, hand it over with kubectl annotate {kind} {name} -n {namespace} "+names.AnnotationComposite+"-")

	msgControlled = message.New(message.Report, "compose-controlled",
		"{thing}: the {kind} called {name} is still controlled by {kind} {name} (UID {uid}), is deleted with it, and was not changed: "+
			"to keep it, remove the reference with kubectl patch {kind} {name} -n {namespace} --type=json "+
			`-p '[{"op":"remove","path":"/metadata/ownerReferences/{number}"}]'`)
)

// textForeign begins the messages about an object that belongs to nobody that is known.
const textForeign = "{thing}: a {kind} called {name} already exists, does not belong to this Wukong, and was not changed: give the Wukong another name, " +
	"hand it over with kubectl label {kind} {name} -n {namespace} " + names.LabelWukong + "={wukong}, "
