//! Decompression that stops at a limit.
//!
//! The codecs of the parquet crate are not used: they take room for whatever a page says of itself, and gzip goes on for
//! as long as there is something to unpack. These are the same libraries, with an end. All are Rust alone.

use std::io::Read;

use parquet::basic::CompressionCodec;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::fault::Fault;

/// Most that one page may unpack to. Writers make pages of a MiB, a few a page of a whole row group.
pub(super) const MOST_OF_A_PAGE: usize = 128 << 20;

/// Unpacks what must come to exactly so many bytes.
pub(super) fn unpack(
    codec: CompressionCodec,
    packed: &[u8],
    size: usize,
) -> Result<Vec<u8>, Fault> {
    if size > MOST_OF_A_PAGE {
        return Err(Fault::TooMuch {
            what: "page",
            mebibytes: MOST_OF_A_PAGE as u64 >> 20,
        });
    }
    let unpacked = match codec {
        CompressionCodec::UNCOMPRESSED => packed.to_vec(),
        // An empty page has nothing that a codec would know.
        _ if size == 0 => Vec::new(),
        CompressionCodec::SNAPPY => {
            if snap::raw::decompress_len(packed).map_err(wrong)? != size {
                return Err(wrong_size());
            }
            let mut decoder = snap::raw::Decoder::new();
            decoder.decompress_vec(packed).map_err(wrong)?
        }
        CompressionCodec::GZIP => read(flate2::read::MultiGzDecoder::new(packed), size)?,
        CompressionCodec::ZSTD => unzstd(packed, size)?,
        CompressionCodec::LZ4_RAW => {
            let mut unpacked = vec![0; size];
            let length = lz4_flex::block::decompress_into(packed, &mut unpacked).map_err(wrong)?;
            unpacked.truncate(length);
            unpacked
        }
        CompressionCodec::LZ4 => return Err(Fault::Codec("the lz4 of Hadoop")),
        CompressionCodec::LZO => return Err(Fault::Codec("LZO")),
        CompressionCodec::BROTLI => return Err(Fault::Codec("Brotli")),
    };
    if unpacked.len() == size {
        Ok(unpacked)
    } else {
        Err(wrong_size())
    }
}

fn wrong(error: impl std::fmt::Display) -> Fault {
    Fault::damaged(format!("a page cannot be unpacked ({error})"))
}

fn wrong_size() -> Fault {
    Fault::damaged("a page unpacks to another size than it says")
}

/// Reads one byte more than there may be at most, so that it shows.
fn read(from: impl Read, size: usize) -> Result<Vec<u8>, Fault> {
    let mut unpacked = Vec::with_capacity(size);
    read_on(from, size, &mut unpacked)?;
    Ok(unpacked)
}

/// The same, behind what was read before.
fn read_on(from: impl Read, size: usize, unpacked: &mut Vec<u8>) -> Result<(), Fault> {
    let left = (size + 1).saturating_sub(unpacked.len());
    from.take(left as u64)
        .read_to_end(unpacked)
        .map(drop)
        .map_err(wrong)
}

fn unzstd(mut packed: &[u8], size: usize) -> Result<Vec<u8>, Fault> {
    let mut unpacked = Vec::with_capacity(size);
    let mut decoder = FrameDecoder::new();
    // Mostly one frame, but any number may follow each other, empty ones too: room is taken once for all.
    while !packed.is_empty() && unpacked.len() <= size {
        let frame = StreamingDecoder::new_with_decoder(&mut packed, &mut decoder).map_err(wrong)?;
        read_on(frame, size, &mut unpacked)?;
    }
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of one block that is not compressed.
    fn frame(content: &[u8]) -> Vec<u8> {
        let length = content.len() as u8;
        let head = [0x28, 0xb5, 0x2f, 0xfd, 0x20, length, length << 3 | 1, 0, 0];
        [&head[..], content].concat()
    }

    #[test]
    fn frames_follow_each_other() {
        let packed = [&b"ab"[..], b"", b"c", b""].map(frame).concat();
        assert_eq!(unzstd(&packed, 3).unwrap(), b"abc");
        assert_eq!(unzstd(&packed, 2).unwrap(), b"abc", "a byte too many shows");
        assert_eq!(unzstd(&packed, 1).unwrap(), b"ab");
        assert!(unzstd(&packed[..packed.len() - 1], 3).is_err());
    }
}
