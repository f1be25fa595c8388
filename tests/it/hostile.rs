//! Files from strangers: nothing panics, and every fault has a place.

use std::path::Path;

use oretrace::diag::{Code, Diagnostic, Paint, Severity, Sources, records, render};
use oretrace::load::{Input, load};
use proptest::prelude::*;

use crate::diagnostics::{Outcome, load_path};

const HEAD: &str = "oretrace: 1\ncommodities:\n  gallium: {stage: refinery, unit: kg}\n";

/// Loads bytes as a file of the given name, and draws whatever is told about it.
fn load_bytes(name: &str, bytes: &[u8]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let outcome = load_path(&path);
    check(&outcome.diagnostics, &outcome.sources, outcome.usable);
    outcome
}

fn load_text(text: &str) -> Outcome {
    load_bytes("graph.yaml", text.as_bytes())
}

/// What holds of every outcome, whatever was loaded.
pub(crate) fn check(diagnostics: &[Diagnostic], sources: &Sources, usable: bool) {
    let errors = diagnostics
        .iter()
        .filter(|d| d.severity() == Severity::Error)
        .count();
    assert_eq!(usable, errors == 0);
    for (d, record) in diagnostics
        .iter()
        .zip(records(diagnostics, sources))
        .take(200)
    {
        let shown = render(d, sources, Paint::Plain);
        assert!(shown.len() < 8_000, "{} bytes", shown.len());
        assert!(!shown.contains(['\u{1b}', '\u{202e}', '\r']), "{shown:?}");
        assert!(
            d.severity() != Severity::Error || d.help.is_some(),
            "{shown}"
        );
        if let Some(span) = d.span {
            let at = format!(":{}:{}", record.line.unwrap(), record.column.unwrap());
            assert!(shown.contains(&at), "{record:?}\n{shown}");
            if sources.table(span.file).is_some() {
                continue;
            }
            let text = sources.text(span.file);
            assert!(
                span.start <= span.end && span.end as usize <= text.len(),
                "{shown}"
            );
            assert!(
                text.is_char_boundary(span.start as usize)
                    && text.is_char_boundary(span.end as usize),
                "{shown}"
            );
            assert_eq!(
                record.line,
                Some(text[..span.start as usize].matches('\n').count() + 1)
            );
        }
    }
}

/// The codes of all errors, each with line and column.
fn errors(outcome: &Outcome) -> Vec<(Code, usize, usize)> {
    let located = outcome
        .diagnostics
        .iter()
        .filter(|d| d.severity() == Severity::Error);
    located
        .map(|d| {
            let at = outcome
                .sources
                .position(d.span.unwrap_or_else(|| panic!("no place: {}", d.message)));
            (d.code, at.line, at.column)
        })
        .collect()
}

