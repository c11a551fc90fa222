//! One case measured: set up, traced, and its contacts compared with the known ones.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use duct::{Expression, cmd};
use serde_json::Value;

use crate::asked::{self, Asked};
use crate::case::{self, Case, Place};
use crate::options::Options;

/// Where programs are looked for: the usual places of a user at a login shell.
pub(crate) const SEARCHED: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\
                                   :/usr/local/games:/usr/games";
/// What a run may take beyond its `run_seconds`.
const PATIENCE: Duration = Duration::from_secs(90);

/// What the cases have in common.
#[derive(Debug)]
pub(crate) struct Surroundings {
    /// Where applications were installed by hand.
    pub(crate) apps: Option<PathBuf>,
    apptrace: PathBuf,
    folder: PathBuf,
    keep: bool,
    /// User and group to run as, where root started this.
    user: Option<(u32, u32)>,
}

impl Surroundings {
    pub(crate) fn prepare(options: &Options) -> Result<Self, String> {
        let apps = std::env::var_os("APPS").map(PathBuf::from);
        let built = match &options.apptrace {
            Some(path) => path.clone(),
            None => build()?,
        };
        let folder = options.keep.clone().unwrap_or_else(|| {
            std::env::temp_dir().join(format!("apptrace-realapps-{}", std::process::id()))
        });
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        fs::create_dir_all(&folder).map_err(failed)?;
        let folder = folder.canonicalize().map_err(failed)?;
        // The build's folder may lie where an ordinary user cannot look.
        let apptrace = folder.join("apptrace");
        fs::copy(&built, &apptrace).map_err(|error| format!("{}: {error}", built.display()))?;
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&apptrace, open.clone()).map_err(failed)?;
        fs::set_permissions(&folder, open).map_err(failed)?;
        let keep = options.keep.is_some();
        Ok(Self { apps, apptrace, folder, keep, user: user(options.user.as_deref())? })
    }

    /// The expression, run as the user and with nothing of our own environment.
    fn as_user(&self, expression: &Expression, home: &Path) -> Expression {
        let mut environment = vec![
            ("PATH".to_owned(), SEARCHED.to_owned()),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
            ("HOME".to_owned(), home.to_string_lossy().into_owned()),
            ("H".to_owned(), home.to_string_lossy().into_owned()),
        ];
        if let Some(apps) = &self.apps {
            environment.push(("APPS".to_owned(), apps.to_string_lossy().into_owned()));
        }
        let user = self.user;
        expression.full_env(environment).before_spawn(move |command| {
            if let Some((user, group)) = user {
                command.uid(user).gid(group);
            }
            Ok(())
        })
    }
}

