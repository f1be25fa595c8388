//! The program as its users meet it: exit codes, streams, formats, the JSON contract, and names from strangers.

use std::io::Read as _;
use std::process::Stdio;

use serde_json::Value;

use crate::support::{program, run, run_in};

fn json(args: &[&str]) -> Value {
    run(&[args, &["--format", "json"]].concat()).json()
}

/// A folder with one file.
fn folder_with(name: &str, text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), text).unwrap();
    folder
}

/// The row of a list whose field has a value.
#[track_caller]
fn row<'v>(list: &'v Value, field: &str, value: &str) -> &'v Value {
    let rows = list.as_array().unwrap();
    rows.iter()
        .find(|r| r[field] == value)
        .unwrap_or_else(|| panic!("no row with {field} = {value}"))
}

#[track_caller]
fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

/// A motor with magnets from two countries; everything in it is known.
const MOTOR: &str = "\
oretrace: 1
commodities:
  oxide: {stage: refinery, unit: kg}
  magnet: {stage: component, unit: kg, recipe: {oxide: 300 g}}
  motor: {stage: assembly, unit: unit, recipe: {magnet: 1.5 kg}}
sites:
  baotou: {country: CHN, makes: oxide, operator: North}
  ningbo: {country: CHN, makes: magnet, output: 700 kg}
  hanau: {country: DEU, makes: magnet, output: 300 kg}
  graz: {country: AUT, makes: motor}
";

/// One question of each kind about the built-in pack.
const QUESTIONS: &[&[&str]] = &[
    &["list"],
    &["list", "commodities"],
    &["list", "scenarios"],
    &["list", "groups"],
    &["list", "sources"],
    &["exposure", "ndfeb-magnet"],
    &[
        "exposure",
        "electric-car",
        "--country",
        "China",
        "--country",
        "eu",
    ],
    &["tiers", "ndfeb-magnet"],
    &["share", "ndfeb-magnet"],
    &["share", "gallium", "--world"],
    &["chokepoints", "ndfeb-magnet"],
    &["limits", "ndfeb-magnet", "--target", "200 kt/yr"],
    &[
        "limits",
        "magnet-motor",
        "--without",
        "CHN",
        "--priority",
        "first",
    ],
    &["why", "magnet-motor", "CHN"],
    &["why", "magnet-motor@USA", "mountain-pass"],
    &[
        "diff",
        "ndfeb-magnet",
        "rare-earths-and-magnets-relocated",
        "loss-of-china-refining",
    ],
    &["check"],
    &["check", "--assumptions"],
    &["check", "--notes"],
];

#[test]
fn every_command_answers_in_every_format() {
    for question in QUESTIONS {
        for format in ["table", "json", "csv", "markdown"] {
            let run = run(&[question, &["--format", format][..]].concat());
            assert_eq!(run.code, 0, "{question:?} as {format}: {}", run.stderr);
            assert!(!run.stdout.is_empty(), "{question:?} as {format}");
            match format {
                "json" => {
                    let value: Value = serde_json::from_str(&run.stdout).unwrap();
                    let schema = format!("oretrace/{}/1", question[0]);
                    assert_eq!(value["schema"], schema);
                }
                "csv" => check_csv(&run.stdout, question),
                "markdown" => check_markdown(&run.stdout, question),
                _ => {}
            }
        }
    }
}

