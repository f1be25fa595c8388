//! Delta encodings, written out plainly before the parquet crate sees them.
//!
//! Its decoders take room for as many values as a few bytes claim, and rebuild prefixes a million times over. Here the
//! number of values and what they come to has an end.

use parquet::basic::Type;

use super::fault::Fault;
use super::thrift::Thrift;
use super::unpack::MOST_OF_A_PAGE;

/// Ways in which a page's values may be written as differences, by their numbers in the format.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Delta {
    /// Whole numbers as differences, packed in bits.
    Numbers,
    /// Lengths as such numbers, then the texts.
    Lengths,
    /// How much each text shares with the one before, then the rests.
    Prefixes,
}

impl Delta {
    pub(super) fn from_number(number: i64) -> Option<Self> {
        match number {
            5 => Some(Self::Numbers),
            6 => Some(Self::Lengths),
            7 => Some(Self::Prefixes),
            _ => None,
        }
    }
}

fn damaged() -> Fault {
    Fault::damaged("differences are packed wrongly")
}

/// The values in the plain encoding.
pub(super) fn plain(delta: Delta, kind: Type, bytes: &[u8], most: usize) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    match (delta, kind) {
        (Delta::Numbers, Type::INT32 | Type::INT64) => {
            let width = if kind == Type::INT32 { 4 } else { 8 };
            let (numbers, _) = numbers(bytes, most)?;
            for number in numbers {
                out.extend_from_slice(&number.to_le_bytes()[..width]);
            }
        }
        (Delta::Lengths, Type::BYTE_ARRAY) => {
            let (lengths, mut rest) = numbers(bytes, most)?;
            for length in lengths {
                let text = cut(&mut rest, length)?;
                push(&mut out, kind, &[text])?;
            }
        }
        (Delta::Prefixes, Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY) => {
            let (shared, rest) = numbers(bytes, most)?;
            let (lengths, mut rest) = numbers(rest, most)?;
            if shared.len() != lengths.len() {
                return Err(damaged());
            }
            let mut before = 0..0;
            for (shared, length) in shared.into_iter().zip(lengths) {
                let shared = usize::try_from(shared).map_err(|_| damaged())?;
                let end = before.start + shared;
                if end > before.end {
                    return Err(damaged());
                }
                let head = out[before.start..end].to_vec();
                let tail = cut(&mut rest, length)?;
                push(&mut out, kind, &[&head, tail])?;
                before = out.len() - head.len() - tail.len()..out.len();
            }
        }
        _ => return Err(damaged()),
    }
    Ok(out)
}

fn cut<'b>(rest: &mut &'b [u8], length: i64) -> Result<&'b [u8], Fault> {
    let length = usize::try_from(length).map_err(|_| damaged())?;
    let (text, left) = rest.split_at_checked(length).ok_or_else(damaged)?;
    *rest = left;
    Ok(text)
}

fn push(out: &mut Vec<u8>, kind: Type, parts: &[&[u8]]) -> Result<(), Fault> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    if out.len() + length > MOST_OF_A_PAGE {
        return Err(Fault::TooMuch {
            what: "page",
            mebibytes: MOST_OF_A_PAGE as u64 >> 20,
        });
    }
    if kind == Type::BYTE_ARRAY {
        out.extend_from_slice(&(length as u32).to_le_bytes());
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
    Ok(())
}

/// Unpacks whole numbers; returns what follows them.
fn numbers(bytes: &[u8], most: usize) -> Result<(Vec<i64>, &[u8]), Fault> {
    const LARGEST_BLOCK: u64 = 1 << 20;
    let mut head = Thrift::new(bytes);
    let (block, parts) = (head.unsigned()?, head.unsigned()?);
    let (total, first) = (head.unsigned()?, head.signed()?);
    // Each part holds a multiple of eight numbers.
    let fits = (1..=LARGEST_BLOCK).contains(&block)
        && (1..=block / 8).contains(&parts)
        && block % (8 * parts) == 0;
    let total = usize::try_from(total).map_err(|_| damaged())?;
    if !fits || total > most || total > MOST_OF_A_PAGE / size_of::<i64>() {
        return Err(damaged());
    }
    let each = (block / parts) as usize;
    let mut out = Vec::new();
    if total > 0 {
        out.push(first);
    }
    let mut value = first;
    while out.len() < total {
        let smallest = head.signed()?;
        let widths = bytes
            .get(head.at..head.at + parts as usize)
            .ok_or_else(damaged)?;
        head.at += widths.len();
        for width in widths.iter().map(|w| usize::from(*w)) {
            // Parts behind the last value are not there, whatever width is given for them.
            if out.len() == total {
                break;
            }
            let length = width * each / 8;
            let packed = bytes
                .get(head.at..head.at + length)
                .filter(|_| width <= 64)
                .ok_or_else(damaged)?;
            head.at += length;
            for at in 0..each.min(total - out.len()) {
                let delta = smallest.wrapping_add(bits(packed, at * width, width) as i64);
                value = value.wrapping_add(delta);
                out.push(value);
            }
        }
    }
    Ok((out, &bytes[head.at..]))
}

