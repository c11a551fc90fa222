//! The words and signs of an expression, with their places.

use std::ops::Range;

use super::error::QueryError;
use crate::contact::quoted;

/// A word, a quoted text or a sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lexeme {
    Word(String),
    Quoted(String),
    Open,
    Close,
    Comma,
    Dots,
    And,
    Or,
    Not,
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Holds,
    HoldsNot,
}

/// A lexeme where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) lexeme: Lexeme,
    pub(super) span: Range<usize>,
}

/// Longest first, so that `<=` is not read as `<`.
const SIGNS: &[(&str, Lexeme)] = &[
    ("==", Lexeme::Equal),
    ("!=", Lexeme::NotEqual),
    ("<=", Lexeme::AtMost),
    (">=", Lexeme::AtLeast),
    ("!~", Lexeme::HoldsNot),
    ("&&", Lexeme::And),
    ("||", Lexeme::Or),
    ("..", Lexeme::Dots),
    ("=", Lexeme::Equal),
    ("<", Lexeme::Less),
    (">", Lexeme::Greater),
    ("~", Lexeme::Holds),
    ("!", Lexeme::Not),
    ("(", Lexeme::Open),
    (")", Lexeme::Close),
    (",", Lexeme::Comma),
];

/// Words that mean something of their own where they stand without quotes.
pub(super) const RESERVED: &[&str] = &["and", "or", "not", "in"];

/// Whether a character may stand in a word that is not quoted.
fn is_plain(character: char) -> bool {
    !character.is_whitespace()
        && !character.is_control()
        && !matches!(
            character,
            '(' | ')' | ',' | '=' | '!' | '<' | '>' | '~' | '&' | '|' | '"' | '\'' | '\\'
        )
}

/// Whether a text can stand as a value without quotes and be read as itself.
pub(super) fn is_plain_word(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(is_plain)
        && !text.contains("..")
        && !RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The tokens of a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, QueryError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..)
        && let Some(first) = rest.chars().next()
    {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (lexeme, length) = if let '"' | '\'' = first {
            quoted_text(rest, first).ok_or_else(|| {
                QueryError::new(at..at + 1, "this quotation mark is never closed")
                    .help(format!("put {first} at the end of the text"))
            })?
        } else if let Some((sign, lexeme)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
            (lexeme.clone(), sign.len())
        } else if is_plain(first) {
            let word = word(rest);
            (Lexeme::Word(word.to_owned()), word.len())
        } else {
            return Err(stray(at, first));
        };
        tokens.push(Token { lexeme, span: at..at + length });
        at += length;
    }
    Ok(tokens)
}

fn stray(at: usize, character: char) -> QueryError {
    let shown = quoted(&character.to_string());
    let error = QueryError::new(at..at + character.len_utf8(), format!("{shown} stands alone"));
    match character {
        '&' => error.help("write `and` or `&&`, and put a text with `&` in it in quotes"),
        '|' => error.help("write `or` or `||`"),
        _ => error.help("put a text with such a character in it in quotes"),
    }
}

/// A word goes on to the first character that cannot be in one, or to `..`.
fn word(text: &str) -> &str {
    let end = text.find(|character| !is_plain(character)).unwrap_or(text.len());
    let word = text.get(..end).unwrap_or(text);
    word.split("..").next().unwrap_or(word)
}

/// The text between quotation marks, `\` before one of them or before itself standing for just
/// that character, and how long it is with its marks.
fn quoted_text(text: &str, mark: char) -> Option<(Lexeme, usize)> {
    let mut content = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character == mark {
            return Some((Lexeme::Quoted(content), at + mark.len_utf8()));
        }
        if character == '\\'
            && let Some((_, next)) = characters.next_if(|(_, next)| *next == mark || *next == '\\')
        {
            content.push(next);
            continue;
        }
        content.push(character);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_falls_into_words_and_signs() {
        let check = |text: &str, expected: &str| {
            let shown = match tokens(text) {
                Ok(tokens) => {
                    let shown = tokens.iter().map(|token| match &token.lexeme {
                        Lexeme::Word(word) => word.clone(),
                        Lexeme::Quoted(text) => format!("«{text}»"),
                        other => format!("{other:?}"),
                    });
                    shown.collect::<Vec<_>>().join(" ")
                }
                Err(error) => format!("{:?} {error}", error.span),
            };
            assert_eq!(shown, expected, "{text}");
        };
        check("host=*.example.com", "host Equal *.example.com");
        check("port in 1..1023", "port in 1 Dots 1023");
        check("a!=b!~c!d", "a NotEqual b HoldsNot c Not d");
        check("x<=1&&y>2||z", "x AtMost 1 And y Greater 2 Or z");
        check("2001:db8::/32 2026-11-23T02:00:00Z", "2001:db8::/32 2026-11-23T02:00:00Z");
        check(r#"'it\'s' "a \"b\" \\ \n" ''"#, r#"«it's» «a "b" \ \n» «»"#);
        check("a & b", "2..3 `&` stands alone");
        check("a = \"b", "4..5 this quotation mark is never closed");
        check("é=ü", "é Equal ü");
        check("  ", "");
    }
}
