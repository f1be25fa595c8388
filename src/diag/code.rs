//! The codes of all diagnostics. Each has an entry in `docs/diagnostics.md` and a fixture in `tests/fixtures/invalid/`.

use super::Severity;

macro_rules! codes {
    ($($variant:ident, $word:literal, $severity:ident, $description:literal;)*) => {
        /// What a diagnostic is about. The word is stable: scripts may match on it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $description] $variant,)*
        }

        impl Code {
            /// Every code, in the order of `docs/diagnostics.md`.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word shown in brackets.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// One sentence on what is wrong.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)* }
            }

            /// How serious it is.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    UnreadableFile, "unreadable-file", Error, "A file or folder cannot be opened, or a folder holds nothing to load.";
    NotUtf8, "not-utf8", Error, "A file is not UTF-8 text.";
    YamlSyntax, "yaml-syntax", Error, "The text is not well-formed YAML.";
    YamlLimit, "yaml-limit", Error, "The YAML nests too deeply, or its aliases expand without bound.";
    DuplicateKey, "duplicate-key", Error, "A mapping holds the same key twice.";
    WrongType, "wrong-type", Error, "A value has another shape than the format asks for.";
    MissingField, "missing-field", Error, "A required field is absent.";
    UnknownField, "unknown-field", Error, "A field is not part of the format.";
    FormatVersion, "format-version", Error, "The file does not say `oretrace: 1`.";
    UnknownInclude, "unknown-include", Error, "An included file does not exist.";
    IncludeCycle, "include-cycle", Error, "Files include one another in a circle.";
    IncludeOutsideRoot, "include-outside-root", Error, "An include leaves the folder of the files named on the command line.";
    ScenarioInGraph, "scenario-in-graph", Error, "A scenario file stands where a supply graph is expected.";
    NotAScenario, "not-a-scenario", Error, "A supply graph stands where a scenario file is expected.";
    DuplicateId, "duplicate-id", Error, "Something is defined twice.";
    InvalidId, "invalid-id", Error, "An id is empty, too long, or holds characters that ids may not.";
    UnknownCommodity, "unknown-commodity", Error, "A commodity is used that no file defines.";
    UnknownSite, "unknown-site", Error, "A buyer is named that no file defines.";
    UnknownSupplier, "unknown-supplier", Error, "A supplier is named that no file defines.";
    UnknownCountry, "unknown-country", Error, "A word is no ISO 3166-1 alpha-3 code and no group.";
    UnknownSource, "unknown-source", Warning, "A figure cites a source that no file describes.";
    SourceMissing, "source-missing", Warning, "A production table, trade entry or price names no source.";
    InvalidNumber, "invalid-number", Error, "A number is malformed, not finite, or too large.";
    NegativeNumber, "negative-number", Error, "An amount is negative.";
    InvalidUnit, "invalid-unit", Error, "A quantity has no unit, or one that cannot be read.";
    UnitMismatch, "unit-mismatch", Error, "A quantity's unit does not fit the commodity's dimension.";
    MixedCurrency, "mixed-currency", Error, "Prices stand in several currencies, so that costs cannot be compared.";
    InvalidChoice, "invalid-choice", Error, "A word is not one of the words allowed there.";
    InvalidYear, "invalid-year", Error, "A year is no whole number between 1000 and 3000.";
    InvalidCoordinates, "invalid-coordinates", Error, "A position is not a latitude and a longitude in degrees.";
    ShareOutOfRange, "share-out-of-range", Error, "A share lies outside 0 to 1.";
    ShareSumOverOne, "share-sum-over-one", Error, "Shares add up to more than 1.";
    ShareSumUnderOne, "share-sum-under-one", Warning, "Supply or trade shares add up to less than 1; the rest is unattributed.";
    RouteShares, "route-shares", Error, "The shares of a commodity's routes do not add up to 1.";
    RecipeAndRoutes, "recipe-and-routes", Error, "A commodity has both a recipe and routes.";
    WeightsIncomplete, "weights-incomplete", Error, "Some inputs of a recipe state a weight and others do not.";
    WeightSum, "weight-sum", Error, "The weights of a recipe add up to zero or less.";
    LoopGain, "loop-gain", Error, "A loop of recipes needs at least as much of a commodity as it yields.";
    OutputAndShares, "output-and-shares", Error, "A production table gives both `output` and `shares`, or neither.";
    DuplicateTable, "duplicate-table", Error, "A commodity has a second production table.";
    TotalBelowSum, "total-below-sum", Error, "A production table's total is less than the sum of its rows.";
    CarveFromShares, "carve-from-shares", Error, "A named site cannot be taken out of a table of bare shares.";
    CarveTooMuch, "carve-too-much", Error, "Named sites make more than their country's row and the remainder hold.";
    CarveNoRow, "carve-no-row", Error, "A named site's country has no row in the production table, and there is no remainder.";
    MissingOutput, "missing-output", Error, "A site has no output although its commodity has other makers.";
    WrongMaker, "wrong-maker", Error, "A supplier does not make the commodity it is said to supply.";
    UnusedSupply, "unused-supply", Warning, "A supply entry names an input that the buyer's recipe does not need.";
    TradeNotTraded, "trade-not-traded", Error, "A trade entry is given for a commodity that is not traded.";
    ByproductOfItself, "byproduct-of-itself", Error, "A commodity is its own host.";
    OwnershipSum, "ownership-sum", Error, "Owners hold more than the whole of a site or company.";
    OwnershipCycle, "ownership-cycle", Error, "Companies own one another in a circle.";
    UnknownCompany, "unknown-company", Warning, "An owner's name is nearly that of a described company, but not quite.";
    CapacityBelowOutput, "capacity-below-output", Warning, "A capacity is lower than the output; the output counts.";
    RegionFolded, "region-folded", Note, "A region or a code that is no country was counted as remainder (ROW).";
    SharesRounded, "shares-rounded", Note, "Production shares that add up to nearly 1 were taken as rounding.";
    NoMaker, "no-maker", Warning, "An input has neither a site nor a recipe, so that its supply is unattributed.";
    TableColumns, "table-columns", Error, "A table lacks a required column, or has one that is not known.";
    TableSyntax, "table-syntax", Error, "A table row cannot be read.";
    TableTwice, "table-twice", Error, "A folder holds a table both as csv and as Parquet.";
    ParquetSyntax, "parquet-syntax", Error, "A file is not Parquet, or a damaged one.";
    ParquetUnsupported, "parquet-unsupported", Error, "A Parquet file is packed in a way that is not read.";
    ParquetLimit, "parquet-limit", Error, "A Parquet file goes beyond a limit: of size once unpacked, of columns, or of a cell.";
    CoefficientConflict, "coefficient-conflict", Error, "Rows of one buyer and input give different coefficients.";
    StageConflict, "stage-conflict", Error, "Rows put one commodity into different stages.";
    ScenarioChange, "scenario-change", Error, "An entry of `changes` is not one known change.";
    UnmatchedChange, "unmatched-change", Error, "A scenario change matches nothing.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn words_are_unique_and_kebab_case() {
        let words: BTreeSet<&str> = Code::ALL.iter().map(|c| c.word()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        assert!(words.iter().all(|w| {
            w.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        }));
    }
}
