//! As much of Thrift's compact protocol as it takes to read footers and page headers.

use super::fault::Fault;

/// Deepest structure that is skipped over.
const DEEPEST: usize = 32;

/// Types of fields.
pub(super) const TRUE: u8 = 1;
pub(super) const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
pub(super) const I32: u8 = 5;
pub(super) const I64: u8 = 6;
const DOUBLE: u8 = 7;
pub(super) const BINARY: u8 = 8;
pub(super) const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
pub(super) const STRUCT: u8 = 12;
const UUID: u8 = 13;

/// Bytes, and how far they were read.
pub(super) struct Thrift<'b> {
    bytes: &'b [u8],
    pub(super) at: usize,
}

fn short() -> Fault {
    Fault::damaged("a header ends too early")
}

impl<'b> Thrift<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        let byte = *self.bytes.get(self.at).ok_or_else(short)?;
        self.at += 1;
        Ok(byte)
    }

    fn jump(&mut self, length: usize) -> Result<(), Fault> {
        if length > self.left() {
            return Err(short());
        }
        self.at += length;
        Ok(())
    }

    pub(super) fn unsigned(&mut self) -> Result<u64, Fault> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Fault::damaged("a number in a header has no end"))
    }

    pub(super) fn signed(&mut self) -> Result<i64, Fault> {
        let zigzag = self.unsigned()?;
        Ok((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
    }

    pub(super) fn text(&mut self) -> Result<&'b [u8], Fault> {
        let length = usize::try_from(self.unsigned()?).map_err(|_| short())?;
        let from = self.at;
        self.jump(length)?;
        Ok(&self.bytes[from..self.at])
    }

    /// The type and number of the elements of a list; each takes a byte at least.
    fn list(&mut self) -> Result<(u8, usize), Fault> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.unsigned()?,
            few => u64::from(few),
        };
        match usize::try_from(count) {
            Ok(count) if count <= self.left() => Ok((head & 0x0f, count)),
            _ => Err(short()),
        }
    }

    /// Goes through a list of structures, one after the other.
    pub(super) fn structures(
        &mut self,
        mut each: impl FnMut(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let (kind, count) = self.list()?;
        if kind != STRUCT && count > 0 {
            return Err(Fault::damaged("a list holds another type than it should"));
        }
        (0..count).try_for_each(|_| each(self))
    }

    /// Goes through a structure's fields; what `on` does not take is skipped.
    pub(super) fn fields(
        &mut self,
        mut on: impl FnMut(&mut Self, i16, u8) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        let mut id = 0_i16;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(());
            }
            id = match head >> 4 {
                0 => i16::try_from(self.signed()?).map_err(|_| short())?,
                step => id.saturating_add(i16::from(step)),
            };
            let kind = head & 0x0f;
            if !on(self, id, kind)? {
                self.skip(kind, false, DEEPEST)?;
            }
        }
    }

    /// Whole numbers and truth values of a structure, by field number.
    pub(super) fn numbers<const N: usize>(&mut self) -> Result<[Option<i64>; N], Fault> {
        let mut found = [None; N];
        self.fields(|thrift, id, kind| {
            let Some(slot) = usize::try_from(id).ok().and_then(|at| found.get_mut(at)) else {
                return Ok(false);
            };
            match kind {
                TRUE | FALSE => *slot = Some(i64::from(kind == TRUE)),
                I16 | I32 | I64 => *slot = Some(thrift.signed()?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(found)
    }

    /// Skips a value. A truth value stands in its field's head, but takes a byte in a list.
    fn skip(&mut self, kind: u8, in_list: bool, deepest: usize) -> Result<(), Fault> {
        let Some(deepest) = deepest.checked_sub(1) else {
            return Err(Fault::damaged("a header nests too deeply"));
        };
        match kind {
            TRUE | FALSE => self.jump(usize::from(in_list)),
            BYTE => self.jump(1),
            I16 | I32 | I64 => self.unsigned().map(drop),
            DOUBLE => self.jump(8),
            UUID => self.jump(16),
            BINARY => self.text().map(drop),
            LIST | SET => {
                let (kind, count) = self.list()?;
                (0..count).try_for_each(|_| self.skip(kind, true, deepest))
            }
            MAP => {
                let count = self.unsigned()?;
                if count == 0 {
                    return Ok(());
                }
                let kinds = self.byte()?;
                (0..count).try_for_each(|_| {
                    self.skip(kinds >> 4, true, deepest)?;
                    self.skip(kinds & 0x0f, true, deepest)
                })
            }
            STRUCT => loop {
                let head = self.byte()?;
                if head == 0 {
                    return Ok(());
                }
                if head >> 4 == 0 {
                    self.signed()?;
                }
                self.skip(head & 0x0f, false, deepest)?;
            },
            _ => Err(Fault::damaged("a header holds an unknown type")),
        }
    }
}
