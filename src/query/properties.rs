//! Whatever the text, it is read or refused at a place inside it; and what is printed reads as
//! the same.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;

use super::expression::{Expression, Item, Order, Test};
use super::field::{Field, Kind, fields, find};
use super::parse::parse;
use super::value::Value;
use super::{Query, View};
use crate::packet::Timestamp;

fn view() -> impl Strategy<Value = View> {
    select(View::ALL.to_vec())
}

fn field(view: View) -> impl Strategy<Value = (Field, Kind)> {
    select(fields(view).collect::<Vec<_>>()).prop_map(move |name| find(name, view).unwrap())
}

fn duration() -> impl Strategy<Value = Duration> {
    let nanoseconds = prop_oneof![
        0..=i64::MAX.unsigned_abs(),
        (0..1_000_000_u64).prop_map(|it| it * 1_000_000_000)
    ];
    nanoseconds.prop_map(Duration::from_nanos)
}

fn value(kind: Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::Host => select(vec![
            "*",
            "a.example",
            "*.example.com",
            "192.0.2.1",
            "2001:db8::/32",
            "a-*.b",
            "and",
            "in",
        ])
        .prop_map(|text| Value::Host(text.parse().unwrap()))
        .boxed(),
        Kind::Address => (any::<[u8; 16]>(), any::<bool>(), 0..=32_u8)
            .prop_map(|(bytes, wide, length)| {
                let net: ipnet::IpNet = if wide {
                    ipnet::Ipv6Net::new(bytes.into(), length * 4).unwrap().into()
                } else {
                    let [a, b, c, d, ..] = bytes;
                    ipnet::Ipv4Net::new([a, b, c, d].into(), length).unwrap().into()
                };
                Value::Block(net.trunc())
            })
            .boxed(),
        Kind::Whole { most, .. } => (0..=most).prop_map(Value::Whole).boxed(),
        Kind::Moment => prop_oneof![
            any::<u64>().prop_map(|it| Value::At(Timestamp(it))),
            duration().prop_map(Value::After)
        ]
        .boxed(),
        Kind::Length => duration().prop_map(Value::Length).boxed(),
        Kind::Text => part().prop_map(Value::Text).boxed(),
        Kind::Word(words) | Kind::Code(words, _) => select(words()).prop_map(Value::Word).boxed(),
        Kind::Flag => any::<bool>().prop_map(Value::Flag).boxed(),
    }
}

fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{1,12}",
        "[a-zA-Z0-9.*/:_=&?-]{1,12}",
        "(and|or|not|in|NOT)",
        "[\"'\\\\ .]{1,6}"
    ]
}

fn items(kind: Kind) -> BoxedStrategy<Vec<Item>> {
    let one = value(kind).prop_map(Item::One);
    let range = match kind {
        Kind::Whole { .. } => (value(kind), value(kind))
            .prop_filter_map("a range in order", |pair| match pair {
                (Value::Whole(a), Value::Whole(b)) => {
                    Some(Item::Range(Value::Whole(a.min(b)), Value::Whole(a.max(b))))
                }
                _ => None,
            })
            .boxed(),
        _ => value(kind).prop_map(Item::One).boxed(),
    };
    prop::collection::vec(prop_oneof![one, range], 1..4).boxed()
}

fn test(kind: Kind) -> BoxedStrategy<Test> {
    let plain = prop_oneof![
        value(kind).prop_map(Test::Equal),
        value(kind).prop_map(Test::NotEqual),
        items(kind).prop_map(Test::In)
    ];
    match kind {
        Kind::Text | Kind::Host => {
            prop_oneof![plain, part().prop_map(Test::Holds), part().prop_map(Test::HoldsNot)]
                .boxed()
        }
        Kind::Whole { .. } | Kind::Moment | Kind::Length => {
            let orders = vec![Order::Less, Order::AtMost, Order::Greater, Order::AtLeast];
            prop_oneof![
                plain,
                (select(orders), value(kind)).prop_map(|(order, value)| Test::Order(order, value))
            ]
            .boxed()
        }
        _ => plain.boxed(),
    }
}

fn expression(view: View) -> impl Strategy<Value = Expression> {
    let compare = field(view).prop_flat_map(|(field, kind)| {
        test(kind).prop_map(move |it| Expression::Compare(field, it))
    });
    compare.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::Or),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::And),
            inner.prop_map(|it| Expression::Not(Box::new(it)))
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_reads_as_the_same((view, expression) in view().prop_flat_map(|it| (Just(it), expression(it)))) {
        let printed = expression.to_string();
        prop_assert_eq!(parse(&printed, view), Ok(expression), "{}", printed);
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place_in_it(
        view in view(),
        text in prop_oneof![
            "\\PC{0,40}",
            "([a-z_]{1,9}| (and|or|not|in) |[(),=!<>~'\"\\\\&|.]|[0-9kms.:/*]{1,6}| |é){0,20}",
            "(host|port|time|status|bytes)( (=|<|in|~|!=) ?)[^a]{0,20}",
        ]
    ) {
        match Query::parse(&text, view) {
            Ok(query) => {
                let printed = query.to_string();
                prop_assert_eq!(Query::parse(&printed, view), Ok(query), "{}", printed);
            }
            Err(error) => {
                prop_assert!(text.get(error.span.clone()).is_some(), "{:?} of {:?}", error, text);
                let told = format!("{error}{:?}", error.help);
                prop_assert!(!told.chars().any(char::is_control), "{told:?}");
            }
        }
    }
}
