//! Results as `run` and `trace` print them as JSON, read back.

use std::io::Read;

use super::Outcome;

/// More bytes than any result has: every list in it is bounded.
const MOST_BYTES: u64 = 1 << 28;

/// Why a text holds no results.
#[derive(Debug, thiserror::Error)]
pub enum ResultError {
    /// It could not be read.
    #[error("{0}")]
    Unreadable(std::io::Error),
    /// It is longer than any result.
    #[error("it is longer than {} MiB", MOST_BYTES >> 20)]
    TooLong,
    /// It is JSON, or not even that, but no result.
    #[error("{0}")]
    NoResult(serde_json::Error),
    /// There is nothing in it.
    #[error("there is nothing in it")]
    Empty,
}

/// Reads the results of a text: an object each, on lines of their own or laid out over several.
/// Keys that this version does not know are passed over.
///
/// # Errors
/// Where one of them is no result.
pub fn read_results(source: impl Read) -> Result<Vec<Outcome>, ResultError> {
    let mut text = Vec::new();
    let mut limited = source.take(MOST_BYTES + 1);
    limited.read_to_end(&mut text).map_err(ResultError::Unreadable)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(ResultError::TooLong);
    }
    let results: Result<Vec<Outcome>, _> =
        serde_json::Deserializer::from_slice(&text).into_iter().collect();
    let results = results.map_err(ResultError::NoResult)?;
    if results.is_empty() { Err(ResultError::Empty) } else { Ok(results) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = r#"{"scenario":"x","internet":"simulated","verdict":"pass","findings":[],
        "contacts":[],"lookups":[],"application":{"command":["x"],"launched_as":"command",
        "exit":{"status":0},"processes":[]},"phases":[],"capture":{"packets":0,"lost":0,
        "other":{"arp":1},"file":null},"noise":[],"notes":[],"snapshot":null,
        "started":"2026-01-01T00:00:00Z","version":"0.0.1"}"#;

    #[test]
    fn results_are_read_however_they_are_laid_out() {
        let one = LEAST.replace('\n', "");
        for (text, count) in [
            (one.clone(), 1),
            (LEAST.to_owned(), 1),
            (format!("{one}\n{one}\n"), 2),
            // A newer version's keys.
            (LEAST.replace(r#""notes""#, r#""more":{"deep":[1]},"notes""#), 1),
            (LEAST.replace(r#""lost":0"#, r#""lost":0,"more":true"#), 1),
        ] {
            assert_eq!(read_results(text.as_bytes()).unwrap().len(), count, "{text}");
        }
    }

    #[test]
    fn what_is_no_result_is_refused_in_words() {
        for (text, words) in [
            ("", "there is nothing in it"),
            ("  \n", "there is nothing in it"),
            ("[]", "invalid length 0"),
            ("{}", "missing field `scenario`"),
            ("PASS  x", "expected value at line 1 column 1"),
            ("\u{1b}\0", "expected value"),
            (&LEAST.replace("0.0.1\"}", "0.0.1\""), "EOF while parsing"),
            (&LEAST.replace("\"pass\"", "\"perhaps\""), "unknown variant `perhaps`"),
            (&format!("{{\"x\":{}", "[".repeat(1 << 20)), "EOF while parsing"),
            (
                &LEAST.replace("\"findings\":[]", r#""findings":[{"code":"new","message":""}]"#),
                "knows no finding code `new`",
            ),
        ] {
            let error = read_results(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(words), "{text:.80}: {error}");
        }
    }
}
