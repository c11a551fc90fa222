//! `run --compare-internets`, on an internet of the tests' own.

use serde_json::{Value, json};

use crate::support::project::short_phases;
use crate::support::result::{contact, list};
use crate::support::world::{self, RESOLVER, World};
use crate::support::{Project, client};

#[test]
fn whom_only_one_of_the_two_shows_is_told() {
    if world::repeat("both_internets::whom_only_one_of_the_two_shows_is_told") {
        return;
    }
    let _world = World::with_resolvers(&[RESOLVER]);
    for user in world::users() {
        let project = Project::of(user);
        let scenario = |script: &str| {
            json!({
                "application": { "command": ["sh", "-c", script], "exit-status": [0, 1, 6] },
                "phases": short_phases(),
            })
        };
        let same = "curl -s http://b.example/one";
        // What comes after the answer that only a real server gives, and the other way round.
        let other = "curl -s http://b.example/one | grep -q 'hello /one' \\
                     && curl -s http://a.example/ \\
                     || curl -s http://x.wild.example/ || curl -s http://never.example/";
        let mut scripted = scenario(same);
        scripted["network"] = json!({ "overrides": [{ "unresolvable": "other.example" }] });
        project.scenario("same.yaml", &scripted);
        project.scenario("other.yaml", &scenario(other));
        let ran = project.apptrace(&["run", "--compare-internets", "same.yaml"]);
        ran.expect_code(0).says("SAME same the same contacts in both internets");
        ran.says("without effect with `internet: real`: 1 override under `network`");
        assert!(!project.has("snapshots") && !project.has("captures"));
        let words = ["run", "--compare-internets", "--save-capture", "kept", "other.yaml"];
        let ran = project.apptrace(&words);
        ran.expect_code(1).says("DIFFERS other not the same contacts in both internets");
        ran.says("only in the simulated internet:").says("only in the real internet:");
        assert!(
            project.has("kept/simulated/other.pcapng") && project.has("kept/real/other.pcapng")
        );
        let words = ["run", "--compare-internets", "--format", "json", "other.yaml"];
        let compared = project.apptrace(&words).expect_code(1).json();
        assert_eq!(compared["verdict"], "fail");
        assert_eq!(compared["simulated"]["internet"], "simulated");
        assert_eq!(compared["real"]["internet"], "real");
        let hosts = |key: &str| -> Vec<Value> {
            list(&compared, key).iter().map(|contact| contact["host"].clone()).collect()
        };
        assert_eq!(hosts("only_simulated"), ["x.wild.example"], "{compared:#}");
        assert_eq!(hosts("only_real"), ["a.example"], "{compared:#}");
        for run in ["simulated", "real"] {
            contact(&compared[run], "b.example", Some(80), "tcp");
        }
    }
}

#[test]
fn where_a_run_proves_nothing_nothing_is_compared() {
    if world::repeat("both_internets::where_a_run_proves_nothing_nothing_is_compared") {
        return;
    }
    let _world = World::with_resolvers(&[RESOLVER]);
    let project = Project::new();
    let application = json!({ "command": ["no-such-program"] });
    project.scenario("x.yaml", &json!({ "application": application }));
    let ran = project.apptrace(&["run", "--compare-internets", "--format", "json", "x.yaml"]);
    let compared = ran.expect_code(3).json();
    assert_eq!(compared["verdict"], "invalid");
    let ran = project.apptrace(&["run", "--compare-internets", "--internet", "real", "x.yaml"]);
    ran.expect_code(2).complains("cannot be used with");
    // A baseline is held against both.
    let mut scenario = json!({
        "application": client::application(&["udp a.example 7 hello"]),
        "phases": short_phases(),
        "expect": [],
    });
    project.scenario("y.yaml", &scenario);
    project.apptrace(&["run", "--compare-internets", "y.yaml"]).expect_code(1);
    scenario["expect"] = json!(["a.example"]);
    project.scenario("y.yaml", &scenario);
    project.apptrace(&["run", "--compare-internets", "y.yaml"]).expect_code(0);
}
