//! Who made a contact, in the explanation of a finding: the chain of processes.

use super::command_line::command_line;
use super::page::Page;
use super::tree::life;
use crate::contact::{Ancestry, KnownBy, Process, printable};
use crate::harness::Outcome;

/// Longer command lines are cut.
const LONGEST_COMMAND: usize = 2000;

impl Page {
    /// The chain of a process that is told for itself.
    pub(super) fn process_of(&mut self, outcome: &Outcome, pid: u32) {
        let chain = Ancestry::new(&outcome.application.processes).of(pid);
        let chain: Vec<String> = chain.iter().map(|record| record.name.clone()).collect();
        let name = chain.last().cloned().unwrap_or_default();
        self.made_by(outcome, Some(&Process { pid, name, chain, ..Process::default() }));
    }

    /// The chain of processes, each with its arguments.
    pub(super) fn made_by(&mut self, outcome: &Outcome, process: Option<&Process>) {
        let Some(process) = process else {
            self.say("process", "unattributed: who made it is not known");
            return;
        };
        let chain = Ancestry::new(&outcome.application.processes).of(process.pid);
        if chain.is_empty() {
            let names: Vec<_> = process.chain.iter().map(|name| printable(name)).collect();
            self.say("process", &format!("{} (pid {})", names.join(" › "), process.pid));
        }
        for (level, record) in chain.iter().enumerate() {
            // What it was then, if it has executed something else since.
            let name = match chain.len() == process.chain.len() {
                true => process.chain.get(level).unwrap_or(&record.name),
                false if record.pid == process.pid => &process.name,
                false => &record.name,
            };
            let arguments = record.arguments_of(name).unwrap_or(&record.arguments);
            let arrow = if level == 0 { "" } else { "› " };
            let place = record.directory.as_deref().map(|it| format!(", in {}", printable(it)));
            let text = format!(
                "{arrow}{} (pid {}), {} s{}:",
                printable(name),
                record.pid,
                life(record, outcome.launched()),
                place.unwrap_or_default()
            );
            self.say(if level == 0 { "process" } else { "" }, &text);
            let mut command: String =
                command_line(arguments).chars().take(LONGEST_COMMAND).collect();
            if command.is_empty() {
                command = "(its arguments are not known)".to_owned();
            }
            self.say("", &command);
        }
        let thread = process.thread.map(|thread| format!("by its thread {thread}; "));
        let how = match process.known_by {
            KnownBy::Call => thread.map(|thread| format!("{thread}held at the system call")),
            KnownBy::SocketTable => Some(format!(
                "{}by the socket tables, looked at afterwards, which is weaker evidence",
                thread.unwrap_or_default()
            )),
        };
        if let Some(how) = how {
            self.say("", &format!("known {how}"));
        }
    }
}
