//! The integration tests, in one binary. What a single module does is tested beside it in
//! `src/`; here stands what needs the whole program or the whole project.
//!
//! - `architecture`: which module may import which, and the shape of the files
//! - `attribution`: which process made a contact, for every kind of program
//! - `bad_luck`: applications that cannot be launched, break down, flood, or do not go
//! - `both_internets`: the simulated and the real one compared
//! - `cli_help`: what each subcommand says of itself
//! - `docs`: what the documents promise
//! - `escape`: a program that tries to leave the sandbox
//! - `evidence`: the saved capture, read by others and read back
//! - `explain`: findings explained, during the run and afterwards
//! - `host_mode`: an application on the machine itself
//! - `inspect`: captures that somebody made, shown and judged
//! - `internet`: what the simulated internet answers
//! - `interruptions`: Ctrl-C in each phase
//! - `leftovers`: that nothing outlives a run, whatever ended it
//! - `no_internet`: that everything is seen and refused where there is none
//! - `outlived`: what the application leaves behind, and rules that name a process or a day
//! - `overrides`: how a scenario changes what the simulated internet answers
//! - `real_internet`: the machine's own network, on one that is made for the test
//! - `results`: that standard output holds the result and nothing else
//! - `robust`: what would break a server, done to the simulated internet
//! - `sandbox`: what the application sees and cannot reach
//! - `scripted`: each departure that a scenario can script, met by a real client
//! - `services`: mail, files, brokers and the like, asked by clients that people use
//! - `shipped`: the scenarios that come along, their snapshots and their document
//! - `sip`: SIP's digest challenge, met by real clients
//! - `snapshots`: a snapshot written, compared, changed, reviewed
//! - `surroundings`: full disks, read-only folders, forbidden namespaces
//! - `terminated`: what is said within TLS, and clients that refuse it
//! - `tls_clients`: which real clients accept the simulated internet's certificates
//! - `trust`: that the sandbox, and only the sandbox, trusts the run's authority
//! - `variants`: a scenario in several weathers, and requests in its snapshots
//! - `view`: what an application finds around itself in the sandbox
//! - `zoiper`: the main job, on the shipped scenario

// All of this is test code, its helpers too: clippy sees it by this alone.
#![cfg(test)]

mod architecture;
mod attribution;
mod bad_luck;
mod both_internets;
mod cli_help;
mod docs;
mod escape;
mod evidence;
mod explain;
mod host_mode;
mod inspect;
mod internet;
mod interruptions;
mod leftovers;
mod no_internet;
mod outlived;
mod overrides;
mod real_internet;
mod results;
mod robust;
mod sandbox;
mod scripted;
mod services;
mod shipped;
mod sip;
mod snapshots;
mod support;
mod surroundings;
mod terminated;
mod tls_clients;
mod trust;
mod variants;
mod view;
mod zoiper;
