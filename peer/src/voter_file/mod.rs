//! A voter's key and ballots on disk, so that a later run can change the vote.
//!
//! One key must have one writer at a time and must never sign one sequence number twice. So a ballot is written
//! through to the disk before it is sent, and a run locks the file while it uses it.
//!
//! `disk` is how files are written and locked, `error` why one is of no use.

mod disk;
mod error;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use ed25519_zebra::SigningKey;
use election_core::ids::PollId;
use election_core::poll::genesis::MAX_SEQ;
use election_core::wire::envelope::MAX_OP;
use serde::{Deserialize, Serialize};

use crate::error::Failure;

use disk::{create, is_still_at, lock, sync_folder};
pub use error::VoterFileError;
use error::{broken, disk};

/// The most ballots that one key can sign.
const MAX_BALLOTS: usize = MAX_SEQ as usize + 1;
/// The most bytes of a voter file: a ballot takes some hundred, and twice as many digits.
const MAX_FILE: u64 = 1024 * 1024;

/// A voter of one poll. The file comes into being with the first ballot.
#[derive(Debug)]
pub struct VoterFile {
    path: PathBuf,
    poll: PollId,
    seed: [u8; 32],
    ballots: Ballots,
    /// The file, locked for as long as this lives; `None` until there is one.
    locked: Option<File>,
}

/// Whole ops, as they were signed.
type Ballots = Vec<Vec<u8>>;

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
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let seed = draw()?.to_bytes();
                return Ok(Self {
                    path: path.to_owned(),
                    poll,
                    seed,
                    ballots: Vec::new(),
                    locked: None,
                });
            }
            Err(error) => return Err(disk(path, "read")(error).into()),
        };
        lock(&file, path)?;
        // A run that ended between opening and locking has put another file into the place of this one.
        if !is_still_at(&file, path).map_err(disk(path, "read"))? {
            return Err(VoterFileError::InUse {
                path: path.to_owned(),
            }
            .into());
        }
        let mut text = String::new();
        (&file)
            .take(MAX_FILE)
            .read_to_string(&mut text)
            .map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => broken(path, "it is not text"),
                _ => disk(path, "read")(error),
            })?;
        let content: Content = serde_json::from_str(&text).map_err(|error| broken(path, error))?;
        let (of_poll, seed, ballots) = content.decode().map_err(|why| broken(path, why))?;
        if of_poll != poll {
            return Err(VoterFileError::OtherPoll {
                path: path.to_owned(),
                poll: content.poll,
            }
            .into());
        }
        Ok(Self {
            path: path.to_owned(),
            poll,
            seed,
            ballots,
            locked: Some(file),
        })
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
        self.ballots.push(ballot.to_vec());
        let written = self.write().map_err(disk(&self.path, "written"));
        if written.is_err() {
            self.ballots.pop();
        }
        written
    }

    /// Writes a new file beside the old one, and puts it into its place when it is whole.
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
        let file = if self.locked.is_some() {
            let mut beside = self.path.clone().into_os_string();
            beside.push(".new");
            let _ = fs::remove_file(&beside);
            let file = create(Path::new(&beside), &text)?;
            fs::rename(&beside, &self.path)?;
            file
        } else {
            // Never over a file that somebody else made meanwhile.
            create(&self.path, &text)?
        };
        sync_folder(&self.path)?;
        self.locked = Some(file);
        Ok(())
    }
}

impl Content {
    fn decode(&self) -> Result<(PollId, [u8; 32], Ballots), String> {
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
mod tests {
    use super::*;
    use crate::random;

    const POLL: PollId = PollId([7; 32]);

    fn reopened(path: &Path) -> Result<VoterFile, VoterFileError> {
        match VoterFile::open(path, POLL, || Ok(SigningKey::from(random::bytes()?))) {
            Ok(file) => Ok(file),
            Err(Failure::VoterFile(error)) => Err(error),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn what_is_appended_is_there_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("me.json");
        let mut file = reopened(&path).unwrap();
        assert!(!path.exists(), "there is no file before the first ballot");
        file.append(b"first").unwrap();
        file.append(b"second").unwrap();
        let seed = file.seed;
        drop(file);
        let file = reopened(&path).unwrap();
        assert_eq!(
            (file.seed, file.ballots()),
            (seed, &[b"first".to_vec(), b"second".to_vec()][..])
        );
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("me.json");
        let mut file = reopened(&path).unwrap();
        for ballot in [b"first", b"later"] {
            file.append(ballot).unwrap();
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }

    #[test]
    fn two_runs_cannot_use_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("me.json");
        let (mut first, mut second) = (reopened(&path).unwrap(), reopened(&path).unwrap());
        first.append(b"first").unwrap();
        assert!(
            second.append(b"other").is_err(),
            "another run made the file first"
        );
        assert!(matches!(reopened(&path), Err(VoterFileError::InUse { .. })));
        first.append(b"second").unwrap();
        assert!(
            matches!(reopened(&path), Err(VoterFileError::InUse { .. })),
            "its replacement is locked too"
        );
        drop(first);
        assert_eq!(reopened(&path).unwrap().ballots().len(), 2);
    }

    #[test]
    fn what_is_no_voter_file_of_this_poll_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("me.json");
        let (poll, seed) = ("07".repeat(32), "01".repeat(32));
        for text in [
            String::new(),
            "hello".to_owned(),
            "{}".to_owned(),
            format!(r#"{{"poll":"{poll}","seed":"01","ballots":[]}}"#),
            format!(r#"{{"poll":"07","seed":"{seed}","ballots":[]}}"#),
            format!(r#"{{"poll":"{poll}","seed":"{seed}","ballots":["xy"]}}"#),
            format!(
                r#"{{"poll":"{poll}","seed":"{seed}","ballots":[{}]}}"#,
                vec![r#""00""#; 257].join(",")
            ),
            format!(
                r#"{{"poll":"{poll}","seed":"{seed}","ballots":["{}"]}}"#,
                "0".repeat(2_000_000)
            ),
        ] {
            fs::write(&path, &text).unwrap();
            assert!(
                matches!(reopened(&path), Err(VoterFileError::Broken { .. })),
                "{:.100}",
                text
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(matches!(
            reopened(&path),
            Err(VoterFileError::Broken { .. })
        ));
        let other = format!(
            r#"{{"poll":"{}","seed":"{seed}","ballots":[]}}"#,
            "08".repeat(32)
        );
        fs::write(&path, other).unwrap();
        assert!(matches!(
            reopened(&path),
            Err(VoterFileError::OtherPoll { .. })
        ));
        assert!(
            matches!(reopened(folder.path()), Err(VoterFileError::Disk { .. })),
            "a folder is no file"
        );
    }
}
