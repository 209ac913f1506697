//! What can be wrong with a read or a write.

use crate::domain::ids::JobId;
use std::path::PathBuf;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database refused")]
    Sqlite(#[from] rusqlite::Error),
    #[error("no database connection became free")]
    Pool(#[from] r2d2::Error),
    #[error("a stored value is not JSON")]
    Json(#[from] serde_json::Error),
    /// The group this write was part of did not reach the disk. Nothing of it happened.
    #[error("the commit failed ({0:?}); nothing was written")]
    Commit(Option<rusqlite::ErrorCode>),
    /// Someone else finished or took back this job. Undoing what it wrote is right.
    #[error("job {0} is no longer ours")]
    LostClaim(JobId),
    #[error(
        "the database is of version {found}, newer than the {known} this program knows; \
         install the newer program again, or restore the backup made before it"
    )]
    Newer { found: i64, known: i64 },
    #[error("{0} is not a database of this program; check data_dir")]
    Foreign(PathBuf),
    #[error(
        "the file system under {0} cannot do write-ahead logging; \
         put data_dir on ext4, f2fs or UBIFS"
    )]
    NoWal(PathBuf),
    /// A row is not what the rules of this program make; the text says which.
    #[error("{0}")]
    Inconsistent(String),
}
