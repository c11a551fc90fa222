//! The scenarios that come along: each with its snapshots and its row in the documents, and
//! telemetry that is the only thing its opt-out takes away.

use std::collections::BTreeSet;
use std::path::Path;

use apptrace::scenario::Scenario;

use crate::support::repository;

const DOCUMENT: &str = "docs/scenarios.md";

fn shipped() -> Vec<Scenario> {
    let files = repository::files("scenarios", ".yaml");
    let read = |file: &Path| Scenario::load(&repository::root().join(file));
    files
        .iter()
        .map(|file| read(file).unwrap_or_else(|error| panic!("{}", error.render(false))))
        .collect()
}

/// The names under which a scenario's results are kept.
fn names(scenario: &Scenario) -> Vec<String> {
    match scenario.variants.as_slice() {
        [] => vec![scenario.name.clone()],
        variants => variants.iter().map(|variant| variant.name.clone()).collect(),
    }
}

#[test]
fn every_scenario_has_its_snapshots_and_no_snapshot_is_left_over() {
    let scenarios = shipped();
    let mut wanted: BTreeSet<String> = scenarios.iter().flat_map(names).collect();
    let kept: BTreeSet<String> = repository::files("snapshots", ".snap")
        .iter()
        .filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()))
        .collect();
    // Where a scenario has a stand-in, either may be what was run here.
    for scenario in scenarios.iter().filter(|it| it.application.stand_in.is_some()) {
        let stand_in = format!("{}@stand-in", scenario.name);
        if kept.contains(&stand_in) {
            wanted.insert(stand_in);
            if !kept.contains(&scenario.name) {
                wanted.remove(&scenario.name);
            }
        }
    }
    assert_eq!(kept, wanted);
}

#[test]
fn every_scenario_is_in_the_document() {
    let document = repository::read(DOCUMENT);
    let rows = document.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |"));
    let named: BTreeSet<&str> =
        rows.flat_map(|(first, _)| first.split(", ").map(|name| name.trim_matches('`'))).collect();
    for scenario in shipped() {
        assert!(named.contains(scenario.name.as_str()), "{DOCUMENT}: no {}", scenario.name);
    }
}

#[test]
fn what_the_document_installs_is_what_ci_installs() {
    let (script, document) = (repository::read(".ci/run"), repository::read(DOCUMENT));
    let of_npm = script.lines().find_map(|line| line.strip_prefix("npm_packages=("));
    let of_npm = of_npm.and_then(|list| list.strip_suffix(')')).expect(".ci/run names them");
    for package in of_npm.split_whitespace() {
        let (name, version) = package.rsplit_once('=').expect("a name and a version");
        let said = format!("{name}@{version}");
        assert!(document.contains(&said), "{DOCUMENT} does not install {said}");
    }
}

/// The lines below a snapshot's header.
fn contacts(snapshot: &str) -> Vec<String> {
    let text = repository::read(format!("snapshots/{snapshot}.snap"));
    let body = text.splitn(3, "---\n").nth(2).expect("a header and a body");
    body.lines().map(str::to_owned).filter(|line| line.trim() != "(none)").collect()
}

#[test]
fn an_opt_out_takes_away_its_host_and_nothing_else() {
    for (scenario, before, after, gone) in [
        (
            "firefox",
            "default",
            "opted-out",
            [
                "  incoming.telemetry.mozilla.org  443/tcp  tls  startup  by firefox-esr",
                "    POST /submit/firefox-desktop/usage-reporting/1/*",
            ],
        ),
        (
            "buildbot",
            "default",
            "opted-out",
            ["  events.buildbot.net  443/tcp  tls  startup", "    POST /events/phone_home"],
        ),
        (
            "redocly",
            "default",
            "opted-out",
            [
                "  api.redocly.com  443/tcp  tls  startup  by node",
                "    POST /registry/telemetry/cli",
            ],
        ),
        (
            "redocly",
            "opted-out",
            "silent",
            [
                "  registry.npmjs.org  80/tcp  http  startup  by node",
                "    GET /@redocly/cli/latest",
            ],
        ),
    ] {
        let full = contacts(&format!("{scenario}@{before}"));
        let rest = contacts(&format!("{scenario}@{after}"));
        let position = full.iter().position(|line| line == gone[0]);
        let at = position.unwrap_or_else(|| panic!("{scenario}@{before}: no {}", gone[0]));
        let mut without = full.clone();
        let taken: Vec<String> = without.drain(at..(at + gone.len()).min(full.len())).collect();
        assert_eq!(taken, gone, "{scenario}@{before}");
        assert_eq!(without, rest, "{scenario}@{after}");
    }
}