/// A number of so many bits, the lowest first.
fn bits(packed: &[u8], from: usize, width: usize) -> u64 {
    let mut value = 0_u128;
    let first = from / 8;
    let last = (from + width).div_ceil(8);
    for (at, byte) in packed[first..last].iter().enumerate() {
        value |= u128::from(*byte) << (8 * at);
    }
    let mask = (1_u128 << width) - 1;
    (value >> (from % 8) & mask) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the format's description: 1 to 5, and 7, 5, 3, 1, 2, 3, 4, 5.
    #[test]
    fn numbers_are_those_of_the_format() {
        let steady = [0x80, 0x01, 0x04, 0x05, 0x02, 0x02, 0, 0, 0, 0];
        assert_eq!(numbers(&steady, 5).unwrap(), (vec![1, 2, 3, 4, 5], &[][..]));
        assert!(numbers(&steady, 4).is_err(), "more than there may be");
        let mut packed = vec![0x80, 0x01, 0x04, 0x08, 0x0e, 0x03, 2, 0, 0, 0, 0xc0, 0x3f];
        packed.extend([0; 6]);
        packed.push(9);
        let (found, rest) = numbers(&packed, 8).unwrap();
        assert_eq!(found, [7, 5, 3, 1, 2, 3, 4, 5]);
        assert_eq!(rest, [9]);
    }

    #[test]
    fn blocks_that_cannot_be_are_refused() {
        for (block, parts) in [
            (0, 0),
            (0, 1),
            (128, 0),
            (128, 32),
            (128, 3),
            (128, 1 << 61),
            (u64::MAX, 1),
        ] {
            let mut bytes = Vec::new();
            [block, parts, 1, 0]
                .iter()
                .for_each(|number| varint(*number, &mut bytes));
            assert_eq!(numbers(&bytes, 1), Err(damaged()), "{block} in {parts}");
        }
    }

    fn varint(mut value: u64, out: &mut Vec<u8>) {
        while value > 0x7f {
            out.push(value as u8 | 0x80);
            value >>= 7;
        }
        out.push(value as u8);
    }

    /// Packs numbers, each difference in 64 bits.
    fn packed(values: &[i64]) -> Vec<u8> {
        let mut out = vec![0x80, 0x01, 0x04];
        varint(values.len() as u64, &mut out);
        varint((values[0] << 1 ^ values[0] >> 63) as u64, &mut out);
        let deltas: Vec<i64> = values.windows(2).map(|w| w[1].wrapping_sub(w[0])).collect();
        for block in deltas.chunks(128) {
            out.extend([0, 64, 64, 64, 64]);
            block.iter().for_each(|d| out.extend(d.to_le_bytes()));
            let padding = block.len().next_multiple_of(32) - block.len();
            out.resize(out.len() + 8 * padding, 0);
        }
        out
    }

    #[test]
    fn numbers_of_any_size_come_back() {
        let odd = [i64::MAX, i64::MIN, 0, -1, 1, i64::MIN, i64::MAX];
        let many: Vec<i64> = (0..1_000)
            .map(|n| n * n * if n % 2 == 0 { 1 } else { -1 })
            .collect();
        for values in [&odd[..], &odd[..1], &many] {
            let bytes = packed(values);
            let (found, rest) = numbers(&bytes, values.len()).unwrap();
            assert_eq!((&found[..], rest), (values, &[][..]));
            for end in 0..bytes.len() {
                let _ = numbers(&bytes[..end], values.len());
            }
        }
    }

    #[test]
    fn texts_come_back() {
        let mut bytes = packed(&[0, 3, 2]);
        bytes.extend(packed(&[4, 0, 1]));
        bytes.extend(b"sitex");
        let found = plain(Delta::Prefixes, Type::BYTE_ARRAY, &bytes, 3).unwrap();
        assert_eq!(found, b"\x04\0\0\0site\x03\0\0\0sit\x03\0\0\0six");
        let mut bytes = packed(&[2, 0, 1]);
        bytes.extend(b"abc");
        let found = plain(Delta::Lengths, Type::BYTE_ARRAY, &bytes, 3).unwrap();
        assert_eq!(found, b"\x02\0\0\0ab\0\0\0\0\x01\0\0\0c");
    }

    #[test]
    fn prefixes_do_not_grow_without_bound() {
        let many = 200_000;
        let mut shared = vec![1_000; many];
        shared[0] = 0;
        let mut lengths = vec![0; many];
        lengths[0] = 1_000;
        let mut bytes = packed(&shared);
        bytes.extend(packed(&lengths));
        bytes.extend([b'x'; 1_000]);
        let fault = plain(Delta::Prefixes, Type::BYTE_ARRAY, &bytes, many).unwrap_err();
        assert!(matches!(fault, Fault::TooMuch { .. }), "{fault}");
        bytes.truncate(bytes.len() - 1);
        let fault = plain(Delta::Prefixes, Type::BYTE_ARRAY, &bytes, many).unwrap_err();
        assert_eq!(fault, damaged());
    }
}
