//! The cells of a column: what its type lets them hold, and those of some rows at a time.

use std::borrow::Cow;
use std::fmt::Write as _;

use parquet::basic::Type;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::DataType;
use parquet::schema::types::{ColumnDescPtr, ColumnDescriptor};

use super::fault::Fault;
use super::pages::Pages;
use crate::load::tables::rows::Value;

/// Longest text in a cell, in bytes; ids are far shorter.
const LONGEST_CELL: usize = 1 << 16;
/// Most bytes of a decimal number: 38 digits.
const LONGEST_DECIMAL: usize = 16;

/// What the values of a column stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Whole { unsigned: bool },
    Decimal { scale: usize },
    Float,
}

/// What the schema says that values stand for, beside their type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Unsaid,
    Text,
    Whole {
        unsigned: bool,
    },
    Decimal {
        scale: i64,
    },
    /// All are missing, and the type is any.
    Nothing,
    /// Dates and times, identifiers and more.
    Other,
}

/// What a column holds, or in words what it holds that is neither text nor number.
pub(super) fn kind(column: &ColumnDescriptor, meaning: Meaning) -> Result<Kind, &'static str> {
    match (column.physical_type(), meaning) {
        (Type::BOOLEAN, _) => Err("truth values"),
        (Type::INT96, _) => Err("points in time"),
        (Type::FLOAT | Type::DOUBLE, _) => Ok(Kind::Float),
        (_, Meaning::Decimal { scale }) => decimal(column, scale),
        (Type::BYTE_ARRAY, Meaning::Unsaid | Meaning::Text) => Ok(Kind::Text),
        (Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY, _) => Err("bytes"),
        (Type::INT32 | Type::INT64, Meaning::Unsaid | Meaning::Nothing) => {
            Ok(Kind::Whole { unsigned: false })
        }
        (Type::INT32 | Type::INT64, Meaning::Whole { unsigned }) => Ok(Kind::Whole { unsigned }),
        (Type::INT32 | Type::INT64, Meaning::Text | Meaning::Other) => Err("dates or times"),
    }
}

fn decimal(column: &ColumnDescriptor, scale: i64) -> Result<Kind, &'static str> {
    const MOST_DIGITS: usize = 38;
    let fits = column.physical_type() != Type::FIXED_LEN_BYTE_ARRAY
        || (0..=LONGEST_DECIMAL as i32).contains(&column.type_length());
    match usize::try_from(scale) {
        Ok(scale) if fits && scale <= MOST_DIGITS => Ok(Kind::Decimal { scale }),
        _ => Err("numbers of more digits than are read"),
    }
}

/// Cells of consecutive rows.
pub(super) struct Cells {
    data: Data,
    missing: Vec<bool>,
    /// Those that are no UTF-8.
    pub(super) garbled: Vec<usize>,
}

enum Data {
    Text { text: String, ends: Vec<usize> },
    Whole(Vec<i128>),
    Float(Vec<f64>),
}

impl Cells {
    pub(super) fn none() -> Self {
        Self {
            data: Data::Float(Vec::new()),
            missing: Vec::new(),
            garbled: Vec::new(),
        }
    }

    /// What a cell holds; text without what surrounds it, as in csv.
    pub(super) fn value(&self, row: usize) -> Value<'_> {
        if self.missing.get(row).is_none_or(|missing| *missing) {
            return Value::Text("");
        }
        match &self.data {
            Data::Text { text, ends } => {
                let from = row.checked_sub(1).map_or(0, |before| ends[before]);
                Value::Text(text[from..ends[row]].trim())
            }
            Data::Whole(numbers) => Value::Number(numbers[row] as f64),
            Data::Float(numbers) => Value::Number(numbers[row]),
        }
    }

    /// A number as it would stand in csv.
    pub(super) fn written(&self, row: usize) -> String {
        match &self.data {
            Data::Whole(numbers) => numbers[row].to_string(),
            Data::Float(numbers) => numbers[row].to_string(),
            Data::Text { .. } => String::new(),
        }
    }

    /// Bytes that they take.
    pub(super) fn length(&self) -> usize {
        match &self.data {
            Data::Text { text, .. } => text.len(),
            Data::Whole(numbers) => size_of_val(&numbers[..]),
            Data::Float(numbers) => size_of_val(&numbers[..]),
        }
    }
}

