//! Reports without a browser: what is in the file.

use std::path::Path;

use serde_json::Value;

use super::pictures::PRODUCTS;
use super::support::{self, run_in};

/// Runs the program in a folder; it must answer.
pub(crate) fn run(folder: &Path, args: &[&str]) -> String {
    let run = run_in(folder, args);
    assert_eq!(run.code, 0, "{args:?}: {}", run.stderr);
    run.stdout
}

fn here(args: &[&str]) -> String {
    run(Path::new("."), args)
}

/// Attributes that make a browser ask for something, with what they ask for.
fn asked(page: &str) -> Vec<&str> {
    [
        " src=\"",
        " href=\"",
        " data=\"",
        " srcset=\"",
        " action=\"",
        " poster=\"",
    ]
    .iter()
    .flat_map(|attribute| page.split(attribute).skip(1))
    .filter_map(|rest| rest.split('"').next())
    .filter(|target| !target.starts_with('#') && *target != "data:,")
    .collect()
}

#[test]
fn every_report_is_small_and_asks_for_nothing() {
    for product in PRODUCTS {
        let page = here(&["report", product]);
        assert!(page.len() < 2_000_000, "{product}: {}", page.len());
        assert!(asked(&page).is_empty(), "{product}: {:?}", asked(&page));
        assert!(page.contains("default-src &#39;none&#39;"), "{product}");
        for part in [
            "answer",
            "network",
            "pictures",
            "exposure",
            "chokepoints",
            "share",
            "sources",
            "assumptions",
        ] {
            assert!(
                page.contains(&format!("id=\"{part}\"")),
                "{product}: {part}"
            );
        }
        // Every exposure stands in it in full; reading JSON costs the last digit.
        let held: Vec<f64> = page
            .split("data-v=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next()?.parse().ok())
            .collect();
        let exposure: Value =
            serde_json::from_str(&here(&["exposure", product, "-f", "json"])).unwrap();
        for row in exposure["countries"].as_array().unwrap() {
            for key in ["look_through", "at_risk", "at_risk_adapted"] {
                let Some(value) = row[key].as_f64().filter(|v| *v > 0.0 && *v < 1.0) else {
                    continue;
                };
                assert!(
                    held.iter().any(|v| (v - value).abs() < 1e-12),
                    "{product} {key} {row}"
                );
            }
        }
    }
}

#[test]
fn a_report_shows_what_scenarios_change_and_how_to_get_it_again() {
    let page = here(&[
        "report",
        "ndfeb-magnet",
        "--scenario",
        "rare-earths-and-magnets-relocated",
    ]);
    assert!(page.contains("Half of Chinese rare-earth separation"));
    assert!(page.contains("before and after rare-earths-and-magnets-relocated"));
    assert!(page.contains("oretrace diff ndfeb-magnet rare-earths-and-magnets-relocated"));
    let again = here(&[
        "report",
        "ndfeb-magnet",
        "--scenario",
        "rare-earths-and-magnets-relocated",
    ]);
    assert_eq!(page, again, "equal files give equal bytes");
}

#[test]
fn hostile_names_stay_words_in_reports() {
    let folder = tempfile::tempdir().unwrap();
    let script = "</script><script>alert(1)</script>";
    let hostile = super::cli::HOSTILE.replace("line\\nbreak", script);
    assert!(hostile.contains(script));
    std::fs::write(folder.path().join("hostile.yaml"), hostile).unwrap();
    let page = run(
        folder.path(),
        &["report", "مغناطيس 🧲, \"x\"", "-g", "hostile.yaml"],
    );
    assert_eq!(
        page.matches("<script").count(),
        2,
        "our data and our script"
    );
    assert!(!page.contains("<b>") && !page.contains("<i>") && !page.contains("alert(1)</script>"));
    assert!(!page.contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn a_site_has_a_page_for_each_and_its_links_lead_somewhere() {
    let folder = tempfile::tempdir().unwrap();
    let graph = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/graphs/gallium-nitride-chip.yaml"
    );
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/graphs");
    run(
        folder.path(),
        &["report", "--all", "-o", "site", "-g", graph, "--root", root],
    );
    let site = folder.path().join("site");
    for wanted in [
        "index.html",
        "product-gallium-nitride-chip.html",
        "commodity-gallium.html",
        "country-CHN.html",
    ] {
        assert!(site.join(wanted).exists(), "{wanted}");
    }
    for entry in std::fs::read_dir(&site).unwrap() {
        let page = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for target in asked(&page) {
            assert!(site.join(target).exists(), "{target}");
        }
    }
}

#[test]
fn a_site_needs_a_folder() {
    let run = support::run(&["report", "--all"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("-o site"));
}

/// Writes tables of ten thousand sites in five stages that one product needs.
fn write_large(folder: &Path) {
    use std::fmt::Write as _;
    const STAGES: [(&str, usize, usize); 4] = [
        ("energy", 1000, 10),
        ("mine", 3000, 30),
        ("refinery", 3000, 30),
        ("component", 2990, 30),
    ];
    const COUNTRIES: [&str; 12] = [
        "CHN", "USA", "JPN", "KOR", "DEU", "TWN", "AUS", "CHL", "SGP", "MLT", "BRA", "ZAF",
    ];
    let mut sites = String::from("id,stage,country,commodity,output,capacity\n");
    let mut supply = String::from("supplier,buyer,commodity,share,coefficient\n");
    let name = |stage: usize, at: usize| format!("{}-{}", STAGES[stage].0, at % STAGES[stage].2);
    let country = |at: usize| COUNTRIES[at * 7 % COUNTRIES.len()];
    let mut buy = |buyer: &str, stage: usize, kind: usize, salt: usize| {
        let (_, count, kinds) = STAGES[stage];
        for part in 0..4 {
            let supplier = kind % kinds + kinds * ((salt * 13 + part * 31) % (count / kinds));
            writeln!(
                supply,
                "{}-s{supplier},{buyer},{},0.25,0.5",
                STAGES[stage].0,
                name(stage, kind)
            )
            .unwrap();
        }
    };
    for (stage, (word, count, _)) in STAGES.iter().enumerate() {
        for at in 0..*count {
            let made = name(stage, at);
            writeln!(
                sites,
                "{word}-s{at},{word},{},{made},{},",
                country(at),
                at % 90 + 10
            )
            .unwrap();
            if stage > 0 {
                for input in 0..2 {
                    buy(&format!("{word}-s{at}"), stage - 1, at + input, at);
                }
            }
        }
    }
    for at in 0..10 {
        writeln!(sites, "works-{at},assembly,{},gadget,10,", country(at)).unwrap();
        for kind in 0..30 {
            buy(&format!("works-{at}"), 3, kind, at * 5 + kind);
        }
    }
    std::fs::write(folder.join("sites.csv"), sites).unwrap();
    std::fs::write(folder.join("supply.csv"), supply).unwrap();
}

#[test]
fn ten_thousand_sites_make_a_small_picture_and_a_small_report() {
    let folder = tempfile::tempdir().unwrap();
    let tables = folder.path().join("tables");
    std::fs::create_dir(&tables).unwrap();
    write_large(&tables);
    let drawn = [
        "render", "gadget", "-g", "tables", "--as", "svg", "--engine", "built-in",
    ];
    for collapse in ["country", "stage"] {
        let svg = run(
            folder.path(),
            &[&drawn[..], &["--collapse", collapse]].concat(),
        );
        assert!(svg.len() < 5_000_000, "{collapse}: {}", svg.len());
        assert!(svg.contains("sites are drawn, collapsed into"));
    }
    let page = run(folder.path(), &["report", "gadget", "-g", "tables"]);
    assert!(page.len() < 5_000_000, "{}", page.len());
}
