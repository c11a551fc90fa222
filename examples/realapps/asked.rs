//! What was asked: the URLs that the file knows, held against the requests that were seen.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::case::{self, list};

/// A method and a URL, in the form in which they are compared.
pub(crate) type Asked = BTreeSet<String>;

/// The URLs of an expected contact, each written `URL [METHOD]` with what was sent behind it.
pub(crate) fn known(entry: &Value) -> Result<Asked, String> {
    let texts = list(entry, "url").filter_map(Value::as_str);
    texts
        .map(|text| {
            let (url, rest) = text.split_once(" [").ok_or(format!("no method in {text:?}"))?;
            let (method, _) = rest.split_once(']').ok_or(format!("no method in {text:?}"))?;
            Ok(format!("{method} {url}"))
        })
        .collect()
}

/// The requests of a result, but for those to hosts that differ from run to run.
pub(crate) fn seen(result: &Value, variable: &BTreeSet<String>) -> Asked {
    let sure = |contact: &&Value| {
        !variable.contains(&case::host(contact["host"].as_str().unwrap_or_default()))
    };
    let requests = list(result, "contacts").filter(sure).flat_map(|c| list(c, "requests"));
    let sent = requests.filter(|request| request["received"] != true);
    sent.filter_map(|request| {
        Some(format!("{} {}", request["method"].as_str()?, request["url"].as_str()?))
    })
    .collect()
}
