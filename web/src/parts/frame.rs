//! What stands around every screen: the brand, whatever a screen puts beside it, and the content.

use yew::prelude::*;

use super::go::Go;

/// What a screen puts into its frame.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Beside the brand.
    #[prop_or_default]
    pub beside: Html,
    /// Behind the content, such as a drawer.
    #[prop_or_default]
    pub behind: Html,
    /// The content.
    pub children: Html,
}

/// A screen's frame.
#[component]
pub fn Frame(props: &Props) -> Html {
    // A link to `#main` would replace the token in the address, so the skip link moves the focus by hand.
    let main = use_node_ref();
    let skip = {
        let main = main.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(main) = main.cast::<web_sys::HtmlElement>() {
                let _ = main.focus();
            }
        })
    };
    html! {
        <>
            <button class="skip" onclick={skip}>{ "Skip to the content" }</button>
            <header class="top">
                <Go to="/" class="brand"><Mark /><span>{ "Election Voter" }</span></Go>
                <span class="grow" />
                { props.beside.clone() }
            </header>
            <main ref={main} tabindex="-1">{ props.children.clone() }</main>
            { props.behind.clone() }
        </>
    }
}

/// The mark: a ballot that goes into its box.
#[component]
fn Mark() -> Html {
    html! {
        <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" aria-hidden="true">
            <path d="M3 12h18v9H3z" />
            <path d="M7 12V4h10v8" />
            <path class="cross" d="m9.5 6.5 5 5m0-5-5 5" />
        </svg>
    }
}
