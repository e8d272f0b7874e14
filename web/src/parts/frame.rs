//! What stands around every screen: the brand, whatever a screen puts beside it, and the content.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::go::go;

/// A screen's frame: `beside` the brand, the content, and what is behind it, such as a drawer.
pub fn frame(beside: Html, content: Html, behind: Html) -> Html {
    html! {
        <>
            <button class="skip" onclick={Callback::from(|_: MouseEvent| skip())}>{ "Skip to the content" }</button>
            <header class="top">
                { go("/", "brand", None, html! { <>{ mark() }<span>{ "Election Voter" }</span></> }) }
                <span class="grow" />
                { beside }
            </header>
            <main id="content" tabindex="-1">{ content }</main>
            { behind }
        </>
    }
}

/// A link to `#content` would replace the token in the address, so the skip link moves the focus by hand.
fn skip() {
    let page = web_sys::window().and_then(|window| window.document());
    let content = page.and_then(|page| page.get_element_by_id("content"));
    if let Some(content) = content.as_ref().and_then(JsCast::dyn_ref::<HtmlElement>) {
        // Whatever is on the page can take the focus.
        let _ = content.focus();
    }
}

/// The mark: a ballot that goes into its box.
fn mark() -> Html {
    html! {
        <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" aria-hidden="true">
            <path d="M3 12h18v9H3z" />
            <path d="M7 12V4h10v8" />
            <path class="cross" d="m9.5 6.5 5 5m0-5-5 5" />
        </svg>
    }
}
