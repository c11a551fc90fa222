//! `inspect` on captures that the test builds: what each view shows, in each format; how a
//! capture is judged; what is said of files and expressions that are none.

mod errors;
mod judged;
mod reference;
mod remarks;
mod views;
mod wire;

use std::path::PathBuf;

use crate::support::Project;

/// A project with the reference traces as captures.
fn project() -> Project {
    let project = Project::new();
    project.write("start.pcap", reference::start().pcap());
    project.write("idle.pcap", reference::idle().pcap());
    project
}

/// The capture that comes with apptrace, for people to try `inspect` on.
fn shipped() -> PathBuf {
    crate::support::repository::root().join("examples/softphone.pcap")
}