#[test]
fn alias_bombs_and_deep_nests_are_refused() {
    let mut bomb =
        "oretrace: 1\ngroups:\n  a0: &a0 [CHN, CHN, CHN, CHN, CHN, CHN, CHN, CHN, CHN]\n"
            .to_owned();
    for level in 1..20 {
        bomb.push_str(&format!(
            "  a{level}: &a{level} [{}]\n",
            vec![format!("*a{}", level - 1); 9].join(", ")
        ));
    }
    bomb.push_str(&format!("title: {}\n", "x".repeat(1 << 20)));
    assert_eq!(errors(&load_text(&bomb))[0].0, Code::YamlLimit);
    let flow = format!(
        "oretrace: 1\ntitle: {}{}\n",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert_eq!(errors(&load_text(&flow))[0].0, Code::YamlLimit);
    let maps = format!(
        "oretrace: 1\ntitle: {}{}\n",
        "{a: ".repeat(100_000),
        "}".repeat(100_000)
    );
    assert_eq!(errors(&load_text(&maps))[0].0, Code::YamlLimit);
    let block = format!("oretrace: 1\ntitle:\n  {}x\n", "- ".repeat(100_000));
    assert_eq!(errors(&load_text(&block))[0].0, Code::YamlLimit);
    let open = "[".repeat(1_000_000);
    assert_eq!(errors(&load_text(&open)).len(), 1);
}

#[test]
fn aliases_that_do_not_explode_are_read() {
    let text = "oretrace: 1\ngroups:\n  a: &quad [USA, JPN, AUS, IND]\n  b: *quad\n";
    assert!(load_text(text).usable);
    assert_eq!(
        errors(&load_text("oretrace: 1\ngroups: {a: *nothing}\n"))[0].0,
        Code::YamlSyntax
    );
}

#[test]
fn huge_values_are_told_in_few_words() {
    let huge = "9".repeat(20 << 20);
    for (text, code) in [
        (format!("{HEAD}title: ok\nnote: {huge}\n"), None),
        (
            format!("{HEAD}sites: {{a: {{country: CHN, makes: gallium, output: {huge} t}}}}\n"),
            Some(Code::InvalidNumber),
        ),
        (
            format!("{HEAD}sites: {{a: {{country: {huge}, makes: gallium}}}}\n"),
            Some(Code::UnknownCountry),
        ),
        (format!("{HEAD}colour{huge}: red\n"), None),
    ] {
        let outcome = load_text(&text);
        if let Some(code) = code {
            assert_eq!(errors(&outcome)[0].0, code);
        }
        assert!(outcome.diagnostics.iter().all(|d| d.message.len() < 4_000));
    }
}

#[test]
fn a_million_faults_are_counted_and_cut() {
    let mut text = "oretrace: 1\ncommodities:\n".to_owned();
    for n in 0..50_000 {
        text.push_str(&format!("  commodity-{n}: {{stage: mine, unit: t, recipe: {{comodity-{n}: 1 t}}, colour: red}}\n"));
    }
    let outcome = load_text(&text);
    assert!(outcome.diagnostics.len() <= 10_001);
    let last = outcome.diagnostics.last().unwrap();
    assert!(
        last.message.contains("90000 more problems"),
        "{}",
        last.message
    );
}

/// More warnings than are kept do not turn into an error.
#[test]
fn many_warnings_still_give_a_network() {
    let mut text = format!("{HEAD}sites:\n");
    for n in 0..12_000 {
        text.push_str(&format!(
            "  works-{n}: {{country: CHN, makes: gallium, output: 2 t, capacity: 1 t}}\n"
        ));
    }
    let outcome = load_text(&text);
    assert!(outcome.usable);
    assert_eq!(outcome.diagnostics.len(), 10_001);
}

#[test]
fn encodings_other_than_utf8_are_named() {
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(HEAD.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(
        errors(&load_bytes("graph.yaml", &utf16)),
        [(Code::NotUtf8, 1, 1)]
    );
    let latin = b"oretrace: 1\ntitle: T\xfcrkiye\n";
    assert_eq!(
        errors(&load_bytes("graph.yaml", latin)),
        [(Code::NotUtf8, 2, 9)]
    );
    assert_eq!(
        errors(&load_bytes("graph.yaml", b"oretrace: 1\ntitle: a\0b\n"))[0].1,
        2
    );
}

#[test]
fn byte_order_marks_and_windows_line_ends_are_read() {
    let text = format!("\u{feff}{HEAD}").replace('\n', "\r\n");
    assert!(load_text(&text).usable);
    let wrong = text.replace("unit: kg", "unit: kg, colour: red");
    assert_eq!(errors(&load_text(&wrong)), [(Code::UnknownField, 3, 40)]);
    let folder = tempfile::tempdir().unwrap();
    let table =
        "\u{feff}id,stage,country,commodity,output\r\na,mine,CHN,ore,10\r\nb,mine,XYZ,ore,-1\r\n";
    std::fs::write(folder.path().join("sites.csv"), table).unwrap();
    let outcome = load_path(folder.path());
    assert_eq!(
        errors(&outcome),
        [(Code::UnknownCountry, 3, 8), (Code::NegativeNumber, 3, 16)]
    );
}

#[test]
fn numbers_that_are_none_are_refused() {
    let site = |output: &str| {
        format!("{HEAD}sites:\n  a: {{country: CHN, makes: gallium, output: {output}}}\n")
    };
    for (output, code) in [
        (".nan", Code::InvalidNumber),
        (".nan t", Code::InvalidNumber),
        ("NaN t", Code::InvalidNumber),
        (".inf", Code::InvalidNumber),
        ("inf t", Code::InvalidNumber),
        ("1e999 t", Code::InvalidNumber),
        ("1e308 Gt", Code::InvalidNumber),
        ("-1 t", Code::NegativeNumber),
        ("-.inf", Code::InvalidNumber),
        ("--1 t", Code::InvalidNumber),
        ("1.2.3 t", Code::InvalidNumber),
        ("0x10 t", Code::InvalidUnit),
        ("12,5 t", Code::InvalidUnit),
        ("1 t/t", Code::InvalidUnit),
        ("''", Code::InvalidNumber),
        ("true", Code::InvalidNumber),
        ("[1 t]", Code::WrongType),
    ] {
        let quoted = if output.contains(',') {
            format!("\"{output}\"")
        } else {
            output.to_owned()
        };
        assert_eq!(
            errors(&load_text(&site(&quoted))),
            [(code, 5, 45)],
            "{output}"
        );
    }
    for output in ["0 t", "1e3 t", "1_000 t", "\"12 t\"", "1e-300 t"] {
        assert!(load_text(&site(output)).usable, "{output}");
    }
    let price = "oretrace: 1\ncommodities:\n  a: {stage: mine, unit: Gt, price: {value: 1e29, unit: USD/mg, source: assumption}}\n";
    assert!(
        load_text(price).usable,
        "large, but far from the largest number there is"
    );
}

#[test]
fn shares_that_are_none_are_refused() {
    for share in [
        ".nan", ".inf", "-1%", "101%", "1.0001", "1e999", "half", "50 %%",
    ] {
        let text = format!(
            "{HEAD}production:\n  - {{commodity: gallium, source: assumption, shares: {{CHN: {share}}}}}\n"
        );
        let found = errors(&load_text(&text));
        assert_eq!(found.len(), 1, "{share}");
        assert!(
            [Code::InvalidNumber, Code::ShareOutOfRange].contains(&found[0].0),
            "{share}"
        );
    }
}

#[test]
fn norway_is_a_country_and_false_is_none() {
    let site = |country: &str| {
        format!("{HEAD}sites:\n  a: {{country: {country}, makes: gallium, output: 1 t}}\n")
    };
    assert!(load_text(&site("NOR")).usable);
    // Never read as `false`: the word stays a word, and the code it stands for is offered.
    let norway = load_text(&site("NO"));
    assert_eq!(norway.diagnostics[0].message, "`NO` is no country code");
    assert_eq!(
        norway.diagnostics[0].help.as_deref(),
        Some("did you mean `NOR`?")
    );
    for word in ["false", "no", "~", "1", "[CHN]", "''", "chn", "CN", "XKX"] {
        assert!(!load_text(&site(word)).usable, "{word}");
    }
    assert!(load_text("oretrace: 1\ngroups: {on: [NOR], off: [SWE], yes: [FIN]}\n").usable);
}

#[test]
fn files_that_say_nothing_are_told() {
    for text in [
        "",
        "\n\n",
        "# only a comment\n",
        "---\n",
        "~\n",
        "--- # nothing\n...\n",
    ] {
        assert_eq!(
            errors(&load_text(text))[0].0,
            Code::FormatVersion,
            "{text:?}"
        );
    }
    for text in ["- oretrace: 1\n", "oretrace 1\n", "42\n", "[]\n"] {
        assert_eq!(
            errors(&load_text(text)),
            [(Code::WrongType, 1, 1)],
            "{text:?}"
        );
    }
    assert_eq!(
        errors(&load_text("title: x\n")),
        [(Code::FormatVersion, 1, 1)]
    );
}

#[test]
fn malformed_yaml_is_located() {
    let two = format!("{HEAD}---\n{HEAD}");
    assert_eq!(errors(&load_text(&two)).len(), 1, "one document a file");
    for text in [
        "a: b: c\n",
        "a: [1\n",
        "a: \"open\n",
        "a:\n\t- tab\n",
        "oretrace: 1\n\tx: 1\n",
        "%\n",
        "? [a]\n: b\n",
        "&\n",
        "!\n",
        "a: !!binary x\n",
    ] {
        let outcome = load_text(text);
        assert!(!outcome.usable, "{text:?}");
        errors(&outcome);
    }
}

#[test]
fn tags_and_merge_keys_do_no_harm() {
    for text in [
        format!("{HEAD}title: !!str 5\n"),
        format!("{HEAD}title: !custom x\n"),
        format!("{HEAD}title: !!int \"5\"\n"),
        format!("{HEAD}note: !!null x\n"),
        format!("{HEAD}groups: !!set {{a, b}}\n"),
        format!("{HEAD}groups:\n  a: [CHN]\n  <<: {{b: [USA]}}\n"),
        format!("{HEAD}? {{a: b}}\n: c\n"),
        format!("{HEAD}~: x\n"),
    ] {
        load_text(&text);
    }
}

#[test]
fn ids_that_deceive_or_swell_are_refused() {
    let long = "x".repeat(1000);
    for id in [
        "\"\\e[31mred\"",
        "\"a\\u202Eb\"",
        "\"a\\0b\"",
        "\"a\\u200bb\"",
        "\"a\\nb\"",
        "''",
        "' a'",
        &long,
    ] {
        let commodity = load_text(&format!(
            "oretrace: 1\ncommodities:\n  {id}: {{stage: mine, unit: t}}\n"
        ));
        assert_eq!(errors(&commodity), [(Code::InvalidId, 3, 3)], "{id}");
        let site = load_text(&format!(
            "{HEAD}sites:\n  {id}: {{country: CHN, makes: gallium, output: 1 t}}\n"
        ));
        assert_eq!(errors(&site), [(Code::InvalidId, 5, 3)], "{id}");
        let group = load_text(&format!("oretrace: 1\ngroups:\n  {id}: [CHN]\n"));
        assert_eq!(errors(&group), [(Code::InvalidId, 3, 3)], "{id}");
        let company = load_text(&format!(
            "oretrace: 1\ncompanies:\n  {id}: {{country: CHN}}\n"
        ));
        assert_eq!(errors(&company), [(Code::InvalidId, 3, 3)], "{id}");
    }
    assert!(
        load_text("oretrace: 1\ncommodities:\n  néodyme-酸化物: {stage: mine, unit: t}\n").usable
    );
    for id in ["CHN", "ROW"] {
        assert_eq!(
            errors(&load_text(&format!(
                "oretrace: 1\ngroups: {{{id}: [USA]}}\n"
            )))[0]
                .0,
            Code::InvalidId
        );
    }
}

/// A folder with `graph.yaml` and other files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn load_including(include: &str) -> Vec<(Code, usize, usize)> {
    let text = format!("oretrace: 1\ninclude: [{include}]\n");
    let root = folder(&[
        ("in/graph.yaml", &text),
        ("in/sub/more.yaml", HEAD),
        ("secret.yaml", HEAD),
    ]);
    let outcome = load_path(&root.path().join("in/graph.yaml"));
    check(&outcome.diagnostics, &outcome.sources, outcome.usable);
    for n in 0..outcome.sources.len() {
        let id = oretrace::diag::FileId(u32::try_from(n).unwrap());
        assert!(
            !outcome.sources.name(id).contains("secret"),
            "read before it was refused"
        );
    }
    errors(&outcome)
}

#[test]
fn includes_stay_inside_the_folder() {
    assert_eq!(load_including("sub/more.yaml"), []);
    assert_eq!(load_including("./sub/../sub/more.yaml"), []);
    for outside in [
        "/etc/passwd",
        "../secret.yaml",
        "sub/../../secret.yaml",
        "/no/such/file",
        "../nothing",
        "..",
        "/dev/zero",
    ] {
        assert_eq!(
            load_including(outside),
            [(Code::IncludeOutsideRoot, 2, 11)],
            "{outside}"
        );
    }
    for absent in [
        "nothing.yaml",
        "sub/nothing.yaml",
        "oretrace:nothing",
        "http://example.org/a.yaml",
    ] {
        assert_eq!(
            load_including(&format!("\"{absent}\"")),
            [(Code::UnknownInclude, 2, 11)],
            "{absent}"
        );
    }
    assert_eq!(load_including("sub"), [(Code::UnreadableFile, 2, 11)]);
    assert_eq!(load_including("\"a\\0b\"").len(), 1);
}

#[test]
fn a_root_may_be_wider() {
    let root = folder(&[
        ("in/graph.yaml", "oretrace: 1\ninclude: [../shared.yaml]\n"),
        ("shared.yaml", HEAD),
    ]);
    let mut sources = Sources::default();
    let input = [Input::Path(root.path().join("in/graph.yaml"))];
    assert!(
        load(&mut sources, &input, Some(root.path().to_path_buf()))
            .network
            .is_some()
    );
}

#[cfg(unix)]
#[test]
fn links_that_lead_outside_are_refused() {
    let root = folder(&[
        ("in/graph.yaml", "oretrace: 1\ninclude: [link.yaml]\n"),
        ("secret.yaml", HEAD),
    ]);
    std::os::unix::fs::symlink("../secret.yaml", root.path().join("in/link.yaml")).unwrap();
    assert_eq!(
        errors(&load_path(&root.path().join("in/graph.yaml"))),
        [(Code::IncludeOutsideRoot, 2, 11)]
    );
}

#[test]
fn circles_of_includes_end() {
    let own = folder(&[("a.yaml", "oretrace: 1\ninclude: [a.yaml]\n")]);
    assert_eq!(
        errors(&load_path(&own.path().join("a.yaml"))),
        [(Code::IncludeCycle, 2, 11)]
    );
    let three = folder(&[
        ("a.yaml", "oretrace: 1\ninclude: [b.yaml]\n"),
        ("b.yaml", "oretrace: 1\ninclude: [c.yaml, ./c.yaml]\n"),
        ("c.yaml", "oretrace: 1\ninclude: [./a.yaml]\n"),
    ]);
    assert_eq!(
        errors(&load_path(&three.path().join("a.yaml"))),
        [(Code::IncludeCycle, 2, 11)]
    );
    // The same file twice without a circle is read once.
    let diamond = folder(&[
        ("a.yaml", "oretrace: 1\ninclude: [b.yaml, c.yaml]\n"),
        ("b.yaml", "oretrace: 1\ninclude: [c.yaml]\n"),
        ("c.yaml", HEAD),
    ]);
    assert!(load_path(&diamond.path().join("a.yaml")).usable);
}

#[test]
fn a_definition_given_twice_is_an_error_in_every_section() {
    let files = [
        ("sources: {s: {title: x}}\n", 2),
        ("groups: {g: [CHN]}\n", 2),
        ("companies: {c: {country: CHN}}\n", 2),
        ("commodities: {k: {stage: mine, unit: t}}\n", 2),
    ];
    for (section, line) in files {
        let text = format!("oretrace: 1\n{section}");
        let root = folder(&[
            ("a.yaml", &format!("{text}include: [b.yaml]\n")),
            ("b.yaml", &text),
        ]);
        let found = errors(&load_path(&root.path().join("a.yaml")));
        assert_eq!(
            found.iter().map(|(c, l, _)| (*c, *l)).collect::<Vec<_>>(),
            [(Code::DuplicateId, line)],
            "{section}"
        );
    }
}

#[test]
fn sites_of_several_commodities_state_each() {
    let two = "oretrace: 1\ncommodities:\n  a: {stage: mine, unit: t}\n  b: {stage: mine, unit: t}\nsites:\n";
    let bare = load_text(&format!(
        "{two}  works: {{country: CHN, makes: [a, b], output: 3 t}}\n"
    ));
    assert_eq!(errors(&bare), [(Code::WrongType, 6, 48)]);
    let other = load_text(&format!(
        "{two}  works: {{country: CHN, makes: [a, b], output: {{a: 3 t, c: 1 t}}}}\n"
    ));
    assert_eq!(errors(&other), [(Code::UnknownField, 6, 57)]);
}

/// Errors of a folder with these tables.
fn tables(sites: &str, supply: &str) -> Vec<(Code, usize, usize)> {
    let root = folder(&[("sites.csv", sites), ("supply.csv", supply)]);
    let outcome = load_path(root.path());
    check(&outcome.diagnostics, &outcome.sources, outcome.usable);
    errors(&outcome)
}

#[test]
fn tables_are_checked_cell_by_cell() {
    const SITES: &str = "id,stage,country,commodity,output,capacity\n";
    const TWO: &str =
        "id,stage,country,commodity,output\na,mine,CHN,ore,5\nb,refinery,USA,metal,5\n";
    const SUPPLY: &str = "supplier,buyer,commodity,share,coefficient\n";
    assert_eq!(tables(TWO, &format!("{SUPPLY}a,b,ore,1,2\n")), []);
    assert_eq!(tables("", ""), [(Code::TableColumns, 1, 1); 8].to_vec());
    assert_eq!(
        tables("id,stage,country,commodity,id\n", SUPPLY),
        [(Code::TableColumns, 1, 28)]
    );
    let rows = [
        ("a,mine,CHN,ore,5\n", Code::TableSyntax, 2, 1),
        ("\n\na,mine,CHN,ore,5,6,7\n", Code::TableSyntax, 4, 1),
        ("a,mine,CHN,ore,1e999,\n", Code::InvalidNumber, 2, 16),
        ("a,mine,CHN,ore,,1e200\n", Code::InvalidNumber, 2, 17),
        ("a,mine,CHN,ore,nan,\n", Code::InvalidNumber, 2, 16),
        ("a,mine,CHN,ore,-1,\n", Code::NegativeNumber, 2, 16),
        ("\"a, b\",mine,Chile,ore,1,\n", Code::UnknownCountry, 2, 13),
        ("\"a\nb\",mine,CHN,ore,1,\n", Code::InvalidId, 2, 1),
        ("a,mining,CHN,ore,1,\n", Code::InvalidChoice, 2, 3),
        ("a,mine,CHN,,1,\n", Code::InvalidId, 2, 12),
        (
            "a,mine,CHN,ore,1,\na,mine,USA,ore,1,\n",
            Code::DuplicateId,
            3,
            1,
        ),
        ("é,mine,USA,\u{202e}ore,1,\n", Code::InvalidId, 2, 12),
    ];
    for (row, code, line, column) in rows {
        assert_eq!(
            tables(&format!("{SITES}{row}"), SUPPLY),
            [(code, line, column)],
            "{row:?}"
        );
    }
    assert!(
        !tables(
            &format!("{SITES}a,mine,CHN,\"ore,1,\nb,mine,CHN,ore,1,\n"),
            SUPPLY
        )
        .is_empty(),
        "a quote left open"
    );
    let links = [
        ("c,b,ore,1,2\n", Code::UnknownSupplier, 2, 1),
        ("a,c,ore,1,2\n", Code::UnknownSite, 2, 3),
        ("a,b,oar,1,2\n", Code::UnknownCommodity, 2, 5),
        ("b,b,ore,1,2\n", Code::WrongMaker, 2, 1),
        ("a,b,ore,1.5,2\n", Code::ShareOutOfRange, 2, 9),
        ("a,b,ore,x,2\n", Code::InvalidNumber, 2, 9),
        ("a,b,ore,1,-2\n", Code::NegativeNumber, 2, 11),
        ("a,b,ore,0.5,2\na,b,ore,0.5,2\n", Code::DuplicateId, 3, 1),
    ];
    for (row, code, line, column) in links {
        assert_eq!(
            tables(TWO, &format!("{SUPPLY}{row}")),
            [(code, line, column)],
            "{row:?}"
        );
    }
}

fn valid_file() -> String {
    std::fs::read_to_string(Path::new("tests/fixtures/valid/every-field.yaml")).unwrap()
}

/// Loads a text from memory and checks what is told of it.
fn load_in_memory(text: String) {
    let mut sources = Sources::default();
    let file = sources.add("graph.yaml", text);
    let loaded = load(&mut sources, &[Input::Text(file)], None);
    check(&loaded.diagnostics, &sources, loaded.network.is_some());
}

/// One change of a text: at which part of it, what goes in, and how many characters go out.
type Edit = (f64, String, usize);

fn edited(text: &str, edits: &[Edit]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for (part, insert, remove) in edits {
        let at = ((chars.len() as f64) * part) as usize;
        let end = (at + remove).min(chars.len());
        chars.splice(at..end, insert.chars());
    }
    chars.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_load_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        load_bytes("graph.yaml", &bytes);
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("sites.csv"), &bytes).unwrap();
        load_path(root.path());
    }

    #[test]
    fn any_text_loads_without_panic(text in "[ -~\\n\\t:{}\\[\\]&*#|>é\\u{202e}]{0,300}") {
        load_in_memory(text.clone());
        load_in_memory(format!("oretrace: 1\n{text}"));
    }

    #[test]
    fn spoilt_files_load_without_panic(
        edits in prop::collection::vec((0.0..1.0, "[ -~\\n\u{e9}]{0,3}", 0_usize..4), 1..8),
    ) {
        load_in_memory(edited(&valid_file(), &edits));
    }

    #[test]
    fn spoilt_words_load_without_panic(
        edits in prop::collection::vec(
            (0.0..1.0, prop::sample::select(vec!["CHN", "-1", "1e999", "\n", ": ", "gallium", "[", "}", "0%", ".nan", "&a ", "*a", "? "]), 0_usize..6),
            1..6,
        ),
    ) {
        let edits: Vec<Edit> = edits.into_iter().map(|(at, word, gone)| (at, word.to_owned(), gone)).collect();
        load_in_memory(edited(&valid_file(), &edits));
    }

    #[test]
    fn spoilt_tables_load_without_panic(
        edits in prop::collection::vec((0.0..1.0, "[a-z0-9,\"\\r\\n.%\u{e9}-]{0,3}", 0_usize..4), 1..6),
        which in any::<bool>(),
    ) {
        let names = ["sites.csv", "supply.csv"];
        let texts = names.map(|n| std::fs::read_to_string(Path::new("tests/fixtures/valid/tables").join(n)).unwrap());
        let spoilt = edited(&texts[usize::from(which)], &edits);
        let root = folder(&[(names[usize::from(which)], &spoilt), (names[usize::from(!which)], &texts[usize::from(!which)])]);
        let outcome = load_path(root.path());
        check(&outcome.diagnostics, &outcome.sources, outcome.usable);
    }
}

