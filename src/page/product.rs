//! The report of one product.

use super::frame::{Mode, page};
use super::html::{element, section, words};
use super::network::{explorer, readable};
use super::parts::{commands, methods, pictures, scenarios, tables};
use super::words::{Facts, deepest};
use crate::analysis::{
    BandVintage, ChokepointQuery, Chokepoints, CommodityShare, Exposure, Rules, Target,
    TierProfile, chokepoints, country_shares, exposure_of, tier_profile,
};
use crate::graph::SupplyGraph;
use crate::model::Country;
use crate::render::{Aggregate, Palette, Picture, xml};
use crate::report::{country_name, percent};
use crate::scenario::ScenarioDiff;

/// Everything that a report is written from.
pub struct ProductReport<'g, 'n> {
    pub(super) graph: &'g SupplyGraph<'n>,
    /// As asked for.
    pub(super) word: String,
    /// For people.
    pub(super) name: String,
    pub(super) exposure: Exposure,
    pub(super) tiers: TierProfile,
    pub(super) shares: Vec<CommodityShare>,
    pub(super) chokepoints: Chokepoints,
    pub(super) diffs: Vec<ScenarioDiff>,
    pub(super) sum: Aggregate,
    pub(super) palette: Palette,
    pub(super) picture: Picture,
    pub(super) commands: Vec<String>,
}

