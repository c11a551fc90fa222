//! What attribution knows at the end, for the survey and for the reader.

use super::Note;
use super::attribution::Attributed;
use crate::flow::{Owner, Owners};
use crate::sandbox::attribution::{Caller, Sighting};

/// Who began which flow.
pub(super) fn owners(attributed: &Attributed, sightings: &[Sighting]) -> Owners {
    let owner = |caller: &Caller| Owner {
        process: Some(caller.process.clone()),
        since: caller.since,
        until: caller.until,
    };
    let mut owners = Owners::new(attributed.callers.iter().map(owner).collect());
    for sighting in sightings {
        // Numbers are counted from 1; one that stands for nobody is beyond them all.
        let place = usize::try_from(sighting.caller).ok().and_then(|it| it.checked_sub(1));
        if let Some(place) = place {
            owners.begun(sighting.flow, sighting.time, place);
        }
    }
    owners
}

/// What a reader should know of how processes were told.
pub(super) fn notes(attributed: &Attributed) -> Vec<Note> {
    let Attributed { lost, unmarked, beyond, .. } = *attributed;
    let mut notes = Vec::new();
    let mut note = |message: String, hint: Option<&str>| {
        notes.push(Note { message, hint: hint.map(str::to_owned) });
    };
    if let Some(obstacle) = &attributed.obstacle {
        let message = format!(
            "processes were looked up in the socket tables, where short-lived ones are missing, \
             since they could not be told at their calls: {}",
            obstacle.message
        );
        note(message, obstacle.hint.as_deref());
    }
    if attributed.ring_refused {
        let message = "it asked for io_uring, which it was refused (ENOSYS): what is sent by way \
                       of a ring belongs to no call, and could not be told whose it is";
        note(message.to_owned(), None);
    }
    let counts = [
        (lost, "beginnings of flows that the kernel's log had no room for"),
        (unmarked, "calls on sockets that could not be marked as their caller's"),
    ];
    for (count, what) in counts.into_iter().filter(|(count, _)| *count > 0) {
        let message = format!("some contacts may be without their process: {count} {what}");
        note(message, Some("run it again with less else going on"));
    }
    if beyond > 0 {
        note(format!("processes that found no room in the process tree: {beyond}"), None);
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::attribution::Obstacle;

    #[test]
    fn what_a_reader_should_know_is_said() {
        let check = |attributed: &Attributed, expected: &[&str]| {
            let notes = notes(attributed);
            let starts = |(note, text): (&Note, &&str)| note.message.contains(*text);
            assert_eq!(notes.len(), expected.len(), "{notes:?}");
            assert!(notes.iter().zip(expected).all(starts), "{notes:?}");
        };
        check(&Attributed::default(), &[]);
        let obstacle = Obstacle { message: "cannot x: EPERM".to_owned(), hint: None };
        check(
            &Attributed {
                lost: 3,
                unmarked: 4,
                beyond: 5,
                ring_refused: true,
                obstacle: Some(obstacle),
                ..Attributed::default()
            },
            &["cannot x: EPERM", "io_uring", ": 3 beg", ": 4 calls", "tree: 5"],
        );
    }
}
