//! The signed envelope: the one layout that every op has, of a kind that is known or not yet.
//!
//! ```text
//! offset  size      what
//! 0       2         magic, "EV"
//! 2       1         kind
//! 3       1         version of that kind
//! 4       1..=2     length of what follows before the signature, shortest varint
//! ..      32        author, an Ed25519 public key
//! ..      length-32 body
//! ..      64        Ed25519 signature by the author
//! ```
//!
//! What is signed is [`DOMAIN`], the poll's id, and the envelope without its signature. The poll's
//! id is not on the wire inside a frame of that poll. An op's id is SHA-256 over [`ID_DOMAIN`] and
//! the same bytes, without the signature, because one message can carry many valid signatures.
//!
//! Signatures follow ZIP 215 (<https://zips.z.cash/zip-0215>), under which a batch and a single
//! verification always agree: with plain Ed25519 they do not, and a crafted signature would split
//! replicas for good.

use core::fmt;
use core::ops::Deref;

use ed25519_zebra::{Signature, SigningKey, VerificationKey, VerificationKeyBytes, batch};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

use super::bytes::{DecodeError, Reader, Writer};
use crate::ids::{OpId, Place, PollId, VoterKey};

/// The first two bytes of every op.
pub(crate) const MAGIC: [u8; 2] = *b"EV";
/// What a signature is over starts with this, so that it can mean nothing elsewhere.
pub const DOMAIN: &[u8] = b"election-voter/op/1";
/// What an op's id is over starts with this.
pub(crate) const ID_DOMAIN: &[u8] = b"election-voter/op-id/1";
/// The most bytes between the length field and the signature: author and body.
pub(crate) const MAX_LENGTH: usize = 16 * 1024 - 1;
/// The most bytes of a whole op: magic, kind, version, length, author and body, signature.
pub const MAX_OP: usize = 2 + 1 + 1 + 2 + MAX_LENGTH + 64;
/// How many signatures are verified together; beyond this a larger batch gains little. All first
/// votes of the longest frame are one batch: cut at 512, the rest of them would be a small one.
pub const MAX_BATCH: usize = 640;

/// What an envelope carries. `Rules` is what its validity depends on besides its own bytes: nothing
/// for a genesis, the genesis for every other op.
pub trait Body: Sized {
    /// What decoding needs to know.
    type Rules;

    /// The kind and version bytes.
    fn kind(&self) -> (u8, u8);
    /// Appends the body's bytes.
    fn encode(&self, writer: &mut Writer);
    /// Reads a body of that kind and version to its end, and refuses what breaks the rules.
    ///
    /// # Errors
    /// [`DecodeError`] with the first thing that is wrong.
    fn decode(
        kind: (u8, u8),
        author: &VoterKey,
        reader: &mut Reader<'_>,
        rules: &Self::Rules,
    ) -> Result<Self, DecodeError>;
}

/// What an op says, who is said to have signed it, and the bytes that were received.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim<B> {
    id: OpId,
    author: VoterKey,
    place: Place,
    body: B,
    bytes: Box<[u8]>,
}

/// An op whose layout, caps and rules are checked, and whose signature is not: it is only a claim.
#[derive(Clone)]
pub struct Signed<B> {
    claim: Claim<B>,
    poll: PollId,
}

/// An op that is wholly checked. Only [`Signed::verify`], [`verify_all`], [`verify_until_wrong`]
/// and [`sign`] make one, and the replica from ops that its own store gives back.
#[derive(Clone, PartialEq, Eq)]
pub struct Verified<B>(Claim<B>);

/// The signature is not the author's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not belong to the op's author")]
pub struct BadSignature;

impl<B: Body> Signed<B> {
    /// Reads one op off the front of `reader`. An error leaves the reader anywhere.
    ///
    /// # Errors
    /// [`DecodeError`]: not an envelope, over a cap, not the only encoding of itself, or against
    /// the rules.
    pub fn read(
        reader: &mut Reader<'_>,
        poll: PollId,
        rules: &B::Rules,
    ) -> Result<Self, DecodeError> {
        let raw = RawOp::read(reader)?;
        Self::check(raw, poll, rules)
    }

