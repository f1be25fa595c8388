//! What people who used the program found wrong, each with the question that showed it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

fn run_in(folder: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oretrace"));
    command.env("NO_COLOR", "1").env_remove("COLUMNS");
    let output = command.current_dir(folder).args(args).output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(args: &[&str]) -> Run {
    run_in(Path::new(env!("CARGO_MANIFEST_DIR")), args)
}

/// A folder with `graph.yaml`, and other files if wanted.
fn folder(graph: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "graph.yaml", &format!("oretrace: 1\n{graph}"));
    folder
}

fn write(folder: &tempfile::TempDir, name: &str, text: &str) {
    std::fs::write(folder.path().join(name), text).unwrap();
}

/// The JSON answer to a question about `graph.yaml` in a folder.
#[track_caller]
fn ask(folder: &tempfile::TempDir, args: &[&str]) -> Value {
    let run = run_in(
        folder.path(),
        &[args, &["-g", "graph.yaml", "-f", "json"]].concat(),
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

/// A csv answer as rows of fields by name.
#[track_caller]
fn csv_of(run: &Run) -> Vec<std::collections::BTreeMap<String, String>> {
    assert_eq!(run.code, 0, "{}", run.stderr);
    let mut reader = csv::Reader::from_reader(run.stdout.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

#[track_caller]
fn row<'v>(list: &'v Value, field: &str, value: &str) -> &'v Value {
    let mut rows = list.as_array().unwrap().iter();
    rows.find(|r| r[field] == value)
        .unwrap_or_else(|| panic!("no row with {field} = {value} in {list:#}"))
}

/// The host `host` stands in the loop of its by-product, and nobody buys it: rounding is no requirement.
#[test]
fn a_host_that_nobody_buys_has_no_share() {
    let folder = folder(
        "
commodities:
  by: {stage: refinery, unit: kg, byproduct_of: {commodity: host, yield: 0.1 kg/kg}}
  middle: {stage: refinery, unit: kg, recipe: {by: 1.644 kg}}
  host: {stage: component, unit: kg, recipe: {middle: 2.612 kg}}
  part:
    stage: assembly
    unit: kg
    recycled: 0.34
    byproduct_of: {commodity: by, yield: 4 kg/kg}
    recipe: {middle: 1.206 kg, by: 2.507 kg}
  product: {stage: assembly, unit: kg, recipe: {part: 1.601 kg}}
production:
  - {commodity: by, output: {USA: 9 kg}}
  - {commodity: host, output: {USA: 3 kg}}
  - {commodity: part, output: {CHN: 20 kg, USA: 20 kg, FJI: 36 kg}}
trade:
  - {commodity: by, into: USA, from: {}}
",
    );
    let answer = ask(&folder, &["share", "product"]);
    let host = row(&answer["commodities"], "commodity", "host");
    assert!(host["required"].is_null(), "{host:#}");
    assert_eq!(host["countries"].as_array().unwrap().len(), 0, "{host:#}");
}
