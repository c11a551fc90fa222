//! What is printed, and where: the options that `run` and `trace` share.

use apptrace::harness::Internets;
use apptrace::report::{Json, Reporter, Terminal, write_internets};

use super::error::{CliError, Kind};
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
    /// Show every process of the application, those too that contacted nobody
    #[arg(long)]
    processes: bool,
    /// Explain each finding: its rule, its packets, who sent them, and what would accept it
    #[arg(long)]
    explain: bool,
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
    /// Whether findings are explained; an error where that is asked of JSON.
    pub(crate) fn explains(&self) -> Result<bool, CliError> {
        if self.explain && self.format == Format::Json {
            let error = CliError::new(Kind::Usage, "--explain is for people, and JSON is not");
            return Err(error.hint(
                "keep the result and the packets, by `--save-capture DIR`, and explain them with \
                 `apptrace explain RESULT FINDING`",
            ));
        }
        Ok(self.explain)
    }

    /// How text for people is printed.
    fn terminal(&self, brief: bool) -> Terminal {
        let (width, colour) = (terminal::width(), terminal::colour());
        Terminal { width, colour, brief, processes: self.processes }
    }

    /// The reporter that was asked for; `brief` where several results follow each other.
    pub(crate) fn reporter(&self, brief: bool) -> Box<dyn Reporter> {
        match self.format {
            Format::Json => Box::new(Json),
            Format::Text => Box::new(self.terminal(brief)),
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
            Format::Text => self.terminal(true).report_internets(compared, out),
        }
    }

    /// Whether the application is heard.
    pub(crate) fn application(&self) -> ApplicationOutput {
        if self.hide_output { ApplicationOutput::Hidden } else { ApplicationOutput::Shown }
    }
}
