//! Reports without a browser: what is in the file.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::pictures::PRODUCTS;

/// Runs the program in a folder; it must answer.
pub(crate) fn run(folder: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_oretrace"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
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
    let output = Command::new(env!("CARGO_BIN_EXE_oretrace"))
        .args(["report", "--all"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("-o site")
    );
}
