//! Programs compiled for this machine, with the TLS library and the way to roots that their
//! makers chose.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use assert_cmd::Command;

use super::fetching::{Client, skip, workshop};
use crate::support::repository;

const GO: &str = r#"
package main

import (
	"net/http"
	"os"
)

func main() {
	if _, err := http.Get(os.Args[1]); err != nil {
		panic(err)
	}
}
"#;

#[test]
fn go() {
    let client = Client::new("Go `net/http`", &["go"]);
    if !client.is_installed() {
        return;
    }
    let folder = workshop("go");
    std::fs::write(folder.join("client.go"), GO).unwrap();
    // Nothing of the caller's, and nothing from elsewhere.
    let mut command = Command::new("go");
    command.args(["build", "-o", "client", "client.go"]).current_dir(&folder);
    for (variable, value) in [("GO111MODULE", "off"), ("GOPROXY", "off"), ("GOTOOLCHAIN", "local")]
    {
        command.env(variable, value);
    }
    command.env("GOCACHE", folder.join("cache")).env("GOPATH", folder.join("path"));
    command.timeout(Duration::from_secs(300)).assert().success();
    client.showing(&folder).reaches(&format!("{}/client \"$1\"", folder.display()));
}

#[test]
fn rust() {
    let Some(program) = rust_client() else { return };
    let check = |name, library: &str, trusts: bool| {
        let client = Client::new(name, &[]).showing(program.parent().unwrap());
        let script = format!("{} {library} \"$2\" \"$3\"", program.display());
        if trusts { client.reaches(&script) } else { client.refuses(&script) }
    };
    check("Rust `native-tls`", "native-tls", true);
    check("Rust `rustls` with `rustls-native-certs`", "rustls-native-certs", true);
    // The roots are within the program: nobody can add one from outside.
    check("Rust `rustls` with `webpki-roots`", "rustls-webpki-roots", false);
}

/// The clients of `tests/clients`, built.
fn rust_client() -> Option<PathBuf> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let build = || {
        let folder = workshop("rust");
        let manifest = repository::root().join("tests/clients/Cargo.toml");
        let mut command = Command::new(env!("CARGO"));
        command.args(["build", "--quiet", "--locked", "--manifest-path"]).arg(manifest);
        let ran = command.arg("--target-dir").arg(&folder).timeout(Duration::from_secs(600));
        let ran = ran.output().unwrap();
        if !ran.status.success() {
            let errors = String::from_utf8_lossy(&ran.stderr);
            skip("Rust", &format!("tests/clients does not build: {errors}"));
            return None;
        }
        Some(folder.join(Path::new("debug/tls-clients")))
    };
    PROGRAM.get_or_init(build).clone()
}
