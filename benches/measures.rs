//! `cargo bench`: loading, and one measure each, on generated networks. Figures are in `docs/benchmarks.md`.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot set up may panic"
)]

#[path = "networks.rs"]
mod networks;

use std::path::{Path, PathBuf};

use divan::Bencher;
use oretrace::analysis::{
    Bound, ChokepointKind, ChokepointQuery, CutSetQuery, Reroute, Rerouted, Rerouting, Rules,
    Target, chokepoints, countries_in, cut_sets, exposure_of_first, look_through,
};
use oretrace::diag::Sources;
use oretrace::graph::{Roots, SupplyGraph};
use oretrace::load::{Input, load, load_built_in};
use oretrace::model::{Country, Network};

fn main() {
    divan::main();
}

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
/// Linear programmes have benchmarks of their own.
const NOT_REROUTED: Rerouted = Rerouted {
    rows: 0,
    high: false,
};
/// Sizes for what takes linear programmes or sets.
const SOLVED: [usize; 2] = [1_000, 10_000];

/// A folder with the tables of so many sites, written once.
fn folder(sites: usize) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("oretrace-bench-{sites}"));
    std::fs::create_dir_all(&folder).expect("a folder for tables");
    let tables = networks::tables(sites);
    std::fs::write(folder.join("sites.csv"), tables.sites).expect("sites.csv");
    std::fs::write(folder.join("supply.csv"), tables.supply).expect("supply.csv");
    folder
}

fn read(folder: &Path) -> Network {
    let loaded = load(
        &mut Sources::default(),
        &[Input::Path(folder.to_path_buf())],
        None,
    );
    loaded.network.expect("tables that load")
}

fn cone(network: &Network) -> SupplyGraph<'_> {
    let product = network
        .find_commodity(networks::PRODUCT)
        .expect("the product");
    SupplyGraph::of_product(network, &Roots::product(product)).expect("a product with sites")
}

/// Reading both tables from disk, checks included.
#[divan::bench(args = SIZES)]
fn load_tables(bencher: Bencher<'_, '_>, sites: usize) {
    let folder = folder(sites);
    bencher.bench_local(|| read(&folder));
}

/// Reading the reference pack and all product graphs that come with the program.
#[divan::bench]
fn load_built_in_pack() -> bool {
    load_built_in(&mut Sources::default()).network.is_some()
}

/// Taking a product's cone out of a network.
#[divan::bench(args = SIZES)]
fn build_cone(bencher: Bencher<'_, '_>, sites: usize) {
    let network = read(&folder(sites));
    bencher.bench_local(|| cone(&network).processes().len());
}

fn countries(graph: &SupplyGraph<'_>) -> Vec<Target> {
    let country = |c| Target::country(graph, c);
    countries_in(graph).into_iter().map(country).collect()
}

/// The exposure of a product to every country, adapted figures aside.
#[divan::bench(args = SIZES)]
fn exposure_all_countries(bencher: Bencher<'_, '_>, sites: usize) {
    let network = read(&folder(sites));
    let graph = cone(&network);
    let countries = countries(&graph);
    bencher.bench_local(|| exposure_of_first(&graph, &countries, Rules::default(), NOT_REROUTED));
}

/// What is lost with each country once buyers have rerouted to anyone.
#[divan::bench(args = SOLVED)]
fn adapted_all_countries_market(bencher: Bencher<'_, '_>, sites: usize) {
    adapted(bencher, sites, Reroute::Market);
}

/// The same with today's suppliers only.
#[divan::bench(args = SOLVED)]
fn adapted_all_countries_links(bencher: Bencher<'_, '_>, sites: usize) {
    adapted(bencher, sites, Reroute::Links);
}

fn adapted(bencher: Bencher<'_, '_>, sites: usize, reroute: Reroute) {
    let network = read(&folder(sites));
    let graph = cone(&network);
    let countries = countries(&graph);
    let rules = Rules {
        reroute,
        ..Rules::default()
    };
    bencher.bench_local(|| {
        let rerouting = Rerouting::new(&graph, rules);
        let adapted = |c: &Target| rerouting.at_risk(&rerouting.loss_of_target(c));
        countries.iter().map(adapted).collect::<Vec<_>>()
    });
}

/// All minimal cut sets of up to three sites.
#[divan::bench(args = SOLVED)]
fn cut_sets_of_three_sites(bencher: Bencher<'_, '_>, sites: usize) {
    let network = read(&folder(sites));
    let graph = cone(&network);
    let query = CutSetQuery {
        kind: ChokepointKind::Site,
        size: 3,
        with_assembly: false,
        all: false,
        most: 10_000,
    };
    bencher.bench_local(|| cut_sets(&graph, &query));
}

/// The twenty worst chokepoints of every kind, by what is lost after rerouting.
#[divan::bench(args = SOLVED)]
fn chokepoints_top_20(bencher: Bencher<'_, '_>, sites: usize) {
    let network = read(&folder(sites));
    let graph = cone(&network);
    bencher.bench_local(|| chokepoints(&graph, &ChokepointQuery::default()));
}

/// The look-through share of one country.
#[divan::bench(args = SIZES)]
fn look_through_one_country(bencher: Bencher<'_, '_>, sites: usize) {
    let network = read(&folder(sites));
    let graph = cone(&network);
    let china = Target::country(&graph, Country::from_alpha3("CHN").expect("a country"));
    bencher.bench_local(|| look_through(&graph, &china, Bound::Low).of_product(&graph));
}
