//! The sandbox, and only the sandbox, trusts the authority of its run: on machines of every kind
//! of layout, without anything on them being written to.

mod layouts;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::project::short_phases;
use crate::support::result::{codes, list};
use crate::support::{Project, Ran, User};

/// What lies in these folders: for each file its size and when it was changed, in nanoseconds.
fn state(folders: &[&Path]) -> BTreeMap<PathBuf, (u64, u64, i64, i64)> {
    let mut state = BTreeMap::new();
    let mut waiting: Vec<PathBuf> = folders.iter().map(|folder| folder.to_path_buf()).collect();
    while let Some(path) = waiting.pop() {
        let Ok(known) = fs::symlink_metadata(&path) else { continue };
        if known.is_dir() {
            let entries = fs::read_dir(&path).into_iter().flatten().flatten();
            waiting.extend(entries.map(|entry| entry.path()));
        }
        state.insert(path, (known.ino(), known.size(), known.ctime(), known.ctime_nsec()));
    }
    state
}

#[test]
fn nothing_on_the_machine_is_written_to() {
    let machine =
        ["/etc", "/usr/lib/jvm", "/usr/share/ca-certificates", "/var/lib/ca-certificates"];
    for user in User::all() {
        let project = Project::of(user);
        let home = project.home();
        let folders: Vec<&Path> = machine.iter().map(Path::new).chain([home.as_path()]).collect();
        let before = state(&folders);
        let stores = "/etc/ssl/certs/ca-certificates.crt /etc/apptrace-trust/bundle.pem \
                      $HOME/.pki/nssdb/cert9.db /etc/firefox/policies/policies.json";
        let seen =
            project.inside(&format!("grep -lie 'apptrace' {stores}; curl -s https://t.example"));
        assert_eq!(seen.lines().count(), 4, "{user:?}: {seen}");
        assert_eq!(state(&folders), before, "{user:?}");
        assert!(!Path::new("/etc/apptrace-trust").exists());
    }
}

/// A folder of the machine's as HOME is the user's own: nothing is put into it unasked.
#[test]
fn a_home_of_the_machines_stays_as_it_is() {
    for user in User::all() {
        let project = Project::of(user);
        let home = project.folder().join("given");
        fs::create_dir(&home).unwrap();
        user.own(&home);
        let given = home.to_string_lossy();
        let words =
            ["trace", "--phases", "none", "--home", &given, "--", "ls", "-A", "/etc/ssl/certs"];
        project.apptrace(&words).expect_code(0).complains("apptrace-simulated-internet.pem");
        assert_eq!(fs::read_dir(&home).unwrap().count(), 0, "{user:?}");
    }
}

#[test]
fn every_run_has_an_authority_of_its_own() {
    let project = Project::new();
    let certificate = || project.inside("cat /etc/apptrace-trust/certificate.pem");
    assert!(certificate().starts_with("-----BEGIN CERTIFICATE-----"));
    assert_ne!(certificate(), certificate());
}

#[test]
fn the_scenarios_own_variables_go_first() {
    let project = Project::new();
    let words = ["trace", "--phases", "none", "--env", "SSL_CERT_FILE=/own", "--", "env"];
    let ran = project.apptrace(&words);
    ran.expect_code(0).complains("SSL_CERT_FILE=/own\n");
    ran.complains("REQUESTS_CA_BUNDLE=/etc/apptrace-trust/bundle.pem\n");
}

fn run(project: &Project, application: serde_json::Value) -> Ran {
    let scenario = json!({ "application": application, "phases": short_phases() });
    project.scenario("scenario.yaml", &scenario);
    project.apptrace(&["run", "--format", "json", "scenario.yaml"])
}

const BUNDLE: &str = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";

#[test]
fn stores_that_the_scenario_names_are_added_to() {
    for user in User::all() {
        let project = Project::of(user);
        let shown = project.write("app/shown.pem", BUNDLE);
        let script = format!(
            "cd; for store in seeded/own.pem {}; do
                 sed 1,3d $store | grep -v '^#' | cmp - /etc/apptrace-trust/certificate.pem &&
                 stat -c %a $store; done
             mv seeded/own.pem seeded/replaced.pem && ls -A . profile",
            shown.display()
        );
        let ran = run(
            &project,
            json!({
                "command": ["sh", "-c", script],
                "files": { "seeded/own.pem": { "content": BUNDLE, "mode": "0640" } },
                "visible": ["app"],
                "trust": ["seeded/own.pem", shown, "profile/cert9.db"],
            }),
        );
        let expected = "640\n644\n.:\n.pki\nprofile\nseeded\n\nprofile:\ncert9.db\n";
        assert!(ran.stderr.starts_with(expected), "{user:?}: {ran:#?}");
        assert_eq!(fs::read_to_string(&shown).unwrap(), BUNDLE, "{user:?}");
    }
}

#[test]
fn a_store_that_cannot_be_added_to_makes_the_run_invalid() {
    let project = Project::new();
    for (store, reason) in [
        ("missing.pem", "No such file or directory"),
        ("folder", "Is a directory"),
        ("text.pem", "neither certificates in PEM nor a Java trust store"),
        ("cacerts", "damaged, or has a password of its own"),
        ("/opt/cert9.db", "only in a fresh HOME can it be made"),
    ] {
        let application = json!({
            "command": ["true"],
            "files": { "folder/x": "", "text.pem": "text", "cacerts": "0123" },
            "trust": [store],
        });
        let ran = run(&project, application.clone());
        let result = ran.expect_code(3).json();
        assert_eq!(codes(&result), ["sandbox-degraded"], "{result:#}");
        let finding = &list(&result, "findings")[0];
        let message = finding["message"].as_str().unwrap();
        assert!(message.contains(store) && message.contains(reason), "{message}");
        assert!(finding["hint"].as_str().unwrap().contains("application.trust"), "{finding:#}");
    }
}

/// What the application would have brought along is not there where its stand-in is launched.
#[test]
fn a_stand_in_has_no_stores() {
    let project = Project::new();
    let application = json!({
        "command": ["no-such-program"],
        "stand-in": ["true"],
        "trust": ["missing.pem"],
    });
    let result = run(&project, application).json();
    assert!(!codes(&result).contains(&"sandbox-degraded"), "{result:#}");
}
