//! Text from outside made fit to be shown: host names, request lines and arguments are
//! written by the application, and a terminal or a diff must not obey them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with every character escaped that is not plainly visible: control characters,
/// line and paragraph separators, bidirectional overrides, zero-width characters.
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |character| {
        matches!(character, '\\' | '\'' | '"') || character.escape_debug().count() == 1
    })
}

/// The text as one word: everything but visible ASCII is escaped, so that a look-alike
/// letter or a blank cannot pass a host off as another.
pub fn printable_word(text: &str) -> Cow<'_, str> {
    escaped(text, |character| character.is_ascii_graphic())
}

/// A text of the user's in a message about it: in backquotes, cut after 60 characters.
pub fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(60).collect::<String>().escape_debug().to_string();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

fn escaped(text: &str, fit: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(&fit) {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if fit(character) {
            result.push(character);
        } else {
            let _ = write!(result, "{}", character.escape_unicode());
        }
    }
    Cow::Owned(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        for (text, shown) in [
            ("plain text, \"quoted\" \\ it's", "plain text, \"quoted\" \\ it's"),
            ("Zürich", "Zürich"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("a\nb\r\tc", "a\\u{a}b\\u{d}\\u{9}c"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\u{202e}b\u{200b}\u{2028}", "a\\u{202e}b\\u{200b}\\u{2028}"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }

    #[test]
    fn a_word_is_visible_ascii() {
        assert_eq!(printable_word("sip.ca1.voip.ms"), "sip.ca1.voip.ms");
        assert_eq!(printable_word("a b"), "a\\u{20}b");
        assert_eq!(printable_word("ex\u{430}mple.org"), "ex\\u{430}mple.org");
    }
}
