//! Our YAML reader against another one: every file we ship gives the same tree.

use std::path::{Path, PathBuf};

use oretrace::diag::FileId;
use oretrace::load::yaml::{Kind, Node, parse};
use serde_yaml::Value;

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|e| e == "yaml") {
            found.push(path);
        }
    }
}

/// Whether a scalar as written means what the other reader made of it.
fn means(written: &str, value: &Value) -> bool {
    let number = || serde_yaml::from_str::<Value>(written).ok();
    match value {
        Value::String(text) => text == written,
        Value::Bool(flag) => written.eq_ignore_ascii_case(if *flag { "true" } else { "false" }),
        // Both read numbers; the spelling is ours alone.
        Value::Number(_) => number().as_ref() == Some(value) && !written.trim().is_empty(),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => false,
    }
}

fn compare(ours: &Node, theirs: &Value, at: &str) {
    match (&ours.kind, theirs) {
        (Kind::Null, Value::Null) => {}
        (Kind::Text(text), scalar) => {
            assert!(means(text, scalar), "{at}: {text:?} is not {scalar:?}")
        }
        (Kind::List(items), Value::Sequence(others)) => {
            assert_eq!(items.len(), others.len(), "{at}");
            for (n, (item, other)) in items.iter().zip(others).enumerate() {
                compare(item, other, &format!("{at}[{n}]"));
            }
        }
        (Kind::Map(entries), Value::Mapping(others)) => {
            assert_eq!(entries.len(), others.len(), "{at}");
            for ((key, value), (other_key, other)) in entries.iter().zip(others) {
                compare(key, other_key, &format!("{at} key"));
                compare(value, other, &format!("{at}.{other_key:?}"));
            }
        }
        (ours, theirs) => panic!("{at}: {ours:?} is not {theirs:?}"),
    }
}

#[test]
fn every_file_reads_the_same_with_another_reader() {
    let mut files = Vec::new();
    for folder in ["data", "graphs", "tests/fixtures/valid"] {
        collect(Path::new(folder), &mut files);
    }
    assert!(files.len() > 30, "{files:?}");
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let ours = parse(&text, FileId(0)).unwrap();
        let theirs: Value = serde_yaml::from_str(&text).unwrap();
        compare(&ours, &theirs, &path.display().to_string());
    }
}

/// Where a scalar keeps its spelling, its span covers that spelling.
#[test]
fn spans_hold_what_was_read() {
    fn check(node: &Node, text: &str) {
        match &node.kind {
            Kind::Null => {}
            Kind::Text(word) => {
                let written = &text[node.span.start as usize..node.span.end as usize];
                let bare = written.trim_matches(['"', '\'']);
                let folded = |t: &str| {
                    t.replace('\\', "")
                        .replace("''", "'")
                        .split_whitespace()
                        .collect::<Vec<_>>()
                        .join(" ")
                };
                assert_eq!(folded(bare), folded(word));
            }
            Kind::List(items) => items.iter().for_each(|item| check(item, text)),
            Kind::Map(entries) => entries.iter().for_each(|(key, value)| {
                check(key, text);
                check(value, text);
            }),
        }
    }
    let mut files = Vec::new();
    for folder in ["data", "graphs", "tests/fixtures/valid"] {
        collect(Path::new(folder), &mut files);
    }
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        check(&parse(&text, FileId(0)).unwrap(), &text);
    }
}
