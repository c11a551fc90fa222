//! YAML as a tree of numbered values, and the place of any of them in the text.

use std::cell::Cell;

use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, Visitor};

use super::error::Problem;

/// More values than a scenario can sensibly hold: aliases have multiplied them.
const MOST_VALUES: u32 = 100_000;
/// More text than a scenario can sensibly hold: aliases have multiplied it.
const MOST_BYTES: usize = 8 << 20;

/// One value, or one key, of the document.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Its number in the order of reading.
    pub(super) id: u32,
    /// Its byte offset, where it is a text that stands in the file as it is.
    pub(super) offset: Option<usize>,
    /// What it is.
    pub(super) value: Value,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Nothing,
    Flag(bool),
    Whole(i128),
    Real(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// More brackets open at once than a scenario has use for. The YAML parser's time for a token
/// grows with their number, so a file of nothing but brackets would keep it busy for minutes;
/// it is turned away before. Brackets inside of texts are counted too, which harms nobody: a
/// text has that many only where it closes them again.
const MOST_OPEN: usize = 200;

/// Where something stands: a byte offset into the text.
pub(super) type Offset = usize;

/// Reads the one document of `text`.
pub(super) fn read(text: &str) -> Result<Node, (Offset, Problem)> {
    if let Some(offset) = too_many_open(text) {
        return Err((offset, Problem::text("nested too deeply")));
    }
    let mut documents = serde_yaml::Deserializer::from_str(text);
    let Some(document) = documents.next() else {
        return Err((0, Problem::text("the file is empty")));
    };
    let walk = Walk::new(text, None);
    let root = match Visit(&walk).deserialize(document) {
        Ok(root) => root,
        Err(error) => {
            let offset = match error.location() {
                Some(location) => location.index(),
                None => locate(text, walk.visited.get()),
            };
            return Err((offset.min(text.len()), explain(&walk, &error)));
        }
    };
    match documents.next() {
        None => Ok(root),
        Some(second) => {
            let probe = Walk::new(text, Some(0));
            let offset = match Visit(&probe).deserialize(second) {
                Err(error) => error.location().map_or(text.len(), |at| at.index()),
                Ok(_) => text.len(),
            };
            let problem = Problem::text("a second document begins in this file")
                .help("put each scenario into a file of its own");
            Err((offset.min(text.len()), problem))
        }
    }
}

fn too_many_open(text: &str) -> Option<Offset> {
    let mut open = 0_usize;
    text.bytes().position(|byte| {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        open > MOST_OPEN
    })
}

/// The byte offset of a value or key. `serde_yaml` tells places only in errors, so the text is
/// read a second time and refused at that value.
pub(super) fn locate(text: &str, id: u32) -> Offset {
    let walk = Walk::new(text, Some(id));
    let Some(document) = serde_yaml::Deserializer::from_str(text).next() else { return 0 };
    match Visit(&walk).deserialize(document) {
        Err(error) => error.location().map_or(0, |at| at.index()).min(text.len()),
        Ok(_) => 0,
    }
}

fn explain(walk: &Walk<'_>, error: &serde_yaml::Error) -> Problem {
    if let Some(complaint) = walk.complaint.get() {
        return Problem::text(complaint);
    }
    let mut message = error.to_string();
    if message.contains("recursion limit exceeded") {
        return Problem::text("nested too deeply");
    }
    if message.contains("repetition limit exceeded") {
        return Problem::text("too many aliases");
    }
    if message.contains("EOF while parsing") {
        return Problem::text("the file holds no value");
    }
    if let Some(at) = error.location() {
        // The caller says where, in its own way.
        message =
            message.replacen(&format!(" at line {} column {}", at.line(), at.column()), "", 1);
    }
    let problem = Problem::text(format!("not valid YAML: {message}"));
    if message.contains("while scanning an alias") {
        problem.help("text that begins with `*` needs quotes: \"*.example.org\"")
    } else if message.contains("cannot start any token") || message.contains("tab character") {
        problem.help("YAML is indented with spaces, never tabs; put quotes around text that begins with a special character")
    } else {
        problem
    }
}

/// One reading of the text.
struct Walk<'t> {
    text: &'t str,
    /// The number of the value to refuse.
    stop_at: Option<u32>,
    next: Cell<u32>,
    /// The last value that was reached.
    visited: Cell<u32>,
    bytes: Cell<usize>,
    complaint: Cell<Option<&'static str>>,
}

