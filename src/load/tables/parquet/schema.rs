//! The schema of a Parquet file: which columns it has, and what they hold.
//!
//! Fields count where they have the type that the format gives them; others are skipped, as are those of later versions.

use std::sync::Arc;

use parquet::basic::{Repetition, Type as Physical};
use parquet::schema::types::{ColumnDescPtr, ColumnDescriptor, ColumnPath, Type};

use super::cells::{Kind, Meaning, kind};
use super::fault::Fault;
use super::thrift::{BINARY, FALSE, I32, STRUCT, TRUE, Thrift};

/// Most columns; a table has six at most.
const MOST_COLUMNS: usize = 1_000;

/// A column at the top of the schema.
pub(super) struct Described {
    pub(super) name: String,
    pub(super) holds: Holds,
}

/// What a column holds.
pub(super) enum Holds {
    /// Other columns.
    Columns,
    /// Values that are read so, or in words what they are that is neither text nor number.
    Values(ColumnDescPtr, Result<Kind, &'static str>),
}

/// Reads the list of the schema's elements: the whole, then each column before those in it.
pub(super) fn columns(thrift: &mut Thrift<'_>) -> Result<Vec<Described>, Fault> {
    let mut found: Vec<Described> = Vec::new();
    let mut stated = None;
    // How many of the following elements belong to a nested column.
    let mut inside = 0_usize;
    thrift.structures(|thrift| {
        let element = Element::read(thrift)?;
        if stated.is_none() {
            stated = Some(element.children);
            return Ok(());
        }
        let belongs = inside > 0;
        inside = inside.saturating_sub(1).saturating_add(element.children);
        if belongs {
            return Ok(());
        }
        if found.len() == MOST_COLUMNS {
            return Err(Fault::TooMany {
                what: "table",
                parts: "columns",
                most: MOST_COLUMNS,
            });
        }
        found.push(element.described()?);
        Ok(())
    })?;
    if inside > 0 || stated != Some(found.len()) {
        return Err(Fault::damaged("its schema has other columns than it says"));
    }
    Ok(found)
}

/// An element of the schema.
#[derive(Default)]
struct Element {
    name: String,
    children: usize,
    physical: Option<i64>,
    length: Option<i64>,
    repetition: Option<i64>,
    converted: Option<i64>,
    scale: Option<i64>,
    logical: Option<Meaning>,
}

impl Element {
    fn read(thrift: &mut Thrift<'_>) -> Result<Self, Fault> {
        let mut read = Self::default();
        thrift.fields(|thrift, id, kind| {
            match (id, kind) {
                (1, I32) => read.physical = Some(thrift.signed()?),
                (2, I32) => read.length = Some(thrift.signed()?),
                (3, I32) => read.repetition = Some(thrift.signed()?),
                (4, BINARY) => read.name = String::from_utf8_lossy(thrift.text()?).into_owned(),
                (5, I32) => read.children = usize::try_from(thrift.signed()?).unwrap_or(0),
                (6, I32) => read.converted = Some(thrift.signed()?),
                (7, I32) => read.scale = Some(thrift.signed()?),
                (10, STRUCT) => read.logical = logical(thrift)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(read)
    }

    fn described(self) -> Result<Described, Fault> {
        let holds = match self.children {
            0 => self.values()?,
            _ => Holds::Columns,
        };
        Ok(Described {
            name: self.name,
            holds,
        })
    }

    fn values(&self) -> Result<Holds, Fault> {
        let physical = self
            .physical
            .and_then(physical)
            .ok_or_else(|| Fault::damaged("a column has no type"))?;
        let (repetition, definitions, repetitions) = match self.repetition {
            Some(0) => (Repetition::REQUIRED, 0, 0),
            Some(1) => (Repetition::OPTIONAL, 1, 0),
            Some(2) => (Repetition::REPEATED, 1, 1),
            _ => {
                return Err(Fault::damaged(
                    "a column does not say whether it has missing values",
                ));
            }
        };
        let length = self.length.and_then(|length| i32::try_from(length).ok());
        // What the values stand for is decided here, so that their decoder need not know.
        let read_as = Type::primitive_type_builder(&self.name, physical)
            .with_repetition(repetition)
            .with_length(length.unwrap_or(-1))
            .build()?;
        let path = ColumnPath::new(vec![self.name.clone()]);
        let read_as = ColumnDescriptor::new(Arc::new(read_as), definitions, repetitions, path);
        let kind = match repetition {
            Repetition::REPEATED => Err("lists"),
            _ => kind(&read_as, self.meaning()),
        };
        Ok(Holds::Values(Arc::new(read_as), kind))
    }

    /// What the values stand for: the newer field says it if it is there.
    fn meaning(&self) -> Meaning {
        let converted = || match self.converted {
            None => Meaning::Unsaid,
            // UTF8, ENUM and JSON.
            Some(0 | 4 | 19) => Meaning::Text,
            Some(5) => Meaning::Decimal {
                scale: self.scale.unwrap_or(0),
            },
            // UINT_8 to UINT_64, then INT_8 to INT_64.
            Some(11..=14) => Meaning::Whole { unsigned: true },
            Some(15..=18) => Meaning::Whole { unsigned: false },
            Some(_) => Meaning::Other,
        };
        self.logical.unwrap_or_else(converted)
    }
}

fn physical(number: i64) -> Option<Physical> {
    Some(match number {
        0 => Physical::BOOLEAN,
        1 => Physical::INT32,
        2 => Physical::INT64,
        3 => Physical::INT96,
        4 => Physical::FLOAT,
        5 => Physical::DOUBLE,
        6 => Physical::BYTE_ARRAY,
        7 => Physical::FIXED_LEN_BYTE_ARRAY,
        _ => return None,
    })
}

/// Reads a logical type: a structure whose one field says which it is.
fn logical(thrift: &mut Thrift<'_>) -> Result<Option<Meaning>, Fault> {
    let mut read = None;
    thrift.fields(|thrift, id, kind| {
        if kind != STRUCT {
            return Ok(false);
        }
        let (meaning, taken) = match id {
            // STRING, ENUM and JSON.
            1 | 4 | 12 => (Meaning::Text, false),
            5 => (decimal(thrift)?, true),
            10 => (integer(thrift)?, true),
            11 => (Meaning::Nothing, false),
            _ => (Meaning::Other, false),
        };
        read = Some(meaning);
        Ok(taken)
    })?;
    Ok(read)
}

fn decimal(thrift: &mut Thrift<'_>) -> Result<Meaning, Fault> {
    let mut scale = 0;
    thrift.fields(|thrift, id, kind| {
        let is_scale = (id, kind) == (1, I32);
        if is_scale {
            scale = thrift.signed()?;
        }
        Ok(is_scale)
    })?;
    Ok(Meaning::Decimal { scale })
}

fn integer(thrift: &mut Thrift<'_>) -> Result<Meaning, Fault> {
    let mut unsigned = false;
    thrift.fields(|_, id, kind| {
        // Truth values stand in the head of their field.
        if id == 2 && matches!(kind, TRUE | FALSE) {
            unsigned = kind == FALSE;
        }
        Ok(false)
    })?;
    Ok(Meaning::Whole { unsigned })
}
