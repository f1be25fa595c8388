//! Pictures in every form: they parse, they say what they leave out, and words of strangers stay words.

use std::io::Write as _;
use std::process::{Command, Stdio};

use resvg::usvg::roxmltree::Document;
use serde_json::Value;

use super::support::run;

/// The products of the built-in graphs.
pub(crate) const PRODUCTS: &[&str] = &[
    "ai-server",
    "battery-pack",
    "electric-car",
    "gallium-nitride-chip",
    "humanoid-robot",
    "ndfeb-magnet",
    "smartphone",
    "solar-module",
    "wind-turbine",
];

/// Runs the program in a folder; it must answer.
fn bytes(folder: &std::path::Path, args: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_oretrace"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
    output.stdout
}

fn text(args: &[&str]) -> String {
    String::from_utf8(bytes(std::path::Path::new("."), args)).unwrap()
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&text(&[args, &["--as", "json"]].concat())).unwrap()
}

/// The exit code and what is said of a command that fails.
fn failure(args: &[&str]) -> (i32, String) {
    let run = run(args);
    (run.code, run.stderr)
}

/// Whether Graphviz reads a text; it says so where Graphviz is not there to ask.
#[expect(
    clippy::print_stderr,
    reason = "whoever reads the log must know what was not tested"
)]
fn graphviz_reads(dot: &str) -> bool {
    let child = Command::new("dot")
        .arg("-Tcanon")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("Graphviz is not installed: DOT was not put to it");
        return true;
    };
    child
        .stdin
        .take()
        .unwrap()
        .write_all(dot.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    output.status.success() && output.stderr.is_empty()
}

#[test]
fn graphviz_reads_the_dot_of_every_product() {
    for product in PRODUCTS {
        let dot = text(&["render", product, "--prune", "1%"]);
        assert!(graphviz_reads(&dot), "{product}");
    }
}

#[test]
fn a_picture_comes_out_in_every_form_without_graphviz() {
    let folder = tempfile::tempdir().unwrap();
    for form in ["svg", "png", "pdf", "dot", "gv", "mmd", "graphml", "json"] {
        let file = format!("magnet.{form}");
        let output = Command::new(env!("CARGO_BIN_EXE_oretrace"))
            .args(["render", "ndfeb-magnet", "-o", &file])
            .env("PATH", "")
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{form}");
        let said = String::from_utf8(output.stderr).unwrap();
        let drawn = ["svg", "png", "pdf"].contains(&form);
        assert_eq!(
            said.contains("laid out by oretrace itself"),
            drawn,
            "{form}: {said}"
        );
        let written = std::fs::read(folder.path().join(&file)).unwrap();
        match form {
            "png" => assert!(written.starts_with(b"\x89PNG") && written.len() > 20_000),
            "pdf" => assert!(written.starts_with(b"%PDF") && written.len() > 5_000),
            "json" => assert!(serde_json::from_slice::<Value>(&written).is_ok()),
            "mmd" => assert!(written.starts_with(b"flowchart LR")),
            "svg" | "graphml" => {
                Document::parse(std::str::from_utf8(&written).unwrap()).unwrap();
            }
            _ => assert!(graphviz_reads(std::str::from_utf8(&written).unwrap())),
        }
    }
}

#[test]
fn every_product_is_drawn_with_all_it_leaves_out() {
    for product in PRODUCTS {
        let data = json(&["render", product]);
        let svg = text(&["render", product, "--as", "svg", "--engine", "built-in"]);
        let drawn = Document::parse(&svg).unwrap();
        let rows = drawn
            .descendants()
            .filter(|n| n.attribute("class") == Some("place"));
        let flows = drawn
            .descendants()
            .filter(|n| n.attribute("class") == Some("flow"));
        assert_eq!(
            rows.count(),
            data["nodes"].as_array().unwrap().len(),
            "{product}"
        );
        assert_eq!(
            flows.count(),
            data["links"].as_array().unwrap().len(),
            "{product}"
        );
        let left_out = data["left_out"]["sites"].as_u64().unwrap();
        assert!(
            svg.contains(&format!("the {left_out} left out carry")),
            "{product}"
        );
        let whole = json(&["render", product, "--prune", "0%"]);
        assert_eq!(whole["left_out"]["sites"], 0, "{product}");
        assert!(whole["left_out"]["share"].as_f64().unwrap() < 1e-9);
    }
}

