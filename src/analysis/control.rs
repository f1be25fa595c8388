//! Who controls what: the owner at the top of chains of majorities.
//!
//! An owner controls a company or site if it holds more than half of it, its own part and those of all companies that it
//! controls taken together: a majority of the voting rights with those of subsidiaries added, as in Directive 2013/34/EU,
//! article 22(1)(a) and (3). Parts stand for votes. Fewer than a majority is no control, however scattered the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Basis, Country, Network, Site, SiteKind};

/// More than this is a majority.
const HALF: f64 = 0.5 + 1e-12;

type Owners = [(Arc<str>, f64)];

/// The owners of a network, followed to the top.
#[derive(Debug)]
pub(super) struct Control<'n> {
    network: &'n Network,
    /// By company that has owners: whoever controls it in the end; itself if nobody does.
    top: BTreeMap<&'n str, &'n str>,
}

impl<'n> Control<'n> {
    pub(super) fn new(network: &'n Network) -> Self {
        let mut control = Self {
            network,
            top: BTreeMap::new(),
        };
        for company in network.parts().company_owners.keys() {
            control.follow(company);
        }
        control
    }

    pub(super) fn network(&self) -> &'n Network {
        self.network
    }

    /// Settles a company after all of its owners. Chains may be long, so that the way up is a list, not a recursion.
    fn follow(&mut self, company: &'n str) {
        let owners_of = |c: &str| self.network.parts().company_owners.get(c);
        let mut open: Vec<(&'n str, bool)> = vec![(company, false)];
        let mut on_the_way: BTreeSet<&'n str> = BTreeSet::new();
        while let Some((company, owners_done)) = open.pop() {
            let Some(owners) = owners_of(company) else {
                continue;
            };
            if owners_done {
                let top = self.majority(owners).unwrap_or(company);
                self.top.insert(company, top);
                on_the_way.remove(company);
            } else if !self.top.contains_key(company) && on_the_way.insert(company) {
                open.push((company, true));
                open.extend(owners.iter().map(|(owner, _)| (&**owner, false)));
            }
        }
    }

    /// Whoever holds more than half, through companies it controls or itself.
    fn majority(&self, owners: &'n Owners) -> Option<&'n str> {
        let mut held: BTreeMap<&'n str, f64> = BTreeMap::new();
        for (owner, part) in owners {
            *held.entry(self.top_of(owner)).or_default() += part;
        }
        let most = held.into_iter().find(|(_, part)| *part > HALF);
        most.map(|(owner, _)| owner)
    }

    fn top_of(&self, company: &'n str) -> &'n str {
        self.top.get(company).copied().unwrap_or(company)
    }

    /// The company that controls a site in the end; none if no owner is known or none has a majority.
    pub(super) fn company(&self, site: &'n Site) -> Option<&'n str> {
        self.majority(&site.details.as_ref()?.owners)
    }

    /// The home of a company, if a file says.
    pub(super) fn home(&self, company: &str) -> Option<Country> {
        self.network.parts().company_countries.get(company).copied()
    }

    /// The home of whoever controls a site. What a table counts by the makers' nationality is controlled from there.
    pub(super) fn country(&self, site: &'n Site) -> Option<Country> {
        match self.company(site) {
            Some(company) => self.home(company),
            None => self.nationality(site),
        }
    }

    /// The country under which a table lists the makers of a row, who may stand anywhere.
    pub(super) fn nationality(&self, site: &Site) -> Option<Country> {
        let table = self.network.commodity(site.commodity).production.as_ref()?;
        let by_maker = table.basis == Basis::Maker && site.kind == SiteKind::Aggregate;
        site.place.country().filter(|_| by_maker)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::test_network::Sketch;
    use super::*;
    use crate::model::SiteDetails;

    type Holdings<'a> = [(&'a str, &'a [(&'a str, f64)])];

    /// A mine with these owners, in a network with these companies.
    fn top(owners: &[(&str, f64)], companies: &Holdings<'_>) -> Option<String> {
        let list = |owners: &[(&str, f64)]| -> Vec<(Arc<str>, f64)> {
            owners.iter().map(|(o, p)| (Arc::from(*o), *p)).collect()
        };
        let network = Sketch::new(&["ore"])
            .site("mine", "ore", "CHL", 0.0)
            .network();
        let mut parts = network.into_parts();
        parts.sites[0].details = Some(Box::new(SiteDetails {
            owners: list(owners),
            ..SiteDetails::default()
        }));
        parts.company_owners = companies
            .iter()
            .map(|(company, owners)| (Arc::from(*company), list(owners)))
            .collect();
        let network = Network::build(parts);
        let control = Control::new(&network);
        control.company(&network.sites()[0]).map(str::to_owned)
    }

    #[test]
    fn a_majority_controls_and_half_does_not() {
        assert_eq!(top(&[("A", 0.51), ("B", 0.49)], &[]).as_deref(), Some("A"));
        assert_eq!(top(&[("A", 0.5), ("B", 0.5)], &[]), None);
        assert_eq!(top(&[("A", 0.4)], &[]), None);
        assert_eq!(top(&[], &[]), None);
    }

    #[test]
    fn control_runs_up_chains_of_majorities() {
        // 51 % of 51 % is 26 %, and still all of the say.
        let chain: &Holdings<'_> = &[("A", &[("B", 0.51)]), ("B", &[("C", 0.51)])];
        assert_eq!(top(&[("A", 0.51)], chain).as_deref(), Some("C"));
        // Where nobody controls the company on the way, it is the top.
        let broken: &Holdings<'_> = &[("A", &[("B", 0.5), ("C", 0.3)])];
        assert_eq!(top(&[("A", 1.0)], broken).as_deref(), Some("A"));
    }

    #[test]
    fn what_subsidiaries_hold_is_added() {
        // 30 % itself and 30 % through a company it controls; a minority holding adds nothing.
        let companies: &Holdings<'_> = &[("S", &[("P", 0.6)]), ("M", &[("P", 0.4)])];
        let held = top(&[("P", 0.3), ("S", 0.3)], companies);
        assert_eq!(held.as_deref(), Some("P"));
        assert_eq!(top(&[("P", 0.3), ("M", 0.3)], companies), None);
    }

    const NAMES: [&str; 6] = ["c0", "c1", "c2", "c3", "c4", "c5"];

    /// By the definition: add companies to what one controls until none follows.
    fn controls(owner: usize, holdings: &[Vec<(usize, f64)>]) -> Vec<bool> {
        let mut controlled = vec![false; holdings.len()];
        loop {
            let held = |by: &[(usize, f64)]| -> f64 {
                let counts = |h: usize| h == owner || controlled.get(h).is_some_and(|c| *c);
                by.iter().filter(|(h, _)| counts(*h)).map(|(_, p)| p).sum()
            };
            let next: Vec<bool> = holdings.iter().map(|by| held(by) > HALF).collect();
            if next == controlled {
                return controlled;
            }
            controlled = next;
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_top_is_who_controls_and_is_not_controlled(
            parts in prop::collection::vec(prop::collection::vec((0..6_usize, 1..10_u8), 0..4), 7),
        ) {
            // Company n is held by later ones only; the last list is the mine's.
            let mine = parts.len() - 1;
            let holdings: Vec<Vec<(usize, f64)>> = parts
                .iter()
                .enumerate()
                .map(|(n, by)| {
                    let mut list: BTreeMap<usize, f64> = BTreeMap::new();
                    let allowed = by.iter().filter(|(h, _)| n == mine || *h > n);
                    list.extend(allowed.map(|(h, p)| (*h, f64::from(*p) / 12.0)));
                    let sum: f64 = list.values().sum();
                    list.into_iter().map(|(h, p)| (h, p / sum.max(1.0))).collect()
                })
                .collect();
            let names: Vec<Vec<(&str, f64)>> = holdings
                .iter()
                .map(|by| by.iter().map(|(h, p)| (NAMES[*h], *p)).collect())
                .collect();
            let companies: Vec<(&str, &[(&str, f64)])> =
                NAMES.iter().zip(&names).map(|(c, by)| (*c, &by[..])).collect();
            let controlled: Vec<Vec<bool>> =
                (0..NAMES.len()).map(|owner| controls(owner, &holdings)).collect();
            let is_free = |c: &usize| controlled.iter().all(|by| !by[*c]);
            let tops: Vec<&str> = (0..NAMES.len())
                .filter(|c| controlled[*c][mine])
                .filter(is_free)
                .map(|c| NAMES[c])
                .collect();
            let found = top(&names[mine], &companies);
            prop_assert!(tops.len() <= 1);
            prop_assert_eq!(found.as_deref(), tops.first().copied());
        }
    }
}
