//! An independent model, written from the rules in `docs/methods.md` and `docs/data-format.md` alone: dictionaries, and plain
//! iteration to a fixed point.
//!
//! [`World`] is what a generator says; [`World::yaml`] writes it for the crate, [`Model`] computes the measures from it
//! without the crate. Slow on purpose: nothing is clever here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

pub(crate) const COUNTRIES: [&str; 6] = ["AUS", "CHN", "DEU", "JPN", "USA", "VNM"];
pub(crate) const ROW: &str = "ROW";
const UNKNOWN: &str = "unknown";

#[derive(Clone, Debug)]
pub(crate) struct World {
    /// The last is the product.
    pub(crate) commodities: Vec<Commodity>,
    pub(crate) sites: Vec<NamedSite>,
    pub(crate) supply: Vec<Supply>,
    pub(crate) trade: Vec<Trade>,
}

#[derive(Clone, Debug)]
pub(crate) struct Commodity {
    pub(crate) id: String,
    pub(crate) traded: bool,
    pub(crate) price: Option<f64>,
    /// Host and recoverable part per unit of it.
    pub(crate) host: Option<(usize, f64)>,
    pub(crate) recycled: f64,
    /// None: no recipe; one: a recipe; several: routes with shares that sum to 1.
    pub(crate) routes: Vec<(f64, Vec<Need>)>,
    pub(crate) table: Option<Table>,
}

#[derive(Clone, Debug)]
pub(crate) struct Need {
    pub(crate) what: usize,
    pub(crate) amount: f64,
    pub(crate) weight: Option<f64>,
    pub(crate) essential: bool,
    pub(crate) substitutable: f64,
}

#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// Amounts, or parts if `shares`.
    pub(crate) rows: BTreeMap<String, f64>,
    pub(crate) shares: bool,
    pub(crate) total: Option<f64>,
}

#[derive(Clone, Debug)]
pub(crate) struct NamedSite {
    pub(crate) id: String,
    pub(crate) country: String,
    pub(crate) makes: usize,
    pub(crate) output: Option<f64>,
    pub(crate) recipe: Option<Vec<Need>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Supply {
    pub(crate) buyer: String,
    pub(crate) commodity: usize,
    pub(crate) from: Vec<(String, f64)>,
    pub(crate) rest_market: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Trade {
    pub(crate) commodity: usize,
    pub(crate) into: String,
    pub(crate) from: Vec<(String, f64)>,
    pub(crate) rest_market: bool,
}

/// A site with what is left for it once named sites are carved out.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) id: String,
    pub(crate) makes: usize,
    pub(crate) place: String,
    pub(crate) output: Option<f64>,
    pub(crate) recipe: Option<Vec<Need>>,
}

/// Shuffles by a seed; 0 leaves the order as it is.
pub(crate) struct Shuffler(pub(crate) u64);

impl Shuffler {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }

    fn order<T>(&mut self, mut items: Vec<T>) -> Vec<T> {
        if self.0 != 0 {
            for at in (1..items.len()).rev() {
                let other = self.below(at + 1);
                items.swap(at, other);
            }
        }
        items
    }
}

impl World {
    pub(crate) fn product(&self) -> usize {
        self.commodities.len() - 1
    }

    /// All sites: named ones, and of each table's rows what they leave.
    pub(crate) fn all_sites(&self) -> Vec<Site> {
        let mut all: Vec<Site> = Vec::new();
        for (c, commodity) in self.commodities.iter().enumerate() {
            let Some(table) = &commodity.table else {
                continue;
            };
            let mut rows = table.rows.clone();
            let sum: f64 = rows.values().sum();
            if table.shares {
                if sum < 0.985 {
                    *rows.entry(ROW.into()).or_insert(0.0) += 1.0 - sum;
                } else {
                    rows.values_mut().for_each(|v| *v /= sum);
                }
                let total = table.total.unwrap_or(1.0);
                rows.values_mut().for_each(|v| *v *= total);
            } else if let Some(total) = table.total
                && total > sum
            {
                *rows.entry(ROW.into()).or_insert(0.0) += total - sum;
            }
            for site in self.sites.iter().filter(|s| s.makes == c) {
                let row = if rows.contains_key(&site.country) {
                    site.country.as_str()
                } else {
                    ROW
                };
                *rows.get_mut(row).unwrap() -= site.output.unwrap();
            }
            for (place, output) in rows {
                if output > 1e-9 {
                    all.push(Site {
                        id: format!("{}@{place}", commodity.id),
                        makes: c,
                        place,
                        output: Some(output),
                        recipe: None,
                    });
                }
            }
        }
        for site in &self.sites {
            all.push(Site {
                id: site.id.clone(),
                makes: site.makes,
                place: site.country.clone(),
                output: site.output,
                recipe: site.recipe.clone(),
            });
        }
        all
    }

