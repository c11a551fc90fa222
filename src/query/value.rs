//! Values: read from their text by the kind of their field, and printed so that they are read
//! back as the same.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use jiff::SignedDuration;

use super::error::{one_of, suggestion};
use super::field::Kind;
use super::token::is_plain_word;
use crate::contact::{HostPattern, quoted};
use crate::packet::Timestamp;

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Host(HostPattern),
    /// A single address is the block of just that one.
    Block(IpNet),
    Whole(u64),
    /// So long after the capture's first packet.
    After(Duration),
    At(Timestamp),
    Length(Duration),
    Text(String),
    Word(&'static str),
    Flag(bool),
}

/// What is wrong with a value's text, and what would be right.
pub(super) type Wrong = (String, Option<String>);

/// Longer than any capture, and short enough for every sum with a moment.
const LONGEST: Duration = Duration::from_nanos(i64::MAX.unsigned_abs());

impl Value {
    /// A value for a field of a kind; `quoted` where it stood in quotation marks.
    pub(super) fn read(text: &str, kind: Kind) -> Result<Self, Wrong> {
        match kind {
            Kind::Host => {
                let pattern = text.parse().map_err(|error| {
                    (
                        format!("{} is no host: {error}", quoted(text)),
                        Some("a name, `*.example.com`, an address or `192.0.2.0/24`".to_owned()),
                    )
                });
                Ok(Self::Host(pattern?))
            }
            Kind::Address => block(text).map(Self::Block),
            Kind::Whole { most, scaled } => whole(text, most, scaled).map(Self::Whole),
            Kind::Moment => moment(text),
            Kind::Length => length(text).map(Self::Length),
            Kind::Text if text.is_empty() => {
                Err(("no text is empty".to_owned(), Some("leave the comparison out".to_owned())))
            }
            Kind::Text => Ok(Self::Text(text.to_owned())),
            Kind::Word(words) => word(text, &words()),
            Kind::Code(words, prefix) => code(text, &words(), prefix),
            Kind::Flag => match text {
                "true" | "yes" => Ok(Self::Flag(true)),
                "false" | "no" => Ok(Self::Flag(false)),
                _ => Err((format!("{} is neither `true` nor `false`", quoted(text)), None)),
            },
        }
    }
}

fn block(text: &str) -> Result<IpNet, Wrong> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(address.to_canonical().into());
    }
    let expected = "an address or a block such as `192.0.2.0/24` is expected";
    let block: IpNet = text.parse().map_err(|_| {
        let help = text
            .chars()
            .any(|c| c.is_ascii_alphabetic())
            .then(|| format!("for a name write `host = {text}`"))
            .filter(|_| text.parse::<HostPattern>().is_ok());
        (format!("{} is no address; {expected}", quoted(text)), help)
    })?;
    let whole = block.trunc();
    if whole == block {
        return Ok(block);
    }
    let message = format!("{} has bits set beyond its length", quoted(text));
    Err((message, Some(format!("`{whole}` is meant, or a longer prefix"))))
}

fn whole(text: &str, most: u64, scaled: bool) -> Result<u64, Wrong> {
    let example = if scaled { " such as `500`, `10k` or `1.5M`" } else { "" };
    let wrong = || {
        (
            format!("{} is no number", quoted(text)),
            Some(format!("expected a whole number{example}")),
        )
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let factor: u128 = match unit.to_ascii_lowercase().trim_end_matches('b') {
        "" if unit.is_empty() || scaled => 1,
        "k" if scaled => 1_000,
        "m" if scaled => 1_000_000,
        "g" if scaled => 1_000_000_000,
        "ki" if scaled => 1 << 10,
        "mi" if scaled => 1 << 20,
        "gi" if scaled => 1 << 30,
        _ => return Err(wrong()),
    };
    let (units, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if units.is_empty() || digits.ends_with('.') || fraction.contains('.') || fraction.len() > 9 {
        return Err(wrong());
    }
    let out_of_range = || (format!("{} is more than {most}", quoted(text)), None);
    let units: u128 = units.parse().map_err(|_| out_of_range())?;
    let tenths = 10_u128.pow(u32::try_from(fraction.len()).unwrap_or_default());
    let parts: u128 =
        if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| wrong())? };
    let number = units
        .checked_mul(factor)
        .and_then(|it| it.checked_add(parts * factor / tenths))
        .ok_or_else(out_of_range)?;
    if !(parts * factor).is_multiple_of(tenths) {
        return Err(wrong());
    }
    u64::try_from(number).ok().filter(|number| *number <= most).ok_or_else(out_of_range)
}

