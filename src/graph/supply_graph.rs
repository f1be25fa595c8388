//! The graph itself: flat arrays, and how to walk them.

use std::ops::Range;
use std::sync::Arc;

use super::derived;
use super::order::Order;
use crate::model::{CommodityIx, Country, Network, Place, Site, SiteIx};

/// Position of a process in [`SupplyGraph::processes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessIx(pub u32);

impl ProcessIx {
    /// The index as a `usize`.
    #[must_use]
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// What stands behind a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProcessKind {
    /// A site of the network.
    Site,
    /// A commodity with a recipe but no site: made somewhere.
    Placeless,
    /// A site that a commodity which is not traded must have in its buyer's country.
    Implied,
    /// A trade country that makes none of the commodity and passes on the world's mix.
    ReExporter,
    /// End-of-life scrap collected in the buyer's country.
    Scrap,
    /// An assembly site asked for where there is none.
    WhatIf,
}

impl ProcessKind {
    /// Whether it makes its commodity, and so counts in country shares.
    #[must_use]
    pub fn is_maker(self) -> bool {
        !matches!(self, Self::ReExporter | Self::Scrap)
    }
}

/// A by-product's tie to its host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tie {
    /// The host's sites in the same country, by output.
    pub mix: u32,
    /// How far the host may fall before the by-product does; at least 1.
    pub slack: f64,
}

/// A site on one route.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// What it makes.
    pub commodity: CommodityIx,
    /// Where.
    pub place: Place,
    /// What stands behind it.
    pub kind: ProcessKind,
    /// The site, for [`ProcessKind::Site`].
    pub site: Option<SiteIx>,
    /// The route, where the commodity has several.
    pub route: Option<u16>,
    /// Its inputs.
    pub inputs: Range<u32>,
    /// Its tie to a host.
    pub tie: Option<Tie>,
}

/// One input of a process.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Input {
    pub(crate) commodity: CommodityIx,
    pub(crate) amount: f64,
    pub(crate) weight: f64,
    pub(crate) essential: bool,
    pub(crate) substitutable: f64,
    pub(crate) parts: Range<u32>,
}

/// A part of an input that comes from one mix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Which mix.
    pub mix: u32,
    /// How much of the input, 0 to 1.
    pub share: f64,
}

/// One supplier in a mix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// The supplier.
    pub supplier: ProcessIx,
    /// Its part of the mix, 0 to 1, after outages and bans.
    pub share: f64,
    /// Countries that an unknown supplier cannot be in: position in the graph's lists, 0 for none.
    pub not_in: u32,
}

/// The suppliers of an input.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix {
    /// What they supply.
    pub commodity: CommodityIx,
    /// Links.
    pub links: Range<u32>,
    /// The part nobody is named for, 0 to 1.
    pub unattributed: f64,
    /// Countries that the unattributed part cannot come from, as in [`Link::not_in`].
    pub not_in: u32,
    /// The part that an outage or a ban has stopped, 0 to 1.
    pub unmet: f64,
}

/// An input as it is handed out: plain values and its parts.
#[derive(Clone, Copy, Debug)]
pub struct InputView<'g> {
    /// What is needed.
    pub commodity: CommodityIx,
    /// Units of it per unit of output.
    pub amount: f64,
    /// Weight in linear measures.
    pub weight: f64,
    /// Whether nothing can be made without it.
    pub essential: bool,
    /// The part of a loss that can be done without.
    pub substitutable: f64,
    /// Where it comes from; shares sum to 1.
    pub parts: &'g [Part],
}

/// One edge from a buyer to a supplier, with all that lies between.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The supplier.
    pub supplier: ProcessIx,
    /// Its share of the input.
    pub share: f64,
    /// As in [`Link::not_in`].
    pub not_in: u32,
}

/// A product's cone.
#[derive(Clone, Debug)]
pub struct SupplyGraph<'n> {
    pub(crate) network: &'n Network,
    pub(crate) processes: Vec<Process>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) parts: Vec<Part>,
    pub(crate) mixes: Vec<Mix>,
    pub(crate) links: Vec<Link>,
    pub(crate) lists: Vec<Arc<[Country]>>,
    pub(crate) roots: Vec<(ProcessIx, f64)>,
    pub(crate) root_unmet: f64,
    pub(crate) product: Option<CommodityIx>,
    /// What it was built for.
    pub(crate) asked: super::Roots,
    pub(crate) what_if: bool,
    pub(crate) order: Order,
    pub(crate) notes: Vec<String>,
}

