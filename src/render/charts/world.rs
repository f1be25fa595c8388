//! Outlines of countries; see `src/render/world-map.py` for where they come from.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One country on the map, in units of a map 10000 wide.
pub(super) struct Outline {
    pub(super) middle: (f64, f64),
    /// Too small to be seen without a dot.
    pub(super) small: bool,
    pub(super) path: &'static str,
}

/// By alpha-3 code; `-` is land that no code is given to.
pub(super) static WORLD: LazyLock<BTreeMap<&'static str, Outline>> = LazyLock::new(|| {
    include_str!("../world.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut fields = line.split('\t');
            let code = fields.next()?;
            let x = fields.next()?.parse().ok()?;
            let y = fields.next()?.parse().ok()?;
            let small = fields.next()? == "1";
            let path = fields.next()?;
            Some((
                code,
                Outline {
                    middle: (x, y),
                    small,
                    path,
                },
            ))
        })
        .collect()
});

/// Upper and lower edge of the map.
pub(super) const EDGES: (f64, f64) = (-2480.0, 1900.0);

/// The Natural Earth projection of latitude and longitude, in units of a map 10000 wide; the same as in the script.
pub(super) fn project(latitude: f64, longitude: f64) -> (f64, f64) {
    const SCALE: f64 = 10_000.0 / (2.0 * 0.8707 * std::f64::consts::PI);
    let lat = latitude.clamp(-57.0, 84.0).to_radians();
    let p = lat * lat;
    let x = longitude.to_radians()
        * (0.8707 + p * (-0.131979 + p * (-0.013791 + p.powi(3) * (0.003971 - 0.001529 * p))));
    let y =
        lat * (1.007226 + p * (0.015085 + p * p * (-0.044475 + 0.028874 * p - 0.005916 * p * p)));
    (x * SCALE + 5000.0, -y * SCALE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Country;

    #[test]
    fn every_outline_is_of_a_country_and_small_states_are_there() {
        for (code, outline) in WORLD.iter() {
            assert!(
                *code == "-" || Country::from_alpha3(code).is_some(),
                "{code}"
            );
            let ours = |c: char| "Mlz -".contains(c) || c.is_ascii_digit();
            assert!(outline.path.chars().all(ours), "{code}");
        }
        for code in ["SGP", "HKG", "MLT", "BHR", "MUS"] {
            assert!(WORLD[code].small, "{code}");
        }
        assert!(WORLD.len() > 230 && !WORLD["CHN"].small);
    }

    #[test]
    fn places_fall_into_their_countries() {
        let (x, y) = project(1.35, 103.82);
        let middle = WORLD["SGP"].middle;
        assert!(
            (x - middle.0).abs() < 20.0 && (y - middle.1).abs() < 20.0,
            "{x} {y} {middle:?}"
        );
        assert_eq!(project(0.0, 0.0), (5000.0, 0.0));
    }
}
