//! The product in the simulator: [`tab`] (the tab that ships, and its [`disk`]; perhaps of a
//! [`newer`] version), [`attacker`] (a member of the room who has the link and obeys nothing), both
//! of one [`poll`], behind one [`member`] so that one world holds both, telling the checkers the
//! same [`note`]s. [`electorate`] says who may vote in which precinct, and [`nobody`] says in a
//! room what those say who are not modelled.

pub mod attacker;
pub mod disk;
pub mod electorate;
pub mod member;
pub mod newer;
pub mod nobody;
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
