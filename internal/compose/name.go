package compose

import (
	"strconv"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
)

// giveName names a composed resource that has no name of its own: it keeps the one that it was observed with.
//
// Crossplane would name a new one at random, and record the name in the composite's spec before it creates anything. Where it then
// reads the composite from a cache that is behind (as after an outage of the API server), it does not see that name, creates the
// resource again under another one, and forgets the first, which goes on managing the same object. So the name follows from the
// composite as it was read. Its generation counts every change of what Crossplane has recorded: what was forgotten on purpose, and may
// be on its way out, gets another name.
func giveName(resource *structpb.Struct, observed *fnv1.State, key string) {
	if textIn(resource, "name") != "" {
		return
	}
	name := textIn(observed.GetResources()[key].GetResource(), "name")
	if name == "" {
		name = newName(observed.GetComposite().GetResource(), key)
	}
	metadata := fields.In(resource, "metadata")
	if metadata == nil {
		metadata = &structpb.Struct{Fields: map[string]*structpb.Value{}}
		resource.Fields["metadata"] = structpb.NewStructValue(metadata)
	}
	metadata.Fields["name"] = structpb.NewStringValue(name)
}

func newName(composite *structpb.Struct, key string) string {
	generation := fields.In(composite, "metadata").GetFields()["generation"].GetNumberValue()
	return names.Composed(textIn(composite, "name"), key, textIn(composite, "uid"), strconv.FormatFloat(generation, 'f', -1, 64))
}