    /// The file, its entries in an order that the seed decides.
    pub(crate) fn yaml(&self, seed: u64) -> String {
        let mut shuffle = Shuffler(seed);
        let mut sections: Vec<String> = vec!["oretrace: 1\n".into()];
        let mut text = String::from("commodities:\n");
        for c in shuffle.order(self.commodities.iter().collect()) {
            let mut fields = vec!["stage: refinery".to_owned(), "unit: t".to_owned()];
            if !c.traded {
                fields.push("traded: false".into());
            }
            if let Some(price) = c.price {
                fields.push(format!(
                    "price: {{value: {price}, unit: USD/t, source: assumption}}"
                ));
            }
            if let Some((host, part)) = c.host {
                let host = &self.commodities[host].id;
                fields.push(format!(
                    "byproduct_of: {{commodity: {host}, yield: {part} t/t}}"
                ));
            }
            if c.recycled > 0.0 {
                fields.push(format!("recycled: {}", c.recycled));
            }
            match &c.routes[..] {
                [] => {}
                [(_, needs)] => {
                    fields.push(format!("recipe: {}", self.recipe(needs, &mut shuffle)))
                }
                routes => {
                    let routes: Vec<String> = routes
                        .iter()
                        .enumerate()
                        .map(|(at, (share, needs))| {
                            let recipe = self.recipe(needs, &mut shuffle);
                            format!("{{name: r{at}, share: {share}, recipe: {recipe}}}")
                        })
                        .collect();
                    fields.push(format!("routes: [{}]", shuffle.order(routes).join(", ")));
                }
            }
            let fields = shuffle.order(fields).join(", ");
            writeln!(text, "  {}: {{{fields}}}", c.id).unwrap();
        }
        sections.push(text);
        let mut text = String::new();
        for c in shuffle.order(self.commodities.iter().collect()) {
            let Some(table) = &c.table else { continue };
            let (word, unit) = if table.shares {
                ("shares", "")
            } else {
                ("output", " t")
            };
            let rows = table
                .rows
                .iter()
                .map(|(k, v)| format!("{k}: {v}{unit}"))
                .collect();
            let rows = shuffle.order(rows).join(", ");
            let total = table
                .total
                .map_or(String::new(), |t| format!(", total: {t} t"));
            writeln!(
                text,
                "  - {{commodity: {}, source: assumption, {word}: {{{rows}}}{total}}}",
                c.id
            )
            .unwrap();
        }
        if !text.is_empty() {
            sections.push(format!("production:\n{text}"));
        }
        let mut text = String::new();
        for s in shuffle.order(self.sites.iter().collect()) {
            let output = s
                .output
                .map_or(String::new(), |o| format!(", output: {o} t"));
            let recipe = s.recipe.as_ref().map_or(String::new(), |r| {
                format!(", recipe: {}", self.recipe(r, &mut shuffle))
            });
            let makes = &self.commodities[s.makes].id;
            writeln!(
                text,
                "  {}: {{country: {}, makes: {makes}{output}{recipe}}}",
                s.id, s.country
            )
            .unwrap();
        }
        if !text.is_empty() {
            sections.push(format!("sites:\n{text}"));
        }
        let lines = |from: &[(String, f64)], shuffle: &mut Shuffler| {
            let lines = from.iter().map(|(k, v)| format!("{k}: {v}")).collect();
            shuffle.order(lines).join(", ")
        };
        let rest = |market: bool| if market { ", rest: market" } else { "" };
        let mut text = String::new();
        for s in shuffle.order(self.supply.iter().collect()) {
            let from = lines(&s.from, &mut shuffle);
            let commodity = &self.commodities[s.commodity].id;
            writeln!(
                text,
                "  - {{buyer: {}, commodity: {commodity}, from: {{{from}}}{}}}",
                s.buyer,
                rest(s.rest_market)
            )
            .unwrap();
        }
        if !text.is_empty() {
            sections.push(format!("supply:\n{text}"));
        }
        let mut text = String::new();
        for t in shuffle.order(self.trade.iter().collect()) {
            let from = lines(&t.from, &mut shuffle);
            let commodity = &self.commodities[t.commodity].id;
            writeln!(
                text,
                "  - {{commodity: {commodity}, into: {}, source: assumption, from: {{{from}}}{}}}",
                t.into,
                rest(t.rest_market)
            )
            .unwrap();
        }
        if !text.is_empty() {
            sections.push(format!("trade:\n{text}"));
        }
        shuffle.order(sections).concat()
    }

