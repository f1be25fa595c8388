//! Text to [`Network`], with every problem found on the way.
//!
//! [`load`] collects the documents and all they include, reads definitions before uses, and reports each problem with
//! its place. A [`Network`] comes out only if there is no error.

mod buyers;
mod checks;
mod definitions;
mod documents;
mod fields;
mod flows;
mod indicators;
mod links;
mod names;
mod owners;
mod production;
mod reference;
mod scenario;
mod tables;
pub mod yaml;

use std::path::PathBuf;

use crate::diag::{Diagnostic, FileId, Sources};
use crate::model::{Network, NetworkParts, Scenario};
use documents::Collector;
use fields::Sink;
use names::Names;

pub use documents::Input;
pub use flows::flow_table;
pub use indicators::{built_in_governance, indicator_inputs};
pub use reference::{BuiltIn, governance, graphs, reference, scenarios, shown_name};
pub use tables::help_with_bytes;

/// What an include of the reference pack begins with.
pub const INCLUDE_PREFIX: &str = "oretrace:";

/// The word for the reference pack itself.
pub const REFERENCE: &str = "reference";

/// The outcome of loading.
#[derive(Debug)]
pub struct Loaded {
    /// The network, if nothing is wrong with the files.
    pub network: Option<Network>,
    /// Every problem, in order of file and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Loads files, folders, texts or the built-in pack into one network.
///
/// Includes may not leave `root`, or without one the folder of the file that begins them.
pub fn load(sources: &mut Sources, inputs: &[Input], root: Option<PathBuf>) -> Loaded {
    let mut sink = Sink::default();
    let mut collector = Collector::new(sources, &mut sink, root);
    for input in inputs {
        collector.add(input);
    }
    let documents = collector.finish();
    let mut parts = NetworkParts::default();
    let names = Names::collect(&documents, sources, &mut parts, &mut sink);
    definitions::read(&documents, &names, &mut parts, &mut sink);
    let sites = production::read(&documents, sources, &names, &mut parts, &mut sink);
    links::read(&documents, sources, &names, &sites, &mut parts, &mut sink);
    if sink.has_errors() {
        return Loaded {
            network: None,
            diagnostics: sink.finish(),
        };
    }
    let network = Network::build(parts);
    checks::run(&network, &names, &mut sink);
    let network = (!sink.has_errors()).then_some(network);
    Loaded {
        network,
        diagnostics: sink.finish(),
    }
}

/// Loads the built-in pack and product graphs.
#[must_use]
pub fn load_built_in(sources: &mut Sources) -> Loaded {
    load(sources, &[Input::BuiltIn], None)
}

/// Whether a text is a scenario, so far as can be seen without reading it in full.
#[must_use]
pub fn is_scenario(text: &str) -> bool {
    text.lines()
        .any(|line| line.starts_with("scenario:") || line.starts_with("changes:"))
}

/// Reads a scenario file against the network it changes.
///
/// # Errors
/// All problems of the file.
pub fn load_scenario(
    sources: &Sources,
    file: FileId,
    network: &Network,
) -> Result<(Scenario, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut sink = Sink::default();
    let scenario = scenario::read(sources, file, network, &mut sink);
    match scenario {
        Some(scenario) if !sink.has_errors() => Ok((scenario, sink.finish())),
        _ => Err(sink.finish()),
    }
}
