//! SMTP (RFC 5321), IMAP (RFC 9051), POP3 (RFC 1939) and FTP (RFC 959): what servers call
//! themselves in their greetings, and what clients say a line at a time. After STARTTLS (RFC
//! 3207, 9051 section 6.2.1), STLS (RFC 2595) or AUTH TLS (RFC 4217) the bytes are no text, and
//! whoever reads on finds TLS.

use super::message::{Message, Step};
use super::text::{escape, host_name, is_host};
use crate::contact::{Evidence, EvidenceKind, Protocol};

/// A longer line is none: the limits are 512 bytes to 1000, and IMAP's are the longest.
const LONGEST_LINE: usize = 8 * 1024;

/// So much of a line is shown.
const SHOWN: usize = 200;

/// Reads the line at the start of the bytes, of a protocol among the four.
pub(super) fn mail_line(
    protocol: Protocol,
    bytes: &[u8],
    from_client: bool,
    at_end: bool,
) -> Step<Message> {
    let head = bytes.get(..LONGEST_LINE).unwrap_or(bytes);
    // Text begins with a printable byte; a record of TLS does not.
    if head.first().is_some_and(|&b| b < b' ' && !b"\r\n\t".contains(&b)) {
        return Step::Not;
    }
    let (line, length) = match memchr::memchr(b'\n', head) {
        Some(end) => (head.get(..end).unwrap_or_default(), end + 1),
        None if head.len() == LONGEST_LINE => return Step::Not,
        None if at_end && !head.is_empty() => (head, head.len()),
        None => return Step::Incomplete,
    };
    let line = line.trim_ascii();
    let value = if from_client { said(protocol, line) } else { answered(protocol, line) };
    Step::Read { value, length }
}

/// A client's line; what it proves itself with is not shown.
fn said(protocol: Protocol, line: &[u8]) -> Message {
    let mut words = line.split(|&b| b == b' ').filter(|word| !word.is_empty());
    let mut first = words.next().unwrap_or_default();
    let mut shown = String::new();
    if protocol == Protocol::Imap {
        // Behind a tag of the client's choice.
        shown = escape(first) + " ";
        first = words.next().unwrap_or_default();
    }
    let is = |names: &[&[u8]]| names.iter().any(|name| first.eq_ignore_ascii_case(name));
    let argument = words.next();
    if is(&[b"PASS", b"LOGIN", b"AUTH", b"AUTHENTICATE", b"APOP", b"ACCT"]) {
        shown.push_str(&escape(first));
        // The mechanism, or the user.
        if let Some(argument) = argument.filter(|_| !is(&[b"PASS", b"ACCT"])) {
            shown.push(' ');
            shown.push_str(&escape(argument));
        }
        if is(&[b"PASS", b"LOGIN", b"APOP", b"ACCT"]) || words.next().is_some() {
            shown.push_str(" ***");
        }
    } else {
        let whole = if protocol == Protocol::Imap { line.get(shown.len()..) } else { Some(line) };
        let whole = whole.unwrap_or_default();
        shown.push_str(&escape(whole.get(..SHOWN).unwrap_or(whole)));
    }
    let prefix =
        if protocol == Protocol::Smtp || protocol == Protocol::Pop3 { "C: " } else { "Request: " };
    let mut message = Message::new(protocol, prefix.to_owned() + &shown);
    if protocol == Protocol::Smtp && is(&[b"EHLO", b"HELO", b"LHLO"]) {
        message.sender = argument.map(host_name);
    }
    message
}

fn answered(protocol: Protocol, line: &[u8]) -> Message {
    let shown = escape(line.get(..SHOWN).unwrap_or(line));
    let prefix =
        if protocol == Protocol::Smtp || protocol == Protocol::Pop3 { "S: " } else { "Response: " };
    let mut message = Message::new(protocol, prefix.to_owned() + &shown);
    message.status = line
        .get(..3)
        .filter(|code| code.iter().all(u8::is_ascii_digit))
        .map(|code| code.iter().fold(0, |value, digit| value * 10 + u16::from(digit - b'0')));
    let name = greeting(protocol, line).and_then(name_in);
    message.names.extend(name.map(|name| Evidence::new(EvidenceKind::Banner, name)));
    message
}

