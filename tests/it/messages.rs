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
