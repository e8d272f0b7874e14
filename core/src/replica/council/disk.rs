//! The board on disk, so that a tab that is loaded again without a network shows what it knew of
//! all precincts.
//!
//! ```text
//! version 2 | messages as in a frame: Disputes, then Claims
//! ```
//!
//! It is not a contract between tabs, and none between versions: what does not read is left out,
//! and asked for. A disk is not more trustworthy than a network, so everything is checked as if
//! another had said it; and what the chair's log strikes, counts for nothing.

use crate::board::claim::{self, SignedClaim};
use crate::board::dispute::{self, SignedDispute};
use crate::board::summary::{Known, Summary};
use crate::board::{Claim, Dispute};
use crate::ids::PrecinctId;
use crate::time::Millis;
use crate::wire::bytes::{DecodeError, Reader, Writer};
use crate::wire::frame::{self, MessageRef, kind};

use super::Council;
use super::news::gather;

/// The most bytes of a board on disk: some 600 precincts with 16 signers each. More signatures
/// would take long to check; what is left out, others tell.
pub const MAX_STORED: usize = 1024 * 1024;
/// Of these, what is left for the types and lengths of messages.
const HEADERS: usize = 4 * 1024;
const VERSION: u8 = 2;

impl Council {
    /// The claims and disputes that are held, in at most [`MAX_STORED`] bytes, for
    /// [`Input::RestoreBoard`](super::super::io::Input::RestoreBoard). Of more precincts than fit,
    /// the first. Write them some seconds after an
    /// [`Event::BoardChanged`](super::super::io::Event::BoardChanged), not after each. Empty until
    /// the genesis is here.
    #[must_use]
    pub fn board_bytes(&self) -> Vec<u8> {
        let Some(board) = &self.board else {
            return Vec::new();
        };
        let nothing = Summary::default();
        let known = board.newer_than(&nothing, PrecinctId(0), MAX_STORED - HEADERS);
        let disputes = known.iter().filter_map(|known| match known {
            Known::Dispute(dispute) => Some(*dispute),
            Known::Claim(_) => None,
        });
        let claims = known.iter().filter_map(|known| match known {
            Known::Claim(claim) => Some(*claim),
            Known::Dispute(_) => None,
        });
        let mut messages = Vec::new();
        gather(kind::DISPUTES, disputes, Dispute::encode, &mut messages);
        gather(kind::CLAIMS, claims, Claim::encode, &mut messages);
        let mut writer = Writer::new();
        writer.byte(VERSION);
        for (kind, content) in messages {
            writer.byte(kind);
            writer.varint(content.len() as u64);
            writer.put(&content);
        }
        writer.into_bytes()
    }

    /// Takes in what [`Council::board_bytes`] gave earlier, or keeps it until the genesis is here.
    pub(in super::super) fn restore(&mut self, bytes: &[u8], now: Millis) {
        if bytes.is_empty() {
            // There was no board yet.
        } else if bytes.len() > MAX_STORED {
            self.stats.malformed += 1;
        } else if self.board.is_none() {
            self.stored = bytes.to_vec();
        } else {
            let read = self.read_stored(bytes);
            self.stats.malformed += u64::from(read.is_err());
            self.settle(now);
        }
    }

    fn read_stored(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        let mut reader = Reader::new(bytes);
        if reader.byte()? != VERSION {
            return Err(DecodeError::Invalid("the board is of another version"));
        }
        while let Some(message) = frame::next_message(&mut reader)? {
            match message {
                MessageRef::Council {
                    kind: kind::DISPUTES,
                    content,
                } => {
                    let (disputes, fault) = self.read_all(content, |board, reader| {
                        let dispute = SignedDispute::read(reader, board.rules())?;
                        Ok((!board.knows_dispute(&dispute)).then_some(dispute))
                    });
                    let (disputes, bad) = dispute::verify_all(disputes, &mut self.room.random);
                    self.stats.bad_signatures += bad as u64;
                    for dispute in disputes {
                        self.hold_dispute(dispute);
                    }
                    fault?;
                }
                MessageRef::Council {
                    kind: kind::CLAIMS,
                    content,
                } => {
                    let (claims, fault) = self.read_all(content, |board, reader| {
                        let claim = SignedClaim::read(reader, board.rules())?;
                        Ok(board.news_of(claim))
                    });
                    let (claims, bad) = claim::verify_all(claims, &mut self.room.random);
                    self.stats.bad_signatures += bad as u64;
                    for claim in claims {
                        self.hold_claim(claim);
                    }
                    fault?;
                }
                _ => return Err(DecodeError::Invalid("a board is claims and disputes")),
            }
        }
        Ok(())
    }
}