    /// Reads exactly one op.
    ///
    /// # Errors
    /// As [`Signed::read`], and for bytes that are left over.
    pub fn decode(bytes: &[u8], poll: PollId, rules: &B::Rules) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let signed = Self::read(&mut reader, poll, rules)?;
        reader.end()?;
        Ok(signed)
    }

    /// Checks the body of an op whose envelope is already read.
    ///
    /// # Errors
    /// As [`Signed::read`].
    pub(crate) fn check(
        raw: RawOp<'_>,
        poll: PollId,
        rules: &B::Rules,
    ) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(raw.body);
        let body = B::decode(raw.kind, &raw.author, &mut reader, rules)?;
        reader.end()?;
        // The length is a shortest varint and every body has one encoding, so the bytes are
        // canonical by now; this catches a decoder that is laxer than its encoder.
        let mut again = Writer::new();
        body.encode(&mut again);
        if again.as_bytes() != raw.body {
            return Err(DecodeError::Invalid(
                "the op is not the only encoding of itself",
            ));
        }
        let (id, place) = (raw.id(poll), Place::of(poll, raw.author));
        Ok(Self {
            claim: Claim {
                id,
                author: raw.author,
                place,
                body,
                bytes: raw.bytes.into(),
            },
            poll,
        })
    }

    /// For deciding whether it is worth a signature check: a duplicate is not.
    #[must_use]
    pub(crate) fn claim(&self) -> &Claim<B> {
        &self.claim
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify(self) -> Result<Verified<B>, BadSignature> {
        let key = VerificationKey::try_from(self.claim.author.0).map_err(|_| BadSignature)?;
        key.verify(&self.claim.signature(), &self.signed_bytes())
            .map_err(|_| BadSignature)?;
        Ok(Verified(self.claim))
    }

    /// Takes the signature as checked: for ops that come back from one's own store, which holds
    /// none whose signature was not checked before. Never for what a room, a file or a link
    /// brought.
    #[must_use]
    pub(crate) fn checked_before_it_was_stored(self) -> Verified<B> {
        Verified(self.claim)
    }

    fn signed_bytes(&self) -> Vec<u8> {
        message(DOMAIN, self.poll, self.claim.unsigned())
    }

    fn batch_item(&self) -> batch::Item {
        let key = VerificationKeyBytes::from(self.claim.author.0);
        batch::Item::from((key, self.claim.signature(), &self.signed_bytes()))
    }
}

impl<B> Claim<B> {
    /// The op's id. It does not depend on the signature.
    #[must_use]
    pub(crate) fn id(&self) -> OpId {
        self.id
    }

    /// Who is said to have signed it.
    #[must_use]
    pub(crate) fn author(&self) -> VoterKey {
        self.author
    }

    /// The author's place in the poll, worked out once because merging must be fast.
    #[must_use]
    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// The op as it was received.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn unsigned(&self) -> &[u8] {
        // An envelope holds 64 bytes of signature at its end: RawOp::read and sign see to it.
        &self.bytes[..self.bytes.len() - 64]
    }

    fn signature(&self) -> Signature {
        let mut bytes = [0; 64];
        bytes.copy_from_slice(&self.bytes[self.bytes.len() - 64..]);
        Signature::from(bytes)
    }
}

impl<B> Verified<B> {
    /// What it claims, which is so.
    #[must_use]
    pub fn claim(&self) -> &Claim<B> {
        &self.0
    }

    /// The op's id.
    #[must_use]
    pub fn id(&self) -> OpId {
        self.0.id
    }

    /// Who signed it.
    #[must_use]
    pub fn author(&self) -> VoterKey {
        self.0.author
    }

    /// The author's place in the poll.
    #[must_use]
    pub fn place(&self) -> Place {
        self.0.place
    }

