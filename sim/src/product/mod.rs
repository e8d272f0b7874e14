//! The product's replica in the simulator: [`tab`] (a replica and its [`disk`]), [`attacker`] (a member of the room who
//! has the link and obeys nothing), both of one [`poll`], behind one [`member`] so that one world holds both, telling the
//! checkers the same [`note`]s.

pub mod attacker;
pub mod disk;
pub mod member;
pub mod note;
pub mod poll;
pub mod tab;

use std::rc::Rc;

#[cfg(test)]
mod tests;

/// What travels: a sealed frame.
pub type Packet = Rc<[u8]>;
/// What a member of the room wants done.
pub type Output = crate::process::Output<Packet, note::Note>;
