//! Programs in languages whose runtimes are installed for the whole machine.

use std::path::PathBuf;
use std::sync::OnceLock;

use assert_cmd::Command;

use super::fetching::{Client, skip, workshop};

#[test]
fn node_https() {
    let script = "node -e \"require('https').get('$1', answer => answer.resume())\"";
    Client::new("Node `https`", &["node"]).reaches(script);
}

#[test]
fn node_fetch() {
    Client::new("Node `fetch`", &["node"]).reaches("node -e \"fetch('$1')\"");
}

#[test]
fn perl() {
    // Perl's own client can do TLS only where a further module is installed.
    let script = "perl -MIO::Socket::SSL -e '
        my $socket = IO::Socket::SSL->new(PeerHost => $ARGV[0], PeerPort => 443) or die;
        print $socket \"GET $ARGV[1] HTTP/1.1\\r\\nHost: $ARGV[0]\\r\\nConnection: close\\r\\n\\r\\n\";
        print <$socket>' \"$2\" \"$3\"";
    let client = Client::new("Perl `IO::Socket::SSL`", &["perl"]);
    let has_module = Command::new("perl").args(["-MIO::Socket::SSL", "-e", "1"]).output();
    match has_module.is_ok_and(|ran| ran.status.success()) {
        true => client.reaches(script),
        false => skip("Perl", "IO::Socket::SSL is not installed"),
    }
}

const URLLIB: &str = "python3 -c 'import sys, urllib.request
urllib.request.urlopen(sys.argv[1])' \"$1\"";
const REQUESTS: &str = "python3 -c 'import sys, requests
requests.get(sys.argv[1])' \"$1\"";
const HTTPX: &str = "python3 -c 'import sys, httpx
httpx.get(sys.argv[1])' \"$1\"";
const CERTIFI: &str = "python3 -c 'import certifi, ssl, sys, urllib.request
roots = ssl.create_default_context(cafile=certifi.where())
urllib.request.urlopen(sys.argv[1], context=roots)' \"$1\"";

#[test]
fn python_urllib() {
    Client::new("Python `urllib`", &["python3"]).reaches(URLLIB);
}

/// Debian's certifi has the machine's roots.
#[test]
fn python_packages_of_the_distribution() {
    Client::new("Python `requests`, packaged by Debian", &["python3"]).reaches(REQUESTS);
    Client::new("Python `httpx`, packaged by Debian", &["python3"]).reaches(HTTPX);
}

/// certifi as its makers publish it has roots of its own.
#[test]
fn python_packages_from_the_index() {
    let Some(folder) = packages() else { return };
    let client =
        |name| Client::new(name, &["python3"]).with("PYTHONPATH", &folder).showing(&folder);
    client("Python `requests`, from PyPI").reaches(REQUESTS);
    client("Python `httpx`, from PyPI").reaches(HTTPX);
    client("Python, roots taken from `certifi.where()`").refuses(CERTIFI);
    let bundle = folder.join("certifi/cacert.pem");
    client("… with that file in `application.trust`").trusting(&bundle).reaches(CERTIFI);
}

/// The folder that the packages are installed into; none where the index cannot be reached.
fn packages() -> Option<PathBuf> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let install = || {
        let folder = workshop("python");
        if folder.join("installed").exists() {
            return Some(folder);
        }
        let words = ["install", "--quiet", "--no-compile", "--upgrade", "--target"];
        let packages = ["certifi==2025.1.31", "requests==2.32.3", "httpx==0.27.2"];
        for pip in [&["/usr/bin/python3", "-m", "pip"][..], &["pip3"], &["pip"]] {
            let mut command = Command::new(pip[0]);
            command.args(&pip[1..]).args(words).arg(&folder).args(packages);
            let ran = command.timeout(std::time::Duration::from_secs(120)).output();
            if ran.is_ok_and(|ran| ran.status.success()) {
                std::fs::write(folder.join("installed"), "").unwrap();
                return Some(folder);
            }
        }
        eprintln!("packages from PyPI are not tested: they cannot be installed");
        None
    };
    FOLDER.get_or_init(install).clone()
}
