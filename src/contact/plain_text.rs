//! Text from outside put into a line of ours so that it can be read back exactly: what has a
//! meaning in the line, and whatever is not plainly visible, is written as an escape.

use std::fmt::Write as _;

/// The text as visible ASCII and blanks, without any of the characters that `reserved` names:
/// each other character, and the backslash, stands as `\u{…}` with its number in hexadecimal.
pub(super) fn escaped(text: &str, reserved: &[char]) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        let is_plain = character == ' ' || character.is_ascii_graphic();
        if is_plain && character != '\\' && !reserved.contains(&character) {
            result.push(character);
        } else {
            let _ = write!(result, "{}", character.escape_unicode());
        }
    }
    result
}

/// What [`escaped`] was made of; none where it cannot have been made by it.
pub(super) fn unescaped(text: &str, reserved: &[char]) -> Option<String> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        result.push_str(before);
        let (digits, behind) = escape.strip_prefix("u{")?.split_once('}')?;
        result.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
        rest = behind;
    }
    result.push_str(rest);
    // There is one way to write each text.
    (escaped(&result, reserved) == text).then_some(result)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn there_is_one_way_to_write_a_text() {
        for (text, written) in [
            ("zoiper5", "zoiper5"),
            ("two words", "two words"),
            ("a > b", r"a \u{3e} b"),
            ("a\\b", r"a\u{5c}b"),
            ("Zürich\n", r"Z\u{fc}rich\u{a}"),
            ("", ""),
        ] {
            assert_eq!(escaped(text, &['>']), written);
            assert_eq!(unescaped(written, &['>']).as_deref(), Some(text));
        }
        for written in [r"a\", r"\u{}", r"\u{110000}", r"\u{+41}", r"\u{41}", r"\u{0a}", ">", "ü"]
        {
            assert_eq!(unescaped(written, &['>']), None, "{written}");
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in any::<String>()) {
            let written = escaped(&text, &[',', '>']);
            prop_assert!(written.chars().all(|it| it == ' ' || it.is_ascii_graphic()));
            prop_assert!(!written.contains([',', '>']));
            prop_assert_eq!(unescaped(&written, &[',', '>']), Some(text));
        }
    }
}
