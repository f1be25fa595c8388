//! What people who used the program found wrong, each with the question that showed it.

use serde_json::Value;

use oretrace::analysis::{exposure, nearly_attributed};
use oretrace::model::Network;

use crate::support::{Run, graph_of, net, run, run_in};

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
    let first = run.stdout.split("\n\n").next().unwrap();
    let mut reader = csv::Reader::from_reader(first.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

#[track_caller]
fn row<'v>(list: &'v Value, field: &str, value: &str) -> &'v Value {
    let mut rows = list.as_array().unwrap().iter();
    rows.find(|r| r[field] == value)
        .unwrap_or_else(|| panic!("no row with {field} = {value} in {list:#}"))
}

/// A motor with magnets from two countries, and power at home.
const MOTOR: &str = "
commodities:
  power: {stage: energy, unit: kWh, traded: false}
  oxide: {stage: refinery, unit: kg, recipe: {power: 1 kWh}}
  magnet: {stage: component, unit: kg, recipe: {oxide: 300 g}}
  motor: {stage: assembly, unit: unit, recipe: {magnet: 1.5 kg}}
sites:
  grid: {country: CHN, makes: power}
  baotou: {country: CHN, makes: oxide, operator: North}
  ningbo: {country: CHN, makes: magnet, output: 700 kg}
  hanau: {country: DEU, makes: magnet, output: 300 kg}
  graz: {country: AUT, makes: motor}
";

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

/// Names as people write them find their country; a word that only looks like one is told apart, not mistaken for another.
#[test]
fn countries_by_their_names() {
    let folder = folder(MOTOR);
    for (word, code) in [
        ("Niger", "NER"),
        ("Bahamas (the)", "BHS"),
        ("Türkiye", "TUR"),
        ("PRC", "CHN"),
    ] {
        let answer = ask(&folder, &["tiers", "motor", "-c", word]);
        assert_eq!(answer["countries"][0]["country"], code, "{word}");
    }
    for (word, help) in [
        ("Kosovo", "ISO 3166-1"),
        ("XKX", "ISO 3166-1"),
        ("ROW", "remainder"),
    ] {
        let run = run_in(
            folder.path(),
            &["tiers", "motor", "-g", "graph.yaml", "-c", word],
        );
        assert_eq!(run.code, 2, "{word}");
        assert!(run.stderr.contains(help), "{}", run.stderr);
    }
}

/// Changes that change nothing are errors with a suggestion.
#[test]
fn changes_that_match_nothing() {
    let folder = folder(MOTOR);
    let refused = |change: &str, code: &str, help: &str| {
        write(
            &folder,
            "s.yaml",
            &format!("oretrace: 1\nscenario: s\nchanges:\n  - {change}\n"),
        );
        let args = [
            "exposure",
            "motor",
            "-g",
            "graph.yaml",
            "--scenario",
            "s.yaml",
        ];
        let run = run_in(folder.path(), &args);
        if code.is_empty() {
            assert_eq!(run.code, 0, "{change}: {}", run.stderr);
        } else {
            assert_eq!(run.code, 3, "{change}: {}", run.stderr);
            assert!(
                run.stderr.contains(code) && run.stderr.contains(help),
                "{}",
                run.stderr
            );
        }
    };
    let unmatched = "unmatched-change";
    refused(
        "export_ban: {from: CHN, commodity: power}",
        unmatched,
        "not traded",
    );
    refused(
        "export_ban: {from: CHN, to: CHN, commodity: magnet}",
        unmatched,
        "AUT",
    );
    refused(
        "export_ban: {from: CHN, to: FJI, commodity: magnet}",
        unmatched,
        "AUT",
    );
    refused(
        "export_ban: {from: AUT, commodity: motor}",
        unmatched,
        "nobody buys `motor`",
    );
    refused(
        "export_ban: {from: CHN, to: [FJI, DEU], commodity: oxide}",
        "",
        "",
    );
    refused("export_ban: {from: CHN, commodity: magnet}", "", "");
    refused(
        "recycle: {commodity: motor, rate: 20%}",
        unmatched,
        "nobody buys",
    );
    refused("recycle: {commodity: magnet, rate: 20%}", "", "");
    refused(
        "relocate: {commodity: magnet, from: CHN, to: CHN}",
        unmatched,
        "to itself",
    );
    let beside = "missing-output";
    refused(
        "add_site: {id: tx, country: USA, makes: magnet}",
        beside,
        "output: 0",
    );
    refused(
        "add_site: {id: tx, country: USA, makes: magnet, output: 0 kg, capacity: 9 kg}",
        "",
        "",
    );
    // A buyer that the scenario itself brings.
    refused(
        "add_site: {id: tx, country: USA, makes: magnet, output: 1 kg}\n  - export_ban: {from: CHN, to: USA, commodity: oxide}",
        "",
        "",
    );
}

