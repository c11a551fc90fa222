//! The enterprise policy by which Firefox and Thunderbird are told of the certificate: a profile
//! that does not exist yet cannot hold it
//! (<https://mozilla.github.io/policy-templates/#certificates--install>).

use serde_json::{Map, Value};

/// Where programs of Mozilla's look for the machine's policy.
pub(super) const PLACES: [&str; 2] =
    ["/etc/firefox/policies/policies.json", "/etc/thunderbird/policies/policies.json"];

/// The machine's policy with the certificate at this path installed as well. One that is not
/// understood is not in force either, and gives way.
pub(super) fn install(policy: Option<&[u8]>, certificate: &str) -> String {
    let mut policy: Map<String, Value> =
        policy.and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default();
    let certificates =
        within(&mut policy, "policies").and_then(|policies| within(policies, "Certificates"));
    if let Some(certificates) = certificates {
        let installed = certificates.entry("Install").or_insert(Value::Null);
        match installed {
            Value::Array(paths) => paths.push(Value::from(certificate)),
            other => *other = Value::from([certificate]),
        }
    }
    Value::Object(policy).to_string()
}

/// The object under a key, which is made one where it is none.
fn within<'a>(map: &'a mut Map<String, Value>, key: &str) -> Option<&'a mut Map<String, Value>> {
    let value = map.entry(key).or_insert(Value::Null);
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_own_policy_is_kept() {
        let alone = r#"{"policies":{"Certificates":{"Install":["/c"]}}}"#;
        let more =
            r#"{"policies":{"Certificates":{"Install":["/a","/c"]},"DisableTelemetry":true}}"#;
        let before = r#"{"policies":{"DisableTelemetry":true,"Certificates":{"Install":["/a"]}}}"#;
        for (before, after) in [
            (None, alone),
            (Some("{}"), alone),
            (Some("no JSON"), alone),
            (Some("[1]"), alone),
            (Some(r#"{"policies":{"Certificates":{"Install":7}}}"#), alone),
            (Some(before), more),
        ] {
            assert_eq!(install(before.map(str::as_bytes), "/c"), after, "{before:?}");
        }
    }
}