/// What follows the mark of a greeting.
fn greeting(protocol: Protocol, line: &[u8]) -> Option<&[u8]> {
    match protocol {
        Protocol::Smtp | Protocol::Ftp => line.strip_prefix(b"220")?.get(1..),
        Protocol::Imap => {
            let rest = line.strip_prefix(b"* OK").or_else(|| line.strip_prefix(b"* PREAUTH"))?;
            // A later untagged OK begins with a code, and so may a greeting, with its
            // capabilities (RFC 9051 section 7.1).
            let coded = rest.trim_ascii_start().starts_with(b"[");
            let capable = rest.trim_ascii_start().starts_with(b"[CAPABILITY");
            (!coded || capable).then_some(rest)
        }
        // Later answers are positive too: a greeting is for APOP (RFC 1939 section 7), or
        // says what it is.
        Protocol::Pop3 => {
            let rest = line.strip_prefix(b"+OK")?;
            let says = rest.windows(3).any(|word| word.eq_ignore_ascii_case(b"pop"));
            (says || rest.ends_with(b">")).then_some(rest)
        }
        _ => None,
    }
}

/// The first word that reads as the full name of a host: `mx.example.org`, `<1.2@example.org>`.
fn name_in(text: &[u8]) -> Option<String> {
    text.split(|b| b" \t()<>[],;\"'".contains(b)).find_map(|word| {
        let word = word.rsplit(|&b| b == b'@').next()?;
        let name = host_name(word.strip_suffix(b":").unwrap_or(word));
        let (_, last) = name.rsplit_once('.')?;
        // A version number has no letters at its end, a name has two.
        let ends = last.len() >= 2 && last.bytes().all(|b| b.is_ascii_lowercase());
        let labels = name.split('.').all(|label| !label.is_empty() && label.len() <= 63);
        (ends && labels && is_host(&name) && !name.contains([':', '\\', '*'])).then_some(name)
    })
}

/// Which of the four a stream's first line speaks; its port decides what the words leave open.
pub(super) fn mail_protocol(bytes: &[u8], port: u16, from_client: bool) -> Option<Protocol> {
    let end = memchr::memchr(b'\n', bytes.get(..LONGEST_LINE).unwrap_or(bytes))?;
    let line = bytes.get(..end)?.trim_ascii();
    let says = |word: &[u8]| line.windows(word.len()).any(|some| some.eq_ignore_ascii_case(word));
    let command = line.split(|&b| b == b' ').next().unwrap_or_default();
    let is = |names: &[&[u8]]| names.iter().any(|name| command.eq_ignore_ascii_case(name));
    let by_port = match port {
        21 | 990 | 2121 => Some(Protocol::Ftp),
        25 | 465 | 587 | 2525 => Some(Protocol::Smtp),
        110 | 995 => Some(Protocol::Pop3),
        143 | 993 => Some(Protocol::Imap),
        _ => None,
    };
    if from_client {
        return match by_port {
            _ if is(&[b"EHLO", b"HELO", b"LHLO"]) => Some(Protocol::Smtp),
            Some(Protocol::Imap) if imap_command(line) => Some(Protocol::Imap),
            Some(protocol @ (Protocol::Ftp | Protocol::Pop3))
                if is(&[
                    b"USER", b"AUTH", b"CAPA", b"STLS", b"APOP", b"FEAT", b"QUIT", b"SYST",
                ]) =>
            {
                Some(protocol)
            }
            Some(Protocol::Smtp) if is(&[b"MAIL", b"RSET", b"QUIT", b"NOOP", b"STARTTLS"]) => {
                Some(Protocol::Smtp)
            }
            _ => None,
        };
    }
    if line.starts_with(b"220") && matches!(line.get(3), None | Some(b' ' | b'-')) {
        return match by_port {
            Some(protocol @ (Protocol::Ftp | Protocol::Smtp)) => Some(protocol),
            _ if says(b"smtp") => Some(Protocol::Smtp),
            _ if says(b"ftp") => Some(Protocol::Ftp),
            _ => None,
        };
    }
    if line.starts_with(b"* OK") || line.starts_with(b"* PREAUTH") {
        return (by_port == Some(Protocol::Imap) || says(b"imap")).then_some(Protocol::Imap);
    }
    let pop = line.starts_with(b"+OK") && (by_port == Some(Protocol::Pop3) || says(b"pop3"));
    pop.then_some(Protocol::Pop3)
}

fn imap_command(line: &[u8]) -> bool {
    const COMMANDS: [&[u8]; 8] = [
        b"CAPABILITY",
        b"STARTTLS",
        b"LOGIN",
        b"AUTHENTICATE",
        b"ID",
        b"NOOP",
        b"SELECT",
        b"LOGOUT",
    ];
    let command = line.split(|&b| b == b' ').nth(1).unwrap_or_default();
    COMMANDS.iter().any(|name| command.eq_ignore_ascii_case(name))
}