fn moment(text: &str) -> Result<Value, Wrong> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        let nanoseconds = u64::try_from(moment.as_nanosecond());
        return nanoseconds
            .map(|it| Value::At(Timestamp(it)))
            .map_err(|_| (format!("{} is before 1970", quoted(text)), None));
    }
    length(text).map(Value::After).map_err(|(message, help)| {
        let also = "so long after the first packet, as in `90s` or `1m30s`, or a moment such as \
                    `2026-11-23T02:00:00Z`";
        (message.replace("length of time", "time"), help.or_else(|| Some(also.to_owned())))
    })
}

fn length(text: &str) -> Result<Duration, Wrong> {
    if text.parse::<f64>().is_ok_and(f64::is_finite) {
        return Err((
            format!("{} has no unit", quoted(text)),
            Some(format!("for seconds write `{text}s`")),
        ));
    }
    let signed: SignedDuration =
        text.parse().map_err(|_| (format!("{} is no length of time", quoted(text)), None))?;
    let duration =
        Duration::try_from(signed).map_err(|_| (format!("{} is negative", quoted(text)), None))?;
    if duration > LONGEST {
        return Err((format!("{} is longer than any capture", quoted(text)), None));
    }
    Ok(duration)
}

fn word(text: &str, words: &[&'static str]) -> Result<Value, Wrong> {
    // As other programs write it: `window_full`.
    let plain = text.replace(['_', ' '], "-");
    if let Some(word) = words.iter().find(|word| word.eq_ignore_ascii_case(&plain)) {
        return Ok(Value::Word(word));
    }
    Err((format!("{} is not known here", quoted(text)), Some(suggestion(text, words))))
}

/// A word that is known, or a number behind the prefix that those without a name have.
fn code(text: &str, words: &[&'static str], prefix: Option<&str>) -> Result<Value, Wrong> {
    let unnamed = prefix.filter(|prefix| {
        let (start, number) = text.split_at_checked(prefix.len()).unwrap_or_default();
        start.eq_ignore_ascii_case(prefix) && number.parse::<u16>().is_ok()
    });
    match unnamed {
        Some(_) => Ok(Value::Text(text.to_owned())),
        None => word(text, words),
    }
}

/// What values a kind takes, for a comparison that asks for another.
pub(super) fn described(kind: Kind) -> String {
    match kind {
        Kind::Host => "a host".to_owned(),
        Kind::Address => "an address".to_owned(),
        Kind::Whole { .. } => "a number".to_owned(),
        Kind::Moment => "a time".to_owned(),
        Kind::Length => "a length of time".to_owned(),
        Kind::Text => "text".to_owned(),
        Kind::Word(words) | Kind::Code(words, _) => format!("one of {}", one_of(&words())),
        Kind::Flag => "`true` or `false`".to_owned(),
    }
}

/// A text as it stands in an expression: without quotation marks where it can.
pub(super) fn write_text(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if is_plain_word(text) {
        return f.write_str(text);
    }
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn write_duration(duration: Duration, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let nanoseconds = duration.as_nanos();
    let units: [(&str, u128); 6] = [
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ];
    let exact = units.into_iter().find(|(_, unit)| nanoseconds.is_multiple_of(*unit));
    match exact.filter(|_| nanoseconds > 0) {
        Some((name, unit)) => write!(f, "{}{name}", nanoseconds / unit),
        None => f.write_str("0s"),
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(pattern) => write_text(&pattern.to_string(), f),
            Self::Block(block) if block.prefix_len() == block.max_prefix_len() => {
                block.addr().fmt(f)
            }
            Self::Block(block) => block.fmt(f),
            Self::Whole(number) => number.fmt(f),
            Self::After(duration) | Self::Length(duration) => write_duration(*duration, f),
            Self::At(moment) => moment.fmt(f),
            Self::Text(text) => write_text(text, f),
            Self::Word(word) => f.write_str(word),
            Self::Flag(flag) => flag.fmt(f),
        }
    }
}
