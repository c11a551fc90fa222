//! A new SQLite database with one small table, written as a file
//! (<https://www.sqlite.org/fileformat2.html>). Every b-tree of it is a single page, which is
//! all that a database with one certificate needs.

/// Large enough for a schema or a certificate several times over.
const PAGE: usize = 16_384;
/// The head of the file, before the first page's own.
const FILE_HEAD: usize = 100;
/// The head of a page without children.
const PAGE_HEAD: usize = 8;
const TABLE_LEAF: u8 = 0x0d;
const INDEX_LEAF: u8 = 0x0a;

/// What a column of a row holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Nothing.
    Null,
    /// A number.
    Number(u32),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A table whose first column is declared `PRIMARY KEY`, and not as an integer, so that it has
/// an index.
#[derive(Debug)]
pub(super) struct Table {
    /// Its name.
    pub(super) name: &'static str,
    /// The statement that creates it.
    pub(super) sql: String,
    /// Its rows, ascending by the first column.
    pub(super) rows: Vec<Vec<Value>>,
}

/// The file; none where a row is longer than a page can take.
pub(super) fn database(table: &Table) -> Option<Vec<u8>> {
    let text = |text: &str| Value::Text(text.to_owned());
    let index = format!("sqlite_autoindex_{}_1", table.name);
    let schema = [
        vec![text("table"), text(table.name), text(table.name), Value::Number(2), text(&table.sql)],
        vec![text("index"), text(&index), text(table.name), Value::Number(3), Value::Null],
    ];
    let keys = (1..).zip(&table.rows).map(|(number, row)| {
        let key = row.first().cloned().unwrap_or(Value::Null);
        record(&[key, Value::Number(number)])
    });
    let keys = keys.map(|record| [number(record.len()), record].concat()).collect();
    let pages = [
        page(&head(), TABLE_LEAF, &table_cells(&schema))?,
        page(&[], TABLE_LEAF, &table_cells(&table.rows))?,
        page(&[], INDEX_LEAF, &keys)?,
    ];
    Some(pages.concat())
}

fn head() -> Vec<u8> {
    let mut head = b"SQLite format 3\0".to_vec();
    // The page's size; a rollback journal for reading and writing; no bytes reserved; and three
    // fractions that must be these.
    head.extend_from_slice(&u16::try_from(PAGE).unwrap_or(0).to_be_bytes());
    head.extend_from_slice(&[1, 1, 0, 64, 32, 32]);
    let (changes, pages, schema_format, utf8) = (1, 3, 4, 1);
    for number in [changes, pages, 0, 0, 1, schema_format, 0, 0, utf8, 0, 0, 0] {
        head.extend_from_slice(&u32::to_be_bytes(number));
    }
    head.resize(FILE_HEAD - 8, 0);
    // What the count of pages above was right for, and the library's version that wrote it.
    head.extend_from_slice(&u32::to_be_bytes(changes));
    head.extend_from_slice(&3_040_001_u32.to_be_bytes());
    head
}

fn table_cells(rows: &[Vec<Value>]) -> Vec<Vec<u8>> {
    let cell = |(row, values): (usize, &Vec<Value>)| {
        let record = record(values);
        [number(record.len()), number(row), record].concat()
    };
    (1..).zip(rows).map(cell).collect()
}

/// A page: its head, where each cell begins, and the cells at its end.
fn page(before: &[u8], kind: u8, cells: &Vec<Vec<u8>>) -> Option<Vec<u8>> {
    let (mut starts, mut contents) = (Vec::new(), Vec::new());
    for cell in cells {
        contents.splice(..0, cell.iter().copied());
        let start = u16::try_from(PAGE.checked_sub(contents.len())?).ok()?;
        starts.extend_from_slice(&start.to_be_bytes());
    }
    let mut page = before.to_vec();
    page.extend_from_slice(&[kind, 0, 0]);
    page.extend_from_slice(&u16::try_from(cells.len()).ok()?.to_be_bytes());
    page.extend_from_slice(&u16::try_from(PAGE.checked_sub(contents.len())?).ok()?.to_be_bytes());
    page.push(0);
    debug_assert_eq!(page.len(), before.len() + PAGE_HEAD);
    page.extend_from_slice(&starts);
    // A cell that is too long would go on elsewhere; such are not written. The smallest limit is
    // that of an index.
    let longest = (PAGE - 12) * 64 / 255 - 23;
    if page.len() + contents.len() > PAGE || cells.iter().any(|cell| cell.len() > longest) {
        return None;
    }
    page.resize(PAGE - contents.len(), 0);
    page.extend_from_slice(&contents);
    Some(page)
}

/// A row: the kind and length of each value, and then the values.
fn record(values: &[Value]) -> Vec<u8> {
    let (mut kinds, mut contents) = (Vec::new(), Vec::new());
    for value in values {
        match value {
            Value::Null => kinds.push(0),
            Value::Number(value) => {
                // Six bytes, since four would be signed.
                kinds.push(5);
                contents.extend_from_slice(&[0, 0]);
                contents.extend_from_slice(&value.to_be_bytes());
            }
            Value::Text(text) => {
                kinds.extend(number(text.len() * 2 + 13));
                contents.extend_from_slice(text.as_bytes());
            }
            Value::Bytes(bytes) => {
                kinds.extend(number(bytes.len() * 2 + 12));
                contents.extend_from_slice(bytes);
            }
        }
    }
    // The length counts itself, and takes a second byte from here on.
    let own = if kinds.len() + 1 < 0x80 { 1 } else { 2 };
    [number(kinds.len() + own), kinds, contents].concat()
}

/// A number as SQLite writes them: seven bits a byte, the highest first.
fn number(mut value: usize) -> Vec<u8> {
    let low = |value: usize| (value & 0x7f).to_le_bytes()[0];
    let mut bytes = vec![low(value)];
    value >>= 7;
    while value > 0 {
        bytes.insert(0, low(value) | 0x80);
        value >>= 7;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(length: usize) -> Table {
        let row = |key| vec![Value::Number(key), Value::Bytes(vec![7; length]), Value::Null];
        Table {
            name: "t",
            sql: "CREATE TABLE t (id PRIMARY KEY, a, b)".to_owned(),
            rows: vec![row(1), row(2)],
        }
    }

    #[test]
    fn numbers_have_seven_bits_a_byte() {
        for (value, bytes) in [
            (0, &[0][..]),
            (127, &[127]),
            (128, &[0x81, 0]),
            (16_383, &[0xff, 0x7f]),
            (16_384, &[0x81, 0x80, 0]),
        ] {
            assert_eq!(number(value), bytes, "{value}");
        }
    }

    #[test]
    fn what_no_page_can_take_is_refused() {
        for (length, fits) in [(0, true), (3_000, true), (5_000, false), (100_000, false)] {
            let file = database(&table(length));
            assert_eq!(file.is_some(), fits, "{length}");
            assert!(file.is_none_or(|file| file.len() == 3 * PAGE));
        }
    }
}
