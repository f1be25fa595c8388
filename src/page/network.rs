//! The network to look into: the picture, its tools, and the data that they need.

use std::collections::BTreeMap;

use serde::Serialize;

use super::html::{element, words};
use crate::graph::SupplyGraph;
use crate::model::{Network, Provenance};
use crate::render::{Picture, PictureOptions, Place, json_in_html, network_svg, picture, xml};
use crate::report::country_name;

/// More sites than this are too many to look at.
const MOST_PLACES: usize = 130;

#[derive(Serialize)]
struct PlaceData {
    id: String,
    label: String,
    commodity: String,
    #[serde(rename = "where")]
    location: String,
    country: String,
    stage: &'static str,
    tier: Option<usize>,
    value: f64,
    share: f64,
    at_risk: f64,
    single: bool,
    product: bool,
    source: Option<String>,
}

#[derive(Serialize)]
struct NetworkData {
    places: Vec<PlaceData>,
    flows: Vec<(usize, usize, f64)>,
}

/// A picture of a graph with as many sites as can be looked at, heaviest first.
pub(super) fn readable(graph: &SupplyGraph<'_>, title: &str) -> Picture {
    let mut prune = 0.01;
    loop {
        let options = PictureOptions {
            prune,
            ..PictureOptions::default()
        };
        let found = picture(graph, None, title, &options);
        if found.places.len() <= MOST_PLACES || prune > 0.5 {
            return found;
        }
        prune *= 1.5;
    }
}

/// The network with its tools, and its data.
pub(super) fn explorer(picture: &Picture, network: &Network) -> (String, String) {
    let deepest = picture
        .places
        .iter()
        .filter_map(|p| p.tier)
        .max()
        .unwrap_or(0);
    let graph = element("div", &[("id", "graph")], &network_svg(picture));
    let detail = element(
        "aside",
        &[
            ("id", "detail"),
            ("aria-live", "polite"),
            ("aria-label", "The site chosen"),
            ("tabindex", "0"),
        ],
        "<p>Choose a site for its figures, its source and its way to the product.</p>",
    );
    let markup = format!(
        "{}{}<p class=\"note\">Drag to move; hold Ctrl and turn the wheel to zoom; the arrow keys go from site to site. {}</p>",
        tools(picture, deepest),
        element("div", &[("class", "split")], &format!("{graph}{detail}")),
        xml(&picture.left_out)
    );
    let data = NetworkData {
        places: picture
            .places
            .iter()
            .map(|p| place_data(p, network))
            .collect(),
        flows: picture
            .flows
            .iter()
            .map(|f| (f.from, f.to, f.value))
            .collect(),
    };
    let json = serde_json::to_string(&data).unwrap_or_default();
    let data = format!(
        "<script type=\"application/json\" id=\"network-data\">{}</script>",
        json_in_html(&json)
    );
    (markup, data)
}

fn tools(picture: &Picture, deepest: usize) -> String {
    let mut countries: BTreeMap<String, String> = BTreeMap::new();
    for place in &picture.places {
        if let Some(country) = place.location.country() {
            countries.insert(country.name().to_owned(), country.code().to_owned());
        }
    }
    let options: String = countries
        .iter()
        .map(|(name, code)| words("option", &[("value", code)], name))
        .collect();
    let deepest = deepest.to_string();
    format!(
        "<div class=\"tools\" role=\"group\" aria-label=\"Tools of the network\">\
         <label>Search<input id=\"search\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\"></label>\
         <label>Country<select id=\"country\"><option value=\"\">all</option>{options}</select></label>\
         <label><span>Deepest tier: <output id=\"depth-shown\" for=\"depth\">{deepest}</output></span><input id=\"depth\" type=\"range\" min=\"0\" max=\"{deepest}\" value=\"{deepest}\"></label>\
         <button type=\"button\" id=\"zoom-in\">Zoom in</button><button type=\"button\" id=\"zoom-out\">Zoom out</button>\
         <button type=\"button\" id=\"zoom-all\">Show all</button>\
         <span id=\"found\" role=\"status\" class=\"note\"></span></div>"
    )
}

fn place_data(place: &Place, network: &Network) -> PlaceData {
    let country = place
        .location
        .country()
        .map_or_else(String::new, |c| c.code().to_owned());
    let label = match &place.name {
        Some(name) => name.clone(),
        None if country.is_empty() => place.location_words(),
        None => country_name(&country),
    };
    PlaceData {
        id: place.id.clone(),
        label,
        commodity: place.commodity.clone(),
        location: place.location_words(),
        country,
        stage: place.stage.word(),
        tier: place.tier,
        value: place.value,
        share: place.share,
        at_risk: place.at_risk,
        single: place.single_point,
        product: place.is_product,
        source: source(place, network),
    }
}

/// Where the site's own figure was read, else the production table of what it makes.
fn source(place: &Place, network: &Network) -> Option<String> {
    let site = network.find_site(&place.id).map(|ix| network.site(ix));
    let own = site.and_then(|s| s.details.as_ref()).map(|d| &d.provenance);
    let commodity = place
        .commodity_id
        .as_deref()
        .and_then(|id| network.find_commodity(id));
    let table = commodity.and_then(|ix| network.commodity(ix).production.as_ref());
    let read: &Provenance = own
        .filter(|p| p.source.is_some())
        .or_else(|| table.map(|t| &t.provenance))?;
    let id = read.source.as_deref()?;
    let source = network.sources().get(id);
    let title = source
        .and_then(|s| s.title.clone())
        .unwrap_or_else(|| id.to_owned());
    let year = table
        .and_then(|t| t.year)
        .map_or_else(String::new, |y| format!(", figures of {y}"));
    Some(format!("{title}{year}"))
}
