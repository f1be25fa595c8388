//! A small site: an index of products, and a page for each product, commodity and country.

use std::collections::BTreeMap;

use super::frame::{Mode, page};
use super::html::{element, figure, section, words};
use super::product::{ProductReport, product_page};
use super::tables::table;
use super::words::deepest;
use crate::analysis::{BandVintage, CommodityShare, world_share};
use crate::model::{Country, Network};
use crate::render::{Palette, share_bars, xml};
use crate::report::{Cell, Table, country_cell, country_name};

/// Files of a site: names relative to its folder, with their text.
pub type Site = Vec<(String, String)>;

/// Longest part of a word in a file name.
const LONGEST: usize = 120;

/// A file name for a word of a stranger: letters, digits and dashes stay, all else becomes its code.
fn file_name(word: &str) -> String {
    let mut out = String::new();
    for c in word.chars() {
        match c {
            c if c.is_ascii_alphanumeric() || c == '-' || c == '_' => out.push(c),
            c => out.push_str(&format!("~{:x}", u32::from(c))),
        }
    }
    if out.len() > LONGEST {
        // What is cut off still tells two words apart.
        let sum = word.bytes().fold(0_u64, |sum, byte| {
            sum.wrapping_mul(1_099_511_628_211) ^ u64::from(byte)
        });
        out.truncate(LONGEST);
        out.push_str(&format!("~~{sum:x}"));
    }
    out
}

fn product_file(word: &str) -> String {
    format!("product-{}.html", file_name(word))
}

fn commodity_file(id: &str) -> String {
    format!("commodity-{}.html", file_name(id))
}

fn country_file(code: &str) -> String {
    format!("country-{}.html", file_name(code))
}

fn link(file: &str, text: &str) -> String {
    words("a", &[("href", file)], text)
}

/// What is known of one country in one product.
struct Hold<'a> {
    word: &'a str,
    name: &'a str,
    row: &'a crate::analysis::CountryExposure,
}

/// Writes a site of products.
#[must_use]
pub fn site(reports: &[ProductReport<'_, '_>], network: &Network, mode: Mode) -> Site {
    let mut files: Site = vec![("index.html".to_owned(), index(reports, network, mode))];
    for report in reports {
        let text = product_page(report, Some("index.html"), mode);
        files.push((product_file(report.word()), text));
    }
    let used = uses(reports);
    for (id, users) in &used {
        if let Some(text) = commodity_page(id, users, reports, network, mode) {
            files.push((commodity_file(id), text));
        }
    }
    for (code, holds) in holds(reports) {
        files.push((country_file(code), country_page(code, &holds, mode)));
    }
    files
}

/// Which products need each commodity.
fn uses<'a>(
    reports: &'a [ProductReport<'_, '_>],
) -> BTreeMap<&'a str, Vec<(&'a str, &'a str, &'a CommodityShare)>> {
    let mut used: BTreeMap<&str, Vec<(&str, &str, &CommodityShare)>> = BTreeMap::new();
    for report in reports {
        for share in report
            .shares()
            .iter()
            .filter(|s| !s.commodity.starts_with("scrap:"))
        {
            used.entry(&share.commodity)
                .or_default()
                .push((report.word(), report.name(), share));
        }
    }
    used
}

fn holds<'a>(reports: &'a [ProductReport<'_, '_>]) -> BTreeMap<&'a str, Vec<Hold<'a>>> {
    let mut found: BTreeMap<&str, Vec<Hold<'_>>> = BTreeMap::new();
    for report in reports {
        for row in &report.exposure().countries {
            found.entry(&row.country).or_default().push(Hold {
                word: report.word(),
                name: report.name(),
                row,
            });
        }
    }
    found
}

/// Puts links in the place of the words in the first column of a table that has been written.
fn linked(markup: &str, links: &[(String, String)]) -> String {
    let mut out = markup.to_owned();
    for (text, file) in links {
        let cell = format!(">{}</th>", xml(text));
        out = out.replacen(&cell, &format!(">{}</th>", link(file, text)), 1);
    }
    out
}

