package compose

import (
	"strconv"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
)

// setName names a composed resource without a name. An existing resource keeps its name.
//
// Crossplane would choose a random name, and record it in the composite before it creates anything. After an
// outage of the API server it may read the composite from a stale cache. Then it creates the resource again under another name, and forgets the
// first one, which goes on managing the same object. So the name is derived from the composite as it was read.
//
// The generation counts every change that Crossplane records. A resource that was removed on purpose, and may still be terminating, therefore
// does not share its name with its successor.
func setName(resource *structpb.Struct, state *fnv1.State, key string) {
	if fields.Text(resource, "metadata", "name") != "" {
		return
	}
	name := fields.Text(state.GetResources()[key].GetResource(), "metadata", "name")
	if name == "" {
		name = newName(state.GetComposite().GetResource(), key)
	}
	metadata := fields.In(resource, "metadata")
	if metadata == nil {
		metadata = &structpb.Struct{Fields: map[string]*structpb.Value{}}
		resource.Fields["metadata"] = structpb.NewStructValue(metadata)
	}
	metadata.Fields["name"] = structpb.NewStringValue(name)
}

// newName returns the name of a composed resource that does not exist yet.
func newName(xr *structpb.Struct, key string) string {
	generation := strconv.FormatFloat(fields.Value(xr, "metadata", "generation").GetNumberValue(), 'f', -1, 64)
	return names.Composed(fields.Text(xr, "metadata", "name"), key, fields.Text(xr, "metadata", "uid"), generation)
}