    /// The op as it was received.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// Takes it apart: body and bytes.
    #[must_use]
    pub fn into_parts(self) -> (B, Box<[u8]>) {
        (self.0.body, self.0.bytes)
    }
}

impl<B> Deref for Claim<B> {
    type Target = B;

    fn deref(&self) -> &B {
        &self.body
    }
}

impl<B> Deref for Verified<B> {
    type Target = B;

    fn deref(&self) -> &B {
        &self.0
    }
}

impl<B> fmt::Debug for Signed<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signed({})", self.claim.id)
    }
}

impl<B: fmt::Debug> fmt::Debug for Verified<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("id", &self.0.id)
            .field("body", &self.0.body)
            .finish_non_exhaustive()
    }
}

/// An envelope taken apart, nothing of its body checked.
#[derive(Debug, Clone)]
pub struct RawOp<'a> {
    /// Kind and version.
    pub kind: (u8, u8),
    /// Who claims to have signed it.
    pub author: VoterKey,
    body: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> RawOp<'a> {
    /// Reads one envelope off the front of `reader`.
    ///
    /// # Errors
    /// [`DecodeError`]: no magic, too short, or over [`MAX_LENGTH`].
    pub fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut ahead = reader.clone();
        if ahead.array()? != MAGIC {
            return Err(DecodeError::Invalid(
                "no op starts here: the magic bytes are missing",
            ));
        }
        let kind = (ahead.byte()?, ahead.byte()?);
        let length = ahead.length("an op's length", MAX_LENGTH)?;
        let mut content = Reader::new(ahead.take(length)?);
        let author = VoterKey(content.array()?);
        let body = content.take(content.len())?;
        ahead.take(64)?;
        let bytes = reader.take(reader.len() - ahead.len())?;
        Ok(Self {
            kind,
            author,
            body,
            bytes,
        })
    }

    /// The whole envelope.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The op's id in that poll.
    #[must_use]
    pub fn id(&self, poll: PollId) -> OpId {
        let unsigned = &self.bytes[..self.bytes.len() - 64];
        OpId(
            Sha256::new()
                .chain_update(ID_DOMAIN)
                .chain_update(poll.0)
                .chain_update(unsigned)
                .finalize()
                .into(),
        )
    }
}

/// The envelopes that stand one after the other in `bytes`, up to the first that is none.
pub fn envelopes(bytes: &[u8]) -> impl Iterator<Item = RawOp<'_>> {
    let mut reader = Reader::new(bytes);
    core::iter::from_fn(move || {
        if reader.is_empty() {
            return None;
        }
        RawOp::read(&mut reader).ok()
    })
}

/// Signs a body. The result is as good as verified: it was made here.
#[must_use]
pub fn sign<B: Body>(key: &SigningKey, poll: PollId, body: B) -> Verified<B> {
    let author = voter_key(key);
    let mut content = Writer::new();
    content.put(&author.0);
    body.encode(&mut content);
    debug_assert!(
        content.len() <= MAX_LENGTH,
        "bodies are capped where they are made"
    );
    let (kind, version) = body.kind();
    let mut writer = Writer::new();
    writer.put(&MAGIC);
    writer.byte(kind);
    writer.byte(version);
    writer.varint(content.len() as u64);
    writer.put(content.as_bytes());
    let id = OpId(Sha256::digest(message(ID_DOMAIN, poll, writer.as_bytes())).into());
    let signature = key.sign(&message(DOMAIN, poll, writer.as_bytes()));
    writer.put(&signature.to_bytes());
    Verified(Claim {
        id,
        author,
        place: Place::of(poll, author),
        body,
        bytes: writer.into_bytes().into(),
    })
}

/// The public half of a signing key.
#[must_use]
pub fn voter_key(key: &SigningKey) -> VoterKey {
    VoterKey(VerificationKeyBytes::from(key).into())
}

