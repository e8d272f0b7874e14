//! What the tests stand on, in the order in which it is best read:
//! - [`environment`]: the programs and the built page, handed in by `cargo xtask test`.
//! - [`relay`]: the real relay with the built page; it can be stopped and started again.
//! - [`proxy`]: a line to it that can go silent; [`hotel`]: a network that answers in its place.
//! - [`driver`], [`browser`]: a chromedriver of its own for each browser, gone when the test is.
//! - [`tab`]: one tab: look, click, type, and wait for something with a deadline.
//! - [`page`]: what people do with the page, in its own words.
//! - [`canvass`]: the same for a poll in precincts; [`wards`]: such a poll with tabs in all of
//!   them.
//! - [`peer`]: a replica that is no browser.
//! - [`store`]: the page's database, made to fail, read and changed from outside.
//! - [`screenshots`]: pictures of screens in the sizes and colours that matter.
//! - [`stage`]: a relay and browsers together, and the check of the console at the end.

pub mod browser;
pub mod canvass;
pub mod driver;
pub mod environment;
pub mod hotel;
pub mod page;
pub mod peer;
pub mod proxy;
pub mod relay;
pub mod screenshots;
pub mod stage;
pub mod store;
pub mod tab;
pub mod wards;
