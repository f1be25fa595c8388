//! The most that today's capacity allows, and what one more unit of something is worth.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::gains::Gains;
use super::tally::{Tally, left, stated};
use crate::analysis::rerouting::actors::{Actor, Cast};
use crate::analysis::rerouting::entitlement::raise;
use crate::analysis::rerouting::market::{self, Programme};
use crate::analysis::rerouting::{Loss, Priority, Rerouting, SolverError};
use crate::graph::ProcessKind;
use crate::model::{CommodityIx, Network, Place};

/// Units of the product a year that today's capacity allows; each null where it is not known.
///
/// The low figures hold what has no known capacity to what it gives today; in the high ones it is no limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reach {
    /// The product's own sites included.
    pub max: Option<f64>,
    /// The same where unknown capacity is no limit; null where nothing known limits it.
    pub max_high: Option<f64>,
    /// Without the limits of the product's own sites.
    pub max_upstream: Option<f64>,
    /// The same where unknown capacity is no limit.
    pub max_upstream_high: Option<f64>,
    /// What one more unit of would raise `max_high`, most first; else what binds it together.
    pub limited_by: Vec<String>,
    /// The same for `max_upstream_high`.
    pub limited_by_upstream: Vec<String>,
    /// Whether those under `limited_by` bind together, so that more of one alone is no help.
    pub together: bool,
    /// The same for `limited_by_upstream`.
    pub together_upstream: bool,
}

/// Something of which there may be more: a commodity, in one place where it is not traded.
pub(super) type Thing = (CommodityIx, Option<Place>);

/// What the most depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) priority: Priority,
    /// Whether unknown capacity is no limit.
    pub(super) high: bool,
    /// Whether the product's own sites count.
    pub(super) own: bool,
    /// The one commodity that has a limit, if all others are taken as endless.
    pub(super) only: Option<CommodityIx>,
}

/// The most there can be.
#[derive(Clone, Debug)]
pub(super) struct Most {
    /// As a part of present output.
    pub(super) amount: f64,
    /// What is used as far as it may be.
    pub(super) full: BTreeSet<Thing>,
}

pub(super) struct Reacher<'a> {
    pub(super) network: &'a Network,
    pub(super) cast: &'a Cast,
    pub(super) loss: &'a Loss<'a>,
    pub(super) tallies: &'a [Tally],
}

/// How many times the level that the files suggest is taken as no limit at all.
const CEILING: f64 = 1e6;
/// Relative changes below this are the solver's rounding.
pub(super) const NOISE: f64 = 1e-6;

impl<'a> Reacher<'a> {
    pub(super) fn new(
        rerouting: &'a Rerouting<'_>,
        loss: &'a Loss<'a>,
        tallies: &'a [Tally],
    ) -> Self {
        Self {
            network: rerouting.graph.network,
            cast: &rerouting.cast,
            loss,
            tallies,
        }
    }

    /// How far capacity reaches, and what more of each thing is worth.
    pub(super) fn reach(&self, priority: Priority) -> Result<(Reach, Gains), SolverError> {
        let most = |high, own| {
            let setting = Setting {
                priority,
                high,
                own,
                only: None,
            };
            self.most(setting, &[])
        };
        let high = [most(true, true)?, most(true, false)?];
        let low = [most(false, true)?, most(false, false)?];
        let present = self.cast.present;
        let units = |m: &Option<Most>| m.as_ref().map(|m| m.amount * present);
        let sure = |at: usize| {
            let (low, high): (Option<f64>, Option<f64>) = (units(&low[at]), units(&high[at]));
            let agree = matches!((low, high), (Some(l), Some(h)) if l >= h * (1.0 - 1e-7));
            if agree || self.cast.known_present {
                Some(low?.min(high.unwrap_or(f64::INFINITY)))
            } else {
                None
            }
        };
        let gains = self.gains(priority, &high)?;
        let limits = [0, 1].map(|at| self.limited_by(priority, &gains, at, high[at].as_ref()));
        let [
            (limited_by, together),
            (limited_by_upstream, together_upstream),
        ] = limits;
        let reach = Reach {
            max: sure(0),
            max_high: units(&high[0]),
            max_upstream: sure(1),
            max_upstream_high: units(&high[1]),
            limited_by,
            limited_by_upstream,
            together,
            together_upstream,
        };
        Ok((reach, gains))
    }

    /// Whether nobody knows how much of an actor there could be.
    pub(super) fn is_unknown(&self, actor: &Actor) -> bool {
        // The rest of a table of power is not where the rest of other tables is.
        let elsewhere =
            actor.place == Place::Rest && !self.network.commodity(actor.commodity).traded;
        elsewhere || stated(self.network, self.cast, actor).is_none()
    }

