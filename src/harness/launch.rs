//! From what the user wants launched to the sandbox's plan: which program that is on this
//! machine, what it must be shown of it, and its environment.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::unistd::{User, getegid, geteuid};

use super::hiding::{hidden_homes, is_below, is_hidden, show_program};
use crate::sandbox::plan::{self, File, Home, Launch, PATH, Plan, Shown};

/// What the user wants launched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Program and arguments; never empty.
    pub command: Vec<String>,
    /// Launched where the command is not installed.
    pub stand_in: Option<Vec<String>>,
    /// Variables on top of the clean environment.
    pub environment: BTreeMap<String, String>,
    /// Files put into HOME.
    pub files: Vec<File>,
    /// Where it starts; relative to HOME unless absolute. HOME itself where absent.
    pub directory: Option<PathBuf>,
    /// The caller's folder: shown, and started in, unless it is the home that is hidden.
    pub here: Option<PathBuf>,
    /// Host folders shown where the sandbox would hide them.
    pub shown: Vec<Shown>,
    /// Its own trust stores; relative to HOME unless absolute.
    pub stores: Vec<PathBuf>,
    /// A host folder to use as HOME.
    pub home: Option<PathBuf>,
    /// A pseudo-terminal as standard streams.
    pub terminal: bool,
    /// Sees itself as user 0.
    pub root: bool,
}

/// Why nothing can be launched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    /// Neither the command nor a stand-in is there.
    #[error("the program {0:?} is not installed: it is neither on the sandbox's PATH nor on yours")]
    NotInstalled(String),
    /// There is such a file, and it cannot be executed.
    #[error("{path} cannot be executed: {reason}", path = .0.display(), reason = .1)]
    NotExecutable(PathBuf, Obstacle),
    /// What is to be shown is what the sandbox always keeps fresh.
    #[error("{path} cannot be shown: the sandbox has its own", path = .0.display())]
    KeptFresh(PathBuf),
}

/// Why a file cannot be executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// Its folder is closed to this user.
    #[error("you may not look into its folder")]
    Hidden,
    /// It is no file.
    #[error("it is a folder")]
    Folder,
    /// Nobody may execute it.
    #[error("it has no execute permission")]
    NoProgram,
    /// This user may not, or the file system forbids it.
    #[error("you have no permission to execute it")]
    Forbidden,
}

impl LaunchError {
    /// What to do about it, in a scenario or on the command line of a trace.
    pub fn hint(&self, in_scenario: bool) -> String {
        match self {
            Self::NotInstalled(name) if in_scenario => {
                format!("install {name}, give its path, or name a `stand-in` in the scenario")
            }
            Self::NotInstalled(name) => format!("install {name}, or give its path"),
            Self::KeptFresh(path) => {
                format!("show the folders or files in {} that are needed", path.display())
            }
            Self::NotExecutable(path, obstacle) => match obstacle {
                Obstacle::NoProgram => {
                    format!("`chmod +x {}` where it is a program", path.display())
                }
                Obstacle::Folder => "give the path of a program".to_owned(),
                Obstacle::Hidden | Obstacle::Forbidden => {
                    "ask its owner for permission, or copy it to where it may be executed"
                        .to_owned()
                }
            },
        }
    }
}

/// What to launch, found on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resolved {
    /// The sandbox's plan.
    pub(super) plan: Plan,
    /// Program and arguments as the user wrote them.
    pub(super) command: Vec<String>,
    /// Whether this is the stand-in.
    pub(super) is_stand_in: bool,
}