/// Decodes one column of one row group.
pub(super) struct Decoder {
    reader: ColumnReader,
    kind: Kind,
    nullable: bool,
}

impl Decoder {
    pub(super) fn new(column: &ColumnDescPtr, kind: Kind, pages: Pages) -> Self {
        Self {
            reader: get_column_reader(column.clone(), Box::new(pages)),
            kind,
            nullable: column.max_def_level() > 0,
        }
    }

    /// The next so many cells.
    pub(super) fn read(&mut self, rows: usize) -> Result<Cells, Fault> {
        use ColumnReader as C;
        let (kind, nullable) = (self.kind, self.nullable);
        match &mut self.reader {
            C::Int32ColumnReader(reader) => {
                let (values, missing) = values(reader, rows, nullable)?;
                let wide = |value: i32| match kind {
                    Kind::Whole { unsigned: true } => i128::from(value as u32),
                    _ => i128::from(value),
                };
                whole(kind, values.into_iter().map(wide), missing)
            }
            C::Int64ColumnReader(reader) => {
                let (values, missing) = values(reader, rows, nullable)?;
                let wide = |value: i64| match kind {
                    Kind::Whole { unsigned: true } => i128::from(value as u64),
                    _ => i128::from(value),
                };
                whole(kind, values.into_iter().map(wide), missing)
            }
            C::FloatColumnReader(reader) => {
                let (values, missing) = values(reader, rows, nullable)?;
                Ok(float(values.into_iter().map(shortest), missing))
            }
            C::DoubleColumnReader(reader) => {
                let (values, missing) = values(reader, rows, nullable)?;
                Ok(float(values, missing))
            }
            C::ByteArrayColumnReader(reader) => {
                let (values, missing) = values(reader, rows, nullable)?;
                bytes(kind, values.iter().map(|v| v.data()), missing)
            }
            C::FixedLenByteArrayColumnReader(reader) => {
                let (values, missing) = values(reader, rows, nullable)?;
                bytes(kind, values.iter().map(|v| v.data()), missing)
            }
            C::BoolColumnReader(_) | C::Int96ColumnReader(_) => {
                Err(Fault::damaged("a column changes its type"))
            }
        }
    }
}

/// The values of so many rows, and which rows have none.
fn values<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    nullable: bool,
) -> Result<(Vec<T::T>, Vec<bool>), Fault> {
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    let wanted = nullable.then_some(&mut levels);
    let (read, ..) = reader.read_records(rows, wanted, None, &mut values)?;
    let missing: Vec<bool> = match nullable {
        true => levels.iter().map(|level| *level == 0).collect(),
        false => vec![false; read],
    };
    let there = missing.iter().filter(|missing| !**missing).count();
    if read != rows || missing.len() != rows || there != values.len() {
        return Err(Fault::damaged(
            "a column has fewer values than there are rows",
        ));
    }
    Ok((values, missing))
}

/// Puts something in the place of each missing value, so that rows can be counted off.
fn spread<V: Default>(values: impl IntoIterator<Item = V>, missing: &[bool]) -> Vec<V> {
    let mut values = values.into_iter();
    let next = |missing: &bool| match missing {
        true => V::default(),
        false => values.next().unwrap_or_default(),
    };
    missing.iter().map(next).collect()
}

fn float(values: impl IntoIterator<Item = f64>, missing: Vec<bool>) -> Cells {
    Cells {
        data: Data::Float(spread(values, &missing)),
        missing,
        garbled: Vec::new(),
    }
}

