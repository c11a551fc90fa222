//! One line on standard error that says what is going on, while it goes on; and the
//! application's own output, which must not garble it.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use apptrace::contact::{Phase, printable_word};
use apptrace::harness::{Event, Listener};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal;

/// A line that is not ended is shown all the same once it is this long.
const LONGEST_LINE: usize = 4096;

/// Whether the application's output is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApplicationOutput {
    /// On standard error.
    Shown,
    /// Nowhere.
    Hidden,
}

/// Draws the progress line as it hears of the run.
pub(crate) struct Progress<W: Write = io::Stderr> {
    line: ProgressBar,
    drawn: bool,
    show: ApplicationOutput,
    out: W,
    pending: Vec<u8>,
    scenario: String,
    phase: Option<(Phase, Option<Duration>, Instant)>,
    packets: u64,
}

impl Progress {
    /// On standard error; without the line where that is not a terminal.
    pub(crate) fn new(show: ApplicationOutput) -> Self {
        let drawn = terminal::can_redraw();
        let target =
            if drawn { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self::with(target, drawn, show, io::stderr())
    }
}

impl<W: Write> Progress<W> {
    fn with(target: ProgressDrawTarget, drawn: bool, show: ApplicationOutput, out: W) -> Self {
        // No thread redraws the line: a process with one thread forks and unshares safely.
        let line = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
            line.set_style(style);
        }
        Self {
            line,
            drawn,
            show,
            out,
            pending: Vec::new(),
            scenario: String::new(),
            phase: None,
            packets: 0,
        }
    }

    fn draw(&self) {
        if let Some((phase, at_most, since)) = self.phase {
            let bound = match at_most {
                Some(at_most) => format!(" of at most {} s", at_most.as_secs_f32().ceil()),
                None => String::new(),
            };
            let elapsed = since.elapsed().as_secs();
            let packets = match self.packets {
                1 => "1 packet".to_owned(),
                packets => format!("{packets} packets"),
            };
            self.line.set_message(format!(
                "{}  {phase}  {elapsed} s{bound}, {packets} sent",
                self.scenario
            ));
        }
    }

    /// The application's bytes, in whole lines where a progress line stands below them.
    fn output(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        let ready = if !self.drawn || self.pending.len() > LONGEST_LINE {
            self.pending.len()
        } else {
            self.pending.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)
        };
        self.write(ready);
    }

    /// Errors are let go: there is nowhere left to report them, and the run still counts.
    fn write(&mut self, ready: usize) {
        let rest = self.pending.split_off(ready);
        let bytes = std::mem::replace(&mut self.pending, rest);
        if bytes.is_empty() {
            return;
        }
        let ends_line = !self.drawn || bytes.ends_with(b"\n");
        let out = &mut self.out;
        self.line.suspend(|| {
            let _ = out.write_all(&bytes);
            if !ends_line {
                let _ = out.write_all(b"\n");
            }
            let _ = out.flush();
        });
    }

    fn clear(&mut self) {
        self.write(self.pending.len());
        self.phase = None;
        self.line.finish_and_clear();
    }
}

impl<W: Write> Listener for Progress<W> {
    fn hear(&mut self, event: &Event<'_>) {
        match event {
            Event::ScenarioStarted { scenario, number, of } => {
                self.scenario = printable_word(scenario).into_owned();
                if *of > 1 {
                    self.scenario = format!("[{number}/{of}] {}", self.scenario);
                }
                self.packets = 0;
                self.line.reset();
            }
            Event::PhaseStarted { phase, at_most } => {
                self.phase = Some((*phase, *at_most, Instant::now()));
            }
            Event::Traffic { packets_sent } => self.packets = *packets_sent,
            Event::ApplicationOutput { bytes } if self.show == ApplicationOutput::Shown => {
                self.output(bytes);
            }
            Event::ScenarioFinished { .. } => {
                self.clear();
                return;
            }
            _ => {}
        }
        self.draw();
    }
}

impl<W: Write> Drop for Progress<W> {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(drawn: bool, show: ApplicationOutput, pieces: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut progress = Progress::with(ProgressDrawTarget::hidden(), drawn, show, &mut out);
        progress.hear(&Event::ScenarioStarted { scenario: "x", number: 1, of: 2 });
        progress.hear(&Event::PhaseStarted { phase: Phase::Idle, at_most: None });
        for bytes in pieces {
            progress.hear(&Event::ApplicationOutput { bytes });
        }
        drop(progress);
        out
    }

    #[test]
    fn the_application_is_heard_as_it_wrote() {
        use ApplicationOutput::{Hidden, Shown};
        let pieces: &[&[u8]] = &[b"one", b" line\ntw", b"o\n\xff", b" end"];
        assert_eq!(heard(false, Shown, pieces), b"one line\ntwo\n\xff end");
        // A line that stands above the progress line has to be ended.
        assert_eq!(heard(true, Shown, pieces), b"one line\ntwo\n\xff end\n");
        assert_eq!(heard(true, Hidden, pieces), b"");
        assert_eq!(heard(true, Shown, &[&[b'x'; 5000]]).len(), 5001);
    }
}