/// Tables are parted by an empty line; each has as many cells in every row as it has headings.
fn check_csv(text: &str, question: &[&str]) {
    for table in text.split("\n\n").filter(|t| !t.is_empty()) {
        let mut reader = csv::Reader::from_reader(table.as_bytes());
        let headings: Vec<String> = reader
            .headers()
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect();
        assert!(
            headings.iter().all(|h| h
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')),
            "{question:?}: {headings:?}"
        );
        // The reader refuses rows of another length.
        for record in reader.records() {
            record.unwrap();
        }
    }
}

fn check_markdown(text: &str, question: &[&str]) {
    let lines: Vec<&str> = text.lines().collect();
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    for (at, line) in lines
        .iter()
        .enumerate()
        .filter(|(_, l)| l.starts_with("| --"))
    {
        let wanted = cells(lines[at - 1]);
        let rows = lines[at + 1..].iter().take_while(|l| l.starts_with('|'));
        assert_eq!(cells(line), wanted, "{question:?}");
        for row in rows {
            assert_eq!(cells(row), wanted, "{question:?}: {row}");
        }
    }
}

#[test]
fn equal_questions_get_equal_bytes() {
    for question in QUESTIONS {
        let args = [question, &["--format", "json"][..]].concat();
        assert_eq!(run(&args).stdout, run(&args).stdout, "{question:?}");
    }
}

#[track_caller]
fn check_fields(value: &Value, fields: &[&str]) {
    let object = value.as_object().unwrap();
    for field in fields {
        assert!(
            object.contains_key(*field),
            "{field} is not in {:?}",
            object.keys()
        );
    }
}

/// The envelope that every answer has.
const ENVELOPE: &[&str] = &["schema", "product", "scenario", "notes"];

#[test]
fn json_of_exposure() {
    let answer = json(&["exposure", "ndfeb-magnet"]);
    check_fields(&answer, ENVELOPE);
    check_fields(&answer, &["depth", "weights", "unlocated", "countries"]);
    assert_eq!(answer["product"], "ndfeb-magnet");
    assert_eq!(answer["scenario"], Value::Null);
    check_fields(&answer["unlocated"], &["share", "inputs"]);
    for country in answer["countries"].as_array().unwrap() {
        check_fields(
            country,
            &[
                "country",
                "assembly",
                "direct",
                "look_through",
                "touched",
                "hidden",
                "at_risk",
                "at_risk_adapted",
                "first_tier",
                "bottleneck",
                "assembly_high",
                "direct_high",
                "look_through_high",
                "at_risk_high",
                "at_risk_adapted_high",
            ],
        );
        for (low, high) in [
            ("assembly", "assembly_high"),
            ("direct", "direct_high"),
            ("look_through", "look_through_high"),
            ("at_risk", "at_risk_high"),
        ] {
            let (low, high) = (number(&country[low]), number(&country[high]));
            assert!(
                low >= 0.0 && low <= high + 1e-12 && high <= 1.0 + 1e-12,
                "{country}"
            );
        }
    }
    let china = row(&answer["countries"], "country", "CHN");
    check_fields(
        &china["bottleneck"],
        &["commodity", "stage", "tier", "share", "at_risk"],
    );
}

#[test]
fn json_of_tiers() {
    let answer = json(&["tiers", "ndfeb-magnet", "--country", "CN"]);
    check_fields(&answer, ENVELOPE);
    let depth = usize::try_from(answer["depth"].as_u64().unwrap()).unwrap();
    let china = row(&answer["countries"], "country", "CHN");
    for curve in ["profile", "look_through_to", "at_risk_to"] {
        assert_eq!(china[curve].as_array().unwrap().len(), depth + 1, "{curve}");
    }
    for curve in ["look_through_to", "at_risk_to"] {
        let values: Vec<f64> = china[curve]
            .as_array()
            .unwrap()
            .iter()
            .map(number)
            .collect();
        assert!(
            values.windows(2).all(|w| w[0] <= w[1] + 1e-12),
            "{curve}: {values:?}"
        );
    }
    let whole = json(&["exposure", "ndfeb-magnet", "--country", "CN"]);
    let exposure = row(&whole["countries"], "country", "CHN");
    for (curve, value) in [
        ("look_through_to", "look_through"),
        ("at_risk_to", "at_risk"),
    ] {
        let last = number(china[curve].as_array().unwrap().last().unwrap());
        assert!((last - number(&exposure[value])).abs() < 1e-9, "{curve}");
    }
}

#[test]
fn json_of_share() {
    let answer = json(&["share", "ndfeb-magnet"]);
    check_fields(&answer, ENVELOPE);
    for commodity in answer["commodities"].as_array().unwrap() {
        check_fields(
            commodity,
            &[
                "commodity",
                "stage",
                "tiers",
                "required",
                "unit",
                "hhi",
                "band",
                "top1",
                "top3",
                "unattributed",
                "source",
                "countries",
            ],
        );
        let countries = commodity["countries"].as_array().unwrap();
        let sum: f64 = countries.iter().map(|c| number(&c["share"])).sum();
        let rest = number(&commodity["unattributed"]);
        if commodity["required"].is_number() && !countries.is_empty() {
            assert!((sum + rest - 1.0).abs() < 1e-9, "{commodity}");
        }
    }
}

#[test]
fn json_of_exposure_by_owner() {
    let by = |what: &str| json(&["exposure", "magnet-motor@USA", "--by", what]);
    let companies = by("company");
    check_fields(&companies, ENVELOPE);
    check_fields(
        &companies,
        &["by", "owners", "unattributed", "shares", "unmet_demand"],
    );
    let mine = row(&companies["owners"], "company", "MP Materials");
    assert_eq!(mine["control"], "USA");
    assert_eq!(mine["sites"][0], "mountain-pass");
    let through = json(&["why", "magnet-motor@USA", "mountain-pass"]);
    assert!((number(&mine["look_through"]) - number(&through["value"])).abs() < 1e-9);
    assert!(companies["unattributed"]["at_risk"].is_null());
    assert!(number(&row(&by("control")["owners"], "control", "USA")["at_risk"]) > 0.5);
    let matrix = by("matrix");
    assert!(
        matrix["owners"]
            .as_array()
            .unwrap()
            .iter()
            .all(|r| r["location"].is_string())
    );
    assert!(!matrix["shares"].as_array().unwrap().is_empty());
    let ask = [
        "exposure",
        "ndfeb-magnet",
        "--by",
        "company",
        "--country",
        "CHN",
    ];
    assert_eq!(run(&ask).code, 2);
    let limit = [
        "exposure",
        "magnet-motor@USA",
        "--by",
        "company",
        "--fail-over",
        "50%",
    ];
    assert_eq!(run(&limit).code, 1);
}

#[test]
fn json_of_worst_sets() {
    let ask = [
        "chokepoints",
        "ndfeb-magnet",
        "--of",
        "country",
        "--top",
        "1",
    ];
    let worst = |more: &[&str]| json(&[&ask[..], more].concat())["worst"].clone();
    assert!(worst(&[]).is_null());
    let exact = worst(&["--worst", "2"]);
    check_fields(&exact, &["k", "at_risk_adapted", "sets", "method", "count"]);
    assert_eq!(exact["k"], 2);
    assert_eq!(exact["method"], "exact");
    assert_eq!(exact["sets"][0][0], "CHN");
    let greedy = worst(&["--worst", "2", "--greedy"]);
    assert_eq!(greedy["method"], "greedy");
    assert!(number(&greedy["at_risk_adapted"]) <= number(&exact["at_risk_adapted"]) + 1e-7);
    // Sets are of one kind.
    let mixed = [
        "chokepoints",
        "ndfeb-magnet",
        "--of",
        "site,country",
        "--worst",
        "2",
    ];
    assert_eq!(run(&mixed).code, 2);
}

#[test]
fn json_of_chokepoints() {
    let answer = json(&["chokepoints", "electric-car", "--top", "7"]);
    check_fields(&answer, ENVELOPE);
    check_fields(&answer, &["items", "cut_sets", "worst"]);
    let items = answer["items"].as_array().unwrap();
    assert_eq!(items.len(), 7);
    for (at, item) in items.iter().enumerate() {
        check_fields(
            item,
            &[
                "rank",
                "kind",
                "id",
                "commodity",
                "country",
                "share",
                "at_risk",
                "at_risk_adapted",
                "remaining",
                "single_point_of_failure",
                "near",
                "tiers",
            ],
        );
        assert_eq!(item["rank"], at + 1);
    }
    let at_risk: Vec<f64> = items.iter().map(|i| number(&i["at_risk"])).collect();
    assert!(at_risk.windows(2).all(|w| w[0] >= w[1]), "{at_risk:?}");
    let only = json(&["chokepoints", "electric-car", "--of", "site,company"]);
    let kinds = only["items"].as_array().unwrap();
    assert!(
        kinds
            .iter()
            .all(|i| i["kind"] == "site" || i["kind"] == "company")
    );
}

#[test]
fn json_of_cascade_has_all_that_tables_cut() {
    let all = json(&["cascade", "--top", "3"]);
    assert!(all["items"].as_array().unwrap().len() > 1000);
    let shocked = json(&["cascade", "--shock", "gallium@CHN", "--top", "3"]);
    assert!(shocked["losses"].as_array().unwrap().len() > 3);
}

#[test]
fn companies_that_only_own_are_no_chokepoints() {
    let folder = folder_with(
        "own.yaml",
        "oretrace: 1
companies: {Holding: {country: JPN}}
commodities:
  ore: {stage: mine, unit: t}
  bar: {stage: assembly, unit: t, recipe: {ore: 1 t}}
sites:
  pit: {country: CHN, makes: ore, output: 6 t, owners: {Holding: 100%}}
  mill: {country: USA, makes: bar, output: 6 t}
",
    );
    let asked = ["chokepoints", "bar", "-g", "own.yaml", "--of", "company"];
    let answer = run_in(folder.path(), &asked);
    assert!(
        answer
            .stdout
            .starts_with("bar: no company that runs a site of it is known.")
    );
    assert!(
        answer
            .stdout
            .contains("`exposure --by company` goes by owners"),
        "{}",
        answer.stdout
    );
}

#[test]
fn json_of_why() {
    let answer = json(&["why", "magnet-motor", "CHN", "--top", "5"]);
    check_fields(&answer, ENVELOPE);
    check_fields(&answer, &["target", "value", "paths", "remainder"]);
    let paths = answer["paths"].as_array().unwrap();
    for path in paths {
        check_fields(path, &["sites", "countries", "weight", "round_trip"]);
        assert_eq!(
            path["sites"].as_array().unwrap().len(),
            path["countries"].as_array().unwrap().len()
        );
    }
    let sum: f64 = paths.iter().map(|p| number(&p["weight"])).sum();
    assert!((sum + number(&answer["remainder"]) - number(&answer["value"])).abs() < 1e-9);
}

#[test]
fn json_of_diff() {
    let answer = json(&[
        "diff",
        "ndfeb-magnet",
        "rare-earths-and-magnets-relocated",
        "loss-of-china-refining",
    ]);
    check_fields(&answer, ENVELOPE);
    let scenarios = answer["scenarios"].as_array().unwrap();
    assert_eq!(scenarios.len(), 2);
    for scenario in scenarios {
        check_fields(
            scenario,
            &[
                "scenario",
                "countries",
                "shares",
                "chokepoints",
                "unmet_demand",
                "notes",
            ],
        );
        check_fields(&scenario["chokepoints"], &["added", "removed", "changed"]);
        for country in scenario["countries"].as_array().unwrap() {
            check_fields(country, &["country", "before", "after", "change"]);
        }
    }
    let china = row(&scenarios[0]["countries"], "country", "CHN");
    assert!(number(&china["change"]["look_through"]) < 0.0);
    assert!(number(&scenarios[0]["unmet_demand"]) < 1e-9);
    assert!(number(&scenarios[1]["unmet_demand"]) > 0.5);
}

#[test]
fn json_of_check() {
    let folder = folder_with("motor.yaml", &MOTOR.replace("makes: motor", "makes: moter"));
    let run = run_in(folder.path(), &["check", "motor.yaml", "--format", "json"]);
    assert_eq!(run.code, 3);
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    check_fields(&answer, ENVELOPE);
    let first = &answer["diagnostics"][0];
    check_fields(
        first,
        &[
            "code", "severity", "message", "file", "line", "column", "help",
        ],
    );
    assert_eq!(first["code"], "unknown-commodity");
    assert_eq!(
        (first["line"].as_u64(), first["file"].as_str()),
        (Some(10), Some("motor.yaml"))
    );
    assert!(first["help"].as_str().unwrap().contains("`motor`"));
}

#[test]
fn known_figures_of_the_pack() {
    let gallium = json(&["share", "gallium", "--world"]);
    let gallium = row(&gallium["commodities"], "commodity", "gallium");
    assert_eq!(gallium["stage"], "refinery");
    let china = number(&row(&gallium["countries"], "country", "CHN")["share"]);
    assert!((china - 0.989).abs() < 0.0005, "{china}");

    let magnet = json(&["share", "ndfeb-magnet", "--world"]);
    let magnet = row(&magnet["commodities"], "commodity", "ndfeb-magnet");
    let china = number(&row(&magnet["countries"], "country", "CHN")["share"]);
    assert!((china - 0.94).abs() < 0.005, "{china}");

    let car = json(&["exposure", "electric-car@USA", "--country", "CHN"]);
    let china = row(&car["countries"], "country", "CHN");
    assert!(
        number(&china["look_through"]) > number(&china["direct"]) + 0.05,
        "{china}"
    );
    assert!(number(&china["assembly"]).abs() < f64::EPSILON);
}

#[test]
fn the_round_trip_of_american_ore() {
    let answer = json(&["why", "magnet-motor@USA", "mountain-pass"]);
    let first = &answer["paths"][0];
    let countries: Vec<&str> = first["countries"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(
        (countries.first(), countries.last()),
        (Some(&"USA"), Some(&"USA"))
    );
    assert!(countries.contains(&"CHN"), "{countries:?}");
    assert_eq!(first["round_trip"], true);
    assert!(
        run(&["why", "magnet-motor@USA", "mountain-pass"])
            .stdout
            .contains("round trip")
    );
}

#[test]
fn countries_without_a_part_have_no_row() {
    let folder = folder_with("motor.yaml", MOTOR);
    let ask = |args: &[&str]| {
        run_in(
            folder.path(),
            &[
                &["exposure", "motor", "-g", "motor.yaml", "-f", "json"],
                args,
            ]
            .concat(),
        )
        .json()
    };
    let all = ask(&[]);
    let codes: Vec<&str> = all["countries"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|c| c["country"].as_str())
        .collect();
    assert!(
        codes.contains(&"CHN") && codes.contains(&"DEU") && codes.contains(&"AUT"),
        "{codes:?}"
    );
    assert!(!codes.contains(&"FJI"), "{codes:?}");
    let fiji = ask(&["--country", "Fiji"]);
    assert_eq!(fiji["countries"], Value::Array(Vec::new()));
    let gallium = run(&["share", "gallium", "--world", "-f", "csv"]);
    assert!(!gallium.stdout.contains("FJI"));
}

#[test]
fn exit_code_of_a_threshold() {
    let ask = |limit: &str| run(&["exposure", "ndfeb-magnet", "--fail-over", limit]);
    let over = ask("10%");
    assert_eq!(over.code, 1);
    assert!(
        over.stdout.contains("China"),
        "the answer is given all the same"
    );
    assert_eq!(ask("0.999999").code, 0);
    let wrong = ask("much");
    assert_eq!((wrong.code, wrong.stdout.as_str()), (2, ""));
    assert!(wrong.stderr.contains("50%"), "{}", wrong.stderr);
}

#[test]
fn unknown_names_are_usage_errors_with_a_suggestion() {
    for (args, suggestion) in [
        (&["exposure", "humanoid-robt"][..], "`humanoid-robot`"),
        (&["exposure", "Humanoid robot@"], "`humanoid-robot`"),
        (&["exposure", "electric-car@Chna"], "`China`"),
        (
            &["exposure", "electric-car", "--country", "Germny"],
            "`Germany`",
        ),
        (&["share", "galium", "--world"], "`gallium`"),
        (&["why", "ndfeb-magnet", "galium"], "`gallium`"),
        (
            &["diff", "ndfeb-magnet", "gallium-to-us"],
            "`gallium-to-usa`",
        ),
        (
            &["exposure", "ndfeb-magnet", "--scenario", "gallium-to-us"],
            "`gallium-to-usa`",
        ),
        (
            &["share", "ndfeb-magnet", "--stage", "refining"],
            "refinery",
        ),
        (
            &[
                "exposure",
                "ndfeb-magnet",
                "-g",
                "graphs/ndfeb-magnets.yaml",
            ],
            "`ndfeb-magnet.yaml`",
        ),
        (&["exposur", "ndfeb-magnet"], "exposure"),
        (&["exposure", "ndfeb-magnet", "--formt", "json"], "--format"),
        (&["exposure", "ndfeb-magnet", "--format", "jsn"], "json"),
    ] {
        let run = run(args);
        assert_eq!(run.code, 2, "{args:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{args:?}");
        assert!(run.stderr.contains(suggestion), "{args:?}: {}", run.stderr);
    }
}

/// Numbers out of range are told as such, negative ones too, and what contradicts itself is refused.
#[test]
fn options_out_of_range_are_usage_errors() {
    let plan = ["plan", "ndfeb-magnet", "--without", "CHN"];
    for (more, says) in [
        (&["--keep", "-5%"][..], "`-5%` is no share from 0 to 100 %"),
        (
            &["--max-share", "150%"],
            "`150%` is no share from 0 to 100 %",
        ),
        (&["--grid-share", "-1"], "`-1` is no share from 0 to 100 %"),
        (&["--life", "-20"], "cannot last -20 years"),
        (&["--in", "CHN"], "nowhere is left to build"),
        (
            &["--in", "China,USA"],
            "nothing can be built in China (CHN), which is gone by `--without`",
        ),
        (&["--group", "quad", "--in", "USA"], "cannot be used with"),
    ] {
        let run = run(&[&plan[..], more].concat());
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{more:?}");
        assert!(run.stderr.contains(says), "{more:?}: {}", run.stderr);
    }
    for (args, says) in [
        (
            &["chokepoints", "ndfeb-magnet", "--threshold", "-5%"][..],
            "`-5%` is no share from 0 to 100 %",
        ),
        (
            &["limits", "ndfeb-magnet", "--target", "-5"],
            "`-5` is not above zero",
        ),
        (
            &["exposure", "ndfeb-magnet", "--top", "-5"],
            "'-5' for '--top <N>': write a whole number, 0 or more",
        ),
        (
            &["render", "ndfeb-magnet", "--depth", "two"],
            "'two' for '--depth <N>': write a whole number, 0 or more",
        ),
    ] {
        let run = run(args);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{args:?}");
        assert!(run.stderr.contains(says), "{args:?}: {}", run.stderr);
    }
    // A group of which one country is gone still has the others.
    let quad = run(&[
        &plan[..],
        &["--without", "JPN", "--group", "quad", "--keep", "10%"],
    ]
    .concat());
    assert_eq!(quad.code, 0, "{}", quad.stderr);
    let said = "note: nothing is built in Japan (JPN), gone by `--without`";
    assert!(quad.stdout.contains(said), "{}", quad.stdout);
}

/// What stands in the way of a plan with `--max-share` is headed by that bound, and named once though it binds in many countries.
#[test]
fn shares_that_cannot_be_met_are_told() {
    let run = run(&[
        "plan",
        "ndfeb-magnet",
        "--without",
        "CHN",
        "--max-share",
        "5%",
    ]);
    let headline = run.stdout.lines().next().unwrap();
    assert!(
        headline.contains("with no country above 5.0 % of any commodity, new capacity keeps at most 0.0 %: boron, iron-ore"),
        "{headline}"
    );
}

/// Without a total, limits and plans are for one unit, and say why and what would help.
#[test]
fn a_table_without_a_total_is_told() {
    let text = "oretrace: 1
sources: {counted: {title: A count}}
commodities:
  m: {stage: refinery, unit: kg, build: {cost: 1 USD per kg, source: assumption}}
  p: {stage: assembly, unit: unit, recipe: {m: 2 kg}, build: {cost: 9 USD per unit, source: assumption}}
production:
  - {commodity: m, source: assumption, output: {CHN: 80 kg, JPN: 20 kg}}
  - {commodity: p, source: assumption, shares: {USA: 100%} TOTAL}
";
    let folder = folder_with("p.yaml", &text.replace(" TOTAL", ""));
    let ask = |args: &[&str]| {
        let run = run_in(folder.path(), args);
        assert_eq!(run.code, 0, "{args:?}: {}", run.stderr);
        run.stdout + &run.stderr
    };
    let limits = ask(&["limits", "p", "-g", "p.yaml"]);
    assert!(
        limits.contains(
            "one unit a year, since its production table has shares but no `total`: add a `total`"
        ),
        "{limits}"
    );
    let one = ask(&["limits", "p", "-g", "p.yaml", "--target", "1"]);
    assert!(
        one.contains("What other users leave for it is not known"),
        "{one}"
    );
    let plan = ask(&["plan", "p", "-g", "p.yaml", "--without", "CHN"]);
    assert!(
        plan.contains("for one unit a year, since its production table has shares but no `total`"),
        "{plan}"
    );
    let total = ", total: 40 unit, total_source: counted, total_note: all of them";
    std::fs::write(folder.path().join("p.yaml"), text.replace(" TOTAL", total)).unwrap();
    let limits = ask(&["limits", "p", "-g", "p.yaml"]);
    for says in [
        "p at 40 unit a year, which is what is made today: it takes most of m, 80 kg a year, 80.0 % of what the world makes",
        "Beside other users no more can be made: its own plants, m have no capacity to spare",
        "the world output of p was read in counted (all of them)",
    ] {
        assert!(limits.contains(says), "{says}: {limits}");
    }
    let plan = ask(&["plan", "p", "-g", "p.yaml", "--without", "CHN"]);
    assert!(plan.contains("of 40 unit a year; 80.0 % take"), "{plan}");
}

#[test]
fn bad_data_is_told_on_stderr() {
    let folder = folder_with(
        "motor.yaml",
        &MOTOR
            .replace("country: DEU", "country: DEUT")
            .replace("300 g", "-300 g"),
    );
    for args in [
        &["check", "motor.yaml"][..],
        &["exposure", "motor", "-g", "motor.yaml"],
        &["why", "motor", "CHN", "-g", "motor.yaml", "-f", "json"],
        &["render", "motor", "-g", "motor.yaml"],
    ] {
        let run = run_in(folder.path(), args);
        assert_eq!(run.code, 3, "{args:?}");
        assert!(
            run.stderr.contains("error[unknown-country]"),
            "{}",
            run.stderr
        );
        assert!(
            run.stderr.contains("error[negative-number]"),
            "every problem in one run: {}",
            run.stderr
        );
        assert!(run.stderr.contains("motor.yaml:9:20"), "{}", run.stderr);
        assert!(
            args[0] == "check" || run.stdout.is_empty(),
            "{}",
            run.stdout
        );
    }
}

#[test]
fn answers_go_to_stdout_and_the_rest_to_stderr() {
    let clean = run(&["exposure", "ndfeb-magnet"]);
    assert_eq!((clean.code, clean.stderr.as_str()), (0, ""));
    // A warning about the user's own file does not disturb the answer.
    let table = "production:\n  - {commodity: oxide, output: {CHN: 8 kg, USA: 2 kg}}\n";
    let folder = folder_with(
        "motor.yaml",
        &MOTOR.replace(
            "  baotou: {country: CHN, makes: oxide, operator: North}\n",
            "",
        ),
    );
    std::fs::write(
        folder.path().join("table.yaml"),
        format!("oretrace: 1\n{table}"),
    )
    .unwrap();
    let args = [
        "exposure",
        "motor",
        "-g",
        "motor.yaml",
        "-g",
        "table.yaml",
        "-f",
        "json",
    ];
    let run = run_in(folder.path(), &args);
    assert!(run.stderr.contains("1 warning"), "{}", run.stderr);
    row(&run.json()["countries"], "country", "USA");
    assert!(
        !run.stdout.contains('\u{1b}') && !run.stderr.contains('\u{1b}'),
        "no colour in a pipe"
    );
}

#[test]
fn a_broken_pipe_ends_quietly() {
    let mut child = program()
        .args(["render", "ai-server", "--prune", "0%"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Read a little, then hang up while most is still to come.
    let mut first = [0; 16];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut first).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn own_files_and_own_tables() {
    let folder = folder_with("motor.yaml", MOTOR);
    let answer = run_in(
        folder.path(),
        &["exposure", "motor", "-g", "motor.yaml", "-f", "json"],
    )
    .json();
    let china = row(&answer["countries"], "country", "CHN");
    assert!((number(&china["direct"]) - 0.7).abs() < 1e-12);
    assert!((number(&china["look_through"]) - 1.0).abs() < 1e-12);
    assert!((number(&china["hidden"]) - 0.3).abs() < 1e-12);
    assert!((number(&china["at_risk"]) - 1.0).abs() < 1e-12);
    assert_eq!(china["bottleneck"]["commodity"], "oxide");
    let points = run_in(
        folder.path(),
        &["chokepoints", "motor", "-g", "motor.yaml", "-f", "json"],
    )
    .json();
    let company = row(&points["items"], "id", "North");
    assert_eq!(
        (&company["kind"], &company["single_point_of_failure"]),
        (&"company".into(), &true.into())
    );

    let tables = "tests/fixtures/valid/tables";
    let answer = json(&["exposure", "magnet-motor", "-g", tables]);
    let china = row(&answer["countries"], "country", "CHN");
    assert!((number(&china["direct"]) - 0.7).abs() < 1e-12);

    // The built-in pack can be built on.
    let more = "oretrace: 1\ninclude: [oretrace:reference]\ncommodities:\n  coil: {stage: component, unit: kg, recipe: {copper: 1.1 kg}}\n";
    std::fs::write(folder.path().join("coil.yaml"), more).unwrap();
    let answer = run_in(
        folder.path(),
        &["exposure", "coil", "-g", "coil.yaml", "-f", "json"],
    )
    .json();
    let chile = row(&answer["countries"], "country", "CHL");
    assert!(number(&chile["look_through"]) > 0.0);
    assert!((number(&answer["unlocated"]["share"])) < 1.0);
}

#[test]
fn products_made_in_one_country() {
    let folder = folder_with("motor.yaml", MOTOR);
    let ask = |product: &str| {
        run_in(
            folder.path(),
            &["exposure", product, "-g", "motor.yaml", "-f", "json"],
        )
        .json()
    };
    let magnet = ask("magnet@Germany");
    assert!((number(&row(&magnet["countries"], "country", "DEU")["assembly"]) - 1.0).abs() < 1e-12);
    assert!(
        magnet["notes"]
            .as_array()
            .unwrap()
            .iter()
            .all(|n| !n.as_str().unwrap().contains("what-if"))
    );
    // Nobody makes motors in Chile; a site is made up, and nothing is said of losing Chile itself.
    let what_if = ask("motor@CL");
    assert!(what_if["notes"][0].as_str().unwrap().contains("what-if"));
    assert_eq!(
        row(&what_if["countries"], "country", "CHL")["at_risk"],
        Value::Null
    );
    // A site stands for what it makes.
    let hanau = ask("hanau");
    assert!(
        (number(&row(&hanau["countries"], "country", "CHN")["look_through"]) - 1.0).abs() < 1e-12
    );
}

#[test]
fn scenarios_by_name_and_by_file() {
    let by_name = run(&["diff", "humanoid-robot", "gallium-to-usa", "-f", "json"]);
    let by_file = run(&[
        "diff",
        "humanoid-robot",
        "graphs/scenarios/gallium-to-usa.yaml",
        "-f",
        "json",
    ]);
    assert_eq!(by_name.code, 0, "{}", by_name.stderr);
    assert_eq!(by_name.stdout, by_file.stdout);

    let folder = folder_with("nothing.yaml", "oretrace: 1\nscenario: nothing\n");
    let path = folder.path().join("nothing.yaml");
    let nothing = json(&["diff", "ndfeb-magnet", path.to_str().unwrap()]);
    let nothing = &nothing["scenarios"][0];
    assert_eq!(nothing["shares"], Value::Array(Vec::new()));
    for country in nothing["countries"].as_array().unwrap() {
        assert_eq!(country["before"], country["after"]);
    }

    let applied = json(&[
        "exposure",
        "ndfeb-magnet",
        "--scenario",
        "rare-earths-and-magnets-relocated",
    ]);
    assert_eq!(applied["scenario"], "rare-earths-and-magnets-relocated");
    let before = json(&["exposure", "ndfeb-magnet"]);
    let through = |v: &Value| number(&row(&v["countries"], "country", "CHN")["look_through"]);
    assert!(through(&applied) < through(&before));

    let wrong = folder_with(
        "wrong.yaml",
        "oretrace: 1\nscenario: w\nchanges:\n  - outage: {commodity: galium}\n",
    );
    let path = wrong.path().join("wrong.yaml");
    let run = run(&[
        "exposure",
        "ndfeb-magnet",
        "--scenario",
        path.to_str().unwrap(),
    ]);
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("`gallium`"), "{}", run.stderr);
}

#[test]
fn pictures_parse() {
    let products = json(&["list"]);
    for product in products["commodities"].as_array().unwrap() {
        let id = product["commodity"].as_str().unwrap();
        for colour in ["country", "risk", "stage"] {
            let run = run(&["render", id, "--prune", "3%", "--colour", colour]);
            assert_eq!(run.code, 0, "{id}: {}", run.stderr);
            if let Err(error) = graphviz_rust::parse(&run.stdout) {
                panic!("{id}: {error}");
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("magnet.dot");
    let written = run(&["render", "ndfeb-magnet", "-o", path.to_str().unwrap()]);
    assert_eq!((written.code, written.stdout.as_str()), (0, ""));
    assert_eq!(
        std::fs::read_to_string(path).unwrap(),
        run(&["render", "ndfeb-magnet"]).stdout
    );
    let nowhere = folder.path().join("no/such/folder.dot");
    assert_eq!(
        run(&["render", "ndfeb-magnet", "-o", nowhere.to_str().unwrap()]).code,
        2
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing half written is left"
    );
}

/// Names that would break out of tables, pictures and terminals.
pub(crate) const HOSTILE: &str = r#"oretrace: 1
title: "<b>\"x\"\\ \u202e"
commodities:
  "a\"b": {name: "quote \" back \\ line\nbreak <b>&amp;</b>", stage: refinery, unit: kg}
  "c\\d];x[label=pwn": {name: "\u202eright to left", stage: component, unit: kg, recipe: {"a\"b": 1 kg}}
  "<i>é|*_`</i>": {name: "=1+1", stage: component, unit: kg, recipe: {"a\"b": 1 kg}}
  "مغناطيس 🧲, \"x\"": {name: "-- // /* #", stage: assembly, unit: unit, recipe: {"c\\d];x[label=pwn": 1 kg, "<i>é|*_`</i>": 2 kg}}
sites:
  "=cmd|'/c calc'!A1": {name: "\u202e\e[31m", country: CHN, makes: "a\"b", operator: "Evil \"\\ & <Co>"}
  "tail\\": {country: NOR, makes: "c\\d];x[label=pwn"}
  "}": {country: JPN, makes: "<i>é|*_`</i>"}
  "🧲": {country: USA, makes: "مغناطيس 🧲, \"x\""}
"#;

#[test]
fn large_pictures_do_not_wait_for_graphviz() {
    let drawn = run(&["render", "humanoid-robot", "--prune", "0", "--as", "svg"]);
    assert_eq!(drawn.code, 0);
    assert!(
        drawn
            .stderr
            .contains("flows are many for Graphviz: laid out by oretrace itself")
    );
    assert!(drawn.stdout.starts_with("<svg"));
}

#[test]
fn hostile_names_stay_names() {
    let folder = folder_with("hostile.yaml", HOSTILE);
    let product = "مغناطيس 🧲, \"x\"";
    for command in [
        &["exposure", product][..],
        &["tiers", product],
        &["share", product],
        &["chokepoints", product, "--all"],
        &["why", product, "CHN"],
        &["why", product, "=cmd|'/c calc'!A1"],
        &["list", "commodities"],
    ] {
        for format in ["table", "json", "csv", "markdown"] {
            let args = [command, &["-g", "hostile.yaml", "-f", format]].concat();
            let run = run_in(folder.path(), &args);
            assert_eq!(run.code, 0, "{args:?}: {}", run.stderr);
            match format {
                "json" => drop(run.json()),
                "csv" => {
                    check_csv(&run.stdout, command);
                    assert!(
                        run.stdout.lines().all(|l| !l.starts_with('=')),
                        "no formula for spreadsheets: {}",
                        run.stdout
                    );
                }
                "markdown" => {
                    check_markdown(&run.stdout, command);
                    let tables = run.stdout.lines().filter(|l| l.starts_with('|'));
                    assert!(tables.clone().all(|l| !l.contains("<i>")), "{}", run.stdout);
                }
                _ => assert!(
                    !run.stdout.contains(['\u{1b}', '\u{202e}']),
                    "{}",
                    run.stdout
                ),
            }
        }
    }
    let picture = run_in(folder.path(), &["render", product, "-g", "hostile.yaml"]);
    assert_eq!(picture.code, 0, "{}", picture.stderr);
    assert!(
        !picture.stdout.contains(['\u{1b}', '\u{202e}']),
        "{}",
        picture.stdout
    );
    if let Err(error) = graphviz_rust::parse(&picture.stdout) {
        panic!("{error}\n{}", picture.stdout);
    }
}

/// A net of limits: half of the gallium is others', and its power is generated by the country.
const DRIVES: &str = "\
oretrace: 1
commodities:
  steam: {stage: energy, unit: GJ, traded: false}
  gallium: {stage: refinery, unit: kg, recipe: {steam: 9 GJ}}
  drive: {stage: assembly, unit: unit, recipe: {gallium: 10 g}}
sites:
  boilers: {country: CHN, makes: steam, output: 720 TJ}
  refinery: {country: CHN, makes: gallium, output: 20 t, capacity: 30 t}
  works: {country: DEU, makes: drive, output: 1 Munit, capacity: 4 Munit}
";

#[test]
fn limits_say_what_binds_first_and_how_far_capacity_reaches() {
    // Recipes can do without some of what is shorter still.
    let phone = run(&["limits", "smartphone", "--without", "quad"]).stdout;
    let mut lines = phone.lines();
    let first = lines.next().unwrap_or_default();
    assert!(
        first.contains("shorter still, but recipes can do without some of it"),
        "{first}"
    );
    assert!(first.contains("Boron binds first"), "{first}");
    assert!(
        lines
            .next()
            .is_some_and(|l| l.ends_with("limited by boron.")),
        "{phone}"
    );
    let gone = run(&["limits", "smartphone@CHN", "--without", "CHN"]).stdout;
    let first = gone.lines().next().unwrap_or_default();
    assert!(
        first.ends_with("nothing is left of its own plants."),
        "{first}"
    );
    let enough = run(&["limits", "gallium", "--target", "1kt/yr"]).stdout;
    assert!(
        enough.contains("nothing that is known stands in its way"),
        "{enough}"
    );
    let folder = folder_with("drives.yaml", DRIVES);
    let ask = |args: &[&str]| {
        run_in(
            folder.path(),
            &[&["limits", "drive", "-g", "drives.yaml"], args].concat(),
        )
    };
    let shown = ask(&["--target", "2.5M/yr"]);
    insta::assert_snapshot!(shown.stdout, @r"
drive at 2.5 M unit a year: gallium binds first: it takes 25000 kg a year, 125.0 % of what the world makes, 1.25 times what is free for it beside other users.
Today's capacity allows 2 M unit a year, limited by gallium.
Served before all other users: 3 M unit a year, limited by gallium.
It takes 0.0625 TWh of steam a year; it weighs most on China (CHN), with 31.3 % of what is generated there.

 commodity   required   unit   world output   of it     capacity   host yields   available   ratio    one more adds
────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
 gallium        25000   kg            20000   125.0 %      30000             –       20000     1.25             100
 drive          2.5 M   unit            1 M   250.0 %        4 M             –         4 M    0.625               0
 steam         225000   GJ           720000    31.3 %     720000             –      720000   0.3125               –

how far today's capacity reaches, unit a year
 priority   product's own plants   unknown capacity as today   unknown capacity no limit
─────────────────────────────────────────────────────────────────────────────────────────
 pro-rata   counted                                      2 M                         2 M
 pro-rata   left out                                     2 M                         2 M
 first      counted                                      3 M                         3 M
 first      left out                                     3 M                         3 M

power by country, against what it generates a year
 country       power   needed   generation   unit   share    one more adds
───────────────────────────────────────────────────────────────────────────
 China (CHN)   steam   0.0625          0.2   TWh    31.3 %               0
");
    let answer = ask(&["--target", "2.5M/yr", "--format", "json"]).json();
    assert_eq!(answer["schema"], "oretrace/limits/1");
    assert_eq!(answer["product"], "drive");
    let gallium = row(&answer["commodities"], "commodity", "gallium");
    assert!((number(&gallium["ratio"]) - 1.25).abs() < 1e-9);
    assert!((number(&answer["max"]) - 2e6).abs() < 1.0);
    assert!((number(&gallium["marginal_gain"]) - 100.0).abs() < 1e-3);
    assert_eq!(answer["limited_by"], serde_json::json!(["gallium"]));
    // 25 t take 225,000 GJ, which is 0.0625 TWh of 0.2.
    let power = row(&answer["power"], "country", "CHN");
    assert!((number(&power["needed"]) - 0.0625).abs() < 1e-9);
    assert!((number(&power["share"]) - 0.3125).abs() < 1e-9);
    let most = ask(&["--max", "--format", "json"]).json();
    assert!((number(&most["target"]) - 2e6).abs() < 1.0);
    let first = ask(&["--max", "--priority", "first", "--format", "json"]).json();
    assert!((number(&first["max"]) - 3e6).abs() < 1.0);
    let csv = ask(&["--target", "2500000", "--format", "csv"]).stdout;
    assert!(csv.starts_with("commodity,required,unit,output,"), "{csv}");
    assert!(
        csv.contains("gallium,25000,kg,20000,1.25,30000,,20000,1.25,"),
        "{csv}"
    );
}

#[test]
fn rates_that_cannot_be_read_get_help() {
    for (rate, says) in [
        ("many", "`many` is no rate"),
        ("0/yr", "is not above zero"),
        ("3 kt/yr", "unit that converts to unit"),
        ("1M/month", "`1M/month` is not an amount a year"),
        ("1,000,000", "write it without commas"),
    ] {
        let run = run(&["limits", "humanoid-robot", "--target", rate]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stderr.contains(says), "{}", run.stderr);
        assert!(run.stderr.contains("1M/yr"), "{}", run.stderr);
    }
}
