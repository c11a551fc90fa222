//! What each file of `src/` imports, read from its tokens: comments and strings do not count,
//! paths inside macros do.

use std::collections::BTreeSet;
use std::path::Path;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::support::repository;

/// A file of `src/`.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// Its path from the project's root.
    pub(super) file: String,
    /// The top-level module that it belongs to: `main`, `cli`, or one of the library's.
    pub(super) module: String,
    /// The other top-level modules that it imports.
    pub(super) imports: BTreeSet<String>,
    /// Those that only its unit tests import.
    pub(super) test_imports: BTreeSet<String>,
    /// What stands before a `::` outside unit tests, crates among it.
    pub(super) crates: BTreeSet<String>,
    /// Whether `super::super::` occurs.
    pub(super) climbs_twice: bool,
    /// Files that it declares for tests alone, without ending.
    test_children: Vec<String>,
}

/// Every file but the library's root.
pub(super) fn all() -> Vec<Source> {
    let files = repository::files("src", ".rs");
    let mut sources: Vec<Source> = files
        .iter()
        .filter(|path| *path != Path::new("src/lib.rs"))
        .map(|path| read(path))
        .collect();
    let for_tests: Vec<String> =
        sources.iter().flat_map(|source| source.test_children.clone()).collect();
    for source in &mut sources {
        let is_for_tests = for_tests.iter().any(|child| {
            source
                .file
                .strip_prefix(child.as_str())
                .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        });
        if is_for_tests {
            source.test_imports.append(&mut source.imports);
            source.crates.clear();
        }
    }
    sources
}

fn read(path: &Path) -> Source {
    let text = repository::read(path);
    let tokens: TokenStream =
        text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let within = path.strip_prefix("src").expect("below src").with_extension("");
    let mut module: Vec<String> =
        within.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let is_root = module == ["main"];
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    let folder = match path.file_name() {
        Some(name) if name == "mod.rs" || name == "main.rs" => path.parent().map(Path::to_owned),
        _ => Some(path.with_extension("")),
    };
    let mut reader = Reader {
        folder: folder.unwrap_or_default().to_string_lossy().into_owned(),
        is_root,
        source: Source {
            file: path.to_string_lossy().into_owned(),
            module: module[0].clone(),
            ..Source::default()
        },
    };
    // The program's root stands where the library's does: above every module.
    let depth = if is_root { 0 } else { module.len() };
    reader.read(tokens, depth, false);
    let mut source = reader.source;
    for imports in [&mut source.imports, &mut source.test_imports] {
        imports.remove(&source.module);
    }
    source.test_imports = &source.test_imports - &source.imports;
    source
}

struct Reader {
    folder: String,
    is_root: bool,
    source: Source,
}