/// Of the loss of a country whose site is made up nothing is told, and every command says that it is.
#[test]
fn what_if_sites_in_every_command() {
    let folder = folder(MOTOR);
    let note = |answer: &Value| {
        let notes = answer["notes"].as_array().unwrap().iter();
        let said = notes.filter(|n| n.as_str().unwrap().contains("what-if site"));
        assert_eq!(said.count(), 1, "{answer:#}");
        assert_eq!(answer["product"], "motor@CHN", "{answer:#}");
    };
    let tiers = ask(&folder, &["tiers", "motor@cn"]);
    note(&tiers);
    assert!(row(&tiers["countries"], "country", "CHN")["at_risk_to"].is_null());
    assert!(row(&tiers["countries"], "country", "DEU")["at_risk_to"].is_array());
    let points = ask(&folder, &["chokepoints", "motor@cn", "--all"]);
    note(&points);
    let ids: Vec<&str> = points["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["id"].as_str().unwrap())
        .collect();
    assert!(
        !ids.contains(&"CHN") && !ids.contains(&"motor@CHN"),
        "{ids:?}"
    );
    assert!(
        ids.contains(&"DEU") && ids.contains(&"magnet@CHN"),
        "{ids:?}"
    );
    assert!(row(&points["items"], "id", "magnet@CHN")["remaining"].is_null());
    for question in [
        &["share", "motor@China"][..],
        &["exposure", "motor@chn"],
        &["exposure", "motor@chn", "--by", "company"],
        &["why", "motor@cn", "de"],
    ] {
        note(&ask(&folder, question));
    }
    assert_eq!(
        ask(&folder, &["why", "motor", "magnet@de"])["target"],
        "magnet@DEU"
    );
    let head = run_in(folder.path(), &["exposure", "motor@cn", "-g", "graph.yaml"]);
    assert!(head.stdout.starts_with("motor@CHN:"), "{}", head.stdout);
}

/// One less nine tenths is 0.09999999999999998: it reaches 10 %.
#[test]
fn thresholds_forgive_rounding() {
    let folder = folder(
        "
commodities:
  p: {stage: assembly, unit: kg, recipe: {a: 1 kg}}
  a: {stage: component, unit: kg}
sites: {plant: {country: DEU, makes: p}}
production:
  - {commodity: a, source: assumption, shares: {CHN: 90%, USA: 10%}}
",
    );
    let points = ask(&folder, &["chokepoints", "p", "--threshold", "10%"]);
    let usa = row(&points["items"], "id", "a@USA");
    assert_eq!(usa["near"], true, "{usa:#}");
    for (limit, code) in [("90%", 0), ("89.9%", 1)] {
        let exit = run_in(
            folder.path(),
            &["exposure", "p", "-g", "graph.yaml", "--fail-over", limit],
        );
        assert_eq!(exit.code, code, "{}", exit.stdout);
    }
}

#[test]
fn countries_without_a_part_are_told() {
    let folder = folder(MOTOR);
    for command in ["exposure", "tiers"] {
        let run = run_in(
            folder.path(),
            &[command, "motor", "-c", "Fiji", "-g", "graph.yaml"],
        );
        assert!(
            run.stdout.contains("Fiji (FJI) has no known part in it"),
            "{}",
            run.stdout
        );
    }
    let both = ask(&folder, &["exposure", "motor", "-c", "Fiji", "-c", "China"]);
    assert_eq!(both["notes"][0], "Fiji (FJI) has no known part in motor");
    let plan = ["plan", "motor", "-g", "graph.yaml", "--without"];
    let alone = run_in(folder.path(), &[&plan[..], &["Fiji"]].concat());
    assert!(
        alone.stdout.starts_with(
            "motor: Fiji (FJI) has no known part in it; today's capacity keeps 100.0 %"
        ),
        "{}",
        alone.stdout
    );
    let both = run_in(folder.path(), &[&plan[..], &["Fiji,China"]].concat());
    assert!(
        both.stdout
            .starts_with("motor without China (CHN), Fiji (FJI):")
            && both
                .stdout
                .contains("note: Fiji (FJI) has no known part in motor"),
        "{}",
        both.stdout
    );
}

/// A company is lost with the product's own sites that it runs, as a country is.
#[test]
fn companies_are_lost_with_their_assembly() {
    let folder = folder(&MOTOR.replace(
        "graz: {country: AUT",
        "graz: {operator: South, country: AUT",
    ));
    let points = ask(&folder, &["chokepoints", "motor", "--of", "company"]);
    let south = row(&points["items"], "id", "South");
    assert_eq!(south["at_risk"], 1.0);
    assert_eq!(south["at_risk_adapted"], 1.0);
}

/// The sentence says why a host of which little is needed is the worst step.
#[test]
fn headline_names_what_hangs_on_a_host() {
    let folder = folder(
        "
commodities:
  p: {stage: assembly, unit: kg, recipe: {host: 1 kg, mid: 1 kg}}
  mid: {stage: component, unit: kg, recipe: {by: 1 kg}}
  by: {stage: refinery, unit: kg, byproduct_of: {commodity: host, yield: 0.001 kg/kg}, recipe: {alpha: 1 kg}}
  alpha: {stage: refinery, unit: kg}
  host: {stage: refinery, unit: kg}
sites: {plant: {country: DEU, makes: p}}
production:
  - {commodity: by, source: assumption, output: {CHN: 90 kg, JPN: 10 kg}}
  - {commodity: alpha, source: assumption, output: {USA: 1 kg}}
  - {commodity: host, source: assumption, output: {CHN: 500 kg, AUS: 500 kg}}
",
    );
    let run = run_in(
        folder.path(),
        &["exposure", "p", "-c", "CHN", "-g", "graph.yaml"],
    );
    assert!(
        run.stdout.starts_with(
            "p: the worst single step is host in China (CHN) (tier 1), on which by hangs: "
        ),
        "{}",
        run.stdout
    );
}

/// csv carries what JSON does: all fields, all rows, in full.
#[test]
fn csv_carries_every_field() {
    let folder = folder(MOTOR);
    let csv = |args: &[&str]| {
        run_in(
            folder.path(),
            &[args, &["-g", "graph.yaml", "-f", "csv"]].concat(),
        )
    };
    let share = csv_of(&csv(&["share", "motor", "--top", "1"]));
    let magnets: Vec<_> = share
        .iter()
        .filter(|r| r["commodity"] == "magnet")
        .collect();
    assert_eq!(magnets.len(), 2, "{share:?}");
    assert_eq!(
        (magnets[0]["country"].as_str(), &magnets[0]["share"][..6]),
        ("CHN", "0.6999")
    );
    let tiers = csv_of(&csv(&["tiers", "motor"]));
    let measures: std::collections::BTreeSet<&str> =
        tiers.iter().map(|r| r["measure"].as_str()).collect();
    assert_eq!(
        measures.into_iter().collect::<Vec<_>>(),
        ["at_risk_to", "look_through_to", "profile"]
    );
    let points = csv_of(&csv(&["chokepoints", "motor"]));
    let oxide = points.iter().find(|r| r["id"] == "baotou").unwrap();
    assert_eq!(
        (
            oxide["single_point_of_failure"].as_str(),
            oxide["near"].as_str()
        ),
        ("true", "true")
    );
    assert_eq!(
        (oxide["commodity"].as_str(), oxide["country"].as_str()),
        ("oxide", "CHN")
    );
    let exposure = csv_of(&csv(&["exposure", "motor", "--top", "1"]));
    assert_eq!(exposure.len(), 3, "{exposure:?}");
    for field in [
        "hidden",
        "first_tier",
        "at_risk_adapted",
        "bottleneck_share",
        "look_through_high",
    ] {
        assert!(exposure[0].contains_key(field), "{exposure:?}");
    }
    write(
        &folder,
        "s.yaml",
        "oretrace: 1\nscenario: half\nchanges:\n  - outage: {country: DEU, loss: 50%}\n",
    );
    let diff = csv(&["diff", "motor", "s.yaml"]);
    assert_eq!(diff.code, 0, "{}", diff.stderr);
    for table in diff.stdout.split("\n\n") {
        assert!(table.starts_with("scenario,"), "{table}");
        assert!(
            table.lines().skip(1).all(|line| line.starts_with("half,")),
            "{table}"
        );
    }
}

/// A commodity made nowhere known has no HHI, but not because its source names one maker.
#[test]
fn notes_give_the_right_cause() {
    let folder = folder(
        "
commodities:
  p: {stage: assembly, unit: kg, recipe: {a: 1 kg}}
  a: {stage: component, unit: kg, recipe: {b: 1 kg}}
  b: {stage: mine, unit: kg}
sites: {plant: {country: DEU, makes: p, output: 1 kg}}
production:
  - {commodity: b, source: assumption, basis: maker, output: {CHN: 1 kg}}
",
    );
    let has = |args: &[&str], word: &str| {
        let answer = ask(&folder, args);
        let notes = answer["notes"].as_array().unwrap().clone();
        notes.iter().any(|n| n.as_str().unwrap().contains(word))
    };
    assert!(!has(&["share", "p"], "only one maker"));
    // Bare shares are no amounts, wherever their makers are.
    let run = run(&[
        "exposure",
        "battery-pack",
        "--basis",
        "location",
        "-f",
        "json",
    ]);
    assert!(
        run.code == 0 && !run.stdout.contains("over-committed"),
        "{}",
        run.stdout
    );
}

/// What a file is refused for is told where it stands, once, and with a way out.
#[test]
fn messages_about_files() {
    let folder = folder(MOTOR);
    let check = |file: &str| {
        let run = run_in(folder.path(), &["check", file, "-f", "json"]);
        let answer: Value = serde_json::from_str(&run.stdout).unwrap();
        answer["diagnostics"].as_array().unwrap().clone()
    };
    let says = |list: &[Value], message: &str, help: &str| {
        assert_eq!(list.len(), 1, "{list:#?}");
        assert!(
            list[0]["message"].as_str().unwrap().contains(message),
            "{list:#?}"
        );
        assert!(
            list[0]["help"].as_str().unwrap().contains(help),
            "{list:#?}"
        );
        assert!(
            list[0]["line"].is_u64() && list[0]["file"].is_string(),
            "{list:#?}"
        );
    };
    write(
        &folder,
        "two.yaml",
        "oretrace: 1\ntitle: a\n---\noretrace: 1\n",
    );
    says(&check("two.yaml"), "second YAML document", "include:");
    write(&folder, "nul.yaml", "oretrace: 1\ntitle: a\u{0}b\n");
    says(&check("nul.yaml"), "NUL byte", "UTF-8");
    write(
        &folder,
        "twice.yaml",
        "oretrace: 1\ncommodities:\n  a: {stage: mine, unit: kg}\n  a: {stage: mine, unit: kg}\n",
    );
    says(&check("twice.yaml"), "twice", "remove");
    for (group, means) in [
        ("china", "means the country China"),
        ("us", "United States"),
        ("CHN", "country code"),
    ] {
        write(
            &folder,
            "group.yaml",
            &format!("oretrace: 1\ngroups: {{{group}: [USA]}}\n"),
        );
        says(&check("group.yaml"), means, "no country");
    }
    for (name, text, message) in [
        (
            "semicolons",
            "id;stage;country;commodity\na;mine;AUS;ore\n",
            "parted by semicolons",
        ),
        (
            "stage",
            "id,stage,country,commodity,output\na,mine,AUS,ore,1\nb,mines,AUS,ore,1\n",
            "`mines` is no stage",
        ),
    ] {
        let inner = folder.path().join(name);
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(inner.join("sites.csv"), text).unwrap();
        says(&check(name), message, "");
    }
    let inner = folder.path().join("gain");
    std::fs::create_dir(&inner).unwrap();
    std::fs::write(
        inner.join("sites.csv"),
        "id,stage,country,commodity,output\na,mine,AUS,ore,1\nb,refinery,AUS,metal,1\n",
    )
    .unwrap();
    std::fs::write(
        inner.join("supply.csv"),
        "supplier,buyer,commodity,share,coefficient\na,b,ore,1,2\nb,a,metal,1,2\n",
    )
    .unwrap();
    says(&check("gain"), "needs 2.000 units", "mend the amounts");
    let large = std::fs::File::create(folder.path().join("large.yaml")).unwrap();
    large.set_len(300 << 20).unwrap();
    says(&check("large.yaml"), "larger than 256 MiB", "sites.csv");
}

#[test]
fn folders_that_are_not_what_they_seem() {
    let folder = folder(MOTOR);
    let run = run_in(
        folder.path(),
        &["list", "-g", "graph.yaml", "--root", "nowhere"],
    );
    assert!(
        run.code == 2 && run.stderr.contains("there is no folder `nowhere`"),
        "{}",
        run.stderr
    );
    std::fs::create_dir(folder.path().join("more")).unwrap();
    write(&folder, "more/x.yaml", "oretrace: 1\n");
    let run = run_in(folder.path(), &["list", "-g", "."]);
    assert!(
        run.code == 0 && run.stderr.contains("sub-folders are not read"),
        "{}",
        run.stderr
    );
    assert!(run.stdout.contains("1 product;"), "{}", run.stdout);
}

/// A newcomer's first check finds nothing to mend.
#[test]
fn checking_the_built_in_pack_shows_a_summary() {
    let brief = run(&["check"]);
    assert!(
        brief.code == 0 && brief.stderr.is_empty(),
        "{}",
        brief.stderr
    );
    assert!(
        brief.stdout.contains("(`--notes` shows them)"),
        "{}",
        brief.stdout
    );
    assert!(run(&["check", "--notes"]).stderr.contains("warning["));
}

/// Writing through a link changes what it points to; the link stays.
#[cfg(unix)]
#[test]
fn output_through_a_link() {
    let folder = folder(MOTOR);
    write(&folder, "real.dot", "old");
    let link = folder.path().join("link.dot");
    std::os::unix::fs::symlink("real.dot", &link).unwrap();
    let run = run_in(
        folder.path(),
        &["render", "motor", "-g", "graph.yaml", "-o", "link.dot"],
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(link.is_symlink());
    assert!(
        std::fs::read_to_string(folder.path().join("real.dot"))
            .unwrap()
            .starts_with("digraph")
    );
}

/// A placeless site is no single point of failure, and scrap is called scrap.
#[test]
fn what_pictures_mark() {
    let folder = folder(
        "
commodities:
  p: {stage: assembly, unit: kg, recipe: {glue: 1 kg, wire: 1 kg}}
  glue: {stage: component, unit: kg, recipe: {ore: 1 kg}}
  wire: {stage: component, unit: kg, name: Copper wire, recycled: 40%}
  ore: {stage: mine, unit: kg}
sites:
  plant: {country: DEU, makes: p}
  drawer: {country: CHL, makes: wire}
  pit: {country: AUS, makes: ore}
",
    );
    let points = ask(&folder, &["chokepoints", "p", "--all"]);
    assert_eq!(
        row(&points["items"], "id", "glue@placeless")["single_point_of_failure"],
        false
    );
    assert_eq!(
        row(&points["items"], "id", "pit")["single_point_of_failure"],
        true
    );
    let run = run_in(
        folder.path(),
        &["render", "p", "-g", "graph.yaml", "--prune", "0"],
    );
    let node = |id: &str| {
        let mut lines = run.stdout.lines();
        lines
            .find(|l| l.contains(id) && l.contains("label="))
            .unwrap_or_else(|| panic!("{id}: {}", run.stdout))
            .to_owned()
    };
    assert!(!node("glue@placeless").contains("peripheries"));
    assert!(node("\"pit\"").contains("peripheries"));
    assert!(node("scrap:wire@DEU").contains("Copper wire, scrap"));
    assert!(
        run.stdout.contains("all 5 sites are drawn"),
        "{}",
        run.stdout
    );
}

/// A curve that a loop cuts short does not pass for all that is at risk.
#[test]
fn curves_cut_short_by_loops() {
    let folder = folder(
        "
commodities:
  p: {stage: assembly, unit: kg, recipe: {steel: 1 kg}}
  steel: {stage: refinery, unit: kg, recipe: {electrode: {amount: 10 g, weight: 0.1}, ore: {amount: 1 kg, weight: 0.9}}}
  electrode: {stage: component, unit: kg, recipe: {steel: {amount: 100 g, weight: 0.1}, ore: {amount: 1 kg, weight: 0.9}}}
  ore: {stage: mine, unit: kg}
sites:
  plant: {country: DEU, makes: p}
  mill: {country: KOR, makes: steel}
  pit: {country: AUS, makes: ore}
production: [{commodity: electrode, source: assumption, shares: {CHN: 1%, JPN: 99%}}]
",
    );
    let tiers = ask(&folder, &["tiers", "p", "-c", "CHN"]);
    let curve = tiers["countries"][0]["at_risk_to"].as_array().unwrap();
    assert!(curve.last().unwrap().as_f64().unwrap() < 0.5);
    let notes = tiers["notes"].as_array().unwrap();
    let says = |n: &Value| n.as_str().unwrap().contains("at risk in all is CHN 100.0");
    assert!(notes.iter().any(says), "{notes:#?}");
}

/// A long ring of essential inputs that hardly loses anything: one unit takes 1 / (1 - g^n) of each, which no sum over its
/// turns would reach, and a country in it stops all.
#[test]
fn long_rings_are_solved() {
    const LENGTH: usize = 250;
    let mut text =
        "commodities:\n  p: {stage: assembly, unit: unit, recipe: {m0: 1 kg}}\n".to_owned();
    let mut sites = "sites:\n  plant: {country: DEU, makes: p}\n".to_owned();
    for at in 0..LENGTH {
        let next = (at + 1) % LENGTH;
        text.push_str(&format!(
            "  m{at}: {{stage: refinery, unit: kg, recipe: {{m{next}: 0.9999999 kg}}}}\n"
        ));
        for country in ["CHN", "JPN", "USA"] {
            sites.push_str(&format!(
                "  s{at}{country}: {{country: {country}, makes: m{at}, output: 1 kg}}\n"
            ));
        }
    }
    let folder = folder(&(text + &sites));
    let share = ask(&folder, &["share", "p", "--commodity", "m0"]);
    let required = share["commodities"][0]["required"].as_f64().unwrap();
    let expected = 1.0 / (1.0 - 0.999_999_9_f64.powi(LENGTH as i32));
    assert!(
        (required / expected - 1.0).abs() < 1e-6,
        "{required}, not {expected}"
    );
    let why = ask(&folder, &["tiers", "p", "-c", "CHN"]);
    assert!(why["countries"][0]["look_through_to"].is_array());
}

/// Shares with twelve digits add up to all but 1e-12, which a loop of essential inputs must not add up to a loss.
#[test]
fn shares_that_miss_one_by_a_last_digit() {
    let loops = |digits: [&str; 2]| {
        net(&format!(
            "commodities:
  prod: {{stage: assembly, unit: t, recipe: {{a: 1 t, b: 1 t}}}}
  a: {{stage: component, unit: t, recipe: {{a: 0.1 t}}}}
  b: {{stage: mine, unit: t}}
sites:
  p: {{country: KOR, makes: prod, output: 10 t}}
  a1: {{country: JPN, makes: a, output: 10 t}}
  a2: {{country: DEU, makes: a, output: 10 t}}
  b1: {{country: CHN, makes: b, output: 5 t}}
  b2: {{country: USA, makes: b, output: 5 t}}
supply:
  - {{buyer: a1, commodity: a, from: {{a1: {0}, a2: {1}}}}}
  - {{buyer: a2, commodity: a, from: {{a1: {0}, a2: {1}}}}}
",
            digits[0], digits[1]
        ))
    };
    for digits in [
        ["0.333", "0.666"],
        ["0.333333333", "0.666666666"],
        ["0.333333333333", "0.666666666666"],
        ["0.33333333333333", "0.66666666666666"],
        ["0.9995", "0.0006"],
    ] {
        let network = loops(digits);
        let found = exposure(&graph_of(&network, "prod"));
        assert!(found.unmet_demand.abs() < 1e-12, "{digits:?}");
        let china = found.countries.iter().find(|c| c.country == "CHN");
        let at_risk = china.and_then(|c| c.at_risk).unwrap();
        assert!((at_risk - 0.5).abs() < 1e-9, "{digits:?}: {at_risk}");
        for row in &found.countries {
            let through = row.look_through.unwrap();
            assert!((0.0..=1.0).contains(&through), "{digits:?}: {through}");
        }
    }
    let told = |network: &Network| nearly_attributed(&graph_of(network, "prod"));
    assert!(told(&loops(["0.3333", "0.6666"])).is_some_and(|n| n.contains("suppliers of a ")));
    assert!(told(&loops(["0.333333333333", "0.666666666666"])).is_none());
    assert!(told(&loops(["0.33", "0.66"])).is_none());
}
