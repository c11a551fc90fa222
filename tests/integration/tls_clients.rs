//! Real TLS clients in the sandbox, each in the state in which it is installed: what they ask
//! for within TLS arrives, and the few that trust nobody but their makers are reported as
//! refusing. [docs/trust.md](../../docs/trust.md) has a row for each, and is held to these.

mod browsers;
mod compiled;
mod fetching;
mod interpreted;
mod java;

use self::fetching::Client;

/// The first of the machine's own roots.
const OWN: &str = "sed '/END/q' /etc/ssl/certs/ca-certificates.crt > $HOME/own.pem";

#[test]
fn curl() {
    let client = Client::new("curl", &["curl"]);
    client.reaches("curl -sS \"$1\"");
    // Neither way of a program that reads the machine's stores itself is left out.
    client
        .reaches("curl -sS --capath /dev/null --cacert /etc/ssl/certs/ca-certificates.crt \"$1\"");
    client
        .reaches(&format!("{OWN}; curl -sS --cacert $HOME/own.pem --capath /etc/ssl/certs \"$1\""));
}

#[test]
fn curl_with_roots_of_its_own() {
    let client = Client::new("curl --cacert FILE", &["curl"]);
    client.refuses(&format!("{OWN}; curl -sS --cacert $HOME/own.pem --capath /dev/null \"$1\""));
}

#[test]
fn wget() {
    Client::new("wget", &["wget"]).reaches("wget -q -O - \"$1\"");
}

#[test]
fn git() {
    // What answers is no repository.
    let client = Client::new("git", &["git"]);
    client.reaches_at("/info/refs?service=git-upload-pack", "git ls-remote \"$1\" || true");
}

#[test]
fn openssl() {
    let client = Client::new("openssl", &["openssl"]);
    client.reaches(
        "printf 'GET %s HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n' \"$3\" \"$2\" |
         openssl s_client -quiet -verify_return_error -connect \"$2:443\" -servername \"$2\"",
    );
}
