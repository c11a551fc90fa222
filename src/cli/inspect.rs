//! `apptrace inspect`: whom a capture shows contacted.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::path::PathBuf;

use apptrace::harness::{self, Inspect, InspectError, Inspection};
use apptrace::query::{Query, View};
use apptrace::report::{InspectFormat, InspectReport, Look, Times};
use apptrace::scenario::Scenario;
use ipnet::IpNet;

use super::error::{CliError, Kind};
use super::exit::ExitStatus;
use super::fault::Fault;
use super::terminal;

/// Name every host in a capture: whom did its packets go to?
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Capture files (pcap, pcapng, also compressed with gzip); `-` is standard input. Several
    /// are one capture: give them in order of time
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    view: ViewArgs,
    /// How the rows are printed on standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Judge the capture by the baseline of a scenario, as a run is judged. A capture that no
    /// run saved has no phases: all of it counts as startup
    #[arg(long, value_name = "SCENARIO")]
    baseline: Option<PathBuf>,
    /// Judge by this variant of the scenario; without it by the scenario as it is
    #[arg(long, value_name = "NAME", requires = "baseline")]
    variant: Option<String>,
    /// Leave out what this libpcap filter does not let through, as if it had not been captured
    /// (`udp port 53`; see pcap-filter(7))
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// Show only rows for which this holds: `host = *.example.com and not port in 1..1023`
    /// (docs/inspect.md has the fields)
    #[arg(long = "where", value_name = "EXPRESSION")]
    choice: Option<String>,
    /// Which side is ours, an address or a network; can be given several times. Without it,
    /// whoever sends first in a flow is
    #[arg(long, value_name = "ADDRESS", value_parser = network)]
    local: Vec<IpNet>,
    /// A resolver that was given, not chosen by the application: asking it is no contact
    #[arg(long, value_name = "ADDRESS")]
    resolver: Vec<IpAddr>,
    /// The router's own address: what goes to it brings no line up. Without it, what DHCP and
    /// router advertisements show
    #[arg(long, value_name = "ADDRESS")]
    gateway: Vec<IpAddr>,
    /// Show addresses in place of names in the list of packets
    #[arg(short = 'n', long)]
    no_names: bool,
    /// How text tells times
    #[arg(long, value_enum, default_value_t = TimesArg::Relative)]
    times: TimesArg,
}

const AFTER_HELP: &str = "Exit codes: 0 done, or pass with --baseline; 1 fail, 2 usage error or \
                          unreadable file, 3 invalid: with --baseline, a capture that is not whole.";

/// Which rows are shown: contacts where none of these is given.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct ViewArgs {
    /// List the packets, as they are read
    #[arg(long)]
    packets: bool,
    /// List the flows, one a 5-tuple
    #[arg(long)]
    flows: bool,
    /// List the names that were looked up
    #[arg(long)]
    dns: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object (docs/result-format.md)
    Json,
    /// One JSON object a row
    Jsonl,
    /// Comma-separated values, a line a row
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum TimesArg {
    /// In seconds after the first packet
    Relative,
    /// By the clock, in UTC
    Absolute,
}

/// Reads, names, prints.
pub(crate) fn run(args: &Args, out: &mut dyn Write) -> Result<ExitStatus, CliError> {
    let view = args.view.view();
    if args.files.iter().filter(|file| file.as_os_str() == "-").count() > 1 {
        let error = CliError::new(Kind::Usage, "standard input, `-`, is given twice");
        return Err(error.hint("it can be read only once; give each further capture as a file"));
    }
    let variant = args.variant.as_deref();
    let baseline = args.baseline.as_deref().map(|path| baseline(path, variant)).transpose()?;
    let query = args.choice.as_deref().map(|text| query(text, view)).transpose()?;
    let wanted = Inspect {
        files: args.files.clone(),
        filter: args.filter.clone(),
        local: args.local.clone(),
        resolvers: args.resolver.clone(),
        gateways: args.gateway.clone(),
        query,
        flows: view == View::Flows,
        packets: view == View::Packets,
        baseline: baseline.as_ref(),
    };
    // What a person waits for is shown at once; a pipe gets more at a time.
    let capacity = if io::stdout().is_terminal() { 0 } else { 1 << 16 };
    let mut out = BufWriter::with_capacity(capacity, out);
    let mut report = InspectReport::new(view, args.format.format(), args.look(), &mut out);
    let mut failed = None;
    let inspected =
        harness::inspect(&wanted, &mut |line, start| match report.packet(line, start) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        });
    let inspection = inspected.map_err(|error| args.explained(error))?;
    let written = match failed {
        Some(error) => Err(error),
        None => report.finish(&inspection).and_then(|()| out.flush()),
    };
    // What could not be written is not to be tried once more.
    drop(out.into_parts());
    CliError::written(written)?;
    args.warn(&inspection);
    Ok(inspection.verdict.map_or(ExitStatus::Pass, ExitStatus::from))
}