fn index(reports: &[ProductReport<'_, '_>], network: &Network, mode: Mode) -> String {
    let mut products = Table::new(
        "",
        &[
            ("product", "product"),
            ("most look-through", "country"),
            ("direct", "direct"),
            ("look-through", "look_through"),
            ("worst step", "bottleneck"),
            ("lost with it", "bottleneck_at_risk"),
            ("tiers", "tiers"),
        ],
    );
    let mut links = Vec::new();
    for report in reports {
        let row = deepest(report.exposure());
        let step = report
            .exposure()
            .countries
            .first()
            .and_then(|r| Some((r, r.bottleneck.as_ref()?)));
        products.rows.push(vec![
            Cell::Named {
                shown: report.name().to_owned(),
                id: report.word().to_owned(),
            },
            Cell::text(row.map(|r| country_name(&r.country))),
            Cell::share(row.and_then(|r| r.direct)),
            Cell::share(row.and_then(|r| r.look_through)),
            Cell::text(step.map(|(r, b)| format!("{}, {}", b.commodity, country_name(&r.country)))),
            Cell::share(step.map(|(_, b)| b.at_risk)),
            Cell::Count(report.exposure().depth),
        ]);
        links.push((report.name().to_owned(), product_file(report.word())));
    }
    let table = linked(
        &table(
            &products,
            "products",
            "products",
            "Products with their key figures",
        ),
        &links,
    );
    let commodities: String = uses(reports)
        .keys()
        .map(|id| {
            let name = network.find_commodity(id).map_or_else(
                || (*id).to_owned(),
                |ix| network.commodity(ix).name.to_string(),
            );
            element("li", &[], &link(&commodity_file(id), &name))
        })
        .collect();
    let countries: String = holds(reports)
        .keys()
        .map(|code| element("li", &[], &link(&country_file(code), &country_name(code))))
        .collect();
    let columns = [("class", "index")];
    let main = format!(
        "{}{}{}",
        section("products-part", "Products", &table),
        section(
            "countries",
            "Countries",
            &element("ul", &columns, &countries)
        ),
        section(
            "commodities",
            "Commodities",
            &element("ul", &columns, &commodities)
        )
    );
    framed(
        "Supply chains of products",
        "oretrace: what hangs on what",
        &main,
        false,
        mode,
    )
}

fn framed(title: &str, heading: &str, main: &str, up: bool, mode: Mode) -> String {
    let back = if up {
        element("p", &[], &link("index.html", "All products"))
    } else {
        String::new()
    };
    let head = element(
        "header",
        &[],
        &format!(
            "{back}<p class=\"kind\">Supply chain report by oretrace {}</p>{}",
            env!("CARGO_PKG_VERSION"),
            words("h1", &[], heading)
        ),
    );
    let main = element("main", &[("id", "main")], main);
    page(
        title,
        &format!("{head}{main}<footer><p>Nothing here is a forecast.</p></footer>"),
        "",
        mode,
    )
}

