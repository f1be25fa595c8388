//! The charts of `oretrace render --chart`.

use oretrace::analysis::{
    BandVintage, ChokepointKind, ChokepointQuery, Rules, Target, country_shares, exposure_of,
    tier_profile,
};
use oretrace::graph::SupplyGraph;
use oretrace::render::{
    Aggregate, MapOf, Palette, before_after, heat_map, sankey, share_bars, tier_curve, world_map,
};
use oretrace::scenario::DiffQuery;

use crate::cli::commands::render::Chart;
use crate::cli::failure::Failure;
use crate::cli::session::Session;

/// What a chart is asked about.
pub(crate) struct Asked<'a> {
    pub(crate) word: &'a str,
    pub(crate) title: &'a str,
    pub(crate) session: &'a Session,
    pub(crate) graph: &'a SupplyGraph<'a>,
    /// The session without the scenario.
    pub(crate) baseline: Option<&'a Session>,
}

impl Asked<'_> {
    /// Draws a chart.
    pub(crate) fn svg(&self, chart: Chart) -> Result<String, Failure> {
        let palette = Palette::of_network(self.graph.network());
        let sum = || Aggregate::of(self.graph);
        Ok(match chart {
            Chart::Network | Chart::Sankey => sankey(&sum(), &palette, self.title),
            Chart::Tiers => tier_curve(
                &tier_profile(self.graph, &Target::each_country(self.graph)),
                &palette,
                self.title,
                4,
            ),
            Chart::Shares => {
                let shares = country_shares(self.graph, BandVintage::default());
                share_bars(&shares, |id| self.name(id), &palette, self.title, 30)
            }
            Chart::Map => self.map(&sum(), MapOf::LookThrough),
            Chart::RiskMap => self.map(&sum(), MapOf::AtRisk),
            Chart::Heat => heat_map(&sum(), self.title, 15),
            Chart::BeforeAfter => self.before_after(&palette)?,
        })
    }

    fn map(&self, sum: &Aggregate, of: MapOf) -> String {
        let exposure = exposure_of(
            self.graph,
            &Target::each_country(self.graph),
            Rules::default(),
        );
        world_map(&exposure.countries, sum, of, self.title)
    }

    fn name(&self, id: &str) -> String {
        let network = self.graph.network();
        match id.strip_prefix("scrap:") {
            Some(id) => format!("scrap of {}", self.name(id)),
            None => network.find_commodity(id).map_or_else(
                || id.to_owned(),
                |ix| network.commodity(ix).name.to_string(),
            ),
        }
    }

    fn before_after(&self, palette: &Palette) -> Result<String, Failure> {
        let Some(baseline) = self.baseline else {
            return Ok(String::new());
        };
        let query = DiffQuery {
            roots: baseline.product(self.word)?,
            targets: Vec::new(),
            chokepoints: ChokepointQuery {
                kinds: vec![ChokepointKind::CountryCommodity],
                ..ChokepointQuery::default()
            },
            rules: Rules::default(),
            rerouted: usize::MAX,
        };
        let name = self.session.scenario.as_deref().unwrap_or("");
        let diff =
            oretrace::scenario::diff(&baseline.network, &self.session.network, name, None, &query)
                .map_err(|e| Failure::usage(e.to_string(), None))?;
        Ok(before_after(&diff, palette, self.word, 10))
    }
}
