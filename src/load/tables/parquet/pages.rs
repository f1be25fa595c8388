//! The pages of one column in one row group, unpacked within limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parquet::basic::{CompressionCodec, Encoding, Type};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescriptor;

use super::delta::{self, Delta};
use super::fault::Fault;
use super::footer::Chunk;
use super::thrift::{I32, STRUCT, Thrift};
use super::unpack::unpack;

/// Most entries of a dictionary; writers stop at a MiB of them.
const MOST_ENTRIES: usize = 4 << 20;

/// How much a file may still unpack to, all columns together.
#[derive(Clone)]
pub(super) struct Allowance {
    left: Arc<AtomicU64>,
    mebibytes: u64,
}

impl Allowance {
    pub(super) fn of(mebibytes: u64) -> Self {
        Self {
            left: Arc::new(AtomicU64::new(mebibytes << 20)),
            mebibytes,
        }
    }

    /// Takes from it, if there is as much.
    pub(super) fn take(&self, bytes: usize) -> Result<(), Fault> {
        let less = |left: u64| left.checked_sub(bytes as u64);
        let taken = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.map(drop).map_err(|_| Fault::TooMuch {
            what: "file",
            mebibytes: self.mebibytes,
        })
    }
}

/// Reads pages from a part of the file.
pub(super) struct Pages {
    file: Arc<Vec<u8>>,
    at: usize,
    end: usize,
    codec: CompressionCodec,
    kind: Type,
    /// Bytes of a value in the plain encoding, at least.
    least: usize,
    nullable: bool,
    /// Values that may still come.
    values: usize,
    dictionary: bool,
    allowance: Allowance,
}

/// What stands before a page.
struct Header {
    kind: i64,
    unpacked: usize,
    packed: usize,
    /// Of the structure that goes with the kind: its numbers and truth values, by field number.
    fields: [Option<i64>; 9],
}

/// Kinds of pages, by their numbers in the format.
const DATA: i64 = 0;
const DICTIONARY: i64 = 2;
const DATA_V2: i64 = 3;

impl Pages {
    /// The pages of a column chunk of so many rows; `end` is where the footer of the file begins.
    pub(super) fn of(
        file: &Arc<Vec<u8>>,
        end: usize,
        chunk: &Chunk,
        column: &ColumnDescriptor,
        rows: usize,
        allowance: &Allowance,
    ) -> Result<Self, Fault> {
        if chunk.elsewhere {
            return Err(Fault::Elsewhere);
        }
        if usize::try_from(chunk.values) != Ok(rows) {
            return Err(Fault::damaged(format!(
                "the column has {} values for {rows} rows",
                chunk.values
            )));
        }
        // Some writers set 0 where there is no dictionary.
        let dictionary = chunk.dictionary.filter(|at| *at > 0);
        let from = usize::try_from(dictionary.unwrap_or(chunk.data).min(chunk.data));
        let length = usize::try_from(chunk.packed);
        let range = match (from, length) {
            (Ok(from), Ok(length)) => from.checked_add(length).map(|to| from..to),
            _ => None,
        };
        let range = range
            .filter(|range| range.start >= super::footer::MAGIC.len() && range.end <= end)
            .ok_or_else(|| Fault::damaged("a column lies outside the file"))?;
        let kind = column.physical_type();
        Ok(Self {
            file: file.clone(),
            at: range.start,
            end: range.end,
            codec: chunk.codec,
            kind,
            least: match kind {
                Type::INT32 | Type::FLOAT | Type::BYTE_ARRAY => 4,
                Type::INT64 | Type::DOUBLE => 8,
                Type::FIXED_LEN_BYTE_ARRAY => column.type_length().max(1) as usize,
                Type::BOOLEAN | Type::INT96 => 1,
            },
            nullable: column.max_def_level() > 0,
            values: rows,
            dictionary: false,
            allowance: allowance.clone(),
        })
    }