impl<'n> SupplyGraph<'n> {
    /// The network it is taken from.
    #[must_use]
    pub fn network(&self) -> &'n Network {
        self.network
    }

    /// The product, if the graph has one.
    #[must_use]
    pub fn product(&self) -> Option<CommodityIx> {
        self.product
    }

    /// What the graph was built for.
    #[must_use]
    pub fn asked(&self) -> &super::Roots {
        &self.asked
    }

    /// All processes of the cone.
    #[must_use]
    pub fn processes(&self) -> &[Process] {
        &self.processes
    }

    /// One process.
    #[must_use]
    pub fn process(&self, ix: ProcessIx) -> &Process {
        &self.processes[ix.at()]
    }

    /// Every process with its index.
    pub fn indexed(&self) -> impl Iterator<Item = (ProcessIx, &Process)> {
        self.processes
            .iter()
            .enumerate()
            .map(|(at, p)| (ProcessIx(at as u32), p))
    }

    /// All mixes of the cone.
    #[must_use]
    pub fn mixes(&self) -> &[Mix] {
        &self.mixes
    }

    /// The links of a mix.
    #[must_use]
    pub fn links_of(&self, mix: u32) -> &[Link] {
        let links = &self.mixes[mix as usize].links;
        &self.links[links.start as usize..links.end as usize]
    }

    /// The links of a mix that is at hand.
    #[must_use]
    pub fn links_of_mix(&self, mix: &Mix) -> &[Link] {
        &self.links[mix.links.start as usize..mix.links.end as usize]
    }

    /// The inputs of a process.
    pub fn inputs_of(&self, process: ProcessIx) -> impl Iterator<Item = InputView<'_>> {
        let range = &self.processes[process.at()].inputs;
        self.inputs[range.start as usize..range.end as usize]
            .iter()
            .map(|i| InputView {
                commodity: i.commodity,
                amount: i.amount,
                weight: i.weight,
                essential: i.essential,
                substitutable: i.substitutable,
                parts: &self.parts[i.parts.start as usize..i.parts.end as usize],
            })
    }

    /// Whether a process has no inputs.
    #[must_use]
    pub fn is_terminal(&self, process: ProcessIx) -> bool {
        self.processes[process.at()].inputs.is_empty()
    }

    /// The suppliers of an input with their shares.
    pub fn edges<'g>(&'g self, input: &InputView<'g>) -> impl Iterator<Item = Edge> + use<'g, 'n> {
        input.parts.iter().flat_map(move |part| {
            self.links_of(part.mix).iter().map(move |link| Edge {
                supplier: link.supplier,
                share: part.share * link.share,
                not_in: link.not_in,
            })
        })
    }

    /// The product's own sites with their parts of its output; they sum to 1 less what outages stop.
    #[must_use]
    pub fn roots(&self) -> &[(ProcessIx, f64)] {
        &self.roots
    }

    /// The part of the product's own output that outages stop.
    #[must_use]
    pub fn root_unmet(&self) -> f64 {
        self.root_unmet
    }

    /// Whether the product's own site was made up because the country has none.
    #[must_use]
    pub fn is_what_if(&self) -> bool {
        self.what_if
    }

    /// Whether some processes hold a site that was made up, of whose loss nothing can be said.
    #[must_use]
    pub fn holds_what_if(&self, members: &[ProcessIx]) -> bool {
        self.what_if
            && members
                .iter()
                .any(|p| self.process(*p).kind == ProcessKind::WhatIf)
    }

    /// Whether any of some processes is a site in a place that is known or remainder: of others nothing can be pointed at.
    #[must_use]
    pub fn is_somewhere(&self, members: &[ProcessIx]) -> bool {
        members.iter().any(|p| {
            let process = self.process(*p);
            process.place != Place::Unknown && process.kind != ProcessKind::WhatIf
        })
    }

    /// Suppliers-first order of processes and mixes.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// What the builder decided for the reader.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The countries in a list that [`Link::not_in`] names.
    #[must_use]
    pub fn list(&self, at: u32) -> &[Country] {
        &self.lists[at as usize]
    }

    /// The site behind a process.
    #[must_use]
    pub fn site(&self, ix: ProcessIx) -> Option<&'n Site> {
        self.processes[ix.at()].site.map(|s| self.network.site(s))
    }

    /// The id of a process as output shows it.
    #[must_use]
    pub fn id(&self, ix: ProcessIx) -> String {
        let process = self.process(ix);
        match self.site(ix) {
            Some(site) => site.id.to_string(),
            None => derived::id(self.network, process.kind, process.commodity, process.place),
        }
    }
}

impl SupplyGraph<'_> {
    /// The countries that an own site of the product in an unknown place cannot be in.
    pub(crate) fn root_list(&self, process: ProcessIx) -> u32 {
        let process = self.process(process);
        let listed = self
            .network
            .commodity(process.commodity)
            .production
            .as_ref()
            .map(|p| &p.listed);
        if process.place != Place::Rest {
            return 0;
        }
        let found = listed.and_then(|l| self.lists.iter().position(|known| known == l));
        found.map_or(0, |at| at as u32)
    }
}
