//! What a question is about: a country, a group, or some processes.

use crate::graph::{ProcessIx, SupplyGraph};
use crate::model::{Country, Place};

/// A set of processes, by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// How output calls it.
    pub label: String,
    /// The countries, if it is a country or a group.
    pub countries: Vec<Country>,
    mask: Vec<bool>,
}

impl Target {
    /// Everything in one country.
    #[must_use]
    pub fn country(graph: &SupplyGraph<'_>, country: Country) -> Self {
        Self::countries(graph, country.code(), vec![country])
    }

    /// Each country that has a part in the product, in code order.
    #[must_use]
    pub fn each_country(graph: &SupplyGraph<'_>) -> Vec<Self> {
        let all = countries_in(graph).into_iter();
        all.map(|c| Self::country(graph, c)).collect()
    }

    /// Everything in the countries of a group.
    #[must_use]
    pub fn countries(
        graph: &SupplyGraph<'_>,
        label: impl Into<String>,
        countries: Vec<Country>,
    ) -> Self {
        let mask = graph
            .processes()
            .iter()
            .map(|p| matches!(p.place, Place::In(country) if countries.contains(&country)))
            .collect();
        Self {
            label: label.into(),
            countries,
            mask,
        }
    }

    /// These processes.
    #[must_use]
    pub fn processes(
        graph: &SupplyGraph<'_>,
        label: impl Into<String>,
        members: &[ProcessIx],
    ) -> Self {
        let mut mask = vec![false; graph.processes().len()];
        for member in members {
            mask[member.at()] = true;
        }
        Self {
            label: label.into(),
            countries: Vec::new(),
            mask,
        }
    }

    /// Whether a process belongs to it.
    #[must_use]
    pub fn holds(&self, process: ProcessIx) -> bool {
        self.mask[process.at()]
    }

    /// Its processes.
    #[must_use]
    pub fn members(&self) -> Vec<ProcessIx> {
        self.mask
            .iter()
            .enumerate()
            .filter(|(_, held)| **held)
            .map(|(at, _)| ProcessIx(at as u32))
            .collect()
    }

    /// Whether it holds no process of the graph.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.mask.contains(&true)
    }

    /// Whether supply of which only the list of excluded countries is known may come from it.
    ///
    /// A group is excluded only if every member is listed. Only countries and groups can be met by unknown supply.
    #[must_use]
    pub fn may_hide_outside(&self, listed: &[Country]) -> bool {
        self.countries
            .iter()
            .any(|c| listed.binary_search(c).is_err())
    }
}

/// Every country that has a process in the graph, in code order.
#[must_use]
pub fn countries_in(graph: &SupplyGraph<'_>) -> Vec<Country> {
    let mut found: Vec<Country> = graph
        .processes
        .iter()
        .filter_map(|p| p.place.country())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}
