//! Odd bytes in names, as tshark writes them: apptrace escapes them without loss (`\255`,
//! `\xff`), tshark puts U+FFFD for what is no text, and octal numbers for control bytes.

/// A name that apptrace wrote, in tshark's words.
pub(crate) fn as_tshark(kind: &str, name: &str) -> String {
    if !name.contains('\\') {
        return name.to_owned();
    }
    let bytes = unescaped(name);
    let text = if matches!(kind, "http" | "http2" | "sip" | "ssdp") {
        // These are taken for ASCII, each byte beyond it by itself.
        bytes.iter().map(|&byte| if byte < 0x80 { char::from(byte) } else { '\u{fffd}' }).collect()
    } else {
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let mut shown = String::new();
    for character in text.chars() {
        match character {
            '\t' => shown.push_str("\\t"),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\0'..='\x1f' | '\x7f' => shown.push_str(&format!("\\{:03o}", u32::from(character))),
            other => shown.push(other),
        }
    }
    shown
}

/// The bytes behind `\xNN`, `\DDD`, `\.` and `\\`.
fn unescaped(name: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'\\' {
            bytes.push(first);
            continue;
        }
        let number = |digits: Option<&[u8]>, radix| {
            let digits = std::str::from_utf8(digits?).ok()?;
            u8::from_str_radix(digits, radix).ok()
        };
        if after.first() == Some(&b'x')
            && let Some(byte) = number(after.get(1..3), 16)
        {
            bytes.push(byte);
            rest = after.get(3..).unwrap_or_default();
        } else if let Some(byte) = number(after.get(..3), 10) {
            bytes.push(byte);
            rest = after.get(3..).unwrap_or_default();
        } else if let Some((&next, after)) = after.split_first() {
            bytes.push(next);
            rest = after;
        }
    }
    bytes
}