    fn header(&mut self) -> Result<Header, Fault> {
        let file = self.file.clone();
        let mut thrift = Thrift::new(&file[self.at..self.end]);
        let (mut kind, mut unpacked, mut packed, mut fields) = (None, None, None, [None; 9]);
        thrift.fields(|thrift, id, of_type| {
            match (id, of_type) {
                (1, I32) => kind = Some(thrift.signed()?),
                (2, I32) => unpacked = usize::try_from(thrift.signed()?).ok(),
                (3, I32) => packed = usize::try_from(thrift.signed()?).ok(),
                // For data, a dictionary, and data of version 2.
                (5 | 7 | 8, STRUCT) => fields = thrift.numbers()?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        self.at += thrift.at;
        let unsized_page = || Fault::damaged("a page does not say how long it is");
        let header = Header {
            kind: kind.unwrap_or(-1),
            unpacked: unpacked.ok_or_else(unsized_page)?,
            packed: packed.ok_or_else(unsized_page)?,
            fields,
        };
        if header.packed > self.end - self.at {
            return Err(Fault::damaged("a page is longer than its column"));
        }
        Ok(header)
    }

    fn next_page(&mut self) -> Result<Option<Page>, Fault> {
        while self.at < self.end {
            let header = self.header()?;
            let from = self.at;
            self.at += header.packed;
            let file = self.file.clone();
            let packed = &file[from..self.at];
            self.allowance.take(header.unpacked)?;
            // An empty page would pass for the end of the column.
            let [_, values, ..] = header.fields;
            match header.kind {
                DATA | DATA_V2 if values == Some(0) => {}
                DATA => return self.data_page(&header, packed).map(Some),
                DICTIONARY => return self.dictionary_page(&header, packed).map(Some),
                DATA_V2 => return self.data_page_v2(&header, packed).map(Some),
                // Indexes, and what later versions add.
                _ => {}
            }
        }
        Ok(None)
    }

    fn dictionary_page(&mut self, header: &Header, packed: &[u8]) -> Result<Page, Fault> {
        let [_, entries, ..] = header.fields;
        let entries = count(entries, "how many entries its dictionary has")?;
        if self.dictionary {
            return Err(Fault::damaged("a column has two dictionaries"));
        }
        let buf = unpack(self.codec, packed, header.unpacked)?;
        if entries > MOST_ENTRIES {
            return Err(Fault::TooMany {
                what: "dictionary of a column",
                parts: "entries",
                most: MOST_ENTRIES,
            });
        }
        if entries.saturating_mul(self.least) > buf.len() {
            return Err(Fault::damaged(
                "a dictionary has fewer entries than it says",
            ));
        }
        self.dictionary = true;
        Ok(Page::DictionaryPage {
            buf: buf.into(),
            num_values: entries as u32,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        })
    }

    fn data_page(&mut self, header: &Header, packed: &[u8]) -> Result<Page, Fault> {
        let [_, values, encoded, levels, ..] = header.fields;
        let values = self.count_values(values)?;
        let levels = encoding(levels)?;
        let mut buf = unpack(self.codec, packed, header.unpacked)?;
        let split = match (self.nullable, levels) {
            (false, _) => 0,
            (true, Encoding::RLE) => {
                let length = buf.first_chunk().ok_or_else(no_levels)?;
                4 + u32::from_le_bytes(*length) as usize
            }
            (true, _) => values.div_ceil(8),
        };
        let encoding = self.plain_values(encoded, &mut buf, split, values)?;
        Ok(Page::DataPage {
            buf: buf.into(),
            num_values: values as u32,
            encoding,
            def_level_encoding: levels,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        })
    }

    fn data_page_v2(&mut self, header: &Header, packed: &[u8]) -> Result<Page, Fault> {
        let [
            _,
            values,
            nulls,
            rows,
            encoded,
            definitions,
            repetitions,
            compressed,
            _,
        ] = header.fields;
        let values = self.count_values(values)?;
        let nulls = count(nulls, "how many of its values are missing")?;
        let rows = count(rows, "how many rows it has")?;
        let length = |levels| count(levels, "how long its levels are");
        let (definitions, repetitions) = (length(definitions)?, length(repetitions)?);
        let split = definitions + repetitions;
        let (levels, packed) = packed.split_at_checked(split).ok_or_else(no_levels)?;
        let unpacked = header.unpacked.checked_sub(split).ok_or_else(no_levels)?;
        let codec = match compressed {
            Some(0) => CompressionCodec::UNCOMPRESSED,
            _ => self.codec,
        };
        let mut buf = levels.to_vec();
        buf.append(&mut unpack(codec, packed, unpacked)?);
        let encoding = self.plain_values(encoded, &mut buf, split, values)?;
        if nulls > values || rows != values {
            return Err(Fault::damaged("a page counts its values wrongly"));
        }
        Ok(Page::DataPageV2 {
            buf: buf.into(),
            num_values: values as u32,
            encoding,
            num_nulls: nulls as u32,
            num_rows: rows as u32,
            def_levels_byte_len: definitions as u32,
            rep_levels_byte_len: repetitions as u32,
            is_compressed: false,
            statistics: None,
        })
    }

    fn count_values(&mut self, number: Option<i64>) -> Result<usize, Fault> {
        let values = count(number, "how many values it has")?;
        self.values = self
            .values
            .checked_sub(values)
            .ok_or_else(|| Fault::damaged("a column has more values than there are rows"))?;
        Ok(values)
    }

    /// Writes out values that are packed as differences; says how the values stand there then.
    fn plain_values(
        &self,
        number: Option<i64>,
        buf: &mut Vec<u8>,
        split: usize,
        values: usize,
    ) -> Result<Encoding, Fault> {
        let number = number.unwrap_or(-1);
        if let Some(delta) = Delta::from_number(number) {
            let packed = buf.get(split..).ok_or_else(no_levels)?;
            let mut plain = delta::plain(delta, self.kind, packed, values)?;
            self.allowance.take(plain.len())?;
            buf.truncate(split);
            buf.append(&mut plain);
            return Ok(Encoding::PLAIN);
        }
        let encoding = encoding(Some(number))?;
        if encoding == Encoding::RLE_DICTIONARY && !self.dictionary {
            return Err(Fault::damaged("a column's dictionary is missing"));
        }
        Ok(encoding)
    }
}

fn no_levels() -> Fault {
    Fault::damaged("a page does not say which of its values are missing")
}

/// A number of values, entries or bytes, which a page must say.
fn count(number: Option<i64>, what: &str) -> Result<usize, Fault> {
    let number = number.and_then(|number| u32::try_from(number).ok());
    let number = number.filter(|number| *number <= i32::MAX as u32);
    number
        .map(|number| number as usize)
        .ok_or_else(|| Fault::damaged(format!("a page does not say {what}")))
}

fn encoding(number: Option<i64>) -> Result<Encoding, Fault> {
    match number {
        Some(0) => Ok(Encoding::PLAIN),
        Some(2 | 8) => Ok(Encoding::RLE_DICTIONARY),
        Some(3) => Ok(Encoding::RLE),
        Some(4) => Ok(legacy_bits()),
        Some(9) => Ok(Encoding::BYTE_STREAM_SPLIT),
        _ => Err(Fault::damaged("a page is written in no known way")),
    }
}

#[expect(deprecated, reason = "old files have it, and it is read")]
fn legacy_bits() -> Encoding {
    Encoding::BIT_PACKED
}

impl Iterator for Pages {
    type Item = Result<Page, ParquetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>, ParquetError> {
        Ok(self.next_page()?)
    }

    /// Asked only of nested columns and of readers that skip, which there are none of here.
    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>, ParquetError> {
        Ok(None)
    }

    fn skip_next_page(&mut self) -> Result<(), ParquetError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use parquet::basic::Repetition;
    use parquet::schema::types::{ColumnPath, Type as Schema};

    use super::*;

    /// A page with its header, in which the structure of a field number has some numbers.
    fn page(kind: i64, field: u8, numbers: &[u8], body: &[u8]) -> Vec<u8> {
        let length = 2 * body.len() as u8;
        let mut page = vec![0x15, 2 * kind as u8, 0x15, length, 0x15, length];
        page.push((field - 3) << 4 | STRUCT);
        numbers.iter().for_each(|n| page.extend([0x15, 2 * n]));
        page.extend([0, 0]);
        page.extend(body);
        page
    }

    /// What is wrong with pages of a column of one text.
    fn wrong(pages: &[Vec<u8>]) -> String {
        let mut file = b"PAR1".to_vec();
        pages.iter().for_each(|page| file.extend(page));
        let text = Schema::primitive_type_builder("id", Type::BYTE_ARRAY)
            .with_repetition(Repetition::REQUIRED)
            .build();
        let column = ColumnDescriptor::new(Arc::new(text.unwrap()), 0, 0, ColumnPath::new(vec![]));
        let chunk = Chunk {
            elsewhere: false,
            codec: CompressionCodec::UNCOMPRESSED,
            values: 1,
            packed: file.len() as i64 - 4,
            data: 4,
            dictionary: None,
        };
        let (end, allowance) = (file.len(), Allowance::of(1));
        let mut pages = Pages::of(&Arc::new(file), end, &chunk, &column, 1, &allowance).unwrap();
        pages
            .find_map(Result::err)
            .map_or_else(String::new, |error| Fault::from(error).to_string())
    }

    #[test]
    fn what_is_wrong_with_a_page_is_told() {
        let text = b"\x01\0\0\0a";
        let dictionary = |entries| page(DICTIONARY, 7, &[entries, 0], text);
        let second = |numbers: &[u8]| page(DATA_V2, 8, numbers, text);
        assert_eq!(wrong(&[page(DATA, 5, &[1, 0, 3], text)]), "");
        assert_eq!(wrong(&[second(&[1, 0, 1, 0, 0, 0])]), "");
        for (pages, words) in [
            (vec![dictionary(1), dictionary(1)], "two dictionaries"),
            (vec![dictionary(2)], "fewer entries"),
            (vec![page(DICTIONARY, 7, &[], text)], "how many entries"),
            (vec![page(DATA, 5, &[], text)], "how many values"),
            (vec![second(&[1])], "values are missing"),
            (vec![second(&[1, 0])], "how many rows"),
            (vec![second(&[1, 0, 1, 0])], "how long its levels"),
            (vec![second(&[1, 0, 1, 0, 0])], "how long its levels"),
            (vec![second(&[1, 2, 1, 0, 0, 0])], "counts its values"),
        ] {
            let found = wrong(&pages);
            assert!(found.contains(words), "{words}: {found}");
        }
    }
}
