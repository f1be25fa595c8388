//! `cargo bench`: loading, and one measure each, on generated networks. Figures are in `docs/benchmarks.md`.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot set up may panic"
)]

#[path = "networks.rs"]
mod networks;

use std::path::{Path, PathBuf};

use divan::Bencher;
use oretrace::analysis::{Bound, ChokepointQuery, Target, chokepoints, exposure, look_through};
use oretrace::diag::Sources;
use oretrace::graph::{Roots, SupplyGraph};
use oretrace::load::{Input, load, load_built_in};
use oretrace::model::{Country, Network};

fn main() {
    divan::main();
}

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

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

/// The exposure of a product to every country.
#[divan::bench(args = SIZES)]
fn exposure_all_countries(bencher: Bencher<'_, '_>, sites: usize) {
    let network = read(&folder(sites));
    let graph = cone(&network);
    bencher.bench_local(|| exposure(&graph));
}

/// The twenty worst chokepoints of every kind.
#[divan::bench(args = SIZES)]
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
