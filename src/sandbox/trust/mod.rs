//! What makes the sandbox, and only the sandbox, trust the run's certificate authority: the
//! trust stores of the machine and of the application are shown with one certificate more.
//!
//! - `authority` and `name_hash`: the certificate, and the name OpenSSL looks it up by
//! - `places` and `find`: where trust stores lie
//! - `store`, with `jks`, `pkcs12` and `der`: a store's bytes with the certificate added
//! - `nss` and `sqlite`: the database of Chromium and Firefox, made anew
//! - `policy`: the enterprise policy by which Firefox is told of it
//! - `folder` and `show`: how all this is laid over the machine's files

mod authority;
mod der;
mod find;
mod folder;
mod jks;
mod name_hash;
mod nss;
mod pkcs12;
mod places;
mod policy;
mod show;
mod sqlite;
mod store;

pub(super) use places::environment;
pub(super) use show::build;
