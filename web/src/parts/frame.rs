//! What stands around every screen: the brand, whatever a screen puts beside it, and the content.

use yew::prelude::*;

use super::focus;
use super::go::go;
use crate::words::text;

/// A screen's frame: `beside` the brand, the content, and what is behind it, such as a drawer.
pub fn frame(beside: Html, content: Html, behind: Html) -> Html {
    html! {
        <>
            // A link to `#content` would replace the token in the address, so the focus is moved by
            // hand.
            <button class="skip" onclick={Callback::from(|_: MouseEvent| focus::on("#content"))}>{ text::common::skip() }</button>
            <header class="top">
                { go("/", "brand", None, html! { <>{ mark() }<span>{ text::common::brand() }</span></> }) }
                <span class="grow" />
                { beside }
            </header>
            <main id="content" tabindex="-1">{ content }</main>
            { behind }
        </>
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
