//! Every diagnostic: its fixture, its place, its entry in the documentation.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use oretrace::diag::{Code, Diagnostic, Paint, Severity, Sources, has_errors, render};
use oretrace::load::{Input, load, load_scenario};

const INVALID: &str = "tests/fixtures/invalid/";

/// What loading a fixture gave.
pub(crate) struct Outcome {
    pub(crate) sources: Sources,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Whether there is a network, or for scenario fixtures a scenario.
    pub(crate) usable: bool,
}

/// Loads a file or folder as the command line would.
pub(crate) fn load_path(path: &Path) -> Outcome {
    let mut sources = Sources::default();
    let loaded = load(&mut sources, &[Input::Path(path.to_path_buf())], None);
    Outcome {
        usable: loaded.network.is_some(),
        sources,
        diagnostics: loaded.diagnostics,
    }
}

/// Loads `NAME.yaml`, `NAME/main.yaml`, `NAME/graph.yaml` with `NAME/scenario.yaml`, or the tables in `NAME/`.
fn load_fixture(name: &str) -> Outcome {
    let file = PathBuf::from(format!("{INVALID}{name}.yaml"));
    if file.exists() {
        return load_path(&file);
    }
    let folder = PathBuf::from(format!("{INVALID}{name}"));
    if folder.join("main.yaml").exists() {
        return load_path(&folder.join("main.yaml"));
    }
    let scenario = folder.join("scenario.yaml");
    if !scenario.exists() {
        return load_path(&folder);
    }
    let mut sources = Sources::default();
    let loaded = load(
        &mut sources,
        &[Input::Path(folder.join("graph.yaml"))],
        None,
    );
    assert_eq!(
        loaded.diagnostics,
        [],
        "{name}: the graph that the scenario changes is itself in order"
    );
    let network = loaded.network.unwrap();
    let file = sources.read(&scenario).unwrap();
    let (diagnostics, usable) = match load_scenario(&sources, file, &network) {
        Ok((_, diagnostics)) => (diagnostics, true),
        Err(diagnostics) => (diagnostics, false),
    };
    Outcome {
        sources,
        diagnostics,
        usable,
    }
}

/// Draws a diagnostic with file names relative to the folder of fixtures.
fn drawn(diagnostic: &Diagnostic, sources: &Sources) -> String {
    render(diagnostic, sources, Paint::Plain)
        .replace(INVALID, "")
        .lines()
        .map(|l| format!("{}\n", l.trim_end()))
        .collect()
}

#[test]
fn every_code_has_a_fixture_that_provokes_it() {
    for code in Code::ALL {
        let outcome = load_fixture(code.word());
        let found: Vec<&str> = outcome.diagnostics.iter().map(|d| d.code.word()).collect();
        assert!(found.contains(&code.word()), "{}: {found:?}", code.word());
        assert_eq!(
            outcome.usable,
            code.severity() != Severity::Error,
            "{}: {found:?}",
            code.word()
        );
        assert_eq!(
            has_errors(&outcome.diagnostics),
            !outcome.usable,
            "{}",
            code.word()
        );
    }
}

#[test]
fn every_fixture_belongs_to_a_code() {
    let known: Vec<&str> = Code::ALL
        .iter()
        .map(|c| c.word())
        .chain(["many-at-once"])
        .collect();
    for entry in std::fs::read_dir(INVALID).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let word = name.strip_suffix(".yaml").unwrap_or(&name);
        assert!(known.contains(&word), "no code is called `{word}`");
    }
}

#[test]
fn diagnostics_say_where_and_what_to_do() {
    for code in Code::ALL {
        let outcome = load_fixture(code.word());
        for d in &outcome.diagnostics {
            let span = d
                .span
                .unwrap_or_else(|| panic!("{}: `{}` has no place", code.word(), d.message));
            let places = d.others.iter().map(|o| o.span).chain([span]);
            for span in places.filter(|s| outcome.sources.table(s.file).is_none()) {
                let text = outcome.sources.text(span.file);
                let at = outcome.sources.position(span);
                let line = text
                    .split('\n')
                    .nth(at.line - 1)
                    .unwrap_or_else(|| panic!("{}: line {}", code.word(), at.line));
                assert!(
                    at.column <= line.chars().count() + 1,
                    "{}: column {}",
                    code.word(),
                    at.column
                );
                assert!(
                    span.start <= span.end && span.end as usize <= text.len(),
                    "{}",
                    code.word()
                );
            }
            assert!(
                d.severity() != Severity::Error || d.help.is_some(),
                "{}: no help",
                d.code.word()
            );
            assert!(
                !d.message.is_empty() && !d.message.ends_with('.'),
                "{}: {}",
                d.code.word(),
                d.message
            );
        }
    }
}

