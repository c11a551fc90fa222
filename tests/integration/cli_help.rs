//! What each subcommand says of itself, at 80 columns.

use crate::support::program;

#[test]
fn the_help_of_the_program() {
    insta::assert_snapshot!("help", program::help(None));
}

#[test]
fn the_help_of_each_subcommand() {
    for name in program::subcommands() {
        insta::assert_snapshot!(format!("help_{name}"), program::help(Some(&name)));
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for name in program::subcommands() {
        let help = program::help(Some(&name));
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
    }
}
