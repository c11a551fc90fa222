//! A process's arguments as a person would type them.

use crate::contact::printable;

/// The arguments in one line, with quotes around those that need some, fit to be shown.
pub(super) fn command_line(arguments: &[String]) -> String {
    let words: Vec<String> = arguments.iter().map(|argument| word(argument)).collect();
    words.join(" ")
}

fn word(argument: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "_-./:=,@%+".contains(it);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        return argument.to_owned();
    }
    format!("'{}'", printable(&argument.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_told_apart_and_not_obeyed() {
        let arguments = ["sh", "-c", "it's\n\u{1b}[2J", "", "a=b", "$HOME"].map(str::to_owned);
        assert_eq!(command_line(&arguments), r"sh -c 'it'\''s\u{a}\u{1b}[2J' '' a=b '$HOME'");
    }
}
