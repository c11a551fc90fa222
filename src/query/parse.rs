//! From text to an expression, by recursive descent: `or` binds weakest, then `and`, then `not`.
use std::ops::Range;

use super::cursor::Cursor;
use super::error::{QueryError, nearest, one_of};
use super::expression::{Expression, Item, Order, Test};
use super::field::{Field, Kind, View, fields, find};
use super::token::{Lexeme, RESERVED, Token};
use super::value::{Value, described};
use crate::contact::quoted;

/// More brackets and negations within each other are not read.
const DEEPEST: usize = 100;

pub(super) fn parse(text: &str, view: View) -> Result<Expression, QueryError> {
    let mut parser = Parser { tokens: Cursor::new(text)?, view, depth: 0 };
    if parser.tokens.peek().is_none() {
        return Err(QueryError::new(0..text.len(), "the expression is empty")
            .help("write a comparison such as `host = *.example.com`"));
    }
    let expression = parser.either()?;
    match parser.tokens.peek() {
        None => Ok(expression),
        Some(token) if token.lexeme == Lexeme::Close => {
            Err(QueryError::new(token.span.clone(), "this bracket closes nothing"))
        }
        Some(token) => Err(QueryError::new(token.span.clone(), "`and` or `or` is expected here")
            .help("put a value with blanks or signs in it in quotes")),
    }
}

struct Parser {
    tokens: Cursor,
    view: View,
    depth: usize,
}

impl Parser {
    fn either(&mut self) -> Result<Expression, QueryError> {
        let first = self.both()?;
        let mut members = vec![first];
        while self.tokens.takes(&Lexeme::Or) {
            members.push(self.both()?);
        }
        Ok(joined(members, Expression::Or))
    }

    fn both(&mut self) -> Result<Expression, QueryError> {
        let first = self.one()?;
        let mut members = vec![first];
        while self.tokens.takes(&Lexeme::And) {
            members.push(self.one()?);
        }
        Ok(joined(members, Expression::And))
    }

    fn one(&mut self) -> Result<Expression, QueryError> {
        let place = self.tokens.place();
        if self.tokens.takes(&Lexeme::Not) {
            self.descend(place)?;
            let inner = self.one()?;
            self.depth -= 1;
            return Ok(Expression::Not(Box::new(inner)));
        }
        if self.tokens.takes(&Lexeme::Open) {
            self.descend(place.clone())?;
            let inner = self.either()?;
            self.depth -= 1;
            if !self.tokens.takes(&Lexeme::Close) {
                return Err(match self.tokens.peek() {
                    None => QueryError::new(place, "this bracket is never closed"),
                    Some(token) => QueryError::new(
                        token.span.clone(),
                        "`and`, `or` or a closing bracket is expected here",
                    ),
                });
            }
            return Ok(inner);
        }
        self.comparison()
    }

