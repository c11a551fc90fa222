//! The words of a filter, told apart as libpcap tells them apart, and looked at before libpcap
//! sees them: it takes every word that it does not know for a host's name, and asks the
//! machine's resolver for it.

use std::borrow::Cow;
use std::net::Ipv6Addr;
use std::ops::Range;

use super::filter::FilterError;
use super::filter_names::{ip_protocol, is_keyword, number, service};

/// A word or a sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// Where it stands in the expression.
    pub(super) span: Range<usize>,
    /// What libpcap is to read in its place.
    pub(super) text: Cow<'a, str>,
}

/// What a name would be looked up as. It holds from the word that says so over `and`, `or` and
/// `not` up to the next that says otherwise, and inside parentheses for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// A host's, a network's, or a gateway's.
    Host,
    Port,
    /// One above IP.
    Protocol,
    /// One above a link, or above ISO's network layer.
    LinkProtocol,
    /// What the word before it takes, and nobody looks up.
    Any,
}

/// The words, each known to be harmless.
pub(super) fn checked(expression: &str) -> Result<Vec<Word<'_>>, FilterError> {
    let mut words = Vec::new();
    let mut meaning = Meaning::Host;
    let mut outer = Vec::new();
    let mut at = 0;
    while let Some((span, kind)) = next(expression, at)? {
        at = span.end;
        let text = expression.get(span.clone()).unwrap_or_default();
        let text = match kind {
            Kind::Sign | Kind::Number => {
                match text {
                    "(" => outer.push(meaning),
                    ")" => meaning = outer.pop().unwrap_or(Meaning::Host),
                    "&&" | "||" | "!" | "/" => {}
                    _ if kind == Kind::Number => {}
                    _ => meaning = Meaning::Host,
                }
                Cow::Borrowed(text)
            }
            Kind::Keyword => {
                meaning = match text {
                    "and" | "or" | "not" | "mask" => meaning,
                    "port" | "portrange" => Meaning::Port,
                    "proto" | "protochain" => match words.last().map(|word: &Word<'_>| &*word.text)
                    {
                        Some(
                            "ether" | "link" | "fddi" | "tr" | "wlan" | "ppp" | "slip" | "iso",
                        ) => Meaning::LinkProtocol,
                        _ => Meaning::Protocol,
                    },
                    "type" | "subtype" | "dir" | "direction" | "llc" | "on" | "ifname" | "rset"
                    | "ruleset" | "reason" | "action" => Meaning::Any,
                    _ => Meaning::Host,
                };
                Cow::Borrowed(text)
            }
            Kind::Named(value) => {
                meaning = Meaning::Host;
                Cow::Owned(value.to_string())
            }
            Kind::Name => {
                let known = known_name(text, meaning);
                // What takes a word of its own takes one.
                if meaning == Meaning::Any {
                    meaning = Meaning::Host;
                }
                known.map_err(|reason| FilterError { span: span.clone(), reason })?
            }
        };
        words.push(Word { span, text });
    }
    Ok(words)
}

/// A name as libpcap may see it.
fn known_name(text: &str, meaning: Meaning) -> Result<Cow<'_, str>, String> {
    let escaped = text.strip_prefix('\\');
    let name = escaped.unwrap_or(text);
    match meaning {
        Meaning::Any => Ok(Cow::Borrowed(text)),
        Meaning::Port => {
            let is_range = name.split_once('-').is_some_and(|(from, to)| {
                [from, to]
                    .iter()
                    .all(|end| !end.is_empty() && end.bytes().all(|b| b.is_ascii_digit()))
            });
            if is_range {
                return Ok(Cow::Borrowed(text));
            }
            let port = service(name).map(|port| Cow::Owned(port.to_string()));
            port.ok_or_else(|| {
                format!("`{name}` is no port that is known by name: write its number")
            })
        }
        Meaning::Protocol | Meaning::LinkProtocol => match ip_protocol(name) {
            Some(number) if meaning == Meaning::Protocol => Ok(Cow::Owned(number.to_string())),
            // libpcap has a list of these in itself.
            _ if escaped.is_some() && is_keyword(name) => Ok(Cow::Borrowed(text)),
            _ => Err(format!("`{name}` is no protocol that is known by name: write its number")),
        },
        Meaning::Host => Err(format!(
            "`{name}` is neither a word of filters nor an address: names are not looked up, \
             since that would be traffic"
        )),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sign,
    Number,
    Keyword,
    /// A word that stands for this number.
    Named(u8),
    Name,
}

