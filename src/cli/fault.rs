//! What is wrong in a text of the command line, shown with a caret under the place.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// Something wrong at a place of a text.
pub(crate) struct Fault<'a> {
    /// The bytes that are wrong; empty at the end where something is missing.
    pub(crate) span: Range<usize>,
    /// What is wrong.
    pub(crate) message: &'a str,
    /// What would be right.
    pub(crate) help: Option<&'a str>,
}

/// The longest part of a text that is shown around a fault, in characters.
const SHOWN: usize = 200;

impl Fault<'_> {
    /// The message, the text and a caret, under the option's name. Ends without a line break.
    pub(crate) fn render(&self, option: &str, text: &str, colour: bool) -> String {
        let (shown, span) = excerpt(text, &self.span);
        let snippet = Snippet::source(shown.as_str())
            .path(option)
            .annotation(AnnotationKind::Primary.span(span));
        let mut report = Level::ERROR.primary_title(self.message).element(snippet);
        if let Some(help) = self.help {
            report = report.element(Level::HELP.message(help));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[report])
    }
}

/// The part of a text around a place, in one line and without anything that a terminal would
/// obey, and the place in it. One character stays one character, so that the caret stands right.
fn excerpt(text: &str, span: &Range<usize>) -> (String, Range<usize>) {
    let before = text.char_indices().take_while(|(at, _)| *at < span.start).count();
    let skipped = before.saturating_sub(SHOWN / 2);
    let mut shown = String::new();
    let (mut start, mut end) = (None, None);
    for (at, character) in text.char_indices().skip(skipped).take(SHOWN) {
        if at >= span.start {
            start.get_or_insert(shown.len());
        }
        if at >= span.end {
            end.get_or_insert(shown.len());
        }
        let plain = apptrace::contact::printable(character.encode_utf8(&mut [0; 4])).len()
            == character.len_utf8();
        shown.push(if plain { character } else { '\u{fffd}' });
    }
    let start = start.unwrap_or(shown.len());
    let end = end.unwrap_or(shown.len()).max(start);
    (shown, start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, span: Range<usize>) -> String {
        Fault { span, message: "it is wrong", help: Some("right it") }
            .render("--where", text, false)
    }

    #[test]
    fn a_caret_stands_under_the_place() {
        assert_eq!(
            shown("hots = a", 0..4),
            "error: it is wrong\n \
             --> --where:1:1\n  \
             |\n\
             1 | hots = a\n  \
             | ^^^^\n  \
             |\n  \
             = help: right it"
        );
        let at_the_end = shown("é\n\u{1b} =", 6..6);
        assert!(at_the_end.contains("1 | é\u{fffd}\u{fffd} =\n  |      ^"), "{at_the_end}");
    }

    #[test]
    fn any_place_of_a_long_text_is_shown() {
        let text = "é".repeat(1000);
        for at in (0..=text.len()).step_by(2) {
            assert!(shown(&text, at..at).contains('^'));
            assert!(shown(&text, at..text.len()).contains('^'));
        }
    }
}
