//! The expressions of `inspect --where`: a small language over the fields of a row.
//!
//! ```text
//! host = *.example.com and port in 1..1023
//! protocol in (dns, http) and not class = outward
//! bytes_out >= 10k or time > 1m30s
//! ```
//!
//! A row may have several values in a field, or none: a packet has two ports, a contact has as
//! many methods as it has requests. A comparison holds where it holds for any of them; `!=` and
//! `!~` say `not` of their opposite, so they hold where no value is the one named. Every value
//! is checked against its field while the expression is read, and what is wrong is told with its
//! place. `docs/inspect.md` is the user's side of this.

mod cursor;
mod error;
mod evaluate;
mod expression;
mod field;
mod parse;
mod row;
mod token;
mod value;

#[cfg(test)]
mod evaluate_tests;
#[cfg(test)]
mod parse_tests;
#[cfg(test)]
mod properties;

pub use error::QueryError;
pub use expression::Query;
pub use field::{View, fields};
pub use row::Row;
