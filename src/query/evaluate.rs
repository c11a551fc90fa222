//! Whether an expression holds for a row.

use std::time::Duration;

use super::expression::{Expression, Item, Order, Test};
use super::row::{Datum, Row};
use super::value::Value;
use crate::packet::Timestamp;

/// Whether it holds; the depth of an expression is bounded where it is read.
pub(super) fn holds(expression: &Expression, row: &dyn Row, start: Timestamp) -> bool {
    match expression {
        Expression::Or(members) => members.iter().any(|member| holds(member, row, start)),
        Expression::And(members) => members.iter().all(|member| holds(member, row, start)),
        Expression::Not(inner) => !holds(inner, row, start),
        Expression::Compare(field, test) => {
            let any = |test: &dyn Fn(Datum<'_>) -> bool| row.any(*field, &mut |it| test(it));
            match test {
                Test::Equal(value) => any(&|datum| equal(datum, value, start)),
                Test::NotEqual(value) => !any(&|datum| equal(datum, value, start)),
                Test::Order(order, value) => any(&|datum| ordered(datum, *order, value, start)),
                Test::Holds(part) => any(&|datum| contains(datum, part)),
                Test::HoldsNot(part) => !any(&|datum| contains(datum, part)),
                Test::In(items) => {
                    any(&|datum| items.iter().any(|item| within(datum, item, start)))
                }
            }
        }
    }
}

fn equal(datum: Datum<'_>, value: &Value, start: Timestamp) -> bool {
    match (datum, value) {
        (Datum::Host(host), Value::Host(pattern)) => pattern.matches(host),
        (Datum::Address(address), Value::Block(block)) => {
            block.contains(&address) || block.contains(&address.to_canonical())
        }
        (Datum::Whole(number), Value::Whole(sought)) => number == *sought,
        (Datum::Length(length), Value::Length(sought)) => length == *sought,
        (Datum::Flag(flag), Value::Flag(sought)) => flag == *sought,
        (Datum::Text(text), Value::Word(word)) => text == *word,
        (Datum::Text(text), Value::Text(sought)) => same_text(text, sought),
        (Datum::Span(first, last), value) => {
            moment(value, start).is_some_and(|moment| first <= moment && moment <= last)
        }
        _ => false,
    }
}

/// A stretch of time fits where some moment of it does.
fn ordered(datum: Datum<'_>, order: Order, value: &Value, start: Timestamp) -> bool {
    match (datum, value) {
        (Datum::Whole(number), Value::Whole(bound)) => stands(&number, order, bound),
        (Datum::Length(length), Value::Length(bound)) => stands(&length, order, bound),
        (Datum::Span(first, last), value) => {
            moment(value, start).is_some_and(|bound| match order {
                Order::Less | Order::AtMost => stands(&first, order, &bound),
                Order::Greater | Order::AtLeast => stands(&last, order, &bound),
            })
        }
        _ => false,
    }
}

fn stands<T: PartialOrd>(value: &T, order: Order, bound: &T) -> bool {
    match order {
        Order::Less => value < bound,
        Order::AtMost => value <= bound,
        Order::Greater => value > bound,
        Order::AtLeast => value >= bound,
    }
}

fn within(datum: Datum<'_>, item: &Item, start: Timestamp) -> bool {
    match item {
        Item::One(value) => equal(datum, value, start),
        Item::Range(from, to) => {
            ordered(datum, Order::AtLeast, from, start) && ordered(datum, Order::AtMost, to, start)
        }
    }
}

fn moment(value: &Value, start: Timestamp) -> Option<Timestamp> {
    match value {
        Value::At(moment) => Some(*moment),
        Value::After(offset) => Some(later(start, *offset)),
        _ => None,
    }
}

fn later(start: Timestamp, offset: Duration) -> Timestamp {
    let offset = u64::try_from(offset.as_nanos()).unwrap_or(u64::MAX);
    Timestamp(start.0.saturating_add(offset))
}

fn same_text(text: &str, sought: &str) -> bool {
    text.eq_ignore_ascii_case(sought) || text.to_lowercase() == sought.to_lowercase()
}

fn contains(datum: Datum<'_>, part: &str) -> bool {
    let text = match datum {
        Datum::Text(text) => text.to_lowercase(),
        Datum::Host(host) => host.to_string().to_lowercase(),
        _ => return false,
    };
    text.contains(&part.to_lowercase())
}
