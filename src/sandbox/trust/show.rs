//! Shows the machine's trust stores, and the application's own, with the certificate added. It
//! is done last, when everything else that the application sees is in its place.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::authority::Authority;
use super::folder::{lay_over, make_below_etc, write, write_below_etc};
use super::places::{
    ANCHORS, BESIDE_PROGRAM, BUNDLE, BUNDLES, CERTIFICATE, FOLDER, HASHED, INSTALLED,
};
use super::{find, nss, policy, store};
use crate::sandbox::filesystem::{bind, link, make_directory};
use crate::sandbox::plan::Plan;
use crate::sandbox::{SandboxError, sys};

/// A file of ours in a folder of certificates.
const FILE: &str = "apptrace-simulated-internet.pem";

/// Has the sandbox trust what the plan says, where it says something.
pub(crate) fn build(plan: &Plan) -> Result<(), SandboxError> {
    let Some(trust) = &plan.trust else { return Ok(()) };
    let refuse = |reason: &str| SandboxError::Trust {
        path: PathBuf::from("the sandbox"),
        reason: reason.to_owned(),
    };
    let authority =
        Authority::read(&trust.certificate).ok_or_else(|| refuse("that is no certificate"))?;
    let mut stores = Stores { authority, plan, over: 0 };
    stores.show_folder()?;
    stores.show_folders()?;
    stores.show_bundles()?;
    stores.show_installed()?;
    stores.show_databases()?;
    for path in &plan.stores {
        stores.show_own(path)?;
    }
    Ok(())
}

struct Stores<'a> {
    authority: Authority,
    plan: &'a Plan,
    /// How many files have been laid over others.
    over: u32,
}

