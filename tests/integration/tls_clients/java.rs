//! Java, whose trust stores have formats of their own.

use std::path::Path;
use std::time::Duration;

use assert_cmd::Command;

use super::fetching::{Client, find};

const CLIENT: &str = r#"
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class Client {
    public static void main(String[] arguments) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(arguments[0])).build();
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }
}
"#;

#[test]
fn java() {
    let client = Client::new("Java `HttpClient`", &["java"]);
    let file = client.folder().join("Client.java");
    std::fs::write(&file, CLIENT).unwrap();
    client.reaches(&format!("java {} \"$1\"", file.display()));
}

/// Stores as Java's own tool makes them, given to Java by name, are added to for it to read.
#[test]
fn java_with_a_store_of_its_own() {
    let unprotected = [
        "-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE",
        "-J-Dkeystore.pkcs12.macAlgorithm=NONE",
    ];
    for (kind, options) in [("JKS", &[][..]), ("PKCS12", &unprotected)] {
        let name = "Java with a trust store of its own";
        let client = Client::new(name, &["java", "keytool", "openssl"]);
        if !client.is_installed() {
            return;
        }
        let folder = client.folder();
        std::fs::write(folder.join("Client.java"), CLIENT).unwrap();
        make_store(&folder, kind, options);
        let store = folder.join("store");
        let script = format!(
            "java -Djavax.net.ssl.trustStore={} {}/Client.java \"$1\"",
            store.display(),
            folder.display()
        );
        client.refuses(&script);
        client.trusting(&store).named("… with that file in `application.trust`").reaches(&script);
    }
}

/// A store with somebody else's certificate.
fn make_store(folder: &Path, kind: &str, options: &[&str]) {
    let run = |program: &str, words: &[&str]| {
        let mut command = Command::new(find(program).unwrap());
        command.args(words).current_dir(folder).timeout(Duration::from_secs(60)).assert().success();
    };
    run(
        "openssl",
        &[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "key.pem",
            "-out",
            "other.pem",
            "-subj",
            "/CN=other",
        ],
    );
    let words = [
        "-importcert",
        "-noprompt",
        "-alias",
        "other",
        "-file",
        "other.pem",
        "-keystore",
        "store",
        "-storepass",
        "changeit",
        "-storetype",
        kind,
    ];
    run("keytool", &[options, &words[..]].concat());
}
