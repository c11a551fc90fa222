//! Where trust stores lie on the distributions in use, and the variables that lead to one.
//! [docs/trust.md](../../../docs/trust.md) says which client was measured to need what.

/// Holds the certificate, and what is shown over the machine's files.
pub(super) const FOLDER: &str = "/etc/apptrace-trust";
/// The certificate alone.
pub(super) const CERTIFICATE: &str = "/etc/apptrace-trust/certificate.pem";
/// The machine's own certificates and this one.
pub(super) const BUNDLE: &str = "/etc/apptrace-trust/bundle.pem";

/// Bundles in PEM; the first that is there is taken for the machine's own.
pub(super) const BUNDLES: [&str; 19] = [
    // Debian, Ubuntu, Alpine, Arch, Gentoo, NixOS.
    "/etc/ssl/certs/ca-certificates.crt",
    // Fedora, RHEL and theirs, NixOS; before version 6 of RHEL.
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/certs/ca-bundle.trust.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/openssl/ca-bundle.trust.crt",
    "/etc/pki/ca-trust/extracted/pem/directory-hash/ca-bundle.crt",
    "/etc/pki/tls/cacert.pem",
    // openSUSE, SLES.
    "/etc/ssl/ca-bundle.pem",
    "/var/lib/ca-certificates/ca-bundle.pem",
    // Arch.
    "/etc/ca-certificates/extracted/tls-ca-bundle.pem",
    "/etc/ca-certificates/extracted/ca-bundle.trust.crt",
    // Alpine, Arch, and OpenSSL's own default.
    "/etc/ssl/cert.pem",
    "/etc/ssl/certs/ca-bundle.crt",
    "/usr/lib/ssl/cert.pem",
    "/usr/local/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
    // Homebrew on Linux.
    "/home/linuxbrew/.linuxbrew/etc/ca-certificates/cert.pem",
    "/home/linuxbrew/.linuxbrew/etc/openssl@3/cert.pem",
];

/// Folders in which OpenSSL looks a certificate up by the hash of its name.
pub(super) const HASHED: [&str; 9] = [
    "/etc/ssl/certs",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust/extracted/pem/directory-hash",
    "/var/lib/ca-certificates/pem",
    "/var/lib/ca-certificates/openssl",
    "/etc/ca-certificates/extracted/cadir",
    "/usr/lib/ssl/certs",
    "/usr/local/ssl/certs",
    "/etc/openssl/certs",
];

/// Folders whose certificates p11-kit takes for authorities: by it GnuTLS is led on Fedora and
/// Arch, and NSS in place of the roots that it brings along.
pub(super) const ANCHORS: [&str; 3] = [
    "/etc/pki/ca-trust/source/anchors",
    "/etc/ca-certificates/trust-source/anchors",
    "/etc/pki/trust/anchors",
];

/// Java's trust stores and Python's bundle where they are installed for the whole machine. A
/// `*` stands for any characters within a name.
pub(super) const INSTALLED: [&str; 21] = [
    "/etc/ssl/certs/java/cacerts",
    "/etc/pki/java/cacerts",
    "/etc/pki/ca-trust/extracted/java/cacerts",
    "/var/lib/ca-certificates/java-cacerts",
    "/etc/ca-certificates/extracted/java-cacerts.jks",
    "/usr/lib/jvm/*/lib/security/cacerts",
    "/usr/lib/jvm/*/jre/lib/security/cacerts",
    "/usr/lib64/jvm/*/lib/security/cacerts",
    "/usr/lib64/jvm/*/jre/lib/security/cacerts",
    "/usr/java/*/lib/security/cacerts",
    "/usr/java/*/jre/lib/security/cacerts",
    "/usr/local/*/lib/security/cacerts",
    "/opt/*/lib/security/cacerts",
    "/opt/*/*/lib/security/cacerts",
    "/opt/*/*/*/lib/security/cacerts",
    "/usr/lib/python3*/*-packages/certifi/cacert.pem",
    "/usr/lib/python3*/*-packages/pip/_vendor/certifi/cacert.pem",
    "/usr/local/lib/python3*/*-packages/certifi/cacert.pem",
    "/usr/local/lib/python3*/*-packages/pip/_vendor/certifi/cacert.pem",
    "/opt/*/lib/python3*/*-packages/certifi/cacert.pem",
    "/opt/*/lib/python3*/*-packages/pip/_vendor/certifi/cacert.pem",
];

/// The same below the folder that the program was installed under: a virtual environment, a
/// program that brings its own Java, one packed by PyInstaller.
pub(super) const BESIDE_PROGRAM: [&str; 9] = [
    "lib/security/cacerts",
    "*/lib/security/cacerts",
    "*/*/lib/security/cacerts",
    "lib/python3*/*-packages/certifi/cacert.pem",
    "lib/python3*/*-packages/pip/_vendor/certifi/cacert.pem",
    "certifi/cacert.pem",
    "_internal/certifi/cacert.pem",
    "lib/certifi/cacert.pem",
    "bin/_internal/certifi/cacert.pem",
];

/// The variables by which clients with roots of their own are led to the certificate. Each was
/// measured to be needed; whoever reads the machine's stores needs none.
pub(crate) fn environment() -> [(&'static str, &'static str); 5] {
    [
        // httpx, uv, and whatever has OpenSSL built for another folder.
        ("SSL_CERT_FILE", BUNDLE),
        // requests, pip, botocore: whatever takes certifi's roots through requests.
        ("REQUESTS_CA_BUNDLE", BUNDLE),
        // Node and what is made of it: added to the roots that are compiled in.
        ("NODE_EXTRA_CA_CERTS", CERTIFICATE),
        ("DENO_CERT", CERTIFICATE),
        // gRPC's own core, under Python, Ruby, PHP and C++.
        ("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", BUNDLE),
    ]
}
