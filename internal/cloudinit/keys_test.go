package cloudinit

import (
	"testing"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

func TestKeyAdvice(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   v1alpha1.WukongSpec
		data   string
		want   bool
	}{
		"NoUserData":   {reason: "The image has a default user.", data: ""},
		"NoUsers":      {reason: "The image has a default user.", data: "#cloud-config\npackages: [a]\n"},
		"Script":       {reason: "It names no users.", data: "#!/bin/sh\n"},
		"Others":       {reason: "Only the default user gets the keys.", data: "#cloud-config\nusers: [{name: ops}, bob]\n", want: true},
		"None":         {reason: "An empty list has no default user.", data: "#cloud-config\nusers: []\n", want: true},
		"Default":      {reason: "The default user is there.", data: "#cloud-config\nusers: [{name: ops}, default]\n"},
		"NamedDefault": {reason: "The default user is there by its name.", data: "#cloud-config\nusers: [{name: default}]\n"},
		"Nameless":     {reason: "Settings without a name are the default user's.", data: "#cloud-config\nusers: [{shell: /bin/sh}]\n"},
		"Commas":       {reason: "One entry may hold several names.", data: "#cloud-config\nusers: ['ops, default']\n"},
		"Text":         {reason: "Names with commas between them.", data: "#cloud-config\nusers: ops,default\n"},
		"OtherText":    {reason: "Names with commas between them.", data: "#cloud-config\nusers: ops,defaults\n", want: true},
		"Nested":       {reason: "A list in the list.", data: "#cloud-config\nusers: [[ops, default]]\n"},
		"Mapping":      {reason: "Users by their names.", data: "#cloud-config\nusers: {ops: {}, default: true}\n"},
		"OtherMapping": {reason: "Users by their names.", data: "#cloud-config\nusers: {ops: {}}\n", want: true},
		"User":         {reason: "Settings of the default user bring it back.", data: "#cloud-config\nuser: ops\nusers: [bob]\n"},
		"CloudInitUser": {
			reason: "It is the default user.", data: "#cloud-config\nusers: [bob]\n",
			spec: v1alpha1.WukongSpec{CloudInitUser: &v1alpha1.CloudInitUser{Name: "ops"}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := &v1alpha1.Wukong{Spec: tc.spec}
			w.Spec.CloudInit = &v1alpha1.CloudInit{UserData: tc.data}
			custom, err := ParseUserData(w)
			if err != nil {
				t.Fatal(err)
			}
			if got := KeyAdvice(w, custom); len(got) > 0 {
				t.Errorf("there are no keys, but got %q", got)
			}
			w.Spec.SSHKeySecret = "keys"
			if got := KeyAdvice(w, custom); len(got) > 0 != tc.want {
				t.Errorf("%s\nwant advice: %t, got %q", tc.reason, tc.want, got)
			}
		})
	}
}
