//! What is printed, and where: the options that `run` and `trace` share.

use apptrace::harness::Internets;
use apptrace::report::{Json, Reporter, Terminal, write_internets};

use super::progress::ApplicationOutput;
use super::terminal;

/// Options on what is printed.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Output {
    /// How the result is printed on standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Do not show what the application writes (it goes to standard error, never among the
    /// result)
    #[arg(long)]
    hide_output: bool,
}

/// A format for results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object a scenario (docs/result-format.md)
    Json,
}

impl Output {
    /// The reporter that was asked for; `brief` where several results follow each other.
    pub(crate) fn reporter(&self, brief: bool) -> Box<dyn Reporter> {
        match self.format {
            Format::Json => Box::new(Json),
            Format::Text => {
                Box::new(Terminal { width: terminal::width(), colour: terminal::colour(), brief })
            }
        }
    }

    /// Reports one scenario in two internets.
    pub(crate) fn report_internets(
        &self,
        compared: &Internets,
        out: &mut dyn std::io::Write,
    ) -> std::io::Result<()> {
        match self.format {
            Format::Json => write_internets(compared, out),
            Format::Text => {
                Terminal { width: terminal::width(), colour: terminal::colour(), brief: true }
                    .report_internets(compared, out)
            }
        }
    }

    /// Whether the application is heard.
    pub(crate) fn application(&self) -> ApplicationOutput {
        if self.hide_output { ApplicationOutput::Hidden } else { ApplicationOutput::Shown }
    }
}
