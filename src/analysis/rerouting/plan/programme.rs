//! The programme of a plan: that of rerouting, with columns of new capacity and the rows that hold them.

use rustc_hash::{FxHashMap, FxHashSet};

use super::PlanQuery;
use super::candidates::Candidates;
use super::new_sites::{caps, with_candidates};
use crate::analysis::rerouting::Loss;
use crate::analysis::rerouting::actors::Cast;
use crate::analysis::rerouting::market::{self, Programme};
use crate::analysis::rerouting::solver::Lp;
use crate::model::{CommodityIx, Country, Network};

/// The programme without objective and target.
#[derive(Clone)]
pub(super) struct Writer {
    pub(super) lp: Lp,
    pub(super) pools: Vec<(CommodityIx, usize)>,
    pub(super) finals: Vec<usize>,
    /// Column of the capacity of each candidate, if the product can use it.
    pub(super) columns: Vec<Option<usize>>,
    /// Units that the columns are written in.
    pub(super) scales: Vec<f64>,
    pub(super) costs: Vec<f64>,
    pub(super) countries: Vec<Country>,
    /// Place of each candidate where costs tie: by id, after all others what takes power nobody knows of.
    pub(super) order: Vec<usize>,
    /// Commodities of which more may be built somewhere.
    pub(super) may_build: FxHashSet<CommodityIx>,
    /// By commodity: units that programmes write it in.
    pub(super) commodity_scales: Vec<f64>,
    /// Rows of limits on candidates, with what they stand for.
    pub(super) limits: Vec<(Limit, usize)>,
}

/// What limits new capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// What there is of a commodity that may not be built.
    Supply(CommodityIx),
    /// Reserves, or what mines have to spare.
    Ore(CommodityIx, Country),
    /// What the host of a by-product yields.
    Host(CommodityIx, Country),
    /// The part of a country's power that new sites may use.
    Grid(CommodityIx, Country),
    /// The part of a commodity that one country may have.
    Share(CommodityIx, Country),
}

impl Limit {
    pub(super) fn commodity(self) -> CommodityIx {
        match self {
            Self::Supply(c)
            | Self::Ore(c, _)
            | Self::Host(c, _)
            | Self::Grid(c, _)
            | Self::Share(c, _) => c,
        }
    }
}

impl Writer {
    pub(super) fn new(
        network: &Network,
        cast: &Cast,
        candidates: &Candidates,
        query: &PlanQuery,
        loss: &Loss<'_>,
    ) -> Self {
        let (cast, loss, news) = with_candidates(network, cast, candidates, loss);
        let caps = caps(network, &cast, &loss);
        let by_place = query.max_share.is_some();
        let Programme {
            lp,
            groups,
            columns,
            finals,
            pools,
            ties,
        } = market::programme(network, &cast, &loss, caps, 1.0, by_place);
        let of_actor: FxHashMap<usize, usize> = groups
            .iter()
            .zip(&columns)
            .filter_map(|(group, column)| Some((group.alone?, group.level.or(*column)?)))
            .collect();
        let mut writer = Self {
            lp,
            pools,
            finals,
            columns: Vec::new(),
            scales: candidates
                .all
                .iter()
                .map(|c| cast.scale(c.commodity))
                .collect(),
            costs: candidates.all.iter().map(|c| c.cost).collect(),
            may_build: candidates.all.iter().map(|c| c.commodity).collect(),
            commodity_scales: (0..network.commodities().len())
                .map(|c| cast.scale(CommodityIx(c as u32)))
                .collect(),
            countries: candidates.all.iter().map(|c| c.country).collect(),
            order: candidates.order(network),
            limits: ties
                .into_iter()
                .map(|(tie, row)| {
                    let tie = &cast.ties[tie];
                    (Limit::Host(tie.byproduct, tie.country), row)
                })
                .collect(),
        };
        writer.capacities(network, candidates, &news, &of_actor);
        writer.followers(network, &cast, &of_actor);
        writer.hosts(network, &cast, candidates, &of_actor);
        writer.grids(network, candidates, query.grid_share);
        if let Some(most) = query.max_share {
            writer.shares(network, &groups, &columns, most);
        }
        writer
    }
}