/// The next word from a place on. As in libpcap's scanner, the longest reading counts.
fn next(expression: &str, at: usize) -> Result<Option<(Range<usize>, Kind)>, FilterError> {
    let rest = expression.get(at..).unwrap_or_default();
    let start = at + rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    let rest = expression.get(start..).unwrap_or_default();
    let Some(first) = rest.chars().next() else { return Ok(None) };
    let found = |length: usize, kind| Ok(Some((start..start + length, kind)));
    let address = address_length(rest);
    let run = name_length(rest);
    if address >= run && address > 0 {
        return found(address, Kind::Number);
    }
    if run > 0 {
        let word = rest.get(..run).unwrap_or_default();
        let kind = match word {
            word if is_number(word) => Kind::Number,
            word if is_keyword(word) => Kind::Keyword,
            word => number(word).map_or(Kind::Name, Kind::Named),
        };
        return found(run, kind);
    }
    match first {
        '\\' => {
            let end = rest.find([' ', '!', '(', ')', '\n', '\t']).unwrap_or(rest.len());
            found(end, Kind::Name)
        }
        // An AppleTalk node.
        '$' => {
            let digits = rest.bytes().skip(1).take(2).take_while(u8::is_ascii_hexdigit).count();
            found(1 + digits, Kind::Number)
        }
        _ => {
            const PAIRS: [&str; 8] = [">=", "<=", "!=", "==", "<<", ">>", "&&", "||"];
            if PAIRS.iter().any(|pair| rest.starts_with(pair)) {
                found(2, Kind::Sign)
            } else if "+-*/%:[]!<>()&|^=".contains(first) {
                found(1, Kind::Sign)
            } else {
                let span = start..start + first.len_utf8();
                let reason = format!("{first:?} means nothing in a filter");
                Err(FilterError { span, reason })
            }
        }
    }
}

/// How far a name or number reaches: letters, digits, and inside also hyphens and underscores.
fn name_length(text: &str) -> usize {
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric()) {
        return 0;
    }
    let run = text.bytes().take_while(is_inner).count();
    let run = text.get(..run).unwrap_or_default();
    run.trim_end_matches(['-', '_']).len()
}

/// How far an IPv6 or hardware address reaches, where one begins here.
fn address_length(text: &str) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.' | b'-');
    let run = text.bytes().take_while(is_part).take(64).count();
    let fits = |length: &usize| {
        let part = text.get(..*length).unwrap_or_default();
        part.parse::<Ipv6Addr>().is_ok() || is_hardware_address(part)
    };
    (1..=run).rev().find(fits).unwrap_or(0)
}

/// Six bytes with colons, hyphens or dots between them, or twelve digits, or three fours.
fn is_hardware_address(text: &str) -> bool {
    let digits = |part: &str, least: usize, most: usize| {
        (least..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let six = |sign: char| {
        text.split(sign).count() == 6 && text.split(sign).all(|part| digits(part, 1, 2))
    };
    let three = text.split('.').count() == 3 && text.split('.').all(|part| digits(part, 4, 4));
    six(':') || six('-') || six('.') || three || digits(text, 12, 12)
}

/// A number, or up to four of them with dots between: an address or the beginning of one.
fn is_number(text: &str) -> bool {
    let number = |part: &str| match part.strip_prefix("0x").or(part.strip_prefix("0X")) {
        Some(hex) => !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()),
    };
    text.split('.').count() <= 4 && text.split('.').all(number)
}