impl Stores<'_> {
    /// The certificate by itself, and with the machine's, for the variables that name them.
    fn show_folder(&mut self) -> Result<(), SandboxError> {
        make_directory(Path::new(FOLDER), 0o755)?;
        let machine = BUNDLES.iter().find_map(|path| fs::read(path).ok()).unwrap_or_default();
        let bundle = store::add_to_bundle(&machine, &self.authority);
        write(Path::new(CERTIFICATE), self.authority.pem.as_bytes(), 0o644)?;
        write(Path::new(BUNDLE), &bundle, 0o644)
    }

    /// Folders of certificates, each in a file of its own.
    fn show_folders(&self) -> Result<(), SandboxError> {
        let hashed = find::folders(HASHED);
        let default = Path::new(HASHED[0]);
        // Where OpenSSL as built by most looks, on a machine that has nothing there.
        if !default.is_dir() {
            make_below_etc(default)?;
            self.fill(default, true)?;
        }
        for folder in &hashed {
            lay_over(folder)?;
            self.fill(folder, true)?;
        }
        for folder in find::folders(ANCHORS) {
            lay_over(&folder)?;
            self.fill(&folder, false)?;
        }
        Ok(())
    }

    fn fill(&self, folder: &Path, hashed: bool) -> Result<(), SandboxError> {
        write(&folder.join(FILE), self.authority.pem.as_bytes(), 0o644)?;
        let names = (0..).map(|number| format!("{}.{number}", self.authority.name_hash));
        let mut names = names.map(|name| folder.join(name));
        // One whose name has the same hash may be there; a link to nowhere counts.
        match names.find(|name| fs::symlink_metadata(name).is_err()) {
            Some(name) if hashed => link(Path::new(FILE), &name),
            _ => Ok(()),
        }
    }

    fn show_bundles(&mut self) -> Result<(), SandboxError> {
        let bundles = find::files(BUNDLES);
        if bundles.is_empty() {
            return write_below_etc(Path::new(BUNDLES[0]), self.authority.pem.as_bytes());
        }
        bundles.iter().try_for_each(|bundle| self.extend(bundle))
    }

    /// What is installed for the whole machine, and what the program has brought along.
    fn show_installed(&mut self) -> Result<(), SandboxError> {
        let mut found = find::files(INSTALLED);
        for folder in self.folders_of_program() {
            found.extend(find::files_below(&folder, BESIDE_PROGRAM));
        }
        found.iter().try_for_each(|store| self.extend(store))
    }

    /// The folders that the program was installed under, and those that the plan shows.
    fn folders_of_program(&self) -> Vec<PathBuf> {
        let program = &self.plan.launch.program;
        let resolved = program.canonicalize().ok();
        let folders = [Some(program), resolved.as_ref()].into_iter().flatten().filter_map(|path| {
            let folder = path.parent()?;
            let is_for_programs = folder.ends_with("bin") || folder.ends_with("sbin");
            if is_for_programs { folder.parent() } else { Some(folder) }
        });
        let shown = self.plan.shown.iter().map(|shown| shown.path.as_path());
        let mut folders: Vec<PathBuf> = folders.chain(shown).map(Path::to_owned).collect();
        // What is installed there is known by its own places.
        folders.retain(|folder| {
            !["/", "/usr", "/usr/local"].map(Path::new).contains(&folder.as_path())
        });
        folders.sort();
        folders.dedup();
        folders
    }

    /// A store of the machine's, where it is of a kind that can be added to.
    fn extend(&mut self, path: &Path) -> Result<(), SandboxError> {
        let content = fs::read(path).ok();
        match content.and_then(|content| store::add(&content, &self.authority).ok()) {
            Some(grown) => self.show_over(path, &grown),
            None => Ok(()),
        }
    }

    /// NSS finds its databases in HOME; what does not exist before the start, by a policy.
    fn show_databases(&mut self) -> Result<(), SandboxError> {
        let home = &self.plan.home;
        let chromium = home.path.join(nss::CHROMIUM);
        // A folder of the machine's as HOME is not written to without being asked.
        if home.from.is_none() && !chromium.exists() {
            self.write_database(&chromium)?;
        }
        let is_database = |path: &PathBuf| path.ends_with(nss::FILE);
        if self.plan.stores.iter().any(is_database) {
            return Ok(());
        }
        for path in policy::PLACES.map(Path::new) {
            let machine = fs::read(path).ok();
            let policy = policy::install(machine.as_deref(), CERTIFICATE);
            match machine {
                Some(_) => self.show_over(path, policy.as_bytes())?,
                None => write_below_etc(path, policy.as_bytes())?,
            }
        }
        Ok(())
    }

    /// A store that the application brings itself, as the scenario names it.
    fn show_own(&mut self, path: &Path) -> Result<(), SandboxError> {
        let refuse = |reason: String| SandboxError::Trust { path: path.to_owned(), reason };
        let target = match path.canonicalize() {
            Ok(target) => target,
            Err(error) if error.kind() == ErrorKind::NotFound && path.ends_with(nss::FILE) => {
                if !self.is_ours(path) {
                    let reason = "only in a fresh HOME can it be made".to_owned();
                    return Err(refuse(reason));
                }
                return self.write_database(path);
            }
            Err(error) => return Err(refuse(error.to_string())),
        };
        let content = fs::read(&target).map_err(|error| refuse(error.to_string()))?;
        let grown = store::add(&content, &self.authority);
        let grown = grown.map_err(|unsuitable| refuse(unsuitable.to_string()))?;
        if self.is_ours(&target) {
            let known = fs::metadata(&target).map_err(|error| refuse(error.to_string()))?;
            write(&target, &grown, known.permissions().mode())
        } else {
            self.show_over(&target, &grown)
        }
    }

    /// Whether it lies in the fresh HOME: then it is not a file of the machine's, and can be
    /// written to, so that the application may replace it as ever.
    fn is_ours(&self, path: &Path) -> bool {
        let home = &self.plan.home;
        let shown = self.plan.shown.iter().any(|shown| path.starts_with(&shown.path));
        home.from.is_none() && path.starts_with(&home.path) && !shown
    }

    fn write_database(&self, path: &Path) -> Result<(), SandboxError> {
        let Some(database) = nss::certificates(&self.authority) else { return Ok(()) };
        if let Some(folder) = path.parent() {
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(|source| SandboxError::Write { path: folder.to_owned(), source })?;
        }
        write(path, &database, 0o600)
    }

    /// Shows this content in place of a file, which stays as it is.
    fn show_over(&mut self, path: &Path, content: &[u8]) -> Result<(), SandboxError> {
        let mode = fs::metadata(path).map_or(0o644, |known| known.permissions().mode());
        let shown = PathBuf::from(format!("{FOLDER}/over-{}", self.over));
        self.over += 1;
        write(&shown, content, mode)?;
        bind(&shown, path)?;
        sys::set_read_only(path, true, false).map_err(|errno| SandboxError::Mount {
            step: "make read-only",
            path: path.to_owned(),
            errno,
        })
    }
}
