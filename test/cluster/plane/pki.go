package plane

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// validity of the certificates, longer than any control plane of this kind runs.
const validity = 365 * 24 * time.Hour

// loopback is what every server certificate is valid for.
var loopback = []string{"localhost", "127.0.0.1"}

// An authority issues all certificates of a control plane. Clients authenticate by them.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

// certificateFiles are the paths of tls.crt, tls.key and the authority's ca.crt in a folder, as in a mounted Secret of type kubernetes.io/tls.
type certificateFiles struct {
	dir, cert, key, ca string
}

// newAuthority returns an authority that writes its certificates below dir.
func newAuthority(dir string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := newAuthorityCertificate("wukong-ca")
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{dir: dir, cert: cert, key: key, pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}, nil
}

// newAuthorityCertificate returns the template of the certificate of an authority.
func newAuthorityCertificate(name string) *x509.Certificate {
	c := newCertificate(pkix.Name{CommonName: name}, nil)
	c.IsCA, c.BasicConstraintsValid = true, true
	c.KeyUsage |= x509.KeyUsageCertSign
	return c
}

// newCertificate returns the template of a certificate for servers and clients.
func newCertificate(subject pkix.Name, hosts []string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	c := &x509.Certificate{
		SerialNumber: serial,
		Subject:      subject,
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(validity),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
			continue
		}
		c.DNSNames = append(c.DNSNames, h)
	}
	return c
}

// issue writes a certificate for a user in some groups. It is also valid for a server on loopback and on further hosts.
func (a *authority) issue(user string, groups []string, hosts ...string) (certificateFiles, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return certificateFiles{}, err
	}
	template := newCertificate(pkix.Name{CommonName: user, Organization: groups}, append(hosts, loopback...))
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return certificateFiles{}, err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return certificateFiles{}, err
	}

	dir := filepath.Join(a.dir, user)
	p := certificateFiles{dir: dir, cert: filepath.Join(dir, "tls.crt"), key: filepath.Join(dir, "tls.key"), ca: filepath.Join(dir, "ca.crt")}
	return p, writeFiles(map[string][]byte{
		p.cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		p.key:  pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}),
		p.ca:   a.pem,
	})
}

// writeRSAKeys writes an RSA key pair, for components that accept no other keys.
func writeRSAKeys(private, public string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	publicDER, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	return writeFiles(map[string][]byte{
		private: pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
		public:  pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER}),
	})
}

// issueSigner writes a certificate of an authority of its own with an RSA key, for components that sign certificates and accept no other keys.
func (a *authority) issueSigner(name string) (files certificateFiles, bundle []byte, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return certificateFiles{}, nil, err
	}
	template := newAuthorityCertificate(name)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return certificateFiles{}, nil, err
	}
	bundle = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	dir := filepath.Join(a.dir, name)
	files = certificateFiles{dir: dir, cert: filepath.Join(dir, "tls.crt"), key: filepath.Join(dir, "tls.key"), ca: filepath.Join(dir, "ca.crt")}
	return files, bundle, writeFiles(map[string][]byte{
		files.cert: bundle,
		files.key:  pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
		files.ca:   bundle,
	})
}

// kubeconfig writes a kubeconfig for a user with embedded certificates.
func (a *authority) kubeconfig(path, server, user string, groups ...string) error {
	p, err := a.issue(user, groups)
	if err != nil {
		return err
	}
	cert, err := os.ReadFile(p.cert)
	if err != nil {
		return err
	}
	key, err := os.ReadFile(p.key)
	if err != nil {
		return err
	}
	c := clientcmdapi.NewConfig()
	c.Clusters["wukong"] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: a.pem}
	c.AuthInfos[user] = &clientcmdapi.AuthInfo{ClientCertificateData: cert, ClientKeyData: key}
	c.Contexts["wukong"] = &clientcmdapi.Context{Cluster: "wukong", AuthInfo: user}
	c.CurrentContext = "wukong"
	return clientcmd.WriteToFile(*c, path)
}

// writeFiles writes files by their paths, and creates their folders.
func writeFiles(files map[string][]byte) error {
	for path, b := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			return fmt.Errorf("cannot write %s: %w", path, err)
		}
	}
	return nil
}

// base64 returns the certificate of the authority as a caBundle.
func (a *authority) base64() string { return base64.StdEncoding.EncodeToString(a.pem) }
