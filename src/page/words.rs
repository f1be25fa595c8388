//! The answer in plain words. Every sentence is made from figures, and says nothing that is not in them.

use crate::analysis::{Chokepoints, CommodityShare, CountryExposure, Exposure};
use crate::model::Country;
use crate::report::percent;
use crate::scenario::ScenarioDiff;

/// Keeps figures and their percent signs on one line.
fn together(text: &str) -> String {
    text.replace(" %", "\u{a0}%")
}

/// Names that take an article in a sentence.
const WITH_ARTICLE: [&str; 7] = [
    "Bahamas",
    "Gambia",
    "Netherlands",
    "Philippines",
    "United Arab Emirates",
    "United Kingdom",
    "United States",
];

/// A country as a sentence has it.
fn name(code: &str) -> String {
    let name = Country::from_alpha3(code)
        .map_or(code, |c| c.name())
        .to_owned();
    if WITH_ARTICLE.contains(&&*name) {
        format!("the {name}")
    } else {
        name
    }
}

/// A sentence with its first letter large.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map_or_else(String::new, |c| c.to_uppercase().collect());
    format!("{first}{}", letters.as_str())
}

/// The country with most look-through, if any has some.
pub(super) fn deepest(exposure: &Exposure) -> Option<&CountryExposure> {
    let most = exposure.most_looked_through();
    most.filter(|c| c.look_through.is_some_and(|through| through > 0.0))
}

/// What a paragraph is made from.
pub(super) struct Facts<'a> {
    pub(super) product: &'a str,
    pub(super) exposure: &'a Exposure,
    pub(super) shares: &'a [CommodityShare],
    pub(super) chokepoints: &'a Chokepoints,
    /// Turns commodity ids into names.
    pub(super) names: &'a dyn Fn(&str) -> String,
}

impl Facts<'_> {
    /// The answer.
    pub(super) fn paragraph(&self) -> String {
        let mut sentences = Vec::new();
        sentences.extend(self.assembly());
        sentences.extend(self.look_through());
        sentences.extend(self.worst_step());
        sentences.extend(self.concentrated());
        sentences.push(self.single_points());
        sentences.extend(self.unlocated());
        together(&sentences.join(" "))
    }

    fn assembly(&self) -> Option<String> {
        let most = |a: &&CountryExposure, b: &&CountryExposure| {
            a.assembly
                .total_cmp(&b.assembly)
                .then_with(|| b.country.cmp(&a.country))
        };
        let first = self
            .exposure
            .countries
            .iter()
            .max_by(most)
            .filter(|c| c.assembly > 0.0)?;
        Some(format!(
            "{} is made {} {} ({}).",
            self.product,
            if first.assembly > 0.5 {
                "mostly in"
            } else {
                "in many countries, most of it in"
            },
            name(&first.country),
            percent(first.assembly)
        ))
    }

    fn look_through(&self) -> Option<String> {
        let row = deepest(self.exposure)?;
        let (direct, through, hidden) = (row.direct?, row.look_through?, row.hidden?);
        let country = name(&row.country);
        let lead = format!(
            "{country} supplies {} of its direct inputs by value, and {} of the value passes through {country} once {} counted",
            percent(direct),
            percent(through),
            match self.exposure.depth {
                1 => "its one tier is".to_owned(),
                depth => format!("all {depth} tiers are"),
            }
        );
        let lead = sentence(&lead);
        Some(if hidden > 0.05 {
            format!(
                "{lead}: {:.1} points of that are hidden behind suppliers elsewhere.",
                hidden * 100.0
            )
        } else {
            format!("{lead}.")
        })
    }

    fn worst_step(&self) -> Option<String> {
        let row = self.exposure.countries.first()?;
        let step = row.bottleneck.as_ref()?;
        let mut text = format!(
            "The step that holds most is {} in {} (tier {}): its loss would stop {} before anyone reroutes.",
            (self.names)(&step.commodity),
            name(&row.country),
            step.tier,
            percent(step.at_risk)
        );
        if let (Some(at_risk), Some(adapted)) = (row.at_risk, row.at_risk_adapted) {
            text.push_str(&format!(
                " Losing all of {} would stop {}, and still {} once others step in with the capacity they have.",
                name(&row.country),
                percent(at_risk),
                percent(adapted)
            ));
        }
        Some(text)
    }

    fn concentrated(&self) -> Option<String> {
        const NAMED: usize = 3;
        const HIGH: f64 = 0.75;
        let top = |s: &CommodityShare| {
            let first = s.countries.first()?;
            (Country::from_alpha3(&first.country).is_some() && first.share >= HIGH).then_some(())?;
            s.hhi.map(|h| {
                (
                    h,
                    format!(
                        "{} ({} {})",
                        (self.names)(&s.commodity),
                        name(&first.country),
                        percent(first.share)
                    ),
                )
            })
        };
        let mut found: Vec<(f64, String)> = self
            .shares
            .iter()
            .filter(|s| !s.commodity.starts_with("scrap:") && s.required.is_some_and(|r| r > 0.0))
            .filter_map(top)
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let words: Vec<String> = found.into_iter().take(NAMED).map(|(_, w)| w).collect();
        (!words.is_empty()).then(|| {
            format!(
                "The most concentrated materials in it are {}.",
                words.join(", ")
            )
        })
    }

    fn single_points(&self) -> String {
        let single: Vec<&str> = self
            .chokepoints
            .items
            .iter()
            .filter(|i| i.single_point_of_failure)
            .map(|i| &*i.id)
            .collect();
        match single.len() {
            0 => "No single site, company or country would stop it completely.".to_owned(),
            1 => format!("The loss of {} alone would stop it completely.", single[0]),
            many => format!(
                "{many} single points of failure would each stop it completely, {} among them.",
                single[0]
            ),
        }
    }

    fn unlocated(&self) -> Option<String> {
        let share = self.exposure.unlocated.share;
        (share >= 0.001).then(|| {
            format!(
                "{} of the value is not placed in any country.",
                percent(share)
            )
        })
    }
}