impl<'t> Walk<'t> {
    fn new(text: &'t str, stop_at: Option<u32>) -> Self {
        Self {
            text,
            stop_at,
            next: Cell::new(0),
            visited: Cell::new(0),
            bytes: Cell::new(0),
            complaint: Cell::new(None),
        }
    }

    fn refuse<E: de::Error>(&self, complaint: &'static str) -> E {
        self.complaint.set(Some(complaint));
        E::custom(complaint)
    }

    /// The offset of a text that was handed out as a part of the input.
    fn offset_of(&self, part: &str) -> Option<usize> {
        let offset = part.as_ptr().addr().checked_sub(self.text.as_ptr().addr())?;
        (offset + part.len() <= self.text.len()).then_some(offset)
    }
}

struct Visit<'w>(&'w Walk<'w>);

impl<'de> DeserializeSeed<'de> for Visit<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        let id = self.0.next.get();
        self.0.next.set(id + 1);
        deserializer.deserialize_any(Reach { walk: self.0, id })
    }
}

/// A value has been reached: an error raised here bears its place.
struct Reach<'w> {
    walk: &'w Walk<'w>,
    id: u32,
}

impl Reach<'_> {
    fn check<E: de::Error>(&self) -> Result<(), E> {
        self.walk.visited.set(self.id);
        if self.walk.stop_at == Some(self.id) {
            return Err(E::custom("here"));
        }
        if self.id >= MOST_VALUES {
            return Err(self.walk.refuse("too many values; aliases may have multiplied them"));
        }
        Ok(())
    }

    fn leaf<E: de::Error>(&self, value: Value) -> Result<Node, E> {
        self.check()?;
        Ok(Node { id: self.id, offset: None, value })
    }

    fn text<E: de::Error>(&self, text: &str, offset: Option<usize>) -> Result<Node, E> {
        self.check()?;
        let bytes = self.walk.bytes.get() + text.len();
        if bytes > MOST_BYTES {
            return Err(self.walk.refuse("too much text; aliases may have multiplied it"));
        }
        self.walk.bytes.set(bytes);
        Ok(Node { id: self.id, offset, value: Value::Text(text.to_owned()) })
    }
}

impl<'de> Visitor<'de> for Reach<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        self.leaf(Value::Nothing)
    }

    fn visit_none<E: de::Error>(self) -> Result<Node, E> {
        self.leaf(Value::Nothing)
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Node, E> {
        self.leaf(Value::Flag(flag))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Node, E> {
        self.leaf(Value::Whole(number.into()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Node, E> {
        self.leaf(Value::Whole(number.into()))
    }

    fn visit_i128<E: de::Error>(self, number: i128) -> Result<Node, E> {
        self.leaf(Value::Whole(number))
    }

    fn visit_u128<E: de::Error>(self, number: u128) -> Result<Node, E> {
        self.leaf(Value::Whole(i128::try_from(number).unwrap_or(i128::MAX)))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Node, E> {
        self.leaf(Value::Real(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        self.text(text, None)
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Node, E> {
        self.text(text, self.walk.offset_of(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        self.check()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Visit(self.walk))? {
            list.push(item);
        }
        Ok(Node { id: self.id, offset: None, value: Value::List(list) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        self.check()?;
        let mut map = Vec::new();
        while let Some(key) = entries.next_key_seed(Visit(self.walk))? {
            map.push((key, entries.next_value_seed(Visit(self.walk))?));
        }
        Ok(Node { id: self.id, offset: None, value: Value::Map(map) })
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _tagged: A) -> Result<Node, A::Error> {
        self.check()?;
        Err(self.walk.refuse("tags such as `!name` have no meaning here"))
    }
}
