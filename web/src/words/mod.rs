//! What the page says, as plain functions from facts to texts. Nothing in here touches the browser
//! but [`lower`], which has the same elsewhere, so all of it is tested natively.
//!
//! The texts themselves stand in one file for each language, as a table: [`text`]. The functions
//! beside it choose among them.

pub mod amounts;
pub mod bad_link;
pub mod bad_poll;
mod catalogue;
pub mod english;
pub mod explain;
pub mod grade;
pub mod leader;
pub mod lower;
pub mod marks;
pub mod option_list;
pub mod order;
pub mod origin;
pub mod others;
pub mod own_vote;
pub mod percent;
pub mod places;
pub mod precinct;
pub mod receipt;
pub mod refusal;
pub mod search;

/// The language of the page.
pub use english as text;
