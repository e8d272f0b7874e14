//! Files that are found through links, locked, written through, and put into place as a whole.

use std::ffi::OsString;
use std::fs::{self, File, FileType, TryLockError};
use std::io::{self, Write};
use std::ops::Deref;
use std::path::{Path, PathBuf};

use tempfile::Builder;

use super::error::{VoterFileError, disk};

/// As many links after one another as operating systems follow.
const MAX_LINKS: usize = 40;

/// Where a file really is, or is to be: no symbolic link, in a folder that exists. To replace a
/// link by a file would leave two voter files with one key.
pub(super) fn real(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::canonicalize(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            found => return found,
        }
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or(Path::new(".")))?;
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let here = folder.join(name);
        match fs::read_link(&here) {
            // A link to what is not there yet: that is where it is to be.
            Ok(target) => path = folder.join(target),
            Err(_) => return Ok(here),
        }
    }
    Err(io::Error::other("too many links"))
}

/// What something is that is no file; `None` for a file.
pub(super) fn kind_of(there: FileType) -> Option<&'static str> {
    if there.is_file() {
        return None;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if there.is_fifo() {
            return Some("a pipe");
        }
        if there.is_socket() {
            return Some("a socket");
        }
        if there.is_block_device() || there.is_char_device() {
            return Some("a device");
        }
    }
    Some(if there.is_dir() {
        "a folder"
    } else {
        "not a plain file"
    })
}

/// Writes a new file, for its owner's eyes only and locked, and puts it at that path when it is
/// whole and on the medium. Without `replaces` it never takes the place of another.
pub(super) fn put(path: &Path, text: &str, replaces: bool) -> io::Result<Locked> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut prefix = OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    prefix.push(".");
    // It is removed when anything fails.
    let mut file = Builder::new()
        .prefix(&prefix)
        .suffix(".new")
        .tempfile_in(folder)?;
    file.as_file().try_lock().map_err(|error| match error {
        TryLockError::Error(error) => error,
        TryLockError::WouldBlock => io::ErrorKind::WouldBlock.into(),
    })?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    let file = if replaces {
        file.persist(path)
    } else {
        file.persist_noclobber(path)
    }?;
    let file = Locked(file);
    sync_folder(folder)?;
    Ok(file)
}

/// A file that other runs cannot lock. It is unlocked by hand when it is let go: closing it does
/// that only when nobody else has it open, and a child process has it for a moment after its fork.
#[derive(Debug)]
pub(super) struct Locked(File);

impl Deref for Locked {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        // If it fails, the end of the process does it.
        let _ = self.0.unlock();
    }
}

/// Locks a file against other runs, without waiting.
pub(super) fn lock(file: File, path: &Path) -> Result<Locked, VoterFileError> {
    match file.try_lock() {
        Ok(()) => Ok(Locked(file)),
        Err(TryLockError::WouldBlock) => Err(VoterFileError::InUse {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(disk(path, "read")(error)),
    }
}

/// Whether the file is still the one at that path.
#[cfg(unix)]
pub(super) fn is_still_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let held = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok((held.dev(), held.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
pub(super) fn is_still_at(_: &File, _: &Path) -> io::Result<bool> {
    // A file that is open cannot be replaced there.
    Ok(true)
}

/// How many names a file has. A new file takes the place of one, and the others would go on with an
/// older state of the key.
#[cfg(unix)]
pub(super) fn names(file: &File) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    Ok(file.metadata()?.nlink())
}

#[cfg(not(unix))]
pub(super) fn names(_: &File) -> io::Result<u64> {
    Ok(1)
}

/// Writes through that there is a file of that name.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    // Folders cannot be opened there.
    Ok(())
}