impl Args {
    fn look(&self) -> Look {
        Look {
            width: terminal::width(),
            wrap: io::stdout().is_terminal(),
            colour: terminal::colour(),
            names: !self.no_names,
            times: match self.times {
                TimesArg::Relative => Times::Relative,
                TimesArg::Absolute => Times::Absolute,
            },
        }
    }

    fn explained(&self, error: InspectError) -> CliError {
        match error {
            InspectError::Filter(fault) => {
                let text = self.filter.as_deref().unwrap_or_default();
                let message = format!("this is no filter: {}", fault.reason);
                let help = "the language is pcap-filter(7)'s; `--where` takes fields by name";
                let fault = Fault { span: fault.span, message: &message, help: Some(help) };
                CliError::in_option("--filter", text, &fault)
            }
            InspectError::Capture(error) => CliError::new(Kind::Files, error),
        }
    }

    /// Rows alone say nothing of what limits them: that goes to standard error.
    fn warn(&self, inspection: &Inspection) {
        if matches!(self.format, Format::Text | Format::Json) {
            return;
        }
        let mut error = io::stderr().lock();
        for note in &inspection.notes {
            let _ = writeln!(error, "warning: {}", apptrace::contact::printable(&note.message));
        }
        for finding in inspection.findings.iter().flatten() {
            let message = apptrace::contact::printable(&finding.message);
            let _ = writeln!(error, "{}: {message}", finding.code);
        }
    }
}

impl ViewArgs {
    fn view(&self) -> View {
        match self {
            Self { packets: true, .. } => View::Packets,
            Self { flows: true, .. } => View::Flows,
            Self { dns: true, .. } => View::Lookups,
            _ => View::Contacts,
        }
    }
}

impl Format {
    fn format(self) -> InspectFormat {
        match self {
            Self::Text => InspectFormat::Text,
            Self::Json => InspectFormat::Json,
            Self::Jsonl => InspectFormat::JsonLines,
            Self::Csv => InspectFormat::Csv,
        }
    }
}

fn query(text: &str, view: View) -> Result<Query, CliError> {
    Query::parse(text, view).map_err(|error| {
        let (message, help) = (error.message.as_str(), error.help.as_deref());
        CliError::in_option("--where", text, &Fault { span: error.span.clone(), message, help })
    })
}

fn baseline(path: &std::path::Path, variant: Option<&str>) -> Result<Scenario, CliError> {
    let mut scenario = Scenario::load(path).map_err(super::run::scenario_error)?;
    if let Some(wanted) = variant {
        let variants = std::mem::take(&mut scenario.variants);
        let known: BTreeSet<String> = variants.iter().filter_map(|it| it.variant.clone()).collect();
        let mut named = variants.into_iter().filter(|it| it.variant.as_deref() == Some(wanted));
        scenario = named.next().ok_or_else(|| {
            let who = format!("the scenario {} does not have", path.display());
            super::run::no_variant(&who, wanted, &known)
        })?;
    }
    if scenario.expect.is_none() {
        let error = format!("the scenario {} has no `expect` to judge by", scenario.name);
        return Err(CliError::new(Kind::Usage, error)
            .hint("`expect: []` expects no contact at all; docs/scenario-format.md has the rest"));
    }
    Ok(scenario)
}

/// An address, or a network of them.
fn network(text: &str) -> Result<IpNet, String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(address.to_canonical().into());
    }
    let expected = || "expected an address, or a network such as `192.168.1.0/24`".to_owned();
    text.parse::<IpNet>().map(|net| net.trunc()).map_err(|_| expected())
}
