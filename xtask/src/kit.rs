//! What the steps of a test run work with, each part made ready by the first step that needs it.

use crate::browser::Browser;
use crate::failure::Outcome;
use crate::page;
use crate::proxies;
use crate::tools::{self, Tools};
use std::cell::OnceCell;
use std::path::{Path, PathBuf};

/// Nothing at first.
#[derive(Default)]
pub struct Kit {
    /// Whether tests that usually draw a sample run in full.
    pub long: bool,
    bindgen: Once<PathBuf>,
    tools: Once<Tools>,
    browser: Once<Browser>,
    page: Once<PathBuf>,
    proxies: Once<Vec<(&'static str, PathBuf)>>,
    next_page: Once<PathBuf>,
    plain_page: Once<PathBuf>,
}

impl Kit {
    /// Nothing at first; `long` for tests that run in full.
    pub fn new(long: bool) -> Self {
        Self {
            long,
            ..Self::default()
        }
    }

    /// Proxies to put in front of the relay: variables to set, with the programs that they name.
    pub fn proxies(&self) -> Outcome<&[(&'static str, PathBuf)]> {
        self.proxies.get(proxies::ready).map(Vec::as_slice)
    }

    /// The folder of the wasm-bindgen tools; the wasm target is there too.
    pub fn bindgen(&self) -> Outcome<&Path> {
        self.bindgen.get(tools::bindgen).map(PathBuf::as_path)
    }

    /// A browser with its driver.
    pub fn browser(&self) -> Outcome<&Browser> {
        self.browser.get(Browser::ready)
    }

    /// The folder of the built page.
    pub fn page(&self) -> Outcome<&Path> {
        self.page
            .get(|| page::build(self.tools.get(Tools::ready)?))
            .map(PathBuf::as_path)
    }

    /// The folder of the page with the store's next layout, for tests.
    pub fn next_page(&self) -> Outcome<&Path> {
        self.next_page
            .get(|| page::build_next(self.tools.get(Tools::ready)?))
            .map(PathBuf::as_path)
    }

    /// The folder of the page as Trunk alone builds it.
    pub fn plain_page(&self) -> Outcome<&Path> {
        self.plain_page
            .get(|| page::build_plain(self.tools.get(Tools::ready)?))
            .map(PathBuf::as_path)
    }
}

/// Made once. So is a failure: an install that did not work is not tried again by the next step.
struct Once<T>(OnceCell<Outcome<T>>);

impl<T> Default for Once<T> {
    fn default() -> Self {
        Once(OnceCell::new())
    }
}

impl<T> Once<T> {
    fn get(&self, make: impl FnOnce() -> Outcome<T>) -> Outcome<&T> {
        self.0.get_or_init(make).as_ref().map_err(Clone::clone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;

    #[test]
    fn a_thing_is_made_once() {
        let once = Once::default();
        assert_eq!(once.get(|| Ok(1)).ok(), Some(&1));
        assert_eq!(once.get(|| Ok(2)).ok(), Some(&1));
    }

    #[test]
    fn a_failure_is_not_tried_again() {
        let once = Once::default();
        assert!(once.get(|| Err(Failure::new("no", "nothing"))).is_err());
        let again = once.get(|| Ok(1));
        assert!(again.is_err_and(|failure| failure.to_string().contains("no")));
    }
}
