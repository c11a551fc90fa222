//! Browsers without a window, as they are installed.

use super::fetching::{Client, find};

/// The user's own sandbox cannot be set up by root.
const CHROMIUM: &str = "--headless=new --disable-gpu --no-sandbox --dump-dom";

#[test]
fn chromium() {
    let client = Client::new("Chromium", &["chromium"]);
    client.reaches(&format!("timeout 60 chromium {CHROMIUM} \"$1\""));
}

fn firefox() -> &'static str {
    if find("firefox").is_some() { "firefox" } else { "firefox-esr" }
}

#[test]
fn firefox_at_its_first_start() {
    let client = Client::new("Firefox", &[firefox()]);
    let script = format!("timeout 60 {} --headless --screenshot $HOME/shot.png \"$1\"", firefox());
    client.reaches(&script);
}

/// A profile that the scenario names gets a database, and there is no policy.
#[test]
fn firefox_with_a_profile() {
    let client =
        Client::new("Firefox, `cert9.db` of its profile in `application.trust`", &[firefox()])
            .trusting("profile/cert9.db".as_ref());
    let script = format!(
        "test ! -e /etc/firefox/policies && timeout 60 {} --headless --profile $HOME/profile \
         --screenshot $HOME/shot.png \"$1\"",
        firefox()
    );
    client.reaches(&script);
}
