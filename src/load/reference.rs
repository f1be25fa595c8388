//! The files compiled into the program: the reference pack, the product graphs and the scenarios.

use super::{INCLUDE_PREFIX, REFERENCE};

include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// A file compiled into the program.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Name relative to its folder, such as `gallium.yaml`.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// The YAML files of the reference pack.
#[must_use]
pub fn reference() -> &'static [BuiltIn] {
    REFERENCE_FILES
}

/// The product graphs.
#[must_use]
pub fn graphs() -> &'static [BuiltIn] {
    GRAPH_FILES
}

/// The scenarios.
#[must_use]
pub fn scenarios() -> &'static [BuiltIn] {
    SCENARIO_FILES
}

/// Governance indicators by country and year, as the csv file says.
#[must_use]
pub fn governance() -> &'static str {
    GOVERNANCE
}

/// The name under which a file of the reference pack is shown.
#[must_use]
pub fn shown_name(folder: &str, name: &str) -> String {
    format!("{INCLUDE_PREFIX}{folder}/{name}")
}

/// The built-in graph that `oretrace:NAME` means.
pub(crate) fn graph_named(word: &str) -> Option<&'static BuiltIn> {
    (word != REFERENCE).then_some(())?;
    graphs()
        .iter()
        .find(|file| file.name.strip_suffix(".yaml") == Some(word))
}
