//! What many tests need: networks from text, and runs of the program.

use std::path::Path;
use std::process::Command;

use oretrace::diag::Sources;
use oretrace::graph::{Roots, SupplyGraph};
use oretrace::load::{Input, load, load_scenario};
use oretrace::model::{Country, Network};
use oretrace::scenario::apply;
use serde_json::Value;

/// The network of a file.
#[track_caller]
pub(crate) fn network(text: &str) -> Network {
    let mut sources = Sources::default();
    let file = sources.add("graph.yaml", text.to_owned());
    let loaded = load(&mut sources, &[Input::Text(file)], None);
    let told: Vec<&str> = loaded.diagnostics.iter().map(|d| &*d.message).collect();
    loaded.network.unwrap_or_else(|| panic!("{told:?}\n{text}"))
}

/// The network of a file without its first line.
#[track_caller]
pub(crate) fn net(body: &str) -> Network {
    network(&format!("oretrace: 1\n{body}"))
}

/// A network after the scenario of a file.
#[track_caller]
pub(crate) fn applied(network: &Network, text: &str) -> Network {
    let mut sources = Sources::default();
    let file = sources.add("scenario.yaml", text.to_owned());
    let (scenario, _) =
        load_scenario(&sources, file, network).unwrap_or_else(|e| panic!("{e:?}\n{text}"));
    apply(network, &scenario)
}

/// A network after some changes.
#[track_caller]
pub(crate) fn changed(network: &Network, changes: &str) -> Network {
    let text = format!("oretrace: 1\nscenario: s\nchanges:\n{changes}\n");
    applied(network, &text)
}

#[track_caller]
pub(crate) fn graph_of<'n>(network: &'n Network, product: &str) -> SupplyGraph<'n> {
    let product = network.find_commodity(product).unwrap();
    SupplyGraph::of_product(network, &Roots::product(product)).unwrap()
}

#[track_caller]
pub(crate) fn country(code: &str) -> Country {
    Country::from_alpha3(code).unwrap()
}

/// What a run of the program gave.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// The program, without colour and of no width.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oretrace"));
    command.env("NO_COLOR", "1").env_remove("COLUMNS");
    command
}

pub(crate) fn run_in(folder: &Path, args: &[&str]) -> Run {
    let output = program().current_dir(folder).args(args).output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn run(args: &[&str]) -> Run {
    run_in(Path::new(env!("CARGO_MANIFEST_DIR")), args)
}
