//! SSH's opening lines (RFC 4253 section 4.2).

use super::message::{Message, Step};
use super::text::escape;
use crate::contact::Protocol;

/// The longest identification (section 4.2), with room for those who ignore it.
const LONGEST: usize = 512;

/// Reads the identification at the start of a side's bytes: `SSH-2.0-OpenSSH_9.6 comment`. What
/// follows is binary.
pub(super) fn ssh_line(bytes: &[u8]) -> Step<Message> {
    let head = bytes.get(..LONGEST).unwrap_or(bytes);
    let known = head.len().min(4);
    if head.get(..known) != b"SSH-".get(..known) {
        return Step::Not;
    }
    let Some(end) = memchr::memchr(b'\n', head) else {
        return if head.len() < LONGEST { Step::Incomplete } else { Step::Not };
    };
    let line = head.get(..end).unwrap_or_default().trim_ascii();
    let mut message = Message::new(Protocol::Ssh, format!("Protocol: ({})", escape(line)));
    let software = line.splitn(3, |&b| b == b'-').nth(2);
    message.sender = software.map(escape);
    Step::Read { value: message, length: end + 1 }
}
