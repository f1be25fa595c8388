//! What can be wrong with a Parquet file, apart from what its cells say.

use crate::diag::Code;

/// Why a Parquet file, or the rest of it, cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("the file does not begin and end as Parquet does")]
    NotParquet,
    #[error("the file is damaged: {0}")]
    Damaged(String),
    #[error("the file is encrypted")]
    Encrypted,
    #[error("the file keeps columns in other files")]
    Elsewhere,
    #[error("the column is compressed by {0}")]
    Codec(&'static str),
    #[error("the {what} unpacks to more than {mebibytes} MiB")]
    TooMuch { what: &'static str, mebibytes: u64 },
    #[error("the footer is larger than {0} MiB")]
    LargeFooter(usize),
    #[error("the {what} has more than {most} {parts}")]
    TooMany {
        what: &'static str,
        parts: &'static str,
        most: usize,
    },
    #[error("a cell is longer than {0} bytes")]
    LongCell(usize),
}

impl Fault {
    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }

    pub(super) fn code(&self) -> Code {
        match self {
            Self::NotParquet | Self::Damaged(_) => Code::ParquetSyntax,
            Self::Encrypted | Self::Elsewhere | Self::Codec(_) => Code::ParquetUnsupported,
            Self::TooMuch { .. }
            | Self::LargeFooter(_)
            | Self::TooMany { .. }
            | Self::LongCell(_) => Code::ParquetLimit,
        }
    }

    pub(super) fn help(&self) -> &'static str {
        match self {
            Self::NotParquet => {
                "copy the file again, or write it again; csv is read too, if its name ends in .csv"
            }
            Self::Damaged(_) => "copy the file again, or write it again",
            Self::Encrypted => "write it again without encryption",
            Self::Elsewhere => "write it again as one file",
            Self::Codec(_) => {
                "write it again with compression `zstd`, `snappy`, `gzip`, `lz4_raw` or none"
            }
            Self::TooMuch { .. } | Self::LargeFooter(_) | Self::TooMany { .. } => {
                "write it again in smaller pages and row groups, with the columns of the table only"
            }
            Self::LongCell(_) => "ids are far shorter; look at what was written to the column",
        }
    }
}

/// What the decoders of the parquet crate say, or what was handed to them as an answer to pass on.
impl From<parquet::errors::ParquetError> for Fault {
    fn from(error: parquet::errors::ParquetError) -> Self {
        match error {
            parquet::errors::ParquetError::External(inner) => match inner.downcast::<Self>() {
                Ok(fault) => *fault,
                Err(other) => Self::Damaged(other.to_string()),
            },
            other => Self::Damaged(other.to_string()),
        }
    }
}

impl From<Fault> for parquet::errors::ParquetError {
    fn from(fault: Fault) -> Self {
        Self::External(Box::new(fault))
    }
}
