//! A voter's key and ballots on disk, so that a later run can change the vote.
//!
//! One key must have one writer at a time and must never sign one sequence number twice. So a
//! ballot is written through to the disk before it is sent, and a run locks the file while it uses
//! it. A file is found through symbolic links, and written whole or not at all, from its first
//! ballot on.
//!
//! `disk` is how files are written and locked, `error` why one is of no use.

mod disk;
mod error;

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use ed25519_zebra::SigningKey;
use election_core::ids::PollId;
use election_core::poll::genesis::MAX_SEQ;
use election_core::wire::envelope::MAX_OP;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use crate::error::Failure;

use disk::{Locked, is_still_at, kind_of, lock, names, put, real};
pub use error::VoterFileError;
use error::{broken, disk};

/// The most ballots that one key can sign.
const MAX_BALLOTS: usize = MAX_SEQ as usize + 1;
/// The most bytes of a voter file: a ballot takes some hundred, and twice as many digits.
const MAX_FILE: u64 = 1024 * 1024;

/// A voter of one poll. The file comes into being with the first ballot.
#[derive(Debug)]
pub struct VoterFile {
    /// Where it really is.
    path: PathBuf,
    poll: PollId,
    seed: [u8; 32],
    ballots: Ballots,
    /// The file, locked for as long as this lives; `None` until there is one.
    locked: Option<Locked>,
}

/// Whole ops, as they were signed.
type Ballots = Vec<Vec<u8>>;

/// What a file says: the poll, the key's seed, the ballots.
type Decoded = (PollId, [u8; 32], Ballots);

/// The file's JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    poll: String,
    seed: String,
    ballots: Vec<String>,
}

impl VoterFile {
    /// The voter of that file, or the new one that is drawn if there is no such file.
    ///
    /// # Errors
    /// [`Failure::VoterFile`], or why none could be drawn.
    pub fn open(
        path: &Path,
        poll: PollId,
        draw: impl FnOnce() -> Result<SigningKey, Failure>,
    ) -> Result<Self, Failure> {
        // Whatever the path is called on the way, there is one file, one lock, and one name that a
        // new state is put under.
        let real = match real(path) {
            Ok(real) => real,
            Err(error) => return Err(disk(path, "written")(error).into()),
        };
        let path = real.as_path();
        let new = |seed| Self {
            path: path.to_owned(),
            poll,
            seed,
            ballots: Vec::new(),
            locked: None,
        };
        // Opening a pipe could wait for ever.
        match fs::symlink_metadata(path) {
            Ok(there) => refuse_special(path, &there)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(new(draw()?.to_bytes()));
            }
            Err(error) => return Err(disk(path, "read")(error).into()),
        }
        let file = File::open(path).map_err(disk(path, "read"))?;
        let (file, (of_poll, seed, ballots)) = Self::read(file, path)?;
        if of_poll != poll {
            return Err(VoterFileError::OtherPoll {
                path: path.to_owned(),
                poll: of_poll.to_string(),
            }
            .into());
        }
        Ok(Self {
            ballots,
            locked: Some(file),
            ..new(seed)
        })
    }

    /// Locks an open file, and reads it.
    fn read(file: File, path: &Path) -> Result<(Locked, Decoded), VoterFileError> {
        let there = file.metadata().map_err(disk(path, "read"))?;
        refuse_special(path, &there)?;
        let file = lock(file, path)?;
        // A run that ended between opening and locking has put another file into the place of this
        // one.
        if !is_still_at(&file, path).map_err(disk(path, "read"))? {
            return Err(VoterFileError::InUse {
                path: path.to_owned(),
            });
        }
        let names = names(&file).map_err(disk(path, "read"))?;
        if names > 1 {
            return Err(VoterFileError::SeveralNames {
                path: path.to_owned(),
                names,
            });
        }
        let mut text = String::new();
        (&*file)
            .take(MAX_FILE + 1)
            .read_to_string(&mut text)
            .map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => broken(path, "it is not text"),
                _ => disk(path, "read")(error),
            })?;
        if text.len() as u64 > MAX_FILE {
            return Err(broken(path, "it is far too long"));
        }
        if text.trim().is_empty() {
            return Err(VoterFileError::Empty {
                path: path.to_owned(),
            });
        }
        let content: Content =
            serde_json::from_str(&text).map_err(|error| match error.classify() {
                Category::Eof => VoterFileError::CutOff {
                    path: path.to_owned(),
                },
                _ => broken(path, error),
            })?;
        let content = content.decode().map_err(|why| broken(path, why))?;
        Ok((file, content))
    }

    /// The voter's key.
    #[must_use]
    pub fn key(&self) -> SigningKey {
        SigningKey::from(self.seed)
    }

    /// The ballots signed so far.
    #[must_use]
    pub fn ballots(&self) -> &[Vec<u8>] {
        &self.ballots
    }

    /// Keeps a ballot. When this returns, it is on the medium.
    ///
    /// # Errors
    /// [`VoterFileError`]; then the ballot must not be sent.
    pub fn append(&mut self, ballot: &[u8]) -> Result<(), VoterFileError> {
        if self.ballots.len() >= MAX_BALLOTS {
            return Err(VoterFileError::Full {
                path: self.path.clone(),
            });
        }
        // Whatever took the place of the file meanwhile is somebody else's.
        if let Some(file) = &self.locked
            && !is_still_at(file, &self.path).map_err(disk(&self.path, "written"))?
        {
            return Err(VoterFileError::InUse {
                path: self.path.clone(),
            });
        }
        self.ballots.push(ballot.to_vec());
        let written = self.write().map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => VoterFileError::InUse {
                path: self.path.clone(),
            },
            _ => disk(&self.path, "written")(error),
        });
        if written.is_err() {
            self.ballots.pop();
        }
        written
    }

    /// Writes a new file beside the old one, and puts it into its place when it is whole. The first
    /// takes no other's place: another run may have made it meanwhile.
    fn write(&mut self) -> io::Result<()> {
        let content = Content {
            poll: self.poll.to_string(),
            seed: HEXLOWER.encode(&self.seed),
            ballots: self
                .ballots
                .iter()
                .map(|bytes| HEXLOWER.encode(bytes))
                .collect(),
        };
        let mut text = serde_json::to_string(&content)?;
        text.push('\n');
        self.locked = Some(put(&self.path, &text, self.locked.is_some())?);
        Ok(())
    }
}

fn refuse_special(path: &Path, there: &Metadata) -> Result<(), VoterFileError> {
    match kind_of(there.file_type()) {
        Some(what) => Err(VoterFileError::NotAFile {
            path: path.to_owned(),
            what,
        }),
        None => Ok(()),
    }
}

impl Content {
    fn decode(&self) -> Result<Decoded, String> {
        let poll = PollId::from_hex(&self.poll).map_err(|error| error.to_string())?;
        let seed = HEXLOWER_PERMISSIVE
            .decode(self.seed.as_bytes())
            .ok()
            .and_then(|seed| seed.try_into().ok());
        let seed = seed.ok_or("its seed is not 64 hexadecimal digits")?;
        if self.ballots.len() > MAX_BALLOTS {
            return Err(format!("it has more than {MAX_BALLOTS} ballots"));
        }
        let ballots = self
            .ballots
            .iter()
            .map(|digits| HEXLOWER_PERMISSIVE.decode(digits.as_bytes()));
        let ballots = ballots
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| "a ballot is not hexadecimal digits")?;
        if ballots.iter().any(|bytes| bytes.len() > MAX_OP) {
            return Err("a ballot is too long".to_owned());
        }
        Ok((poll, seed, ballots))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