/// Finds the program, or else its stand-in, and plans the sandbox for it.
///
/// # Errors
/// Where neither is installed, or what is there cannot be executed.
pub(super) fn resolve(wanted: &Wanted) -> Result<Resolved, LaunchError> {
    let (command, program, is_stand_in) = choose(wanted)?;
    let user = geteuid();
    let known = User::from_uid(user).ok().flatten();
    let user_home = known.as_ref().map(|user| user.dir.clone());
    let hidden = hidden_homes(user_home.as_deref());
    let home_path = match &wanted.home {
        Some(home) => home.clone(),
        None => hidden.first().cloned().unwrap_or_else(|| PathBuf::from("/tmp/home")),
    };
    let name = known.as_ref().map_or_else(|| user.to_string(), |user| user.name.clone());
    let (seen_user, seen_group, name) = if wanted.root {
        (0, 0, "root".to_owned())
    } else {
        (user.as_raw(), getegid().as_raw(), name)
    };
    let mut environment = plan::environment(&name, seen_user, &home_path.to_string_lossy());
    extend_path(&mut environment, &program);
    environment.extend(wanted.environment.clone());
    if let Some(fresh) = wanted.shown.iter().find(|shown| is_hidden(&shown.path, &hidden)) {
        return Err(LaunchError::KeptFresh(fresh.path.clone()));
    }
    let mut shown = show_program(&program, &hidden);
    shown.extend(wanted.shown.iter().cloned());
    let here = wanted
        .here
        .as_ref()
        .filter(|here| wanted.home.is_none() && !hidden.iter().any(|home| home.starts_with(here)));
    shown.extend(here.map(|here| Shown { path: here.clone(), writable: false }));
    // What is seen anyway must not be bound over itself: over `/` that would be a chroot, in
    // which the kernel allows no user namespace.
    shown.retain(|shown| is_below(&shown.path, &hidden));
    let directory = match (&wanted.directory, here) {
        (Some(directory), _) => home_path.join(directory),
        (None, Some(here)) => here.clone(),
        (None, None) => home_path.clone(),
    };
    // What the application brings along is not there where it is not.
    let stores = wanted.stores.iter().filter(|_| !is_stand_in);
    let stores = stores.map(|store| home_path.join(store)).collect();
    let plan = Plan {
        launch: Launch {
            program,
            name: command[0].clone(),
            arguments: command[1..].to_vec(),
            environment,
            directory,
            user: seen_user,
            group: seen_group,
            terminal: wanted.terminal,
        },
        home: Home { path: home_path, hidden, from: wanted.home.clone() },
        files: wanted.files.clone(),
        shown,
        stores,
        trust: None,
    };
    Ok(Resolved { plan, command: command.clone(), is_stand_in })
}

/// The command, or else its stand-in; where that program lies, and whether it is the stand-in.
pub(super) fn choose(wanted: &Wanted) -> Result<(&Vec<String>, PathBuf, bool), LaunchError> {
    match (find(&wanted.command[0]), &wanted.stand_in) {
        (Ok(program), _) => Ok((&wanted.command, program, false)),
        (Err(LaunchError::NotInstalled(_)), Some(stand_in)) => {
            Ok((stand_in, find_stand_in(&stand_in[0])?, true))
        }
        (Err(error), _) => Err(error),
    }
}

/// `apptrace` stands for this very program, wherever it lies.
fn find_stand_in(name: &str) -> Result<PathBuf, LaunchError> {
    match std::env::current_exe() {
        Ok(own) if name == "apptrace" => Ok(own),
        _ => find(name),
    }
}

/// The program's absolute path.
fn find(name: &str) -> Result<PathBuf, LaunchError> {
    if name.contains('/') {
        let path = Path::new(name);
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        return check(&path).map(|()| path.clone()).map_err(|reason| {
            reason.map_or(LaunchError::NotInstalled(name.to_owned()), |reason| {
                LaunchError::NotExecutable(path, reason)
            })
        });
    }
    let own = std::env::var("PATH").unwrap_or_default();
    let mut refused = None;
    for folder in PATH.split(':').chain(own.split(':')).filter(|folder| folder.starts_with('/')) {
        let path = Path::new(folder).join(name);
        match check(&path) {
            Ok(()) => return Ok(path),
            // A folder that may not be looked into is passed over, as every shell does.
            Err(Some(Obstacle::Hidden)) | Err(None) => {}
            Err(Some(reason)) => {
                refused.get_or_insert(LaunchError::NotExecutable(path, reason));
            }
        }
    }
    Err(refused.unwrap_or_else(|| LaunchError::NotInstalled(name.to_owned())))
}

/// Whether a program lies there; the reason why it is none, where something else does.
fn check(path: &Path) -> Result<(), Option<Obstacle>> {
    let found = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::PermissionDenied => Some(Obstacle::Hidden),
        _ => None,
    })?;
    if found.is_dir() {
        return Err(Some(Obstacle::Folder));
    }
    if found.permissions().mode() & 0o111 == 0 {
        return Err(Some(Obstacle::NoProgram));
    }
    nix::unistd::access(path, nix::unistd::AccessFlags::X_OK).map_err(|_| Some(Obstacle::Forbidden))
}

/// A program outside the usual places may call others that lie beside it.
fn extend_path(environment: &mut BTreeMap<String, String>, program: &Path) {
    let Some(folder) = program.parent().map(Path::to_string_lossy) else { return };
    if !PATH.split(':').any(|known| known == folder) {
        environment.insert("PATH".to_owned(), format!("{PATH}:{folder}"));
    }
}
