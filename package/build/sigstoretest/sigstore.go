// Package sigstoretest is a Sigstore for tests: what Fulcio and Rekor answer when something is signed, and the root of trust by which that is verified.
package sigstoretest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cyberphone/json-canonicalization/go/src/webpki.org/jsoncanonicalizer"
	"github.com/go-openapi/runtime"
	ct "github.com/google/certificate-transparency-go"
	cttls "github.com/google/certificate-transparency-go/tls"
	ctx509 "github.com/google/certificate-transparency-go/x509"
	ctx509util "github.com/google/certificate-transparency-go/x509util"
	"github.com/sigstore/cosign/v3/pkg/cosign/bundle"
	"github.com/sigstore/rekor/pkg/generated/models"
	"github.com/sigstore/rekor/pkg/types"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/tuf"
)

// A Sigstore has an authority, a log of its certificates, and a transparency log of signatures. Crossplane's code trusts it as it trusts the public
// one, by a root of trust. Its URL is that of the authority and of the transparency log.
type Sigstore struct {
	*httptest.Server

	authority                           *x509.Certificate
	authorityKey, certificates, entries *ecdsa.PrivateKey
}

// New starts a Sigstore. This process trusts it, and so do those that it starts, if the folder in TUF_ROOT is theirs. The root of trust is read once,
// so that a process has one.
func New(t *testing.T) *Sigstore {
	t.Helper()
	s := &Sigstore{authorityKey: NewKey(t), certificates: NewKey(t), entries: NewKey(t)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, s.authorityKey.Public(), s.authorityKey)
	if err != nil {
		t.Fatal(err)
	}
	if s.authority, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}

	mux := http.NewServeMux()
	for path, serve := range map[string]func(r *http.Request) (any, error){
		"POST /api/v2/signingCert": s.certify,
		"POST /api/v1/log/entries": s.enter,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			answer, err := serve(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			if strings.HasSuffix(path, "entries") {
				w.WriteHeader(http.StatusCreated)
			}
			_ = json.NewEncoder(w).Encode(answer)
		})
	}
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)

	file := filepath.Join(t.TempDir(), "certificates.pub")
	public, err := cryptoutils.MarshalPublicKeyToPEM(s.certificates.Public())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, public, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", file)
	log, err := signature.LoadVerifier(s.entries.Public(), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	tuf.NewSigstoreTufRepo(t, tuf.TestSigstoreRoot{Rekor: log, FulcioCertificate: s.authority})
	return s
}

// NewKey returns a new private key.
func NewKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// An Identity is what GitHub's token says of a workflow that runs.
type Identity struct {
	Issuer      string `json:"iss"`
	Subject     string `json:"sub"`
	WorkflowRef string `json:"job_workflow_ref"`
}

// Token returns the identity as a token without a signature.
func (i Identity) Token(t *testing.T) string {
	t.Helper()
	claims, err := json.Marshal(i)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join([]string{"e30", base64.RawURLEncoding.EncodeToString(claims), ""}, ".")
}

// certify answers as Fulcio does: with a certificate of the workflow in a token, for a key whose possession is proved.
func (s *Sigstore) certify(r *http.Request) (any, error) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(token+".", ".")[1])
	if err != nil {
		return nil, err
	}
	who := Identity{}
	if err := json.Unmarshal(claims, &who); err != nil {
		return nil, err
	}
	var request struct {
		PublicKeyRequest struct {
			PublicKey         struct{ Content string }
			ProofOfPossession []byte
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		return nil, err
	}
	key, err := cryptoutils.UnmarshalPEMToPublicKey([]byte(request.PublicKeyRequest.PublicKey.Content))
	if err != nil {
		return nil, err
	}
	proof, err := signature.LoadVerifier(key, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	if err := proof.VerifySignature(bytes.NewReader(request.PublicKeyRequest.ProofOfPossession), strings.NewReader(who.Subject)); err != nil {
		return nil, err
	}
	chain, err := s.certificate(who, key)
	if err != nil {
		return nil, err
	}
	return map[string]any{"signedCertificateEmbeddedSct": map[string]any{"chain": map[string]any{"certificates": chain}}}, nil
}

// Extensions of certificates: who issued the token (https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md), and what the log of certificates
// has signed (RFC 6962).
var (
	oidIssuer     = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 1}
	oidTimestamps = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}
)