fn commodity_page(
    id: &str,
    users: &[(&str, &str, &CommodityShare)],
    reports: &[ProductReport<'_, '_>],
    network: &Network,
    mode: Mode,
) -> Option<String> {
    let ix = network.find_commodity(id)?;
    let commodity = network.commodity(ix);
    let name = commodity.name.to_string();
    let mut needed = Table::new(
        "",
        &[
            ("product", "product"),
            ("needed for one", "required"),
            ("unit", "unit"),
            ("largest maker", "country"),
            ("its share", "share"),
            ("tiers", "tiers"),
        ],
    );
    let mut links = Vec::new();
    for (word, product, share) in users {
        let first = share.countries.first();
        let tiers: Vec<String> = share.tiers.iter().map(usize::to_string).collect();
        needed.rows.push(vec![
            Cell::Named {
                shown: (*product).to_owned(),
                id: (*word).to_owned(),
            },
            Cell::number(share.required),
            Cell::Text(share.unit.clone()),
            Cell::text(first.map(|f| country_name(&f.country))),
            Cell::share(first.map(|f| f.share)),
            Cell::Text(tiers.join(", ")),
        ]);
        links.push(((*product).to_owned(), product_file(word)));
    }
    let world = world_share(network, ix, BandVintage::default());
    let palette = reports
        .first()
        .map(|r| r.palette().clone())
        .unwrap_or_else(|| Palette::of_network(network));
    let mut makers = Table::new("", &[("country", "country"), ("share", "share")]);
    for part in &world.countries {
        makers
            .rows
            .push(vec![country_cell(&part.country), Cell::Share(part.share)]);
    }
    let mut main = String::new();
    if !makers.rows.is_empty() {
        let bars = share_bars(
            std::slice::from_ref(&world),
            |_| name.clone(),
            &palette,
            &name,
            1,
        );
        let source = world
            .source
            .as_deref()
            .map_or("no source given".to_owned(), |id| {
                network
                    .sources()
                    .get(id)
                    .and_then(|s| s.title.clone())
                    .unwrap_or_else(|| id.to_owned())
            });
        let inner = format!(
            "{}{}",
            figure(
                "half",
                &bars,
                &format!("Who makes {name}. Source: {source}.")
            ),
            table(
                &makers,
                "makers",
                &format!("{id}-makers"),
                "The world's makers by country"
            )
        );
        main.push_str(&section("world", "Who makes it", &inner));
    }
    let uses = linked(
        &table(
            &needed,
            "uses",
            &format!("{id}-uses"),
            "Products that need it",
        ),
        &links,
    );
    main.push_str(&section("users", "What needs it", &uses));
    let heading = format!("{name} ({})", commodity.stage);
    Some(framed(
        &format!("{name}: who makes it and what needs it"),
        &heading,
        &main,
        true,
        mode,
    ))
}

fn country_page(code: &str, holds: &[Hold<'_>], mode: Mode) -> String {
    let mut table_of = Table::new(
        "",
        &[
            ("product", "product"),
            ("assembly", "assembly"),
            ("direct", "direct"),
            ("look-through", "look_through"),
            ("worst step", "bottleneck"),
            ("lost with it", "bottleneck_at_risk"),
            ("at risk in all", "at_risk"),
            ("adapted", "at_risk_adapted"),
        ],
    );
    let mut links = Vec::new();
    for hold in holds {
        let step = hold.row.bottleneck.as_ref();
        table_of.rows.push(vec![
            Cell::Named {
                shown: hold.name.to_owned(),
                id: hold.word.to_owned(),
            },
            Cell::Share(hold.row.assembly),
            Cell::share(hold.row.direct),
            Cell::share(hold.row.look_through),
            Cell::text(step.map(|b| b.commodity.clone())),
            Cell::share(step.map(|b| b.at_risk)),
            Cell::share(hold.row.at_risk),
            Cell::share(hold.row.at_risk_adapted),
        ]);
        links.push((hold.name.to_owned(), product_file(hold.word)));
    }
    let name = Country::from_alpha3(code)
        .map_or(code, |c| c.name())
        .to_owned();
    let caption = format!("What of each product hangs on {name}");
    let markup = linked(
        &table(&table_of, "hangs", &format!("{code}-products"), &caption),
        &links,
    );
    let main = section("hangs-part", "What hangs on it", &markup);
    framed(
        &format!("{name}: what hangs on it"),
        &country_name(code),
        &main,
        true,
        mode,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_stay_in_their_folder() {
        assert_eq!(file_name("ndfeb-magnet"), "ndfeb-magnet");
        assert_eq!(file_name("../a b"), "~2e~2e~2fa~20b");
        assert_ne!(file_name("a b"), file_name("a-b"));
        let long = "x".repeat(200);
        assert!(file_name(&long).len() < 150);
        assert_ne!(
            file_name(&format!("{long}a")),
            file_name(&format!("{long}b"))
        );
    }
}