/// A short float is the number that it is written as: 0.7, not 0.699999988079071.
fn shortest(value: f32) -> f64 {
    let read = value.to_string().parse();
    read.unwrap_or(f64::from(value))
}

fn whole(
    kind: Kind,
    values: impl Iterator<Item = i128>,
    missing: Vec<bool>,
) -> Result<Cells, Fault> {
    let Kind::Decimal { scale } = kind else {
        return Ok(Cells {
            data: Data::Whole(spread(values, &missing)),
            missing,
            garbled: Vec::new(),
        });
    };
    text(
        values.map(|v| Ok(Cow::Owned(with_point(v, scale)))),
        missing,
    )
}

fn bytes<'v>(
    kind: Kind,
    values: impl Iterator<Item = &'v [u8]>,
    missing: Vec<bool>,
) -> Result<Cells, Fault> {
    match kind {
        Kind::Decimal { scale } => {
            let number = |bytes: &[u8]| match big_endian(bytes) {
                Some(number) => Ok(Cow::Owned(with_point(number, scale))),
                None => Err(Fault::damaged("a decimal number is too long")),
            };
            text(values.map(number), missing)
        }
        _ => {
            let mut garbled = Vec::new();
            let mut rows = (0..missing.len()).filter(|row| !missing[*row]);
            let read = values.map(|bytes| {
                let row = rows.next();
                if bytes.len() > LONGEST_CELL {
                    return Err(Fault::LongCell(LONGEST_CELL));
                }
                let text = String::from_utf8_lossy(bytes);
                if matches!(text, Cow::Owned(_)) {
                    garbled.extend(row);
                }
                Ok(text)
            });
            let read: Result<Vec<Cow<'v, str>>, Fault> = read.collect();
            let cells = text(read?.into_iter().map(Ok), missing)?;
            Ok(Cells { garbled, ..cells })
        }
    }
}

fn text<'v>(
    mut values: impl Iterator<Item = Result<Cow<'v, str>, Fault>>,
    missing: Vec<bool>,
) -> Result<Cells, Fault> {
    let mut text = String::new();
    let mut ends = Vec::with_capacity(missing.len());
    for missing in &missing {
        if !missing && let Some(value) = values.next() {
            text.push_str(&value?);
        }
        ends.push(text.len());
    }
    Ok(Cells {
        data: Data::Text { text, ends },
        missing,
        garbled: Vec::new(),
    })
}

fn big_endian(bytes: &[u8]) -> Option<i128> {
    let first = *bytes.first()?;
    if bytes.len() > LONGEST_DECIMAL {
        return None;
    }
    // The first byte carries the sign.
    let start = i128::from(first as i8);
    let rest = bytes[1..].iter();
    Some(rest.fold(start, |sum, byte| sum << 8 | i128::from(*byte)))
}

/// A decimal number as text; it is read as any text is, and rounded once.
fn with_point(number: i128, scale: usize) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(sign);
    if scale == 0 {
        text.push_str(&digits);
        return text;
    }
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, part) = digits.split_at(digits.len() - scale);
    let _ = write!(text, "{whole}.{part}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_written_out() {
        assert_eq!(with_point(-12_345, 2), "-123.45");
        assert_eq!(with_point(5, 3), "0.005");
        assert_eq!(with_point(7, 0), "7");
        assert_eq!(big_endian(&[0xff, 0xfe]), Some(-2));
        assert_eq!(big_endian(&[0x01, 0x00]), Some(256));
        assert_eq!(big_endian(&[]), None);
        assert_eq!(big_endian(&[0; 17]), None);
    }

    #[test]
    fn short_floats_are_what_they_are_written_as() {
        assert_eq!(shortest(0.7).to_bits(), 0.7_f64.to_bits());
        assert!(shortest(f32::NAN).is_nan());
        assert!(shortest(f32::NEG_INFINITY).is_infinite());
    }
}