    fn recipe(&self, needs: &[Need], shuffle: &mut Shuffler) -> String {
        let needs = needs
            .iter()
            .map(|n| {
                let mut fields = vec![format!("amount: {} t", n.amount)];
                if let Some(weight) = n.weight {
                    fields.push(format!("weight: {weight}"));
                }
                if !n.essential {
                    fields.push("essential: false".into());
                }
                if n.substitutable > 0.0 {
                    fields.push(format!("substitutable: {}", n.substitutable));
                }
                format!("{}: {{{}}}", self.commodities[n.what].id, fields.join(", "))
            })
            .collect();
        format!("{{{}}}", shuffle.order(needs).join(", "))
    }

    /// A stated price, else the cost of a fully priced recipe, never through a cycle.
    fn price(&self, c: usize, above: &[usize]) -> Option<f64> {
        let commodity = &self.commodities[c];
        if commodity.price.is_some() {
            return commodity.price;
        }
        if above.contains(&c) || commodity.routes.is_empty() {
            return None;
        }
        let above: Vec<usize> = above.iter().copied().chain([c]).collect();
        let mut cost = 0.0;
        for (share, needs) in &commodity.routes {
            for need in needs {
                cost += share * need.amount * self.price(need.what, &above)?;
            }
        }
        Some(cost)
    }

    /// Stated weights, else cost shares, else equal.
    fn weights(&self, needs: &[Need]) -> Vec<f64> {
        let stated: Option<Vec<f64>> = needs.iter().map(|n| n.weight).collect();
        let costs: Option<Vec<f64>> = needs
            .iter()
            .map(|n| Some(n.amount * self.price(n.what, &[])?))
            .collect();
        let weights = stated.or(costs).unwrap_or_else(|| vec![1.0; needs.len()]);
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|w| w / sum).collect()
    }
}

/// Countries that supply from an unknown place cannot come from.
type NotIn = BTreeSet<String>;

#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// As output calls it; routes of one site share it.
    pub(crate) name: String,
    pub(crate) commodity: usize,
    pub(crate) place: String,
    pub(crate) kind: Kind,
    pub(crate) inputs: Vec<Demand>,
    /// Hosts with their parts, and slack.
    pub(crate) host: Option<(Vec<(usize, f64)>, f64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Site,
    Placeless,
    Implied,
    ReExporter,
    Scrap,
}

#[derive(Clone, Debug)]
pub(crate) struct Demand {
    pub(crate) commodity: usize,
    pub(crate) amount: f64,
    pub(crate) weight: f64,
    pub(crate) essential: bool,
    pub(crate) substitutable: f64,
    pub(crate) from: Vec<(usize, f64, NotIn)>,
    pub(crate) open: Vec<(f64, NotIn)>,
}

/// A supplier as a buyer sees it, before its routes are told apart.
struct Offer {
    key: String,
    commodity: usize,
    place: String,
    kind: Kind,
    site: Option<usize>,
    share: f64,
    not_in: NotIn,
}

#[derive(Debug)]
pub(crate) struct Model<'w> {
    world: &'w World,
    sites: Vec<Site>,
    pub(crate) nodes: Vec<Node>,
    by_key: BTreeMap<String, usize>,
    pub(crate) roots: Vec<(usize, f64, NotIn)>,
}

/// Most rounds of an iteration; `None` comes back where they do not do.
const MOST_ROUNDS: usize = 100_000;
const SETTLED: f64 = 1e-14;

/// What shares leave open, without what float arithmetic alone leaves.
fn open_part(rest: f64) -> f64 {
    if rest > 1e-12 { rest } else { 0.0 }
}

impl<'w> Model<'w> {
    pub(crate) fn new(world: &'w World) -> Self {
        let mut model = Self {
            world,
            sites: world.all_sites(),
            nodes: Vec::new(),
            by_key: BTreeMap::new(),
            roots: Vec::new(),
        };
        let (offers, _) = model.market(world.product());
        model.roots = model.expand(offers);
        model
    }

    fn listed(&self, c: usize) -> NotIn {
        let table = self.world.commodities[c].table.as_ref();
        let rows = table.into_iter().flat_map(|t| t.rows.keys());
        rows.filter(|k| *k != ROW).cloned().collect()
    }

    fn makers(&self, c: usize) -> Vec<usize> {
        (0..self.sites.len())
            .filter(|s| self.sites[*s].makes == c)
            .collect()
    }

    fn makers_in(&self, c: usize, place: &str) -> Vec<usize> {
        self.makers(c)
            .into_iter()
            .filter(|s| self.sites[*s].place == place)
            .collect()
    }