impl<'g, 'n> ProductReport<'g, 'n> {
    /// Takes every measure of a product; `commands` reproduce the figures.
    #[must_use]
    pub fn new(
        graph: &'g SupplyGraph<'n>,
        word: &str,
        diffs: Vec<ScenarioDiff>,
        commands: Vec<String>,
    ) -> Self {
        let targets = Target::each_country(graph);
        let name = product_name(graph, word);
        Self {
            exposure: exposure_of(graph, &targets, Rules::default()),
            tiers: tier_profile(graph, &targets),
            shares: country_shares(graph, BandVintage::default()),
            chokepoints: chokepoints(
                graph,
                &ChokepointQuery {
                    top: 40,
                    ..ChokepointQuery::default()
                },
            ),
            diffs,
            sum: Aggregate::of(graph),
            palette: Palette::of_network(graph.network()),
            picture: readable(graph, &name),
            graph,
            word: word.to_owned(),
            name,
            commands,
        }
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The word it was asked for by.
    #[must_use]
    pub fn word(&self) -> &str {
        &self.word
    }

    pub(super) fn exposure(&self) -> &Exposure {
        &self.exposure
    }

    pub(super) fn shares(&self) -> &[CommodityShare] {
        &self.shares
    }

    pub(super) fn palette(&self) -> &Palette {
        &self.palette
    }

    pub(super) fn commodity_name(&self, id: &str) -> String {
        let (scrap, id) = match id.strip_prefix("scrap:") {
            Some(id) => ("scrap of ", id),
            None => ("", id),
        };
        let network = self.graph.network();
        let found = network
            .find_commodity(id)
            .map(|ix| network.commodity(ix).name.to_string());
        format!("{scrap}{}", found.unwrap_or_else(|| id.to_owned()))
    }

    /// The answer in plain words.
    pub(super) fn answer(&self) -> String {
        let facts = Facts {
            product: &self.name,
            exposure: &self.exposure,
            shares: &self.shares,
            chokepoints: &self.chokepoints,
            names: &|id| self.commodity_name(id),
        };
        facts.paragraph()
    }

    fn keys(&self) -> String {
        let mut keys: Vec<(&str, String, String)> = Vec::new();
        if let Some(row) = deepest(&self.exposure) {
            let country = country_name(&row.country);
            keys.push((
                "largest look-through share",
                row.look_through.map_or_else(String::new, percent),
                country.clone(),
            ));
            keys.push((
                "of which direct",
                row.direct.map_or_else(String::new, percent),
                country,
            ));
        }
        if let Some((row, step)) = self
            .exposure
            .countries
            .first()
            .and_then(|r| Some((r, r.bottleneck.as_ref()?)))
        {
            let place = format!(
                "{} in {}",
                self.commodity_name(&step.commodity),
                country_name(&row.country)
            );
            keys.push(("lost with the worst step", percent(step.at_risk), place));
        }
        let single = self
            .chokepoints
            .items
            .iter()
            .filter(|i| i.single_point_of_failure)
            .count();
        keys.push((
            "single points of failure",
            single.to_string(),
            "sites, steps, companies, countries".to_owned(),
        ));
        let items: String = keys
            .iter()
            .map(|(name, value, of)| {
                format!(
                    "<div><dt>{}</dt><dd>{}<span>{}</span></dd></div>",
                    xml(name),
                    xml(value),
                    xml(of)
                )
            })
            .collect();
        element("dl", &[("class", "keys")], &items)
    }
}

/// The commodity's name, with the place where the word names one.
fn product_name(graph: &SupplyGraph<'_>, word: &str) -> String {
    let network = graph.network();
    let (id, place) = match word.rsplit_once('@') {
        Some((id, place)) => (id, Some(place)),
        None => (word, None),
    };
    let name = network
        .find_commodity(id)
        .map(|ix| network.commodity(ix).name.to_string());
    match (name, place) {
        (Some(name), None) => name,
        (Some(name), Some(place)) => {
            let place = Country::parse(place).map_or(place, |c| c.name());
            format!("{name}, made in {place}")
        }
        (None, _) => {
            let site = network.find_site(word).map(|ix| network.site(ix));
            let named = site.and_then(|s| s.details.as_ref()?.name.as_deref().map(str::to_owned));
            named.unwrap_or_else(|| word.to_owned())
        }
    }
}

/// Writes the report of a product. `up` is the page that it belongs to, if any.
#[must_use]
pub fn product_page(report: &ProductReport<'_, '_>, up: Option<&str>, mode: Mode) -> String {
    let (explorer, data) = explorer(&report.picture, report.graph.network());
    let head = element(
        "header",
        &[],
        &format!(
            "{}<p class=\"kind\">Supply chain report by oretrace {}</p>{}{}",
            up.map_or_else(String::new, |up| element(
                "p",
                &[],
                &words("a", &[("href", up)], "All products")
            )),
            env!("CARGO_PKG_VERSION"),
            words("h1", &[], &report.name),
            contents(report)
        ),
    );
    let mut answer = words("p", &[("class", "answer")], &report.answer());
    for diff in &report.diffs {
        let changed = super::words::scenario(diff, &report.name);
        answer.push_str(&words("p", &[("class", "answer")], &changed));
    }
    answer.push_str(&report.keys());
    let mut main = section("answer", "The answer", &answer);
    main.push_str(&section("network", "The network", &explorer));
    main.push_str(&section(
        "pictures",
        "Where it comes from",
        &pictures(report),
    ));
    if !report.diffs.is_empty() {
        main.push_str(&section(
            "scenarios",
            "What scenarios change",
            &scenarios(report),
        ));
    }
    main.push_str(&section("tables", "The figures", &tables(report)));
    main.push_str(&section(
        "methods",
        "Methods, sources and assumptions",
        &methods(report),
    ));
    main.push_str(&section(
        "commands",
        "How to get the same figures",
        &commands(report),
    ));
    let main = element("main", &[("id", "main")], &main);
    let foot = "<footer><p>Outlines of countries: Natural Earth, public domain. Nothing here is a forecast.</p></footer>";
    page(
        &format!("{}: supply chain report", report.name),
        &format!("{head}{main}{foot}"),
        &data,
        mode,
    )
}

fn contents(report: &ProductReport<'_, '_>) -> String {
    let mut links = vec![
        ("answer", "Answer"),
        ("network", "Network"),
        ("pictures", "Pictures"),
    ];
    if !report.diffs.is_empty() {
        links.push(("scenarios", "Scenarios"));
    }
    links.extend([
        ("tables", "Tables"),
        ("methods", "Methods and sources"),
        ("commands", "Commands"),
    ]);
    let items: String = links
        .iter()
        .map(|(id, name)| element("li", &[], &words("a", &[("href", &format!("#{id}"))], name)))
        .collect();
    element(
        "nav",
        &[("aria-label", "Contents")],
        &element("ul", &[], &items),
    )
}
