//! An expression as data, and as text again.

use std::fmt;

use super::error::QueryError;
use super::evaluate::holds;
use super::field::{Field, View};
use super::parse::parse;
use super::row::Row;
use super::value::{Value, write_text};
use crate::packet::Timestamp;

/// An expression over the rows of a view, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    view: View,
    expression: Expression,
}

impl Query {
    /// Reads an expression over the rows of a view.
    pub fn parse(text: &str, view: View) -> Result<Self, QueryError> {
        Ok(Self { view, expression: parse(text, view)? })
    }

    /// Whether it holds for a row; times count from `start`, the capture's first packet.
    pub fn matches(&self, row: &dyn Row, start: Timestamp) -> bool {
        holds(&self.expression, row, start)
    }

    /// Whose rows it speaks of.
    pub fn view(&self) -> View {
        self.view
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expression.fmt(f)
    }
}

/// A tree of comparisons. `Or` and `And` have two members at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    Or(Vec<Expression>),
    And(Vec<Expression>),
    Not(Box<Expression>),
    Compare(Field, Test),
}

/// What a field is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    Equal(Value),
    NotEqual(Value),
    Order(Order, Value),
    /// It holds this text somewhere.
    Holds(String),
    HoldsNot(String),
    In(Vec<Item>),
}

/// An order of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// A member of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    One(Value),
    /// Both ends included.
    Range(Value, Value),
}

impl Order {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }
}

impl Expression {
    /// How tightly it binds.
    fn rank(&self) -> u8 {
        match self {
            Self::Or(_) => 0,
            Self::And(_) => 1,
            Self::Not(_) | Self::Compare(..) => 2,
        }
    }

    fn write_member(&self, within: u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rank() <= within { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(members) | Self::And(members) => {
                let (word, rank) =
                    if matches!(self, Self::Or(_)) { (" or ", 0) } else { (" and ", 1) };
                for (index, member) in members.iter().enumerate() {
                    if index > 0 {
                        f.write_str(word)?;
                    }
                    member.write_member(rank, f)?;
                }
                Ok(())
            }
            Self::Not(inner) => {
                f.write_str("not ")?;
                inner.write_member(1, f)
            }
            Self::Compare(field, test) => write!(f, "{} {test}", field.name()),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equal(value) => write!(f, "= {value}"),
            Self::NotEqual(value) => write!(f, "!= {value}"),
            Self::Order(order, value) => write!(f, "{} {value}", order.sign()),
            Self::Holds(text) => {
                f.write_str("~ ")?;
                write_text(text, f)
            }
            Self::HoldsNot(text) => {
                f.write_str("!~ ")?;
                write_text(text, f)
            }
            Self::In(items) => match items.as_slice() {
                [item] => write!(f, "in {item}"),
                items => {
                    f.write_str("in (")?;
                    for (index, item) in items.iter().enumerate() {
                        write!(f, "{}{item}", if index > 0 { ", " } else { "" })?;
                    }
                    f.write_str(")")
                }
            },
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(value) => value.fmt(f),
            Self::Range(first, last) => write!(f, "{first}..{last}"),
        }
    }
}
