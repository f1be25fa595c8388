//! Lists the files of `data/` and `graphs/`, so that they are compiled into the program.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn yaml_files(folder: &Path, recursive: bool, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|e| e.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() && recursive {
            yaml_files(&path, recursive, found)?;
        } else if path.extension().is_some_and(|e| e == "yaml") {
            found.push(path);
        }
    }
    Ok(())
}

fn list(out: &mut String, constant: &str, folder: &Path, recursive: bool) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    yaml_files(folder, recursive, &mut files)?;
    writeln!(out, "const {constant}: &[BuiltIn] = &[").map_err(io::Error::other)?;
    for path in files {
        let name = path
            .strip_prefix(folder)
            .map_err(io::Error::other)?
            .to_string_lossy()
            .replace('\\', "/");
        writeln!(
            out,
            "    BuiltIn {{ name: {name:?}, text: include_str!({:?}) }},",
            path.display().to_string()
        )
        .map_err(io::Error::other)?;
    }
    writeln!(out, "];").map_err(io::Error::other)
}

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let mut out = String::new();
    list(&mut out, "REFERENCE_FILES", &root.join("data"), true)?;
    list(&mut out, "GRAPH_FILES", &root.join("graphs"), false)?;
    list(
        &mut out,
        "SCENARIO_FILES",
        &root.join("graphs/scenarios"),
        false,
    )?;
    let governance = root.join("data/governance.csv");
    println!("cargo::rerun-if-changed={}", governance.display());
    writeln!(
        out,
        "const GOVERNANCE: &str = include_str!({:?});",
        governance.display().to_string()
    )
    .map_err(io::Error::other)?;
    let target = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?).join("builtin.rs");
    fs::write(target, out)
}
