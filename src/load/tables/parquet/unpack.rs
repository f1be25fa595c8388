//! Decompression that stops at a limit.
//!
//! The codecs of the parquet crate are not used: they take room for whatever a page says of itself, and gzip goes on for
//! as long as there is something to unpack. These are the same libraries, with an end. All are Rust alone.

use std::io::Read;

use parquet::basic::CompressionCodec;

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
    from.take(size as u64 + 1)
        .read_to_end(&mut unpacked)
        .map_err(wrong)?;
    Ok(unpacked)
}

fn unzstd(mut packed: &[u8], size: usize) -> Result<Vec<u8>, Fault> {
    let mut unpacked = Vec::new();
    // Mostly one frame, but any number may follow each other.
    while !packed.is_empty() && unpacked.len() <= size {
        let frame = ruzstd::decoding::StreamingDecoder::new(&mut packed).map_err(wrong)?;
        unpacked.append(&mut read(frame, size - unpacked.len())?);
    }
    Ok(unpacked)
}
