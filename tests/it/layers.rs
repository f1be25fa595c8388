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
];

/// Crates that only one layer may name.
const CRATES: &[(&str, &str)] = &[
    ("serde_saphyr", "load"),
    ("annotate_snippets", "diag"),
    ("comfy_table", "report"),
    ("graphviz_rust", "render"),
    ("resvg", "render"),
    ("svg2pdf", "render"),
    ("ttf_parser", "render"),
    ("sha2", "page"),
    ("parquet", "load"),
    ("flate2", "load"),
    ("lz4_flex", "load"),
    ("ruzstd", "load"),
    ("snap", "load"),
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
        }
    }
}

#[test]
fn foreign_crates_stay_in_their_layer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for (name, text) in files {
        for (krate, layer) in CRATES {
            let inside = name.contains(&format!("/src/{layer}/"));
            assert!(
                inside || !text.contains(&format!("{krate}::")),
                "{name} names {krate}"
            );
        }
    }
}
