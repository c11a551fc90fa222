//! The program as built, run with an environment of its own.

use std::path::Path;

use assert_cmd::Command;

/// The program, to be run in this folder. Nothing of the caller's environment reaches it but
/// what it needs to find programs and a temporary folder: a colour or CI setting must not
/// change a test.
pub(crate) fn apptrace(folder: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("apptrace"));
    command.current_dir(folder).env_clear().env("COLUMNS", "80").write_stdin("");
    for kept in ["PATH", "HOME", "TMPDIR"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command
}

/// What the program says of itself, at 80 columns.
pub(crate) fn help(subcommand: Option<&str>) -> String {
    let output = apptrace(&std::env::temp_dir())
        .args(subcommand)
        .arg("--help")
        .output()
        .expect("apptrace can be executed");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("the help is text");
    // clap ends the line that parts a list of values from their default with blanks.
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

/// The subcommands, as the help lists them.
pub(crate) fn subcommands() -> Vec<String> {
    let help = help(None);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    commands
        .take_while(|line| !line.is_empty())
        // A description's second line is indented further.
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}