impl Reader {
    /// Reads what stands `depth` modules below a crate's root.
    fn read(&mut self, tokens: TokenStream, depth: usize, for_tests: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        // Whether the item that is being read is marked `#[cfg(test)]`, and with which path.
        let mut marked = false;
        let mut path = None;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let here = for_tests || marked;
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    if let Some(TokenTree::Group(attribute)) = tokens.get(at + 1) {
                        marked |= is_cfg_test(attribute);
                        path = path.or(named_path(attribute));
                        self.read(attribute.stream(), depth, here);
                        at += 1;
                    }
                }
                TokenTree::Punct(punct) if punct.as_char() == ';' => marked = false,
                TokenTree::Ident(word) if word == "mod" => {
                    at += self.module(&tokens[at + 1..], path.take(), depth, here);
                    marked = false;
                }
                TokenTree::Ident(word) if starts_path(&tokens[at + 1..]) => {
                    at += self.path(&word.to_string(), &tokens[at + 1..], depth, here);
                }
                TokenTree::Group(group) => {
                    self.read(group.stream(), depth, here);
                    if group.delimiter() == Delimiter::Brace {
                        marked = false;
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Reads a module's declaration after `mod`; how many tokens it took.
    fn module(
        &mut self,
        rest: &[TokenTree],
        path: Option<String>,
        depth: usize,
        for_tests: bool,
    ) -> usize {
        let Some(TokenTree::Ident(name)) = rest.first() else { return 0 };
        let file = match path {
            Some(path) => Path::new(&self.source.file).with_file_name(path).with_extension(""),
            None => Path::new(&self.folder).join(name.to_string()),
        };
        match rest.get(1) {
            Some(TokenTree::Group(body)) => self.read(body.stream(), depth + 1, for_tests),
            _ if for_tests => {
                self.source.test_children.push(file.to_string_lossy().into_owned());
            }
            _ if self.is_root => {
                self.source.imports.insert(name.to_string());
            }
            _ => {}
        }
        2
    }

    /// Reads a path after its first word, as far as it says which module is meant; how many
    /// tokens that took.
    fn path(
        &mut self,
        first: &str,
        rest: &[TokenTree],
        mut depth: usize,
        for_tests: bool,
    ) -> usize {
        if !for_tests {
            self.source.crates.insert(first.to_owned());
        }
        let mut taken = 2;
        match first {
            "crate" | "apptrace" => depth = 0,
            "super" => {
                depth = depth.saturating_sub(1);
                let climbs = |rest: &[TokenTree]| matches!(rest.first(), Some(TokenTree::Ident(word)) if word == "super");
                if climbs(&rest[taken..]) {
                    self.source.climbs_twice = true;
                }
            }
            _ => return taken,
        }
        if depth > 0 {
            return taken;
        }
        let imports =
            if for_tests { &mut self.source.test_imports } else { &mut self.source.imports };
        match rest.get(taken) {
            Some(TokenTree::Group(group)) => {
                imports.extend(first_words(group));
                taken += 1;
            }
            Some(other) => {
                imports.insert(other.to_string());
            }
            None => {}
        }
        taken
    }
}

/// Whether `::` follows.
fn starts_path(rest: &[TokenTree]) -> bool {
    let is_colon =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':');
    rest.len() > 2 && rest[..2].iter().all(is_colon)
}

fn is_cfg_test(attribute: &Group) -> bool {
    let text: String =
        attribute.stream().to_string().chars().filter(|it| !it.is_whitespace()).collect();
    text == "cfg(test)"
}

/// What `#[path = "…"]` says.
fn named_path(attribute: &Group) -> Option<String> {
    let text = attribute.stream().to_string();
    let (name, value) = text.split_once('=')?;
    (name.trim() == "path").then(|| value.trim().trim_matches('"').to_owned())
}

/// The first word of each path in `{a::b, c::{d, e}}`.
fn first_words(group: &Group) -> Vec<String> {
    let mut words = Vec::new();
    let mut expect = true;
    for token in group.stream() {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => expect = true,
            other if expect => {
                words.push(other.to_string());
                expect = false;
            }
            _ => {}
        }
    }
    words
}

#[test]
fn imports_are_read_however_they_are_written() {
    let text = "
        //! use crate::comment;
        use crate::plain::Thing;
        use crate::{one::A, two::{B, three}};
        use super::sibling;
        const TEXT: &str = \"crate::text\";
        fn f() { println!(\"{}\", crate::in_macro::NAME); }
        mod inner { use super::above; use super::super::root; }
        #[cfg(test)] mod tests;
        #[cfg(test)] mod more { use crate::for_tests; }
        fn g(x: crate::last::X) {}
    ";
    let mut reader =
        Reader { folder: "src/stage/file".to_owned(), is_root: false, source: Source::default() };
    reader.read(text.parse().expect("tokens"), 2, false);
    let source = reader.source;
    let words = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(words(&source.imports), "in_macro last one plain two");
    assert_eq!(words(&source.test_imports), "for_tests");
    assert_eq!(source.test_children, ["src/stage/file/tests"]);
    assert!(source.climbs_twice);
    // One level below the root `super` is the root.
    let mut reader = Reader { folder: String::new(), is_root: false, source: Source::default() };
    reader.read("use super::other;".parse().expect("tokens"), 1, false);
    assert_eq!(words(&reader.source.imports), "other");
}
