//! The walls between the layers of `docs/ARCHITECTURE.md`.

use std::path::Path;

/// Each layer with those it may import.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("diag", &[]),
    ("graph", &["model"]),
    ("load", &["graph", "model", "diag"]),
    ("analysis", &["graph", "model"]),
    ("scenario", &["analysis", "graph", "model"]),
    (
        "report",
        &["scenario", "analysis", "graph", "model", "diag"],
    ),
    (
        "render",
        &["report", "scenario", "analysis", "graph", "model"],
    ),
    (
        "page",
        &[
            "render", "report", "scenario", "analysis", "graph", "model", "diag",
        ],
    ),
];

/// Crates that only one layer, or one file of it, may name.
const CRATES: &[(&str, &str)] = &[
    ("celes", "model/country.rs"),
    ("serde_saphyr", "load/yaml.rs"),
    ("parquet", "load/tables/"),
    ("flate2", "load/tables/parquet/unpack.rs"),
    ("lz4_flex", "load/tables/parquet/unpack.rs"),
    ("ruzstd", "load/tables/parquet/unpack.rs"),
    ("snap", "load/tables/parquet/unpack.rs"),
    ("annotate_snippets", "diag/"),
    ("good_lp", "analysis/rerouting/solver.rs"),
    ("microlp", "analysis/rerouting/solver.rs"),
    ("comfy_table", "report/"),
    ("graphviz_rust", "render/"),
    ("resvg", "render/"),
    ("svg2pdf", "render/"),
    ("ttf_parser", "render/"),
    ("sha2", "page/"),
    ("clap", "cli/"),
];

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push((
                path.display().to_string(),
                std::fs::read_to_string(&path).unwrap(),
            ));
        }
    }
}

#[test]
fn no_layer_imports_one_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (layer, allowed) in LAYERS {
        let mut files = Vec::new();
        sources(&root.join(layer), &mut files);
        assert!(!files.is_empty(), "{layer}");
        for (name, text) in files {
            for (other, _) in LAYERS {
                let crosses = text.contains(&format!("crate::{other}"));
                assert!(
                    !crosses || other == layer || allowed.contains(other),
                    "{name} imports {other}"
                );
            }
            // A list of layers in one `use` would get past the check above.
            assert!(!text.contains("crate::{"), "{name} imports a list");
        }
    }
}

/// Whether a text has a path that begins with a crate.
fn names(text: &str, krate: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let path = format!("{krate}::");
    text.match_indices(&path)
        .any(|(at, _)| !text[..at].ends_with(is_part))
}

#[test]
fn foreign_crates_stay_where_they_belong() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for (krate, home) in CRATES {
        let home = root.join(home).display().to_string();
        let is_home = |name: &str| name.starts_with(&home);
        let mut named = files.iter().filter(|(_, text)| names(text, krate));
        assert!(named.clone().any(|(name, _)| is_home(name)), "{krate}");
        if let Some((name, _)) = named.find(|(name, _)| !is_home(name)) {
            panic!("{name} names {krate}");
        }
    }
}
