//! Files that hold secrets, and the directory that they lie in.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;

use crate::failure::{Context, Failure, Result};

/// Writes a file that only its owner can read, whole or not at all.
pub fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    let temporary = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary).context(temporary.display())?;
    file.write_all(content).and_then(|()| file.sync_all()).context(temporary.display())?;
    std::fs::rename(&temporary, path).context(path.display())
}

/// Creates the directory and keeps other local stacks out of it for as long as the result lives.
pub fn occupy(directory: &Path) -> Result<File> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let lock = directory.join("lock");
    let opened = builder
        .create(directory)
        .and_then(|()| OpenOptions::new().create(true).truncate(false).write(true).open(&lock))
        .map_err(|error| {
            Failure::new(format!(
                "{} cannot be written to ({error}): choose another directory, or memory, with --data",
                directory.display()
            ))
        });
    let file = opened?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::new(format!(
            "{} is in use by another local stack: choose another directory, or memory, with --data",
            directory.display()
        ))),
        Err(TryLockError::Error(error)) => Err(Failure::new(format!("{}: {error}", lock.display()))),
    }
}