    /// `e = K - max(0, O - r)`, or K if the product is served first; more of some actors is added.
    fn entitled(&self, setting: Setting, more: &[(usize, f64)]) -> Cast {
        let mut cast = self.cast.clone();
        for (actor, known) in cast.actors.iter_mut().zip(&self.cast.actors) {
            actor.entitled = match stated(self.network, self.cast, known) {
                _ if known.own && !setting.own => f64::INFINITY,
                _ if setting.only.is_some_and(|c| c != known.commodity) => f64::INFINITY,
                _ if setting.high && self.is_unknown(known) => f64::INFINITY,
                None => known.required,
                Some((capacity, output)) => match setting.priority {
                    Priority::First => capacity,
                    Priority::ProRata if output > known.required => {
                        capacity - output + known.required
                    }
                    Priority::ProRata => capacity,
                },
            };
        }
        for (actor, amount) in more {
            let actor = &mut cast.actors[*actor];
            actor.entitled += amount;
            actor.capacity = actor.capacity.map(|k| k + amount);
        }
        if setting.high {
            cast.grows = true;
            cast.ties.retain(|t| t.known && setting.only.is_none());
        }
        raise(&mut cast, self.network);
        cast
    }

    /// A multiple of present output near which the answer should be, so that the solver's numbers are near 1.
    fn level(&self, priority: Priority) -> f64 {
        let per_unit = |t: &Tally| {
            let required = t.per_unit * self.cast.present;
            let available = t.available(priority)?;
            (required > 0.0 && available > 0.0).then(|| available / required)
        };
        let least = self
            .tallies
            .iter()
            .filter_map(per_unit)
            .fold(f64::INFINITY, f64::min);
        if least.is_finite() { least } else { 1.0 }
    }

    /// The most of the product; none if nothing limits it.
    pub(super) fn most(
        &self,
        setting: Setting,
        more: &[(usize, f64)],
    ) -> Result<Option<Most>, SolverError> {
        let level = self.level(setting.priority);
        let mut cast = self.entitled(setting, more);
        cast.present *= level;
        for required in &mut cast.required {
            *required *= level;
        }
        let caps: Vec<f64> = cast
            .actors
            .iter()
            .enumerate()
            .map(|(at, actor)| match left(self.loss, at, actor) {
                part if part > 0.0 => actor.entitled * part,
                _ => 0.0,
            })
            .collect();
        let programme = market::programme(self.network, &cast, self.loss, caps, CEILING, false);
        let programme = self.with_scrap(programme);
        let solution = programme.lp.maximise()?;
        if solution.objective > CEILING * (1.0 - 1e-6) {
            return Ok(None);
        }
        let mut full = BTreeSet::new();
        for (group, column) in programme.groups.iter().zip(&programme.columns) {
            let Some(column) = column else { continue };
            let value = solution.values[*column] * cast.scale(group.commodity);
            // What others can do without counts with what is intended, so that capacity helps even where it stands idle.
            if group.makes && (!group.plain || value >= group.cap * (1.0 - 1e-6)) {
                let traded = self.network.commodity(group.commodity).traded;
                full.insert((group.commodity, group.place.filter(|_| !traded)));
            }
        }
        Ok(Some(Most {
            amount: solution.objective * level,
            full,
        }))
    }

    /// Scrap that has no limit keeps its part of all that is used.
    fn with_scrap(&self, mut programme: Programme) -> Programme {
        let mut scrap: BTreeMap<CommodityIx, (f64, f64)> = BTreeMap::new();
        for actor in &self.cast.actors {
            let sum = scrap.entry(actor.commodity).or_default();
            match actor.kind {
                ProcessKind::Scrap => sum.0 += actor.required,
                ProcessKind::ReExporter => {}
                _ => sum.1 += actor.required,
            }
        }
        for (commodity, (scrap, made)) in scrap {
            if scrap <= 0.0 || made <= 0.0 {
                continue;
            }
            let part = scrap / (scrap + made);
            let of = programme.groups.iter().zip(&programme.columns);
            let terms: Vec<(usize, f64)> = of
                .filter(|(g, _)| g.commodity == commodity && (g.makes || g.scrap))
                .filter_map(|(g, column)| {
                    Some(((*column)?, if g.scrap { 1.0 - part } else { -part }))
                })
                .collect();
            let endless =
                |g: &market::Group| g.commodity == commodity && g.scrap && g.cap.is_infinite();
            if programme.groups.iter().any(endless) {
                let row = programme.lp.row(0.0);
                for (column, factor) in terms {
                    programme.lp.add(row, column, factor);
                }
            }
        }
        programme
    }
}