    fn by_output(&self, sites: &[usize], share: f64, row_not_in: &NotIn) -> Vec<Offer> {
        let output = |s: usize| match sites {
            [_] => self.sites[s].output.unwrap_or(1.0),
            _ => self.sites[s].output.unwrap_or(0.0),
        };
        let total: f64 = sites.iter().map(|s| output(*s)).sum();
        if total <= 0.0 {
            return Vec::new();
        }
        sites
            .iter()
            .filter(|s| output(**s) > 0.0)
            .map(|s| self.site_offer(*s, share * output(*s) / total, row_not_in))
            .collect()
    }

    fn site_offer(&self, s: usize, share: f64, row_not_in: &NotIn) -> Offer {
        let site = &self.sites[s];
        Offer {
            key: site.id.clone(),
            commodity: site.makes,
            place: site.place.clone(),
            kind: Kind::Site,
            site: Some(s),
            share,
            not_in: if site.place == ROW {
                row_not_in.clone()
            } else {
                NotIn::new()
            },
        }
    }

    fn other(&self, kind: Kind, c: usize, place: &str, share: f64, not_in: NotIn) -> Offer {
        let id = &self.world.commodities[c].id;
        let key = match kind {
            Kind::Scrap => format!("scrap:{id}@{place}"),
            Kind::Placeless => format!("{id}@placeless"),
            _ => format!("{id}@{place}"),
        };
        Offer {
            key,
            commodity: c,
            place: place.to_owned(),
            kind,
            site: None,
            share,
            not_in,
        }
    }

    /// All makers by output; the placeless site where only a recipe is known; else nobody is named.
    fn market(&self, c: usize) -> (Vec<Offer>, f64) {
        let makers = self.makers(c);
        if makers.is_empty() && !self.world.commodities[c].routes.is_empty() {
            return (
                vec![self.other(Kind::Placeless, c, UNKNOWN, 1.0, NotIn::new())],
                0.0,
            );
        }
        let offers = self.by_output(&makers, 1.0, &self.listed(c));
        let open = if offers.is_empty() { 1.0 } else { 0.0 };
        (offers, open)
    }

    /// One node for each route of each supplier.
    fn expand(&mut self, offers: Vec<Offer>) -> Vec<(usize, f64, NotIn)> {
        let mut out = Vec::new();
        for offer in offers {
            let routes: Vec<(f64, Vec<Need>)> = match (offer.kind, offer.site) {
                (Kind::ReExporter | Kind::Scrap, _) => vec![(1.0, Vec::new())],
                (_, Some(s)) if self.sites[s].recipe.is_some() => {
                    vec![(1.0, self.sites[s].recipe.clone().unwrap())]
                }
                _ => match &self.world.commodities[offer.commodity].routes[..] {
                    [] => vec![(1.0, Vec::new())],
                    routes => routes.to_vec(),
                },
            };
            for (at, (part, needs)) in routes.into_iter().enumerate() {
                // Implied sites in unknown places differ by where their buyers cannot be.
                // So do sites in the remainder of a table, if they use anything where they are.
                let apart = offer.kind == Kind::Implied || self.uses_at_home(&offer, &needs);
                let home = Some(&offer.not_in).filter(|_| apart);
                let key = format!("{:?} {} {at} {home:?}", offer.kind, offer.key);
                let node = match self.by_key.get(&key) {
                    Some(node) => *node,
                    None => self.make(key, &offer, &needs),
                };
                if offer.share * part > 0.0 {
                    out.push((node, offer.share * part, offer.not_in.clone()));
                }
            }
        }
        out
    }

    fn uses_at_home(&self, offer: &Offer, needs: &[Need]) -> bool {
        let at_home = |c: usize| {
            let commodity = &self.world.commodities[c];
            commodity.recycled > 0.0 || !commodity.traded && self.stated(offer, c).is_none()
        };
        offer.place == ROW && needs.iter().any(|n| at_home(n.what))
    }