/// Verifies many ops together, about three times as fast as one by one. A batch that fails is
/// halved until the bad ones stand alone: for one's own store, where a rotten record is to cost no
/// other. The good ones come back in the order given, with the number of bad ones. `random` must be
/// unpredictable to those who sign.
pub fn verify_all<B: Body>(
    ops: Vec<Signed<B>>,
    random: &mut impl CryptoRng,
) -> (Vec<Verified<B>>, usize) {
    let items: Vec<_> = ops.iter().map(Signed::batch_item).collect();
    let good = check_all(&items, random);
    let bad = good.iter().filter(|good| !**good).count();
    let verified = ops
        .into_iter()
        .zip(good)
        .filter_map(|(op, good)| good.then_some(Verified(op.claim)))
        .collect();
    (verified, bad)
}

/// Verifies what one sender sent, up to the first wrong signature: those before it, and whether
/// there is one. Nobody honest passes one on, so that what comes after it is not worth a look; and
/// of a long message, to find only the first costs about half as much again as a batch of good
/// ones. `random` must be unpredictable to those who sign.
pub fn verify_until_wrong<B: Body>(
    mut ops: Vec<Signed<B>>,
    random: &mut impl CryptoRng,
) -> (Vec<Verified<B>>, bool) {
    let items: Vec<_> = ops.iter().map(Signed::batch_item).collect();
    let right = right_until_wrong(&items, random);
    let is_wrong = right < ops.len();
    ops.truncate(right);
    let right = ops.into_iter().map(|op| Verified(op.claim));
    (right.collect(), is_wrong)
}

/// For each item in order, whether its signature is right: for what is signed without an envelope.
pub(crate) fn check_all(items: &[batch::Item], random: &mut impl CryptoRng) -> Vec<bool> {
    let mut good = Vec::with_capacity(items.len());
    for chunk in items.chunks(MAX_BATCH) {
        bisect(chunk, &mut good, random);
    }
    good
}

/// How many items stand before the first whose signature is wrong.
pub(crate) fn right_until_wrong(items: &[batch::Item], random: &mut impl CryptoRng) -> usize {
    // A batch that fails is looked through by halves, which costs as much again: of a long message
    // only one half can fail.
    let most = match items.len() {
        few if few < 32 => 32,
        many => many.div_ceil(2).min(MAX_BATCH),
    };
    let mut right = 0;
    for chunk in items.chunks(most) {
        if !all_right(chunk, random) {
            return right + first_wrong(chunk, random);
        }
        right += chunk.len();
    }
    right
}

/// Where the first wrong one is among some that are not all right.
fn first_wrong(items: &[batch::Item], random: &mut impl CryptoRng) -> usize {
    let (mut start, mut rest) = (0, items);
    while rest.len() > 1 {
        let (left, right) = rest.split_at(rest.len() / 2);
        if all_right(left, random) {
            start += left.len();
            rest = right;
        } else {
            rest = left;
        }
    }
    start
}

/// Appends, for each item in order, whether its signature is right.
fn bisect(items: &[batch::Item], good: &mut Vec<bool>, random: &mut impl CryptoRng) {
    if all_right(items, random) {
        good.extend(core::iter::repeat_n(true, items.len()));
    } else if let [_] = items {
        good.push(false);
    } else {
        let (left, right) = items.split_at(items.len() / 2);
        bisect(left, good, random);
        bisect(right, good, random);
    }
}

/// One alone is checked as quickly without a batch; that both agree is what ZIP 215 is for.
fn all_right(items: &[batch::Item], random: &mut impl CryptoRng) -> bool {
    if let [item] = items {
        return item.clone().verify_single().is_ok();
    }
    let mut verifier = batch::Verifier::new();
    for item in items {
        verifier.queue(item.clone());
    }
    verifier.verify(random).is_ok()
}

fn message(domain: &[u8], poll: PollId, unsigned: &[u8]) -> Vec<u8> {
    [domain, &poll.0, unsigned].concat()
}
