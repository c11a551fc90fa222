//! The keys `sandbox` and `host`, and what cannot be meant together with them.

use super::error::Problem;
use super::read::{Fields, filled_text, texts, word};
use super::tree::{Node, Value};
use crate::contact::quoted;
use crate::scenario::host::{HostMode, Sandbox};

/// What needs a sandbox: the keys below these keys.
const NEEDS_SANDBOX: [(&str, &[&str]); 2] = [
    ("application", &["files", "visible", "trust", "root"]),
    ("network", &["enforce", "overrides", "conditions"]),
];

/// How the application is watched where it runs on the machine itself; none where it runs in a
/// sandbox.
pub(super) fn host(fields: &Fields<'_>) -> Result<Option<HostMode>, Problem> {
    let kinds = Sandbox::ALL.map(|kind| (kind.name(), kind));
    let sandbox = fields.read("sandbox", |node| word(node, &kinds))?.unwrap_or_default();
    if sandbox == Sandbox::Namespaces {
        return match fields.key("host") {
            Some(at) => Err(Problem::new(
                at,
                "`host` is for `sandbox: none`, where there is no \
                                              sandbox",
            )
            .help("leave it out, or say `sandbox: none`")),
            None => Ok(None),
        };
    }
    for (key, names) in NEEDS_SANDBOX {
        let found = names.iter().find_map(|name| Some((name, below(fields.get(key)?, name)?.0)));
        if let Some((name, at)) = found {
            let problem = format!("`{name}` needs a sandbox, and `sandbox: none` leaves it out");
            return Err(Problem::new(at, problem).help("leave one of the two out"));
        }
    }
    let internet = fields.get("network").and_then(|network| below(network, "internet"));
    if let Some((_, value)) = internet
        && !matches!(&value.value, Value::Text(text) if text == "real")
    {
        let problem = "`internet` can only be `real` with `sandbox: none`: the application has \
                       the machine's network";
        return Err(Problem::new(value, problem).help("leave one of the two out"));
    }
    Ok(Some(fields.read("host", keys)?.unwrap_or_default()))
}

fn keys(node: &Node) -> Result<HostMode, Problem> {
    let fields = Fields::of(node, "a mapping", &["interfaces", "user"])?;
    let user = fields.read("user", filled_text)?.map(str::to_owned);
    Ok(HostMode { interfaces: fields.read("interfaces", interfaces)?.unwrap_or_default(), user })
}

fn interfaces(node: &Node) -> Result<Vec<String>, Problem> {
    let names = texts(node, "names of network interfaces")?;
    if names.is_empty() {
        return Err(Problem::new(node, "the list of interfaces is empty")
            .help("leave it out to mean all that are up"));
    }
    // As long as the kernel allows (IFNAMSIZ).
    match names.iter().find(|name| name.is_empty() || name.len() > 15 || name.contains('/')) {
        Some(odd) => Err(Problem::new(node, format!("{} names no interface", quoted(odd)))),
        None => Ok(names),
    }
}

/// A key of a mapping, and what stands there.
fn below<'a>(node: &'a Node, name: &str) -> Option<(&'a Node, &'a Node)> {
    let Value::Map(entries) = &node.value else { return None };
    let is_named = |key: &Node| matches!(&key.value, Value::Text(text) if text == name);
    entries.iter().find(|(key, _)| is_named(key)).map(|(key, value)| (key, value))
}

#[cfg(test)]
mod tests {
    use crate::scenario::{HostMode, Internet, Scenario};

    const START: &str = "application: { command: [x] }\nsandbox: none\n";

    #[test]
    fn host_mode_is_read() {
        let parse = |text: &str| Scenario::parse(text.as_bytes(), "x.yaml").unwrap();
        let plain = parse(START);
        assert_eq!(plain.host, Some(HostMode::default()));
        assert_eq!(plain.network.internet, Internet::Real);
        let full = parse(&format!("{START}host: {{ interfaces: [eth0, wg0], user: alice }}\n"));
        let interfaces = ["eth0", "wg0"].map(str::to_owned).to_vec();
        assert_eq!(full.host, Some(HostMode { interfaces, user: Some("alice".to_owned()) }));
        for text in
            ["application: { command: [x] }", "application: { command: [x] }\nsandbox: namespaces"]
        {
            assert_eq!(parse(text).host, None);
            assert_eq!(parse(text).network.internet, Internet::Simulated);
        }
    }

    #[test]
    fn what_needs_a_sandbox_is_refused_by_both_names() {
        let files = "application: { command: [x], files: { a: b } }\nsandbox: none\n";
        let beside = |text: &str| format!("{START}{text}");
        for (text, place, words) in [
            (
                files.to_owned(),
                "1:30",
                "`files` needs a sandbox, and `sandbox: none` leaves it out",
            ),
            (
                beside("network: { internet: simulated }"),
                "3:22",
                "`internet` can only be `real` with `sandbox: none`",
            ),
            (
                beside("network: { conditions: { loss: 1% } }"),
                "3:12",
                "`conditions` needs a sandbox, and `sandbox: none` leaves it out",
            ),
            (beside("network: { overrides: [] }"), "3:12", "`overrides` needs a sandbox"),
            (beside("host: { interfaces: [] }"), "3:21", "the list of interfaces is empty"),
            (beside("host: { interfaces: [a/b] }"), "3:21", "`a/b` names no interface"),
            (beside("host: { interface: [a] }"), "3:9", "did you mean `interfaces`?"),
            (
                "application: { command: [x] }\nhost: {}\n".to_owned(),
                "2:1",
                "`host` is for `sandbox: none`",
            ),
            ("application: { command: [x] }\nsandbox: non\n".to_owned(), "2:10", "`none`"),
        ] {
            let error = Scenario::parse(text.as_bytes(), "x.yaml").unwrap_err().to_string();
            assert!(error.starts_with(&format!("x.yaml:{place}: ")), "{text}: {error}");
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
