//! A table of who sells how much to whom, free of commodities and recipes: what cascades are computed on.

/// How much a buyer depends on an input from one sector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Losing it costs nothing.
    Negligible,
    /// Losing it costs its part of all purchases.
    NonEssential,
    /// Nothing can be made without it.
    #[default]
    Essential,
}

impl Need {
    /// The code of published matrices: 2, 1 or 0; or the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "2" | "essential" => Self::Essential,
            "1" | "non-essential" => Self::NonEssential,
            "0" | "negligible" => Self::Negligible,
            _ => return None,
        })
    }
}

/// A firm.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowNode {
    /// Unique id.
    pub id: String,
    /// Position in [`FlowTable::sectors`].
    pub sector: u32,
    /// Its weight in the index, 0 or more; without one, its sales.
    pub weight: Option<f64>,
}

/// What one firm sells another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flow {
    /// Position of the seller in [`FlowTable::nodes`].
    pub supplier: u32,
    /// Position of the buyer.
    pub buyer: u32,
    /// Value a year, above 0, in any one currency.
    pub weight: f64,
    /// How much the buyer depends on the seller's sector.
    pub need: Need,
}

/// Firms and what they sell one another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowTable {
    /// Names of sectors, sorted.
    pub sectors: Vec<String>,
    /// Firms in order of id.
    pub nodes: Vec<FlowNode>,
    /// Flows in order of buyer, then supplier.
    pub flows: Vec<Flow>,
}
