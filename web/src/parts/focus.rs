//! Where the focus goes when what had it goes away: a person without a mouse would start again at
//! the top.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Moves the focus to the first element that fits the selector: a button, or a heading with
/// `tabindex="-1"`.
pub fn on(selector: &str) {
    if let Some(element) = first(selector)
        .as_ref()
        .and_then(JsCast::dyn_ref::<HtmlElement>)
    {
        // Whatever is on the page can take the focus.
        let _ = element.focus();
    }
}

/// Whether the focus is on or within an element that fits the selector.
pub fn is_within(selector: &str) -> bool {
    first(&format!("{selector}:focus-within")).is_some()
}

fn first(selector: &str) -> Option<Element> {
    let page = web_sys::window().and_then(|window| window.document());
    page.and_then(|page| page.query_selector(selector).ok()?)
}