#[test]
fn a_country_has_one_colour_in_every_picture() {
    let mut colours = std::collections::BTreeMap::new();
    for product in PRODUCTS {
        for node in json(&["render", product])["nodes"].as_array().unwrap() {
            let country = node["country"].as_str().unwrap().to_owned();
            let colour = node["colour"].as_str().unwrap().to_owned();
            let known = colours
                .entry(country.clone())
                .or_insert_with(|| colour.clone());
            assert_eq!(known, &colour, "{product}: {country}");
        }
    }
    assert_ne!(colours["CHN"], colours["USA"]);
}

#[test]
fn sites_collapse_into_countries_stages_and_companies() {
    let whole = json(&["render", "magnet-motor@USA", "--prune", "0%"]);
    let sites: u64 = whole["nodes"].as_array().unwrap().len() as u64;
    for (what, id) in [
        ("country", "mine@CHN"),
        ("stage", "refinery"),
        ("company", "MP Materials (mine)"),
    ] {
        let data = json(&[
            "render",
            "magnet-motor@USA",
            "--prune",
            "0%",
            "--collapse",
            what,
        ]);
        let nodes = data["nodes"].as_array().unwrap();
        assert!(nodes.iter().any(|n| n["id"] == id), "{what}: {nodes:?}");
        let held: u64 = nodes.iter().map(|n| n["sites"].as_u64().unwrap()).sum();
        assert_eq!(held, sites, "{what}: every site is in one");
        let value = |d: &Value| -> f64 {
            let nodes = d["nodes"].as_array().unwrap().iter();
            nodes.map(|n| n["value"].as_f64().unwrap()).sum()
        };
        approx::assert_relative_eq!(value(&data), value(&whole), max_relative = 1e-9);
    }
}

