//! What is said where there is nothing to show, where options contradict, and beside a fault: nothing untrue, and never nothing.

use std::path::Path;

use crate::support::{run, run_in};

/// Runs the program in a folder with some files.
fn run_with(files: &[(&str, &str)], args: &[&str]) -> crate::support::Run {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    run_in(folder.path(), args)
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

#[test]
fn what_is_not_there_is_said() {
    for (args, says) in [
        (
            &["chokepoints", "gallium", "--cut-sets", "1"][..],
            "no set of up to one site stops the product",
        ),
        (
            &[
                "chokepoints",
                "gallium",
                "--cut-sets",
                "1",
                "--format",
                "markdown",
            ],
            "no set of up to one site stops the product",
        ),
        (
            &[
                "chokepoints",
                "gallium",
                "--unavailability",
                "--format",
                "markdown",
            ],
            "no site in the chain states an unavailability",
        ),
        (
            &["tiers", "smartphone", "--country", "FJI"],
            "smartphone: Fiji (FJI) has no known part in it.",
        ),
        (
            &["limits", "smartphone", "--without", "Fiji"],
            "note: Fiji (FJI) has no known part in smartphone",
        ),
        (&["cascade", "--shock", "Fiji"], "nothing is lost"),
    ] {
        let run = run(args);
        assert_eq!(run.code, 0, "{args:?}: {}", run.stderr);
        assert!(run.stdout.contains(says), "{args:?}: {}", run.stdout);
    }
    let fiji = run(&["cascade", "--shock", "Fiji", "--format", "json"]).json();
    assert_eq!(fiji["losses"].as_array().unwrap().len(), 0);
}

const FLOWS: (&str, &str) = ("flows.csv", "supplier,buyer,weight\na,b,1\n");
const FIRMS: (&str, &str) = ("firms.csv", "id,sector\na,1\nb,2\n");

#[test]
fn options_of_a_network_do_not_go_with_a_table_of_firms() {
    let table = ["cascade", "--table", "flows.csv", "--nodes", "firms.csv"];
    for more in [["-g", "flows.csv"], ["--scenario", "x"], ["--basis", "any"]] {
        let run = run_with(&[FLOWS, FIRMS], &[&table[..], &more].concat());
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{more:?}");
        assert!(run.stderr.contains("cannot be used with"), "{}", run.stderr);
    }
    let run = run_with(&[FLOWS, FIRMS], &table);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

const SITES: &str = "id,stage,country,commodity,output,capacity\n";
const SUPPLY: &str = "supplier,buyer,commodity,share,coefficient\nmine,works,ore,100%,2\n";

#[test]
fn one_fault_is_told_once() {
    let sites = |mine: &str| format!("{SITES}mine,mine,{mine},\nworks,refinery,DEU,metal,2,\n");
    for (mine, code) in [
        ("CHN,ore,-4", "negative-number"),
        ("CHN,ore,nan", "invalid-number"),
        ("CHINA,ore,4", "unknown-country"),
    ] {
        let files = [("sites.csv", &*sites(mine)), ("supply.csv", SUPPLY)];
        told(&run_with(&files, &["check", "."]), code, 1);
    }
    // In YAML as in tables.
    for (mine, code) in [
        ("country: CHN, makes: ore, output: -4 t", "negative-number"),
        ("country: CHINA, makes: ore, output: 4 t", "unknown-country"),
        ("country: CHN, makes: or, output: 4 t", "unknown-commodity"),
    ] {
        let text = format!(
            "oretrace: 1\ncommodities:\n  ore: {{stage: mine, unit: t}}\n  metal: {{stage: refinery, unit: t, recipe: {{ore: 2 t}}}}\n\
             sites:\n  mine: {{{mine}}}\n  mine-2: {{country: AUS, makes: ore, output: 4 t}}\n  works: {{country: DEU, makes: metal, output: 2 t}}\n\
             supply:\n  - {{buyer: works, commodity: ore, from: {{mine: 50%, mine-2: 50%}}}}\n"
        );
        told(
            &run_with(&[("a.yaml", &text)], &["check", "a.yaml"]),
            code,
            1,
        );
    }
    let scenario = "oretrace: 1\nscenario: x\nchanges:\n  - add_site: {id: x, country: USA, makes: gallium, output: -4 t}\n";
    told(
        &run_with(&[("s.yaml", scenario)], &["check", "s.yaml"]),
        "negative-number",
        1,
    );
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("supply.csv", SUPPLY)]);
    for (bytes, help) in [
        (&b"id,\xff\n"[..], "save the file as UTF-8"),
        (b"PAR1\xff\xff", "a name that ends in `.parquet`"),
    ] {
        std::fs::write(folder.path().join("sites.csv"), bytes).unwrap();
        let run = run_in(folder.path(), &["check", "."]);
        told(&run, "not-utf8", 1);
        assert!(run.stderr.contains(help), "{}", run.stderr);
    }
    let flows = ["cascade", "--nodes", "firms.csv", "--table", "flows.csv"];
    for (firms, code, faults) in [
        ("", "table-columns", 2),
        ("id,sector\na,\nb,2\n", "invalid-id", 1),
    ] {
        let files = [FLOWS, ("firms.csv", firms)];
        told(&run_with(&files, &flows), code, faults);
    }
}

/// Only errors of one kind, so many.
#[track_caller]
fn told(run: &crate::support::Run, code: &str, faults: usize) {
    assert_eq!(run.code, 3, "{}", run.stderr);
    let errors = run.stderr.matches("error[").count();
    let of_code = run.stderr.matches(&format!("error[{code}]")).count();
    assert_eq!((errors, of_code), (faults, faults), "{}", run.stderr);
}

#[test]
fn names_that_nearly_fit_are_named() {
    for (name, help) in [
        ("Sites.parquet", "rename `Sites.parquet` to sites.parquet"),
        ("sites.pq", "rename `sites.pq` to sites.parquet"),
        ("Supply.csv", "rename `Supply.csv` to supply.csv"),
        ("graph.YAML", "rename `graph.YAML` to graph.yaml"),
        ("other.csv", "put .yaml files there"),
    ] {
        let run = run_with(&[(name, "")], &["check", "."]);
        told(&run, "unreadable-file", 1);
        assert!(run.stderr.contains(help), "{name}: {}", run.stderr);
        // There is no line to keep a margin for.
        assert!(!run.stderr.contains("|\n"), "{name}: {}", run.stderr);
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("sites.parquet")).unwrap();
    let run = run_in(folder.path(), &["check", "."]);
    told(&run, "unreadable-file", 1);
    assert!(run.stderr.contains("`sites.parquet` is a folder"));
    std::fs::write(folder.path().join("firms.pq"), b"PAR1\xff\xff").unwrap();
    write(folder.path(), &[FLOWS]);
    let args = ["cascade", "--table", "flows.csv", "--nodes", "firms.pq"];
    let run = run_in(folder.path(), &args);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("ends in `.parquet`"), "{}", run.stderr);
}

#[test]
fn files_that_define_nothing_are_told() {
    let files = [
        ("sites.csv", SITES),
        ("supply.csv", &SUPPLY[..SUPPLY.find('\n').unwrap()]),
    ];
    let run = run_with(&files, &["check", "."]);
    assert_eq!((run.code, run.stderr.as_str()), (0, "no site is defined\n"));
    for (weigh, why) in [
        ("sales", "no site sells anything to another"),
        ("output", "no site has an output of any value"),
    ] {
        let run = run_with(&files, &["cascade", "-g", ".", "--weigh", weigh]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stderr.contains(why), "{}", run.stderr);
    }
}
