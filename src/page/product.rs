//! The report of one product.

use super::frame::{Mode, page};
use super::html::{element, figure, list, section, words};
use super::network::{explorer, readable};
use super::sources::{assumption_table, source_table};
use super::tables::{exposure_table, table};
use super::words::{Facts, deepest};
use crate::analysis::{
    BandVintage, ChokepointQuery, Chokepoints, CommodityShare, Exposure, Rules, Target,
    TierProfile, chokepoints, countries_in, country_shares, exposure_of, grounds, tier_profile,
    why,
};
use crate::graph::SupplyGraph;
use crate::model::Country;
use crate::render::{
    Aggregate, MapOf, Palette, Picture, before_after, heat_map, sankey, share_bars, tier_curve,
    world_map, xml,
};
use crate::report::{
    chokepoint_tables, country_name, diff_tables, percent, share_tables, why_tables,
};
use crate::scenario::ScenarioDiff;

/// Everything that a report is written from.
pub struct ProductReport<'g, 'n> {
    graph: &'g SupplyGraph<'n>,
    /// As asked for.
    word: String,
    /// For people.
    name: String,
    exposure: Exposure,
    tiers: TierProfile,
    shares: Vec<CommodityShare>,
    chokepoints: Chokepoints,
    diffs: Vec<ScenarioDiff>,
    sum: Aggregate,
    palette: Palette,
    picture: Picture,
    commands: Vec<String>,
}

/// Rows of tables that could be very long.
const MOST_ROWS: usize = 300;

impl<'g, 'n> ProductReport<'g, 'n> {
    /// Takes every measure of a product; `commands` reproduce the figures.
    #[must_use]
    pub fn new(
        graph: &'g SupplyGraph<'n>,
        word: &str,
        diffs: Vec<ScenarioDiff>,
        commands: Vec<String>,
    ) -> Self {
        let targets: Vec<Target> = countries_in(graph)
            .into_iter()
            .map(|c| Target::country(graph, c))
            .collect();
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

    fn commodity_name(&self, id: &str) -> String {
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
        (None, _) => word.to_owned(),
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

fn pictures(report: &ProductReport<'_, '_>) -> String {
    let (sum, palette, name) = (&report.sum, &report.palette, &*report.name);
    let rows = &report.exposure.countries;
    let mut out = figure(
        "wide",
        &sankey(sum, palette, name),
        "Flows of value by stage and country.",
    );
    out.push_str(&figure(
        "wide",
        &tier_curve(&report.tiers, palette, name, 4),
        "Exposure by depth: what a look at the first tier misses.",
    ));
    out.push_str(&figure(
        "wide",
        &world_map(rows, sum, MapOf::LookThrough, name),
        "The world by look-through share, with the largest flows.",
    ));
    out.push_str(&figure(
        "wide",
        &world_map(rows, sum, MapOf::AtRisk, name),
        "The world by what is at risk with each country, nobody rerouting.",
    ));
    let names = |id: &str| report.commodity_name(id);
    out.push_str(&figure(
        "half",
        &share_bars(&report.shares, names, palette, name, 30),
        "Who makes each material.",
    ));
    out.push_str(&figure(
        "half",
        &heat_map(sum, name, 15),
        "Countries by stage.",
    ));
    out
}

fn scenarios(report: &ProductReport<'_, '_>) -> String {
    let mut out = String::new();
    for (at, diff) in report.diffs.iter().enumerate() {
        out.push_str(&words(
            "h3",
            &[],
            diff.title.as_ref().unwrap_or(&diff.scenario),
        ));
        out.push_str(&words(
            "p",
            &[],
            &super::words::scenario(diff, &report.name),
        ));
        let chart = before_after(diff, &report.palette, &report.name, 10);
        out.push_str(&figure(
            "half",
            &chart,
            &format!("Before and after {}.", diff.scenario),
        ));
        let captions = [
            "countries that change",
            "shares that change",
            "chokepoints that change",
        ];
        for (which, (part, caption)) in diff_tables(diff, 40).iter().zip(captions).enumerate() {
            if !part.rows.is_empty() {
                let caption = format!("{}: {caption}", diff.scenario);
                let id = format!("diff-{at}-{which}");
                out.push_str(&table(
                    part,
                    &id,
                    &format!("{}-{}", report.word, id),
                    &caption,
                ));
            }
        }
        out.push_str(&list(&diff.notes));
    }
    out
}

fn tables(report: &ProductReport<'_, '_>) -> String {
    let file = |what: &str| format!("{}-{what}", report.word);
    let mut out = table(
        &exposure_table(&report.exposure),
        "exposure",
        &file("exposure"),
        "Exposure by country, by the worst step",
    );
    let [chokepoints] = &chokepoint_tables(&report.chokepoints)[..] else {
        return out;
    };
    let caption = format!(
        "{} of {} chokepoints, by what is lost with them",
        report.chokepoints.items.len(),
        report.chokepoints.found
    );
    out.push_str(&table(
        chokepoints,
        "chokepoints",
        &file("chokepoints"),
        &caption,
    ));
    let shown = report.shares.len().min(MOST_ROWS);
    for shares in share_tables(&report.shares[..shown], 4) {
        let caption = format!(
            "Who makes each of {shown} of {} commodities in it",
            report.shares.len()
        );
        out.push_str(&table(&shares, "share", &file("share"), &caption));
    }
    if let Some(row) = deepest(&report.exposure)
        && let Some(country) = Country::from_alpha3(&row.country)
    {
        let routes = why(report.graph, &Target::country(report.graph, country), 25);
        for part in why_tables(&routes) {
            let caption = format!("The 25 heaviest routes to {}", country.name());
            out.push_str(&table(&part, "why", &file("why"), &caption));
        }
    }
    out
}

fn methods(report: &ProductReport<'_, '_>) -> String {
    let measures = [
        "direct: the part of the value of direct inputs that comes from a country.",
        "look-through: the part of the value that passes through a country at any tier upstream of the product.",
        "touched: the same with the last step, the product's own making, included. hidden: look-through less direct.",
        "at risk: the part of the product lost with a country or step when nobody reroutes; every essential input is needed, any of its suppliers may fill it.",
        "after rerouting: the same once other makers step in with the capacity they have, other users keeping their part.",
        "single point of failure: something whose loss alone stops the product. HHI: the sum of squared shares, on a scale to 10000.",
        "Equations with worked examples are in docs/methods.md of oretrace.",
    ]
    .map(str::to_owned);
    let mut notes = report.exposure.notes.clone();
    notes.extend(grounds(report.graph));
    notes.extend(report.graph.notes().iter().cloned());
    let sources = source_table(report.graph);
    let assumed = assumption_table(report.graph);
    let file = |what: &str| format!("{}-{what}", report.word);
    format!(
        "<h3>What the figures mean</h3>{}<h3>What was decided for you</h3>{}<h3>Sources</h3>{}<h3>Assumptions</h3>{}",
        list(&measures),
        list(&notes),
        table(
            &sources,
            "sources",
            &file("sources"),
            &format!("{} sources with their licences", sources.rows.len())
        ),
        table(
            &assumed,
            "assumptions",
            &file("assumptions"),
            &format!("{} figures that are estimates", assumed.rows.len())
        )
    )
}

fn commands(report: &ProductReport<'_, '_>) -> String {
    let text = report.commands.join("\n");
    let code = words("code", &[], &text).replace(" \n", "\n");
    format!(
        "{}{}",
        element("pre", &[("tabindex", "0")], &code),
        words(
            "p",
            &[("class", "note")],
            "Equal files give equal figures, to the last digit."
        )
    )
}