// certificate returns the certificate of a workflow, which the log of certificates has signed, with its chain.
func (s *Sigstore) certificate(who Identity, key crypto.PublicKey) ([]string, error) {
	subject, err := url.Parse("https://github.com/" + who.WorkflowRef)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), URIs: []*url.URL{subject},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(10 * time.Minute),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		ExtraExtensions: []pkix.Extension{{Id: oidIssuer, Value: []byte(who.Issuer)}},
	}
	unsigned, err := x509.CreateCertificate(rand.Reader, template, s.authority, key, s.authorityKey)
	if err != nil {
		return nil, err
	}
	timestamps, err := s.timestamp(unsigned)
	if err != nil {
		return nil, err
	}
	template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{Id: oidTimestamps, Value: timestamps})
	der, err := x509.CreateCertificate(rand.Reader, template, s.authority, key, s.authorityKey)
	if err != nil {
		return nil, err
	}
	var chain []string
	for _, c := range [][]byte{der, s.authority.Raw} {
		chain = append(chain, string(cryptoutils.PEMEncode(cryptoutils.CertificatePEMType, c)))
	}
	return chain, nil
}

// timestamp returns what the log of certificates signs of a certificate, as the value of an extension.
func (s *Sigstore) timestamp(der []byte) ([]byte, error) {
	leaf, err := ctx509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(s.certificates.Public())
	if err != nil {
		return nil, err
	}
	sct := ct.SignedCertificateTimestamp{
		SCTVersion: ct.V1, LogID: ct.LogID{KeyID: sha256.Sum256(public)}, Timestamp: uint64(time.Now().UnixMilli()),
	}
	input, err := ct.SerializeSCTSignatureInput(sct, ct.LogEntry{Leaf: ct.MerkleTreeLeaf{
		Version: ct.V1, LeafType: ct.TimestampedEntryLeafType,
		TimestampedEntry: &ct.TimestampedEntry{
			Timestamp: sct.Timestamp, EntryType: ct.PrecertLogEntryType,
			PrecertEntry: &ct.PreCert{IssuerKeyHash: sha256.Sum256(s.authority.RawSubjectPublicKeyInfo), TBSCertificate: leaf.RawTBSCertificate},
		},
	}})
	if err != nil {
		return nil, err
	}
	signed, err := cttls.CreateSignature(*s.certificates, cttls.SHA256, input)
	if err != nil {
		return nil, err
	}
	sct.Signature = ct.DigitallySigned(signed)
	list, err := ctx509util.MarshalSCTsIntoSCTList([]*ct.SignedCertificateTimestamp{&sct})
	if err != nil {
		return nil, err
	}
	b, err := cttls.Marshal(*list)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(b)
}

// enter answers as Rekor does: it verifies a signature by Rekor's own code, and promises that it is in the log.
func (s *Sigstore) enter(r *http.Request) (any, error) {
	proposed, err := models.UnmarshalProposedEntry(r.Body, runtime.JSONConsumer())
	if err != nil {
		return nil, err
	}
	entry, err := types.CreateVersionedEntry(proposed)
	if err != nil {
		return nil, err
	}
	body, err := types.CanonicalizeEntry(r.Context(), entry)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(s.entries.Public())
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(public)
	p := bundle.RekorPayload{
		Body: base64.StdEncoding.EncodeToString(body), IntegratedTime: time.Now().Unix(), LogIndex: 1, LogID: hex.EncodeToString(id[:]),
	}
	b, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	canonical, err := jsoncanonicalizer.Transform(b)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(canonical)
	promise, err := ecdsa.SignASN1(rand.Reader, s.entries, sum[:])
	if err != nil {
		return nil, err
	}
	uuid := sha256.Sum256(append([]byte{0}, body...))
	return map[string]any{hex.EncodeToString(uuid[:]): map[string]any{
		"body": p.Body, "integratedTime": p.IntegratedTime, "logIndex": p.LogIndex, "logID": p.LogID,
		"verification": map[string]any{"signedEntryTimestamp": promise},
	}}, nil
}
