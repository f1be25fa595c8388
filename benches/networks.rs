//! Generated table graphs of 1,000 to 100,000 sites, in the likeness of mineral supply chains: six tiers, a few
//! commodities at each, Pareto sizes, one country that refines more than half. Deterministic.

use std::fmt::Write as _;

/// `sites.csv` and `supply.csv`.
pub(crate) struct Tables {
    pub(crate) sites: String,
    pub(crate) supply: String,
    pub(crate) edges: usize,
}

/// The product that the benchmarks ask about.
pub(crate) const PRODUCT: &str = "product00";

const COUNTRIES: [&str; 24] = [
    "CHN", "USA", "JPN", "KOR", "DEU", "AUS", "CAN", "CHL", "PER", "BRA", "IDN", "IND", "RUS",
    "ZAF", "COD", "FRA", "GBR", "ITA", "ESP", "POL", "SWE", "NOR", "FIN", "VNM",
];

/// Tiers from the ground up: name, stage, commodities, part of all sites.
const TIERS: [(&str, &str, usize, f64); 6] = [
    ("ore", "mine", 8, 0.30),
    ("concentrate", "mine", 8, 0.12),
    ("refined", "refinery", 8, 0.14),
    ("precursor", "component", 8, 0.14),
    ("component", "component", 8, 0.16),
    ("product", "assembly", 4, 0.14),
];

/// A small generator of random numbers (splitmix64), so that the benchmarks need no crate for it.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }
}

struct Site {
    tier: usize,
    kind: usize,
    country: &'static str,
    size: f64,
}

/// Makes the tables of so many sites.
pub(crate) fn tables(count: usize) -> Tables {
    let mut random = Random(1);
    let mut sites: Vec<Site> = Vec::with_capacity(count);
    let mut makers: Vec<Vec<Vec<usize>>> = TIERS.iter().map(|t| vec![Vec::new(); t.2]).collect();
    for (tier, (_, _, kinds, part)) in TIERS.iter().enumerate() {
        let many = if tier + 1 == TIERS.len() {
            count - sites.len()
        } else {
            (count as f64 * part) as usize
        };
        for at in 0..many {
            // Refining is in the first country to more than half; elsewhere lower numbers are likelier.
            let skewed = (random.unit() * random.unit() * COUNTRIES.len() as f64) as usize;
            let country = if tier == 2 && random.unit() < 0.6 {
                0
            } else {
                (skewed + 7 * tier) % COUNTRIES.len()
            };
            let size = (1.0 - random.unit()).powf(-1.0 / 1.2).min(1e4);
            makers[tier][at % kinds].push(sites.len());
            sites.push(Site {
                tier,
                kind: at % kinds,
                country: COUNTRIES[country],
                size,
            });
        }
    }
    let recipes: Vec<Vec<Vec<(usize, usize, f64)>>> = (0..TIERS.len())
        .map(|tier| recipes_of(tier, &mut random))
        .collect();
    let width = count.to_string().len();
    let name = |tier: usize, kind: usize| format!("{}{kind:02}", TIERS[tier].0);
    let mut out = Tables {
        sites: "id,stage,country,commodity,output,capacity\n".into(),
        supply: "supplier,buyer,commodity,share,coefficient\n".into(),
        edges: 0,
    };
    for (at, site) in sites.iter().enumerate() {
        let (stage, output) = (TIERS[site.tier].1, 1000.0 * site.size);
        let commodity = name(site.tier, site.kind);
        writeln!(
            out.sites,
            "S{at:0width$},{stage},{},{commodity},{output:.3},{:.3}",
            site.country,
            output * 1.2
        )
        .expect("writing to memory");
        for (tier, kind, amount) in &recipes[site.tier][site.kind] {
            let pool = &makers[*tier][*kind];
            let wanted = if random.unit() < 0.1 {
                1
            } else {
                3 + random.below(3)
            };
            let mut chosen: Vec<usize> = Vec::new();
            for _ in 0..2 * wanted {
                // The larger of two: big sites sell to more buyers.
                let (a, b) = (
                    pool[random.below(pool.len())],
                    pool[random.below(pool.len())],
                );
                let pick = if sites[a].size > sites[b].size { a } else { b };
                if chosen.len() < wanted && !chosen.contains(&pick) {
                    chosen.push(pick);
                }
            }
            let sum: f64 = chosen.iter().map(|s| sites[*s].size.sqrt()).sum();
            for supplier in &chosen {
                let share = sites[*supplier].size.sqrt() / sum;
                let commodity = name(*tier, *kind);
                writeln!(
                    out.supply,
                    "S{supplier:0width$},S{at:0width$},{commodity},{share:.8},{amount:.3}"
                )
                .expect("writing to memory");
                out.edges += 1;
            }
        }
    }
    out
}

/// For each commodity of a tier its inputs: one tier down, or now and then two.
fn recipes_of(tier: usize, random: &mut Random) -> Vec<Vec<(usize, usize, f64)>> {
    (0..TIERS[tier].2)
        .map(|kind| {
            let mut inputs: Vec<(usize, usize, f64)> = Vec::new();
            let wanted = [0, 1, 2, 3, 3, 4][tier];
            for at in 0..wanted {
                let from = if tier >= 2 && at > 0 && random.unit() < 0.25 {
                    tier - 2
                } else {
                    tier - 1
                };
                let other = if at == 0 {
                    kind % TIERS[from].2
                } else {
                    random.below(TIERS[from].2)
                };
                let amount = 0.2 + 1.3 * random.unit();
                if inputs.iter().all(|i| (i.0, i.1) != (from, other)) {
                    inputs.push((from, other, amount));
                }
            }
            inputs
        })
        .collect()
}
