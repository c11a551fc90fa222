//! The key `variants`: weathers in which the scenario is run, each a part of a scenario laid
//! over the whole.
//!
//! The laying over is done on the tree, before anything is checked, so that a variant is held
//! to the same rules as a scenario and its faults are told where they stand.

use super::error::Problem;
use super::file::check_name;
use super::read::{Fields, entries};
use super::tree::{Node, Value};
use crate::contact::quoted;

/// What a variant may change.
const KEYS: [&str; 5] = ["description", "application", "phases", "network", "expect"];

/// No scenario is run in more.
const MOST_VARIANTS: usize = 50;

/// Mappings that are laid over key by key; anything else is replaced.
const LAID_OVER: [&str; 8] = [
    "application",
    "application.environment",
    "application.files",
    "phases",
    "phases.startup",
    "phases.shutdown",
    "network",
    "network.conditions",
];

/// A variant's name, and the tree of the scenario with the variant laid over it.
pub(super) fn variants(node: &Node, root: &Node) -> Result<Vec<(String, Node)>, Problem> {
    let named = entries(node, "a mapping of names to what is different there")?;
    if named.is_empty() {
        return Err(Problem::new(node, "no variant is named")
            .help("leave `variants` out to run the scenario as it is"));
    }
    if named.len() > MOST_VARIANTS {
        return Err(Problem::new(node, format!("more than {MOST_VARIANTS} variants")));
    }
    named
        .into_iter()
        .map(|(key, name, value)| {
            check(key, name)?;
            let laid = match &value.value {
                // The scenario as it is, beside those in which something is different.
                Value::Nothing => root.clone(),
                _ => {
                    Fields::of(value, "a mapping, or nothing for the scenario as it is", &KEYS)?;
                    lay_over(root, value, "")
                }
            };
            Ok((name.to_owned(), laid))
        })
        .collect()
}

/// A variant's name is the end of a file's.
fn check(key: &Node, name: &str) -> Result<(), Problem> {
    if name == "stand-in" {
        return Err(Problem::new(key, "`stand-in` is how a stand-in's snapshot is named")
            .help("choose another name"));
    }
    let wrong = |reason: String| {
        Problem::new(key, format!("{} {}", quoted(name), reason.replace("scenario", "variant")))
    };
    check_name(name).map_err(wrong)
}

/// The base with what stands over it in its place.
fn lay_over(base: &Node, over: &Node, path: &str) -> Node {
    let (Value::Map(below), Value::Map(above)) = (&base.value, &over.value) else {
        return over.clone();
    };
    if !path.is_empty() && !LAID_OVER.contains(&path) {
        return over.clone();
    }
    let mut laid: Vec<(Node, Node)> = below.clone();
    for (key, value) in above {
        let way = match &key.value {
            Value::Text(name) if path.is_empty() => name.clone(),
            Value::Text(name) => format!("{path}.{name}"),
            _ => String::new(),
        };
        let same = laid.iter_mut().find(|(known, _)| match (&known.value, &key.value) {
            (Value::Text(one), Value::Text(other)) => one == other,
            _ => false,
        });
        match same {
            Some((known, place)) => {
                *place = lay_over(place, value, &way);
                *known = key.clone();
            }
            None => laid.push((key.clone(), value.clone())),
        }
    }
    Node { id: over.id, offset: base.offset, value: Value::Map(laid) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::scenario::{Override, Scenario};

    const TEXT: &str = r#"name: app
application:
  command: [x]
  environment: { A: one, B: two }
  files: { f: base }
phases: { startup: { quiet: 3s, at-most: 9s }, idle: 1s }
network:
  overrides:
    - unresolvable: gone.example
    - http: { host: a.example, status: 500 }
expect: [a.example]
variants:
  as-is:
  down:
    description: The server is down.
    application: { environment: { B: three }, exit-status: 7 }
    phases: { startup: { at-most: 30s } }
    network:
      overrides:
        - http: { host: a.example, status: 503 }
        - refuse: { host: a.example, port: 443 }
    expect: []
"#;

    #[test]
    fn a_variant_is_the_scenario_with_something_different() {
        let scenario = Scenario::parse(TEXT.as_bytes(), "x.yaml").expect("a scenario");
        let names: Vec<&str> = scenario.variants.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["app@as-is", "app@down"]);
        let [as_is, down] = scenario.variants.as_slice() else { panic!("two") };
        assert_eq!(as_is.application, scenario.application);
        assert_eq!(as_is.network, scenario.network);
        assert_eq!(as_is.variant.as_deref(), Some("as-is"));
        assert!(as_is.variants.is_empty());

        assert_eq!(down.description.as_deref(), Some("The server is down."));
        assert_eq!(down.application.environment["A"], "one");
        assert_eq!(down.application.environment["B"], "three");
        assert_eq!(down.application.files, scenario.application.files);
        assert_eq!(down.application.exit_status, [7]);
        assert_eq!(down.phases.startup.quiet, Duration::from_secs(3));
        assert_eq!(down.phases.startup.at_most, Duration::from_secs(30));
        assert_eq!(down.phases.idle, Duration::from_secs(1));
        assert_eq!(down.expect.as_deref(), Some(&[][..]));
        // Its own go first; what both settle is the variant's.
        let [http, refuse, unresolvable] = down.network.overrides.as_slice() else {
            panic!("{:?}", down.network.overrides)
        };
        assert!(matches!(http, Override::Http(answer) if answer.status == 503), "{http:?}");
        assert!(matches!(refuse, Override::Close(_)));
        assert!(matches!(unresolvable, Override::Unresolvable { .. }));
    }

    #[test]
    fn a_variant_may_lead_elsewhere_than_where_the_scenario_scripts() {
        let text = TEXT.replace("  as-is:\n", "  away: { network: { internet: none } }\n");
        let scenario = Scenario::parse(text.as_bytes(), "x.yaml").expect("a scenario");
        assert_eq!(scenario.variants[0].network.internet, crate::scenario::Internet::None);
    }
}