impl Drop for Surroundings {
    fn drop(&mut self) {
        if !self.keep {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Builds the program in the profile that this one was built in.
fn build() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let profile = own.parent().and_then(Path::parent).ok_or("cannot tell the build's folder")?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut arguments = vec!["build", "--quiet", "--bin", "apptrace"];
    if !cfg!(debug_assertions) {
        arguments.push("--release");
    }
    cmd(cargo, arguments)
        .dir(env!("CARGO_MANIFEST_DIR"))
        .run()
        .map_err(|error| format!("cannot build apptrace: {error}"))?;
    Ok(profile.join("apptrace"))
}

/// The user to become, where this runs as root.
fn user(name: Option<&str>) -> Result<Option<(u32, u32)>, String> {
    let root = fs::metadata("/proc/self").map(|meta| std::os::unix::fs::MetadataExt::uid(&meta));
    if root.map_err(|error| error.to_string())? != 0 {
        return Ok(None);
    }
    let known = fs::read_to_string("/etc/passwd").map_err(|error| error.to_string())?;
    let users = known.lines().filter_map(|line| {
        let fields: Vec<_> = line.split(':').collect();
        Some((fields.first().copied()?, fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    });
    let ordinary = |(_, id, _): &(&str, u32, u32)| (1000..60000).contains(id);
    let found = match name {
        Some(name) => users.into_iter().find(|user| user.0 == name),
        None => users.into_iter().find(ordinary),
    };
    match (found, name) {
        (Some((_, user, group)), _) => Ok(Some((user, group))),
        (None, Some(name)) => Err(format!("there is no user {name}")),
        (None, None) => Err("there is no ordinary user to run as: add one".to_owned()),
    }
}

/// How a case went.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) found: BTreeSet<Place>,
    pub(crate) missed: BTreeSet<Place>,
    pub(crate) extra: BTreeSet<Place>,
    /// What the case is known to ask, and asked.
    pub(crate) asked: Asked,
    /// What the case is known to ask, and did not.
    pub(crate) unasked: Asked,
    /// Why the run proves nothing.
    pub(crate) invalid: Option<String>,
}

impl Measured {
    /// A run that proves nothing has missed everything.
    fn nothing(case: &Case, reason: String) -> Self {
        let (missed, unasked) = (case.expected.clone(), case.asked.clone());
        Self { missed, unasked, invalid: Some(reason), ..Self::default() }
    }
}

/// Runs the case.
pub(crate) fn measure(case: &Case, surroundings: &Surroundings) -> Measured {
    let folder = surroundings.folder.join(&case.name);
    let result = set_up(case, surroundings, &folder)
        .and_then(|()| trace(case, surroundings, &folder))
        .and_then(|text| serde_json::from_str(&text).map_err(|error| format!("no JSON: {error}")));
    if !surroundings.keep {
        let _ = fs::remove_dir_all(&folder);
    }
    match result {
        Ok(result) => compare(case, &result),
        Err(reason) => Measured::nothing(case, reason),
    }
}

fn set_up(case: &Case, surroundings: &Surroundings, folder: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(failed)?;
    }
    fs::create_dir_all(folder.join("home/w")).map_err(failed)?;
    if let Some((user, group)) = surroundings.user {
        for owned in [folder, &folder.join("home"), &folder.join("home/w")] {
            chown(owned, Some(user), Some(group)).map_err(failed)?;
        }
    }
    let Some(setup) = &case.setup else { return Ok(()) };
    let log = folder.join("setup.log");
    let home = folder.join("home");
    let isolated = ["--user", "--map-current-user", "--net", "bash", "-c", setup];
    let setup = cmd("unshare", isolated).dir(home.join("w")).stdin_null();
    let run = surroundings.as_user(&setup.stderr_to_stdout(), &home).stdout_path(&log).run();
    run.map(drop).map_err(|error| {
        let said = fs::read_to_string(&log).unwrap_or_default();
        format!("the setup failed: {error}: {}", said.trim())
    })
}

fn trace(case: &Case, surroundings: &Surroundings, folder: &Path) -> Result<String, String> {
    let home = folder.join("home");
    let text = |path: &Path| path.to_string_lossy().into_owned();
    // `trace` itself tells the application to go with SIGTERM.
    let own_signal = case.stop.strip_prefix("SIG").filter(|signal| *signal != "TERM");
    let seconds = case.run_seconds + own_signal.map_or(0, |_| 10);
    let mut arguments: Vec<String> = ["trace", "--format", "json", "--home"].map(Into::into).into();
    arguments.push(text(&home));
    arguments.push(format!("--for={seconds}s"));
    arguments.push(format!("--env=PATH={SEARCHED}"));
    arguments.push(format!("--env=H={}", text(&home)));
    if let Some(apps) = &surroundings.apps {
        arguments.push(format!("--env=APPS={}", text(apps)));
        arguments.push(format!("--show={}", text(apps)));
    }
    if case.terminal {
        arguments.push("--terminal".to_owned());
    }
    if surroundings.keep {
        arguments.push(format!("--save-capture={}", text(folder)));
    }
    arguments.push("--".to_owned());
    if let Some(signal) = own_signal {
        let limit = case.run_seconds.to_string();
        arguments.extend(["timeout", "--signal", signal, &limit].map(Into::into));
    }
    if case.display {
        arguments.extend(["xvfb-run", "--auto-servernum"].map(Into::into));
    }
    arguments.extend(["bash", "-c"].map(Into::into));
    arguments.push(format!("cd \"$HOME/w\"; {}", case.command));
    let output = folder.join("output.log");
    let traced = cmd(&surroundings.apptrace, arguments).dir(&home).stdin_null();
    let traced = surroundings.as_user(&traced.stderr_path(&output), &home);
    let running = traced.stdout_capture().unchecked().start().map_err(|error| error.to_string())?;
    let patience = Duration::from_secs(seconds) + PATIENCE;
    let Some(finished) = running.wait_timeout(patience).map_err(|error| error.to_string())? else {
        let _ = running.kill();
        return Err(format!("apptrace was still running after {} s", patience.as_secs()));
    };
    let result = String::from_utf8_lossy(&finished.stdout).into_owned();
    if surroundings.keep {
        let _ = fs::write(folder.join("result.json"), &result);
    }
    if result.trim().is_empty() {
        let said = fs::read_to_string(&output).unwrap_or_default();
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        return Err(format!("apptrace printed no result: {last}"));
    }
    Ok(result)
}

/// Sets against each other whom the case is known to contact and whom it contacted now.
fn compare(case: &Case, result: &Value) -> Measured {
    let contacts: Vec<_> = case::list(result, "contacts").collect();
    let host = |contact: &Value| case::host(contact["host"].as_str().unwrap_or_default());
    let is_lookup = |contact: &Value| contact["kind"] == "lookup";
    let addressed: BTreeSet<_> =
        contacts.iter().filter(|contact| !is_lookup(contact)).map(|c| host(c)).collect();
    let own_name = "sandbox";
    let found: BTreeSet<_> = contacts
        .iter()
        .filter(|contact| contact["class"] != "loopback")
        .filter(|contact| !is_lookup(contact) || !addressed.contains(&host(contact)))
        .filter(|contact| !is_lookup(contact) || host(contact) != own_name)
        .filter(|contact| !case::is_reverse(&host(contact)))
        .map(|contact| Place {
            host: host(contact),
            port: contact["port"].as_u64(),
            transport: contact["transport"].as_str().unwrap_or_default().to_owned(),
        })
        .filter(|place| !case.variable.contains(&place.host))
        .collect();
    if result["verdict"] == "invalid" {
        let messages = case::list(result, "findings").filter_map(|f| f["message"].as_str());
        return Measured::nothing(case, messages.collect::<Vec<_>>().join("; "));
    }
    let seen = asked::seen(result, &case.variable);
    let sure = |place: &&Place| !case.variable.contains(&place.host);
    Measured {
        missed: case.expected.difference(&found).filter(sure).cloned().collect(),
        extra: found.difference(&case.expected).cloned().collect(),
        found: found.intersection(&case.expected).cloned().collect(),
        asked: case.asked.intersection(&seen).cloned().collect(),
        unasked: case.asked.difference(&seen).cloned().collect(),
        invalid: None,
    }
}