    fn stated(&self, buyer: &Offer, c: usize) -> Option<&'w Supply> {
        let id = &self.sites[buyer.site?].id;
        let mut entries = self.world.supply.iter();
        entries.find(|e| e.buyer == *id && e.commodity == c)
    }

    fn make(&mut self, key: String, offer: &Offer, needs: &[Need]) -> usize {
        let at = self.nodes.len();
        self.by_key.insert(key, at);
        self.nodes.push(Node {
            name: offer.key.clone(),
            commodity: offer.commodity,
            place: offer.place.clone(),
            kind: offer.kind,
            inputs: Vec::new(),
            host: None,
        });
        let weights = self.world.weights(needs);
        let mut inputs = Vec::new();
        if offer.kind == Kind::ReExporter {
            let (offers, open) = self.market(offer.commodity);
            inputs.push(Demand {
                commodity: offer.commodity,
                amount: 1.0,
                weight: 1.0,
                essential: true,
                substitutable: 0.0,
                from: self.expand(offers),
                open: vec![(open, NotIn::new())],
            });
        }
        for (need, weight) in needs.iter().zip(weights) {
            let (from, open) = self.source(offer, need.what);
            inputs.push(Demand {
                commodity: need.what,
                amount: need.amount,
                weight,
                essential: need.essential,
                substitutable: need.substitutable,
                from,
                open,
            });
        }
        self.nodes[at].inputs = inputs;
        self.nodes[at].host = self.host(offer);
        at
    }

    /// Scrap first; then stated supply, own country, trade, or market.
    fn source(&mut self, buyer: &Offer, c: usize) -> (Vec<(usize, f64, NotIn)>, Vec<(f64, NotIn)>) {
        let recycled = self.world.commodities[c].recycled;
        let mut offers: Vec<Offer> = Vec::new();
        let mut open: Vec<(f64, NotIn)> = Vec::new();
        // What a buyer uses at home is in none of the countries that the buyer cannot be in.
        let home_not_in = match buyer.place == ROW {
            true => buyer.not_in.clone(),
            false => NotIn::new(),
        };
        if recycled > 0.0 {
            offers.push(self.other(Kind::Scrap, c, &buyer.place, recycled, home_not_in.clone()));
        }
        let left = 1.0 - recycled;
        let mut from_market = 0.0;
        let stated = self.stated(buyer, c);
        let trade = self
            .world
            .trade
            .iter()
            .find(|t| t.commodity == c && t.into == buyer.place);
        if left <= 0.0 {
        } else if let Some(entry) = stated {
            let mut rest = 1.0;
            for (supplier, share) in &entry.from {
                let s = self.sites.iter().position(|s| s.id == *supplier).unwrap();
                offers.push(self.site_offer(s, left * share, &self.listed(c)));
                rest -= share;
            }
            if entry.rest_market {
                from_market = left * open_part(rest);
            } else {
                open.push((left * open_part(rest), NotIn::new()));
            }
        } else if !self.world.commodities[c].traded {
            let sites = self.makers_in(c, &buyer.place);
            let mut own = self.by_output(&sites, left, &home_not_in);
            if own.is_empty() {
                own.push(self.other(Kind::Implied, c, &buyer.place, left, home_not_in));
            }
            offers.extend(own);
        } else if let Some(entry) = trade {
            let named: NotIn = entry
                .from
                .iter()
                .map(|(k, _)| k.clone())
                .filter(|k| k != ROW)
                .collect();
            let mut rest = 1.0;
            for (place, share) in &entry.from {
                rest -= share;
                if *share <= 0.0 {
                    continue;
                }
                let not_in: NotIn = self.listed(c).union(&named).cloned().collect();
                let sites = self.makers_in(c, place);
                let found = self.by_output(&sites, left * share, &not_in);
                if !found.is_empty() {
                    offers.extend(found);
                } else if place == ROW {
                    open.push((left * share, named.clone()));
                } else {
                    offers.push(self.other(Kind::ReExporter, c, place, left * share, NotIn::new()));
                }
            }
            if entry.rest_market {
                from_market = left * open_part(rest);
            } else {
                open.push((left * open_part(rest), named));
            }
        } else {
            from_market = left;
        }
        if from_market > 0.0 {
            let (mut found, nobody) = self.market(c);
            found.iter_mut().for_each(|o| o.share *= from_market);
            offers.extend(found);
            open.push((from_market * nobody, NotIn::new()));
        }
        (self.expand(offers), open)
    }

    /// The host's sites in the by-product's own country.
    fn host(&mut self, offer: &Offer) -> Option<(Vec<(usize, f64)>, f64)> {
        let (host, part) = self.world.commodities[offer.commodity].host?;
        let known = COUNTRIES.contains(&offer.place.as_str());
        if !known || matches!(offer.kind, Kind::ReExporter | Kind::Scrap) {
            return None;
        }
        let sites = self.makers_in(host, &offer.place);
        let offers = self.by_output(&sites, 1.0, &NotIn::new());
        if offers.is_empty() {
            return None;
        }
        let amount = |c: usize| -> Option<f64> {
            let table = self.world.commodities[c].table.as_ref();
            if table.is_some_and(|t| t.shares && t.total.is_none()) {
                return None;
            }
            let sites = self.makers_in(c, &offer.place);
            sites.into_iter().map(|s| self.sites[s].output).sum()
        };
        let slack = match (amount(host), amount(offer.commodity)) {
            (Some(host), Some(own)) if own > 0.0 => (part * host / own).max(1.0),
            _ => 1.0,
        };
        let hosts = self
            .expand(offers)
            .into_iter()
            .map(|(n, s, _)| (n, s))
            .collect();
        Some((hosts, slack))
    }

    fn holds(&self, node: usize, target: &[&str]) -> bool {
        target.contains(&self.nodes[node].place.as_str())
    }

    fn may_be(not_in: &NotIn, target: &[&str]) -> bool {
        target.iter().any(|c| !not_in.contains(*c))
    }

    /// Whether a supplier counts as the target: it is there, or for the high bound may be.
    fn hit(&self, node: usize, not_in: &NotIn, target: &[&str], high: bool) -> bool {
        let place = self.nodes[node].place.as_str();
        self.holds(node, target)
            || (high && (place == ROW || place == UNKNOWN) && Self::may_be(not_in, target))
    }

    fn hidden(demand: &Demand, target: &[&str], high: bool) -> f64 {
        let open = demand
            .open
            .iter()
            .filter(|(_, not_in)| high && Self::may_be(not_in, target));
        open.map(|(share, _)| share).sum()
    }

    /// T of every node, own place left out.
    pub(crate) fn look_through(&self, target: &[&str], high: bool) -> Option<Vec<f64>> {
        let start = vec![0.0; self.nodes.len()];
        self.settle(start, |values, node| {
            let of = |d: &Demand| {
                let suppliers = d.from.iter().map(|(i, s, not_in)| {
                    s * if self.hit(*i, not_in, target, high) {
                        1.0
                    } else {
                        values[*i]
                    }
                });
                d.weight * (suppliers.sum::<f64>() + Self::hidden(d, target, high))
            };
            node.inputs.iter().map(of).sum()
        })
    }

    fn settle(
        &self,
        mut values: Vec<f64>,
        rule: impl Fn(&[f64], &Node) -> f64,
    ) -> Option<Vec<f64>> {
        for _ in 0..MOST_ROUNDS {
            let next: Vec<f64> = self.nodes.iter().map(|n| rule(&values, n)).collect();
            let change = next
                .iter()
                .zip(&values)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max);
            values = next;
            if change < SETTLED {
                return Some(values);
            }
        }
        None
    }

    fn mean(&self, values: &[f64]) -> f64 {
        self.roots
            .iter()
            .map(|(n, part, _)| part * values[*n])
            .sum()
    }

    pub(crate) fn product_look_through(&self, target: &[&str], high: bool) -> Option<f64> {
        Some(self.mean(&self.look_through(target, high)?))
    }

    pub(crate) fn touched(&self, target: &[&str]) -> Option<f64> {
        let t = self.look_through(target, false)?;
        let through = |(n, part, _): &(usize, f64, NotIn)| {
            part * if self.holds(*n, target) { 1.0 } else { t[*n] }
        };
        Some(self.roots.iter().map(through).sum())
    }

    pub(crate) fn assembly(&self, target: &[&str], high: bool) -> f64 {
        let own = self
            .roots
            .iter()
            .filter(|(n, _, not_in)| self.hit(*n, not_in, target, high));
        own.map(|(_, part, _)| part).sum()
    }

    pub(crate) fn direct(&self, target: &[&str], high: bool) -> f64 {
        let mut sum = 0.0;
        for (n, part, _) in &self.roots {
            for d in &self.nodes[*n].inputs {
                let hit = d
                    .from
                    .iter()
                    .filter(|(i, _, not_in)| self.hit(*i, not_in, target, high));
                let hit: f64 = hit.map(|(_, s, _)| s).sum();
                sum += part * d.weight * (hit + Self::hidden(d, target, high));
            }
        }
        sum
    }

    /// One step of the recursion of at risk.
    fn survives(
        &self,
        y: &[f64],
        node: &Node,
        gone: &impl Fn(usize, &NotIn) -> bool,
        hidden: &impl Fn(&Demand) -> f64,
    ) -> f64 {
        let mut least: f64 = 1.0;
        let mut together = 1.0;
        for d in &node.inputs {
            let open: f64 = d.open.iter().map(|(s, _)| s).sum::<f64>() - hidden(d);
            let named = d.from.iter().filter(|(i, _, not_in)| !gone(*i, not_in));
            let q = open + named.map(|(i, s, _)| s * y[*i]).sum::<f64>();
            let q = q + d.substitutable * (1.0 - q);
            if d.essential {
                least = least.min(q);
            } else {
                together -= d.weight * (1.0 - q);
            }
        }
        least = least.min(together);
        if let Some((hosts, slack)) = &node.host {
            let none = NotIn::new();
            let host = hosts.iter().filter(|(i, _)| !gone(*i, &none));
            least = least.min(slack * host.map(|(i, s)| s * y[*i]).sum::<f64>());
        }
        least.max(0.0)
    }

    /// At risk when some nodes are lost.
    pub(crate) fn at_risk(&self, lost: &impl Fn(usize) -> bool) -> Option<f64> {
        let gone = |n: usize, _: &NotIn| lost(n);
        let y = self.settle(vec![1.0; self.nodes.len()], |y, node| {
            self.survives(y, node, &gone, &|_| 0.0)
        })?;
        let kept: f64 = self
            .roots
            .iter()
            .filter(|(n, _, _)| !lost(*n))
            .map(|(n, s, _)| s * y[*n])
            .sum();
        Some((1.0 - kept).clamp(0.0, 1.0))
    }

    pub(crate) fn at_risk_of(&self, target: &[&str], high: bool) -> Option<f64> {
        let gone = |n: usize, not_in: &NotIn| self.hit(n, not_in, target, high);
        let hidden = |d: &Demand| Self::hidden(d, target, high);
        let y = self.settle(vec![1.0; self.nodes.len()], |y, node| {
            self.survives(y, node, &gone, &hidden)
        })?;
        let roots = self.roots.iter().filter(|(n, _, not_in)| !gone(*n, not_in));
        Some((1.0 - roots.map(|(n, s, _)| s * y[*n]).sum::<f64>()).clamp(0.0, 1.0))
    }

    /// At risk with all deeper than k steps taken as safe, for k = 0 to `depth`.
    pub(crate) fn at_risk_to(&self, target: &[&str], depth: usize) -> Vec<f64> {
        let gone = |n: usize, _: &NotIn| self.holds(n, target);
        let mut y = vec![1.0; self.nodes.len()];
        let mut curve = Vec::new();
        for _ in 0..=depth {
            let roots = self
                .roots
                .iter()
                .filter(|(n, _, _)| !self.holds(*n, target));
            curve.push((1.0 - roots.map(|(n, s, _)| s * y[*n]).sum::<f64>()).clamp(0.0, 1.0));
            y = self
                .nodes
                .iter()
                .map(|n| self.survives(&y, n, &gone, &|_| 0.0))
                .collect();
        }
        curve
    }

    pub(crate) fn look_through_to(&self, target: &[&str], depth: usize) -> Vec<f64> {
        let mut t = vec![0.0; self.nodes.len()];
        let mut curve = Vec::new();
        for _ in 0..=depth {
            curve.push(self.mean(&t));
            let of = |d: &Demand| {
                let hit = |i: usize| if self.holds(i, target) { 1.0 } else { t[i] };
                d.weight * d.from.iter().map(|(i, s, _)| s * hit(*i)).sum::<f64>()
            };
            t = self
                .nodes
                .iter()
                .map(|n| n.inputs.iter().map(of).sum())
                .collect();
        }
        curve
    }

    /// S(k): the value that stands in the target at tier k.
    pub(crate) fn profile(&self, target: &[&str], depth: usize) -> Vec<f64> {
        let mut at = vec![0.0; self.nodes.len()];
        for (n, part, _) in &self.roots {
            at[*n] += part;
        }
        let mut profile = Vec::new();
        for _ in 0..=depth {
            profile.push(
                (0..at.len())
                    .filter(|n| self.holds(*n, target))
                    .map(|n| at[n])
                    .sum(),
            );
            let mut next = vec![0.0; at.len()];
            for (n, mass) in at.iter().enumerate() {
                for d in &self.nodes[n].inputs {
                    for (i, s, _) in &d.from {
                        next[*i] += mass * d.weight * s;
                    }
                }
            }
            at = next;
        }
        profile
    }

    /// x = d + A x.
    pub(crate) fn required(&self) -> Option<Vec<f64>> {
        let mut x = vec![0.0; self.nodes.len()];
        for _ in 0..MOST_ROUNDS {
            let mut next = vec![0.0; x.len()];
            for (n, part, _) in &self.roots {
                next[*n] += part;
            }
            for (j, node) in self.nodes.iter().enumerate() {
                for d in &node.inputs {
                    for (i, s, _) in &d.from {
                        next[*i] += x[j] * d.amount * s;
                    }
                }
            }
            let change = next
                .iter()
                .zip(&x)
                .map(|(a, b)| (a - b).abs() / (1e-30 + a.abs()))
                .fold(0.0, f64::max);
            x = next;
            if change < SETTLED {
                return Some(x);
            }
        }
        None
    }

    pub(crate) fn commodity_id(&self, node: usize) -> &'w str {
        &self.world.commodities[self.nodes[node].commodity].id
    }

    fn is_maker(&self, node: usize) -> bool {
        !matches!(self.nodes[node].kind, Kind::ReExporter | Kind::Scrap)
    }

    /// By commodity: required in all, unattributed part, and parts by place.
    pub(crate) fn shares(&self) -> Option<BTreeMap<usize, (f64, f64, BTreeMap<String, f64>)>> {
        let x = self.required()?;
        let mut shares: BTreeMap<usize, (f64, f64, BTreeMap<String, f64>)> = BTreeMap::new();
        for (n, node) in self.nodes.iter().enumerate() {
            if self.is_maker(n) && x[n] > 0.0 {
                let row = shares.entry(node.commodity).or_default();
                row.0 += x[n];
                *row.2.entry(node.place.clone()).or_default() += x[n];
            }
            for d in &node.inputs {
                let open: f64 = d.open.iter().map(|(s, _)| s).sum();
                let open = x[n] * d.amount * open;
                if open > 0.0 {
                    let row = shares.entry(d.commodity).or_default();
                    row.0 += open;
                    row.1 += open;
                }
            }
        }
        for (total, open, places) in shares.values_mut() {
            *open /= *total;
            places.values_mut().for_each(|v| *v /= *total);
        }
        Some(shares)
    }

    /// By commodity, the value that first meets an unknown place there.
    pub(crate) fn unlocated(&self) -> Option<BTreeMap<usize, f64>> {
        let mut found = BTreeMap::new();
        for c in 0..self.world.commodities.len() {
            let values = self.settle(vec![0.0; self.nodes.len()], |u, node| {
                let of = |d: &Demand| {
                    let own = if d.commodity == c { 1.0 } else { 0.0 };
                    let open: f64 = d.open.iter().map(|(s, _)| s).sum();
                    let named = d.from.iter().map(|(i, s, _)| {
                        s * if self.nodes[*i].place == UNKNOWN {
                            own
                        } else {
                            u[*i]
                        }
                    });
                    d.weight * (named.sum::<f64>() + own * open)
                };
                node.inputs.iter().map(of).sum()
            })?;
            found.insert(c, self.mean(&values));
        }
        Some(found)
    }

    /// The tiers at which each commodity stands, by any path, hosts one above their by-products.
    pub(crate) fn tiers(&self, most: usize) -> BTreeMap<usize, BTreeSet<usize>> {
        let mut tiers: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let mut here: BTreeSet<usize> = self.roots.iter().map(|(n, _, _)| *n).collect();
        for tier in 0..=most {
            let mut next = BTreeSet::new();
            for n in &here {
                tiers
                    .entry(self.nodes[*n].commodity)
                    .or_default()
                    .insert(tier);
                for d in &self.nodes[*n].inputs {
                    next.extend(d.from.iter().map(|(i, _, _)| *i));
                }
                next.extend(
                    self.nodes[*n]
                        .host
                        .iter()
                        .flat_map(|(h, _)| h.iter().map(|(i, _)| *i)),
                );
            }
            here = next;
        }
        tiers
    }

    /// Every candidate for the worst step of a country: commodity, lowest tier from 1, at risk.
    pub(crate) fn steps(&self, country: &str) -> Option<Vec<(usize, usize, f64)>> {
        let tiers = self.tiers(64);
        let mut steps = Vec::new();
        for (c, commodity) in self.world.commodities.iter().enumerate() {
            let tier = tiers.get(&c).and_then(|t| t.iter().find(|t| **t >= 1));
            let lost = |n: usize| {
                self.is_maker(n) && self.nodes[n].commodity == c && self.nodes[n].place == country
            };
            let Some(tier) = tier.filter(|_| commodity.traded && (0..self.nodes.len()).any(lost))
            else {
                continue;
            };
            steps.push((c, *tier, self.at_risk(&lost)?));
        }
        Some(steps)
    }

    /// Whether nothing of the product can be made: N-1 over AND/OR, gone through node by node until nothing changes.
    pub(crate) fn stops(&self, lost: &impl Fn(usize) -> bool) -> bool {
        let mut works: Vec<bool> = (0..self.nodes.len()).map(|n| !lost(n)).collect();
        loop {
            let next: Vec<bool> = (0..works.len())
                .map(|n| works[n] && self.can_work(n, &works))
                .collect();
            if next == works {
                break;
            }
            works = next;
        }
        !self.roots.iter().any(|(n, _, _)| works[*n])
    }

    fn can_work(&self, n: usize, works: &[bool]) -> bool {
        let node = &self.nodes[n];
        let supplied = |d: &Demand| {
            d.open.iter().any(|(s, _)| *s > 1e-9) || d.from.iter().any(|(i, _, _)| works[*i])
        };
        let hosted = node
            .host
            .as_ref()
            .is_none_or(|(h, _)| h.iter().any(|(i, _)| works[*i]));
        // Non-essential inputs stop a process only if all of its value hangs on those that are gone.
        let gone = node.inputs.iter().filter(|d| !d.essential && !supplied(d));
        let gone: f64 = gone.map(|d| d.weight * (1.0 - d.substitutable)).sum();
        hosted
            && gone < 1.0 - 1e-9
            && node
                .inputs
                .iter()
                .all(|d| !d.essential || d.substitutable > 0.0 || supplied(d))
    }
}