/// Work grows with the size of a file, not with its square.
#[test]
fn long_chains_and_wide_plants_are_read() {
    let mut chain = "oretrace: 1\ncompanies:\n".to_owned();
    for n in (0..20_000).rev() {
        chain.push_str(&format!("  c{n}: {{owners: {{c{}: 10%}}}}\n", n + 1));
    }
    assert!(load_text(&chain).usable);
    chain.push_str("  c20000: {owners: {c0: 10%}}\n");
    assert_eq!(
        errors(&load_text(&chain)),
        [(Code::OwnershipCycle, 20_003, 3)]
    );
    let ids: Vec<String> = (0..5_000).map(|n| format!("c{n}")).collect();
    let defined: String = ids
        .iter()
        .map(|id| format!("  {id}: {{stage: mine, unit: t}}\n"))
        .collect();
    let output: String = ids.iter().map(|id| format!("{id}: 1 t, ")).collect();
    let makes = ids.join(", ");
    let plant = format!(
        "oretrace: 1\ncommodities:\n{defined}sites:\n  p: {{country: CHN, makes: [{makes}], output: {{{output}}}}}\n"
    );
    assert!(load_text(&plant).usable);
}

#[test]
fn groups_have_members_and_bare_shares_no_capacity() {
    let empty = load_text("oretrace: 1\ngroups: {nobody: []}\n");
    assert_eq!(errors(&empty), [(Code::WrongType, 2, 18)]);
    let table = "production:\n  - {commodity: gallium, source: assumption, shares: {CHN: 100%}, capacity: {CHN: 1 t}}\n";
    assert_eq!(
        errors(&load_text(&format!("{HEAD}{table}")))[0].0,
        Code::UnitMismatch
    );
    assert!(
        load_text(&format!(
            "{HEAD}{}",
            table.replace("capacity", "total: 1 t, capacity")
        ))
        .usable
    );
}