/// Code, file, line, column and the text there: read once by a person, kept by the snapshot.
#[test]
fn diagnostics_point_at_the_offending_word() {
    let mut table = String::new();
    for name in Code::ALL.iter().map(|c| c.word()).chain(["many-at-once"]) {
        let outcome = load_fixture(name);
        writeln!(table, "{name}").unwrap();
        for d in &outcome.diagnostics {
            let span = d.span.unwrap();
            let at = outcome.sources.position(span);
            let file = outcome.sources.name(span.file).trim_start_matches(INVALID);
            writeln!(
                table,
                "  {} {file}:{}:{} `{}`",
                d.code.word(),
                at.line,
                at.column,
                outcome.sources.slice(span)
            )
            .unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn all_problems_of_all_files_are_told_in_one_run() {
    let outcome = load_fixture("many-at-once");
    let mut codes: Vec<&str> = outcome.diagnostics.iter().map(|d| d.code.word()).collect();
    codes.sort_unstable();
    assert_eq!(
        codes,
        [
            "duplicate-key",
            "format-version",
            "invalid-choice",
            "invalid-number",
            "invalid-unit",
            "invalid-year",
            "negative-number",
            "share-sum-over-one",
            "unit-mismatch",
            "unknown-commodity",
            "unknown-country",
            "unknown-field",
            "unknown-include",
        ]
    );
    let files: std::collections::BTreeSet<_> = outcome
        .diagnostics
        .iter()
        .map(|d| d.span.unwrap().file)
        .collect();
    assert_eq!(files.len(), 2);
    assert!(
        outcome.diagnostics.is_sorted_by_key(|d| d.span),
        "in order of file and place"
    );
}

/// One entry of `docs/diagnostics.md`: its code, and the text under it.
fn documented() -> Vec<(String, String)> {
    let text = std::fs::read_to_string("docs/diagnostics.md").unwrap();
    let entries = text.split("\n### ").skip(1);
    entries
        .map(|entry| {
            let (heading, body) = entry.split_once('\n').unwrap();
            (heading.trim().trim_matches('`').to_owned(), body.to_owned())
        })
        .collect()
}

#[test]
fn the_documentation_has_an_entry_for_each_code_and_no_other() {
    let words: Vec<String> = Code::ALL.iter().map(|c| c.word().to_owned()).collect();
    assert_eq!(
        documented()
            .into_iter()
            .map(|(word, _)| word)
            .collect::<Vec<_>>(),
        words
    );
}

#[test]
fn the_documentation_shows_what_is_drawn() {
    for (code, (_, body)) in Code::ALL.iter().zip(documented()) {
        let outcome = load_fixture(code.word());
        let first = outcome
            .diagnostics
            .iter()
            .find(|d| d.code == *code)
            .unwrap();
        let shown = drawn(first, &outcome.sources);
        assert!(
            body.contains(&shown),
            "docs/diagnostics.md, entry `{}`, should show:\n{shown}",
            code.word()
        );
        assert!(
            body.contains(&format!("**{}.**", code.severity())),
            "`{}` is a {}",
            code.word(),
            code.severity()
        );
        assert!(
            body.contains("To mend it:") || code.severity() == Severity::Note,
            "`{}`",
            code.word()
        );
    }
}

#[test]
fn valid_fixtures_are_in_order() {
    for name in ["every-field.yaml", "tables"] {
        let outcome = load_path(&Path::new("tests/fixtures/valid").join(name));
        let told: Vec<String> = outcome
            .diagnostics
            .iter()
            .map(|d| drawn(d, &outcome.sources))
            .collect();
        assert!(
            outcome.usable && told.is_empty(),
            "{name}:\n{}",
            told.join("\n")
        );
    }
}

/// Writes every drawn form to a file, for the person who reads them over: `DRAWN=FILE cargo test drawn_forms`.
#[test]
fn drawn_forms_can_be_read_over() {
    let Some(path) = std::env::var_os("DRAWN") else {
        return;
    };
    let mut all = String::new();
    for code in Code::ALL {
        let outcome = load_fixture(code.word());
        for d in &outcome.diagnostics {
            writeln!(all, "@@ {}\n{}", code.word(), drawn(d, &outcome.sources)).unwrap();
        }
    }
    std::fs::write(path, all).unwrap();
}

/// The examples of `docs/data-format.md` that are whole files load; its fields are those of the fixture that has every field.
#[test]
fn the_format_reference_is_right() {
    let text = std::fs::read_to_string("docs/data-format.md").unwrap();
    let blocks: Vec<&str> = text
        .split("```yaml\n")
        .skip(1)
        .filter_map(|b| b.split_once("```").map(|(b, _)| b))
        .collect();
    let whole: Vec<&str> = blocks
        .into_iter()
        .filter(|b| b.starts_with("oretrace: 1"))
        .collect();
    let [graph, scenario] = whole[..] else {
        panic!("a graph and a scenario")
    };
    let mut sources = Sources::default();
    let file = sources.add("graph.yaml", graph.to_owned());
    let loaded = load(&mut sources, &[Input::Text(file)], None);
    assert_eq!(loaded.diagnostics, []);
    let file = sources.add("scenario.yaml", scenario.to_owned());
    let (_, told) = load_scenario(&sources, file, &loaded.network.unwrap()).unwrap();
    assert_eq!(told, []);
    let fixture = std::fs::read_to_string("tests/fixtures/valid/every-field.yaml").unwrap();
    for field in fixture
        .split([' ', '{', '\n', ','])
        .filter_map(|word| word.strip_suffix(':'))
    {
        let is_field = field.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            && !["gallium", "alumina", "electricity", "aizu", "quad"].contains(&field);
        assert!(
            !is_field
                || text.contains(&format!("`{field}`"))
                || text.contains(&format!("{field}:")),
            "`{field}`"
        );
    }
}