/// What a scenario changes, in a sentence.
pub(super) fn scenario(diff: &ScenarioDiff, product: &str) -> String {
    const VISIBLE: f64 = 0.000_5;
    let title = diff
        .title
        .as_ref()
        .map_or_else(String::new, |t| format!(" ({t})"));
    let unmet = if diff.unmet_demand > 1e-12 {
        format!(
            " {} of demand is unmet without rerouting.",
            percent(diff.unmet_demand)
        )
    } else {
        String::new()
    };
    let change = |c: &crate::scenario::CountryDiff| {
        c.change
            .look_through
            .unwrap_or(0.0)
            .abs()
            .max(c.own_change.abs())
    };
    let most = diff
        .countries
        .iter()
        .max_by(|a, b| {
            change(a)
                .total_cmp(&change(b))
                .then_with(|| b.country.cmp(&a.country))
        })
        .filter(|c| change(c) >= VISIBLE);
    let Some(row) = most else {
        return format!(
            "Under {}{title}, exposure of {product} to every country stays within a tenth of a point.{unmet}",
            diff.scenario
        );
    };
    let share = |v: Option<f64>| v.map_or_else(|| "–".to_owned(), percent);
    format!(
        "Under {}{title}, {} goes from {} to {} look-through, and from {} to {} at risk by its worst step.{unmet}",
        diff.scenario,
        name(&row.country),
        share(row.before.look_through),
        share(row.after.look_through),
        share(row.before.worst_step),
        share(row.after.worst_step)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_named_as_in_a_sentence() {
        assert_eq!(name("USA"), "the United States");
        assert_eq!(name("CHN"), "China");
        assert_eq!(sentence(&name("GBR")), "The United Kingdom");
        assert_eq!(together("66 % of it"), "66\u{a0}% of it");
    }
}
