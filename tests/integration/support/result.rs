//! What a run of the binary came to, with questions to it whose failures show everything.

use std::process::Output;

use serde_json::Value;

/// What a run came to.
#[derive(Debug)]
#[must_use]
pub(crate) struct Ran {
    /// The command line.
    pub(crate) words: String,
    /// The exit code; none where a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Ran {
    /// From what the operating system gives.
    pub(crate) fn new(words: &[String], output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self {
            words: words.join(" "),
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Fails where it ended otherwise.
    #[track_caller]
    pub(crate) fn expect_code(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "exit code of `{}`: {self:#?}", self.words);
        self
    }

    /// Fails where standard output does not hold this text, line breaks being blanks.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        let flat = self.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(text), "{text:?} is not in the output of {self:#?}");
        self
    }

    /// Fails where standard error does not hold this text.
    #[track_caller]
    pub(crate) fn complains(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "{text:?} is not in the errors of {self:#?}");
        self
    }

    /// The one JSON object that standard output must be.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match self.objects().as_slice() {
            [object] => object.clone(),
            other => panic!("{} objects instead of one from {self:#?}", other.len()),
        }
    }

    /// The JSON objects, a line each, that standard output must be.
    #[track_caller]
    pub(crate) fn objects(&self) -> Vec<Value> {
        let parsed: Result<Vec<Value>, _> = self.stdout.lines().map(serde_json::from_str).collect();
        match parsed {
            Ok(objects) if objects.iter().all(Value::is_object) => objects,
            _ => panic!("standard output is no JSON Lines: {self:#?}"),
        }
    }
}

/// The codes of a result's findings.
pub(crate) fn codes(result: &Value) -> Vec<&str> {
    list(result, "findings").iter().filter_map(|finding| finding["code"].as_str()).collect()
}

/// A list in a result.
#[track_caller]
pub(crate) fn list<'a>(result: &'a Value, key: &str) -> &'a [Value] {
    result[key].as_array().unwrap_or_else(|| panic!("no list `{key}` in {result:#}"))
}

/// The one contact with this host, port and transport.
#[track_caller]
pub(crate) fn contact<'a>(
    result: &'a Value,
    host: &str,
    port: Option<u16>,
    transport: &str,
) -> &'a Value {
    let port = port.map_or(Value::Null, Value::from);
    let found: Vec<&Value> = list(result, "contacts")
        .iter()
        .filter(|it| it["host"] == host && it["port"] == port && it["transport"] == transport)
        .collect();
    match found.as_slice() {
        [contact] => contact,
        _ => panic!("{} contacts with {host} {port} {transport} in {result:#}", found.len()),
    }
}
