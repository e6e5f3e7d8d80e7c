package decode

import (
	"github.com/go-json-experiment/json"
	"google.golang.org/protobuf/types/known/structpb"
)

// unmarshal decodes a document into a type of the API. Fields that the type does not have are left out.
func unmarshal(s *structpb.Struct, into any) error {
	b, err := json.Marshal(s.AsMap())
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}
