// Command gitops applies a manifest, compares it with the live object, or prints the object's health. It does so by Argo CD's own code and with
// the settings of examples/argocd.
//
// It exits with 1 if there is a difference, and with 2 after an error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/diff"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/tracing"
	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/argo"
	argodiff "github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/test/argocd/settings"
)

// errDiffers is returned after a difference was printed.
var errDiffers = errors.New("the live object differs from the manifest")

const usage = `usage: gitops [flags] apply|diff|health FILE

  apply   the manifest, with the tracking annotation
  diff    the manifest and the live object, in each way that Argo CD compares them
  health  of the live object

`

func main() {
	switch err := run(os.Args[1:], os.Stdout); {
	case errors.Is(err, errDiffers):
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run(args []string, out io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	flags := flag.NewFlagSet("gitops", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), usage)
		flags.PrintDefaults()
	}
	kubeconfig := flags.String("kubeconfig", "", "kubeconfig file of the cluster")
	cm := flags.String("settings", "examples/argocd/argocd-cm.yaml", "file with the ConfigMap argocd-cm")
	app := flags.String("application", "team-a", "name of the Application whose manifest it is")
	serverSide := flags.Bool("server-side", false, "apply and compare as with the sync option ServerSideApply=true")
	ignore := flags.String("ignore", "", "JSON pointer of a field that the Application ignores")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 2 {
		flags.Usage()
		return errors.New("want a command and one file")
	}

	a, err := connect(ctx, *kubeconfig, *cm)
	if err != nil {
		return err
	}
	a.name, a.serverSide, a.ignore = *app, *serverSide, *ignore
	manifest, err := a.read(flags.Arg(1))
	if err != nil {
		return err
	}
	switch flags.Arg(0) {
	case "apply":
		return a.apply(ctx, manifest, out)
	case "diff":
		return a.diff(ctx, manifest, out)
	case "health":
		return a.health(ctx, manifest, out)
	default:
		return fmt.Errorf("%q is none of apply, diff and health", flags.Arg(0))
	}
}

// An application is an Application of Argo CD and the cluster that it applies to.
type application struct {
	name string

	// ignore is the JSON pointer of a field that is not compared; empty for none.
	ignore string

	// serverSide is set if manifests are applied by server-side apply.
	serverSide bool

	settings settings.Settings
	config   *rest.Config
	kubectl  *kube.KubectlCmd
}

func connect(ctx context.Context, kubeconfig, cm string) (application, error) {
	s, err := settings.Read(ctx, cm)
	if err != nil {
		return application{}, err
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return application{}, err
	}
	return application{settings: s, config: config, kubectl: &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}}, nil
}

// read returns a manifest as Argo CD reads it from Git: with the tracking annotation.
func (a application) read(path string) (*unstructured.Unstructured, error) {
	b, err := os.ReadFile(path) //nolint:gosec // To read the manifest that it is given is what the command is for.
	if err != nil {
		return nil, err
	}
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(b, &u.Object); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, err)
	}
	return u, argo.NewResourceTracking().SetAppInstance(u, a.settings.LabelKey, a.name, u.GetNamespace(), a.settings.Tracking, "")
}

// live returns the object of a manifest in the cluster.
func (a application) live(ctx context.Context, manifest *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	return a.kubectl.GetResource(ctx, a.config, manifest.GroupVersionKind(), manifest.GetName(), manifest.GetNamespace())
}

func (a application) apply(ctx context.Context, manifest *unstructured.Unstructured, out io.Writer) error {
	ops, cleanup, err := a.kubectl.ManageResources(a.config)
	if err != nil {
		return err
	}
	defer cleanup()
	message, err := ops.ApplyResource(ctx, manifest, cmdutil.DryRunNone, false, true, a.serverSide, common.ArgoCDSSAManager)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, message)
	return nil
}

// diff compares a manifest with the live object: in the way that follows from how it is applied, and as with the annotation
// ServerSideDiff=true.
func (a application) diff(ctx context.Context, manifest *unstructured.Unstructured, out io.Writer) error {
	live, err := a.live(ctx, manifest)
	if err != nil {
		return err
	}
	_, parser, err := a.kubectl.LoadOpenAPISchema(a.config)
	if err != nil {
		return err
	}
	differs := false
	for _, byDryRun := range []bool{false, true} {
		result, err := a.compare(live, manifest, parser, byDryRun)
		if err != nil {
			return err
		}
		if !result.Modified {
			continue
		}
		differs = true
		difference, err := describe(result)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "Server-side apply: %t, compared by a dry run: %t: -live, +desired:\n%s", a.serverSide, byDryRun, difference)
	}
	if differs {
		return errDiffers
	}
	return nil
}

func (a application) compare(live, manifest *unstructured.Unstructured, parser *managedfields.GvkParser, byDryRun bool) (diff.DiffResult, error) {
	var ignores []v1alpha1.ResourceIgnoreDifferences
	if a.ignore != "" {
		gvk := manifest.GroupVersionKind()
		ignores = append(ignores, v1alpha1.ResourceIgnoreDifferences{Group: gvk.Group, Kind: gvk.Kind, JSONPointers: []string{a.ignore}})
	}
	b := argodiff.NewDiffConfigBuilder().
		WithDiffSettings(ignores, a.settings.Overrides, a.settings.Compare.IgnoreAggregatedRoles, normalizers.IgnoreNormalizerOpts{}).
		WithTracking(a.settings.LabelKey, string(a.settings.Tracking)).
		WithNoCache().
		WithGVKParser(parser).
		WithManager(common.ArgoCDSSAManager).
		WithStructuredMergeDiff(a.serverSide).
		WithServerSideDiff(byDryRun)
	if byDryRun {
		applier, cleanup, err := a.kubectl.ManageServerSideDiffDryRuns(a.config)
		if err != nil {
			return diff.DiffResult{}, err
		}
		defer cleanup()
		b = b.WithServerSideDryRunner(diff.NewK8sServerSideDryRunner(applier))
	}
	config, err := b.Build()
	if err != nil {
		return diff.DiffResult{}, err
	}
	return argodiff.StateDiff(live, manifest, config)
}

// describe returns the difference between the live object and the one after an apply.
func describe(r diff.DiffResult) (string, error) {
	live, err := yaml.JSONToYAML(r.NormalizedLive)
	if err != nil {
		return "", err
	}
	desired, err := yaml.JSONToYAML(r.PredictedLive)
	return cmp.Diff(string(live), string(desired)), err
}

func (a application) health(ctx context.Context, manifest *unstructured.Unstructured, out io.Writer) error {
	live, err := a.live(ctx, manifest)
	if err != nil {
		return err
	}
	h, err := health.GetResourceHealth(live, lua.ResourceHealthOverrides(a.settings.Overrides))
	if err != nil {
		return err
	}
	if h == nil {
		return errors.New("the object has no health rule")
	}
	_, err = fmt.Fprintf(out, "%s: %s\n", h.Status, h.Message)
	return err
}