    fn descend(&mut self, place: Range<usize>) -> Result<(), QueryError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(QueryError::new(
                place,
                format!("more than {DEEPEST} brackets within each other"),
            ));
        }
        Ok(())
    }

    fn comparison(&mut self) -> Result<Expression, QueryError> {
        let (field, name, kind) = self.field()?;
        let Some(token) = self.tokens.peek().cloned() else {
            return self.flag_or(field, kind, &name, None);
        };
        let test = match &token.lexeme {
            Lexeme::Equal => self.skip().value(kind).map(Test::Equal)?,
            Lexeme::NotEqual => self.skip().value(kind).map(Test::NotEqual)?,
            Lexeme::Less => self.skip().order(Order::Less, &name, kind, token.span)?,
            Lexeme::AtMost => self.skip().order(Order::AtMost, &name, kind, token.span)?,
            Lexeme::Greater => self.skip().order(Order::Greater, &name, kind, token.span)?,
            Lexeme::AtLeast => self.skip().order(Order::AtLeast, &name, kind, token.span)?,
            Lexeme::Holds => Test::Holds(self.skip().part(&name, kind, token.span)?),
            Lexeme::HoldsNot => Test::HoldsNot(self.skip().part(&name, kind, token.span)?),
            Lexeme::Word(_) if self.tokens.takes_word("in") => Test::In(self.set(kind)?),
            Lexeme::Word(word) if word.eq_ignore_ascii_case("not") && self.tokens.follows_in() => {
                self.tokens.skip(2);
                let inner = Expression::Compare(field, Test::In(self.set(kind)?));
                return Ok(Expression::Not(Box::new(inner)));
            }
            _ => return self.flag_or(field, kind, &name, Some(token)),
        };
        Ok(Expression::Compare(field, test))
    }

    fn skip(&mut self) -> &mut Self {
        self.tokens.skip(1);
        self
    }

    /// A flag may stand by itself.
    fn flag_or(
        &self,
        field: Field,
        kind: Kind,
        name: &str,
        token: Option<Token>,
    ) -> Result<Expression, QueryError> {
        let ends = token.as_ref().is_none_or(|token| match &token.lexeme {
            Lexeme::Close | Lexeme::And | Lexeme::Or => true,
            Lexeme::Word(word) => ["and", "or"].iter().any(|it| word.eq_ignore_ascii_case(it)),
            _ => false,
        });
        if ends && matches!(kind, Kind::Flag) {
            return Ok(Expression::Compare(field, Test::Equal(Value::Flag(true))));
        }
        let message = format!("a comparison is expected after `{name}`");
        let span = token.map_or(self.tokens.place(), |token| token.span);
        let help = match kind {
            Kind::Flag => "one of `=` and `!=`",
            Kind::Text | Kind::Host | Kind::Code(..) => "one of `=`, `!=`, `~`, `!~` and `in`",
            Kind::Word(_) | Kind::Address => "one of `=`, `!=` and `in`",
            _ => "one of `=`, `!=`, `<`, `<=`, `>`, `>=` and `in`",
        };
        Err(QueryError::new(span, message).help(help))
    }

    fn field(&mut self) -> Result<(Field, String, Kind), QueryError> {
        let expected = || "a field is expected here".to_owned();
        let span = self.tokens.place();
        let name = match self.tokens.next().map(|token| token.lexeme) {
            Some(Lexeme::Word(name)) if !RESERVED.contains(&name.as_str()) => name,
            Some(Lexeme::Quoted(_)) => {
                return Err(QueryError::new(span, expected())
                    .help("only values stand in quotes: `host = \"example.com\"`"));
            }
            _ => {
                let help = "a comparison begins with a field: `host = *.example.com`";
                return Err(QueryError::new(span, expected()).help(help));
            }
        };
        match find(&name, self.view) {
            Ok((field, kind)) => Ok((field, name, kind)),
            Err(is_elsewhere) => {
                let known: Vec<&str> = fields(self.view).collect();
                let row = self.view.row();
                let error = if is_elsewhere {
                    QueryError::new(span, format!("{row} has no `{name}`"))
                        .help(format!("it has {}", listed(&known)))
                } else {
                    let help = nearest(&name, &known).map_or_else(
                        || format!("{row} has {}", listed(&known)),
                        |name| format!("did you mean `{name}`?"),
                    );
                    QueryError::new(span, format!("there is no field {}", quoted(&name))).help(help)
                };
                Err(error)
            }
        }
    }

    /// The text of a value, quoted or not.
    fn text(&mut self) -> Result<(String, Range<usize>), QueryError> {
        let span = self.tokens.place();
        match self.tokens.next().map(|token| token.lexeme) {
            Some(Lexeme::Quoted(text)) => Ok((text, span)),
            Some(Lexeme::Word(text)) => {
                if RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word)) {
                    return Err(QueryError::new(span, "a value is expected here")
                        .help(format!("where `{text}` is meant as one, put it in quotes")));
                }
                Ok((text, span))
            }
            _ => Err(QueryError::new(span, "a value is expected here")),
        }
    }

    fn value(&mut self, kind: Kind) -> Result<Value, QueryError> {
        let (text, span) = self.text()?;
        Value::read(&text, kind).map_err(|(message, help)| QueryError { span, message, help })
    }

    fn order(
        &mut self,
        order: Order,
        name: &str,
        kind: Kind,
        sign: Range<usize>,
    ) -> Result<Test, QueryError> {
        if !has_order(kind) {
            let kind = described(kind);
            let message =
                format!("`{}` needs values in an order; `{name}` is {kind}", order.sign());
            return Err(QueryError::new(sign, message).help("write `=`, `!=` or `in`"));
        }
        Ok(Test::Order(order, self.value(kind)?))
    }

    /// A part of a text.
    fn part(&mut self, name: &str, kind: Kind, sign: Range<usize>) -> Result<String, QueryError> {
        if !matches!(kind, Kind::Text | Kind::Host | Kind::Code(..)) {
            let message = format!("`~` looks into text; `{name}` is {}", described(kind));
            return Err(QueryError::new(sign, message).help("write `=`, `!=` or `in`"));
        }
        let (text, span) = self.text()?;
        if text.is_empty() {
            return Err(QueryError::new(span, "every text holds the empty one"));
        }
        Ok(text)
    }

    fn set(&mut self, kind: Kind) -> Result<Vec<Item>, QueryError> {
        let open = self.tokens.place();
        if !self.tokens.takes(&Lexeme::Open) {
            return Ok(vec![self.item(kind)?]);
        }
        let mut items = vec![self.item(kind)?];
        while self.tokens.takes(&Lexeme::Comma) {
            items.push(self.item(kind)?);
        }
        if self.tokens.takes(&Lexeme::Close) {
            return Ok(items);
        }
        Err(match self.tokens.peek() {
            None => QueryError::new(open, "this bracket is never closed"),
            Some(token) => {
                QueryError::new(token.span.clone(), "a comma or a closing bracket is expected here")
            }
        })
    }

    fn item(&mut self, kind: Kind) -> Result<Item, QueryError> {
        let start = self.tokens.place();
        let first = self.value(kind)?;
        let dots = self.tokens.place();
        if !self.tokens.takes(&Lexeme::Dots) {
            return Ok(Item::One(first));
        }
        if !has_order(kind) {
            let message = format!("a range needs values in an order; this is {}", described(kind));
            return Err(QueryError::new(dots, message).help("list the values: `in (a, b)`"));
        }
        let end = self.tokens.place();
        let last = self.value(kind)?;
        let is_backward = match (&first, &last) {
            (Value::Whole(a), Value::Whole(b)) => a > b,
            (Value::After(a), Value::After(b)) | (Value::Length(a), Value::Length(b)) => a > b,
            (Value::At(a), Value::At(b)) => a > b,
            _ => false,
        };
        if is_backward {
            return Err(QueryError::new(start.start..end.end, "the range ends before it begins")
                .help(format!("write `{last}..{first}`")));
        }
        Ok(Item::Range(first, last))
    }
}

fn has_order(kind: Kind) -> bool {
    matches!(kind, Kind::Whole { .. } | Kind::Moment | Kind::Length)
}

fn listed(names: &[&str]) -> String {
    one_of(names).replace(" or ", " and ")
}

/// A single member stays by itself.
fn joined(mut members: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match members.pop() {
        Some(only) if members.is_empty() => only,
        Some(last) => {
            members.push(last);
            join(members)
        }
        None => join(members),
    }
}