#[test]
fn a_focus_keeps_only_the_routes_through_it() {
    let through =
        |word: &str| json(&["render", "humanoid-robot", "--focus", word, "--prune", "5%"]);
    let gallium = through("gallium");
    let ids: Vec<&str> = gallium["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|n| n["id"].as_str())
        .collect();
    for wanted in ["gallium@CHN", "humanoid-robot@CHN"] {
        assert!(ids.contains(&wanted), "{ids:?}");
    }
    assert!(ids.iter().all(|id| !id.starts_with("steel")), "{ids:?}");
    assert!(through("USA")["nodes"].as_array().unwrap().len() > 3);
    assert!(through("mountain-pass")["nodes"].as_array().unwrap().len() > 3);
    for (word, says) in [
        ("galium", "is called"),
        ("solar-module", "no part in the product"),
    ] {
        let (code, said) = failure(&["render", "humanoid-robot", "--focus", word]);
        assert!(code == 2 && said.contains(says), "{said}");
    }
}

#[test]
fn a_round_trip_is_marked() {
    let data = json(&["render", "magnet-motor@USA"]);
    let links = data["links"].as_array().unwrap();
    let marked = |source: &str, target: &str| {
        let link = links
            .iter()
            .find(|l| l["source"] == source && l["target"] == target);
        link.unwrap()["round_trip"] == true
    };
    assert!(
        marked("mountain-pass", "shenghe-separation"),
        "ore that comes back as a motor"
    );
    assert!(
        !marked("ganzhou-magnet-works", "ohio-motor-works"),
        "magnets that stay"
    );
}

#[test]
fn a_scenario_colours_what_it_changes() {
    let args = [
        "render",
        "humanoid-robot",
        "--focus",
        "gallium",
        "--scenario",
        "gallium-to-usa",
    ];
    let data = json(&[&args[..], &["--colour", "change"]].concat());
    let node = |id: &str| {
        let nodes = data["nodes"].as_array().unwrap();
        nodes
            .iter()
            .find(|n| n["id"] == id)
            .unwrap_or_else(|| panic!("{id}"))
            .clone()
    };
    let change = node("gallium@CHN")["change"].as_f64().unwrap();
    assert!(
        (-0.31..-0.28).contains(&change),
        "thirty percent of 98.9 % move: {change}"
    );
    assert!(node("gallium@USA")["change"].as_f64().unwrap() > 0.1);
    let (code, said) = failure(&["render", "humanoid-robot", "--colour", "change"]);
    assert!(code == 2 && said.contains("--scenario"), "{said}");
}

#[test]
fn hostile_names_stay_words_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hostile.yaml"), super::cli::HOSTILE).unwrap();
    let product = "مغناطيس 🧲, \"x\"";
    let drawn = |form: &str, more: &[&str]| {
        let args = ["render", product, "-g", "hostile.yaml", "--as", form];
        bytes(folder.path(), &[&args[..], more].concat())
    };
    for collapse in [&[][..], &["--collapse", "company"]] {
        let dot = String::from_utf8(drawn("dot", collapse)).unwrap();
        assert!(graphviz_reads(&dot), "{dot}");
        for form in ["svg", "graphml"] {
            let engine = ["--engine", "built-in"];
            let text = String::from_utf8(drawn(form, &[collapse, &engine].concat())).unwrap();
            let read = Document::parse(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
            assert!(
                read.descendants()
                    .all(|n| !["b", "i", "co"].contains(&n.tag_name().name()))
            );
            assert!(!text.contains(['\u{1b}', '\u{202e}']));
        }
        let mermaid = String::from_utf8(drawn("mermaid", collapse)).unwrap();
        let labels = mermaid.lines().filter(|l| l.contains("[\""));
        for label in labels {
            assert_eq!(label.matches('"').count(), 2, "{label}");
        }
    }
    assert!(drawn("png", &["--engine", "built-in"]).starts_with(b"\x89PNG"));
    assert!(drawn("pdf", &["--engine", "built-in"]).starts_with(b"%PDF"));
}

#[test]
fn charts_are_drawn_one_by_one() {
    for chart in ["sankey", "tiers", "shares", "map", "risk-map", "heat"] {
        let svg = text(&["render", "ndfeb-magnet", "--chart", chart, "--as", "svg"]);
        let drawn = Document::parse(&svg).unwrap();
        let titles = drawn
            .descendants()
            .filter(|n| n.tag_name().name() == "title");
        assert!(titles.count() > 5, "{chart}: its parts say what they are");
    }
    let scenario = ["--scenario", "rare-earths-and-magnets-relocated"];
    let change = [
        "render",
        "ndfeb-magnet",
        "--chart",
        "before-after",
        "--as",
        "svg",
    ];
    assert!(text(&[&change[..], &scenario].concat()).contains("China (CHN)"));
    let data = json(&["render", "ndfeb-magnet", "--chart", "sankey"]);
    assert_eq!(data["left_out"]["sites"], 0);
    let ids = data["nodes"].as_array().unwrap().iter();
    assert!(ids.clone().any(|n| n["id"] == "refinery@CHN"), "{data}");
    for (args, says) in [
        (&["--chart", "tiers"][..], "SVG, PNG or PDF"),
        (&["--chart", "before-after", "--as", "svg"], "--scenario"),
        (
            &["--chart", "map", "--as", "svg", "--depth", "2"],
            "for the network",
        ),
        (&["-o", "picture.xyz"], "does not say what to write"),
    ] {
        let (code, said) = failure(&[&["render", "ndfeb-magnet"][..], args].concat());
        assert!(code == 2 && said.contains(says), "{args:?}: {said}");
    }
}

#[test]
fn a_chart_shows_every_country_that_flows_in_its_colour_or_grey() {
    let svg = text(&[
        "render",
        "humanoid-robot",
        "--chart",
        "sankey",
        "--as",
        "svg",
    ]);
    let network = text(&[
        "render",
        "humanoid-robot",
        "--as",
        "svg",
        "--engine",
        "built-in",
    ]);
    for colour in ["#D55E00", "#0072B2", "#CC79A7"] {
        assert!(svg.contains(colour) && network.contains(colour), "{colour}");
    }
}
