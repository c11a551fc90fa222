//! What an application finds around itself in the sandbox, whoever launches it.

use crate::support::program::apptrace;

/// What a shell says in the sandbox; its output goes to standard error.
fn said(script: &str, home: Option<&std::path::Path>) -> String {
    let mut command = apptrace(&std::env::temp_dir());
    command.args(["trace", "--phases", "none", "--", "sh", "-c", script]);
    if let Some(home) = home {
        command.env("HOME", home);
    }
    let output = command.output().expect("apptrace starts");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{error}\n{}", String::from_utf8_lossy(&output.stdout));
    error
}

#[test]
fn a_home_below_tmp_is_there_and_fresh() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("private"), "").unwrap();
    let listing = format!("ls -A {0} && echo listed {0}", home.path().display());
    assert_eq!(
        said(&listing, Some(home.path())).trim(),
        format!("listed {}", home.path().display())
    );
}

#[test]
fn an_ordinary_user_may_listen_below_1024() {
    let first = said("cat /proc/sys/net/ipv4/ip_unprivileged_port_start", None);
    assert_eq!(first.trim(), "0");
}
