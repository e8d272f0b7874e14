//! What the inspector covers: on a narrow screen that is the page, which must not take the focus
//! then.

use gloo_events::EventListener;
use web_sys::{Document, MediaQueryList, Window};

/// The width up to which the drawer is as wide as the page; the same as in parts.css.
const COVERS: &str = "(max-width: 40rem)";
/// What lies beside the drawer.
const PAGE: [&str; 3] = [".skip", ".top", "#content"];

/// Keeps the page inert while it is covered, until this is dropped.
pub struct Cover {
    document: Document,
    _narrower: EventListener,
}

impl Cover {
    /// From now on; `None` outside of a window.
    #[must_use]
    pub fn new() -> Option<Self> {
        let window: Window = web_sys::window()?;
        let document = window.document()?;
        let query: MediaQueryList = window.match_media(COVERS).ok()??;
        set_inert(&document, query.matches());
        let (page, latest) = (document.clone(), query.clone());
        let narrower = EventListener::new(&query, "change", move |_| {
            set_inert(&page, latest.matches());
        });
        Some(Self {
            document,
            _narrower: narrower,
        })
    }
}

impl Drop for Cover {
    fn drop(&mut self) {
        set_inert(&self.document, false);
    }
}

fn set_inert(document: &Document, inert: bool) {
    for selector in PAGE {
        if let Ok(Some(element)) = document.query_selector(selector) {
            // Setting an attribute of a fixed, valid name does not fail.
            let _ = if inert {
                element.set_attribute("inert", "")
            } else {
                element.remove_attribute("inert")
            };
        }
    }
}
