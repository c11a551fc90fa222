//! Text fitted into columns of a terminal.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// How many columns a text takes.
pub(super) fn columns(text: &str) -> usize {
    // What is printed has no control characters, and nearly all of it is ASCII.
    if text.is_ascii() { text.len() } else { text.width() }
}

/// The text in lines of at most so many columns, broken after a character that `breaks`
/// names where there is one, anywhere where there is none. Never empty.
pub(super) fn wrap(text: &str, width: usize, breaks: impl Fn(char) -> bool) -> Vec<String> {
    let width = width.max(2);
    if text.len() <= width && text.is_ascii() {
        return vec![text.trim_end().to_owned()];
    }
    let mut lines = vec![String::new()];
    let mut used = 0;
    for piece in text.split_inclusive(breaks) {
        // A blank at the end of a line is not seen.
        let seen = columns(piece.trim_end());
        if used > 0 && seen > 0 && used + seen > width {
            lines.push(String::new());
            used = 0;
        }
        for character in piece.chars() {
            let wide = character.width().unwrap_or(0);
            if used + wide > width && character != ' ' {
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(character);
            }
            used += wide;
        }
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

/// The text in lines of words, the first with one indent, the others with another.
pub(super) fn paragraph(first: &str, rest: &str, text: &str, width: usize) -> Vec<String> {
    let widest = columns(first).max(columns(rest));
    wrap(text, width.saturating_sub(widest), |character| character == ' ')
        .into_iter()
        .enumerate()
        .map(|(index, line)| format!("{}{line}", if index == 0 { first } else { rest }))
        .collect()
}

/// The text in one line of at most so many columns, the end left out where it is longer.
pub(super) fn elide(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut used = 1;
    let mut kept: String = text
        .chars()
        .take_while(|character| {
            used += character.width().unwrap_or(0);
            used <= width
        })
        .collect();
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_where_they_may_and_else_anywhere() {
        let dots = |character| character == '.';
        assert_eq!(wrap("a.example.org", 20, dots), ["a.example.org"]);
        assert_eq!(wrap("a.example.org", 10, dots), ["a.example.", "org"]);
        assert_eq!(wrap("abcdefghij.org", 4, dots), ["abcd", "efgh", "ij.", "org"]);
        assert_eq!(wrap("", 10, dots), [""]);
        assert_eq!(wrap("one two  three", 7, |c| c == ' '), ["one two", "three"]);
        assert_eq!(wrap("漢字漢字", 4, dots), ["漢字", "漢字"]);
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        let text = "a message with-an-immensely-long-word.in.it and 漢字漢字漢字 and the rest";
        for width in 2..60 {
            for line in wrap(text, width, |c| c == ' ') {
                assert!(columns(&line) <= width, "{width}: {line}");
            }
            assert!(columns(&elide(text, width)) <= width);
        }
    }
}
