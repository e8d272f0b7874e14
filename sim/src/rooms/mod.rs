//! Polls with precincts: a [`world`] of many rooms, in which each tab has a connection to its precinct's room and, if it
//! speaks, to the council's; the poll's [`electorate`]; and [`nobody`], who says in a room what those say who are not
//! modelled. [`traffic`] is what is counted.

pub mod electorate;
pub mod nobody;
pub mod traffic;
pub mod world;
