//! The questions by which applications find out whether they are online. Any answer but the
//! right one means a captive portal to them: Firefox then opens a tab of its own to log in,
//! and contacts whom it would not contact on a line that works.

/// Status, media type and body of the right answer, where a path is such a question. By path
/// alone: the hosts that answer it are many, and no path of these means anything else.
pub(super) fn answer(path: &str) -> Option<(u16, &'static str, &'static str)> {
    Some(match path {
        "/canonical.html" => (
            200,
            "text/html",
            "<meta http-equiv=\"refresh\" \
             content=\"0;url=https://support.mozilla.org/kb/captive-portal\"/>",
        ),
        "/success.txt" => (200, "text/plain", "success\n"),
        "/generate_204" | "/gen_204" => (204, "text/plain", ""),
        "/check_network_status.txt" | "/nm" => (200, "text/plain", "NetworkManager is online\n"),
        "/hotspot-detect.html" => (
            200,
            "text/html",
            "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>",
        ),
        "/connecttest.txt" => (200, "text/plain", "Microsoft Connect Test"),
        "/ncsi.txt" => (200, "text/plain", "Microsoft NCSI"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::answer;

    #[test]
    fn only_the_questions_have_an_answer_of_their_own() {
        assert_eq!(answer("/generate_204").map(|(status, ..)| status), Some(204));
        assert_eq!(answer("/success.txt").map(|(.., body)| body), Some("success\n"));
        assert_eq!(answer("/"), None);
    }
}
