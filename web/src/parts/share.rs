//! How others get in: the voters' link, its QR code, and for the chair the link of the desk.

use election_core::wire::link::Link;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::copy::Copy;
use super::qr;
use crate::engine::page;

/// What to share.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The voters' link.
    pub voters: AttrValue,
    /// The chair's link, on the chair's desk.
    #[prop_or_default]
    pub chair: Option<AttrValue>,
}

/// The share sheet.
#[component]
pub fn Share(props: &Props) -> Html {
    html! {
        <section class="card share" aria-labelledby="share">
            <div class="stack">
                <h2 id="share">{ "Invite people" }</h2>
                <p>{ "Everybody with this link can vote. Send it, or let them scan the code." }</p>
                { link("The voters' link", &props.voters, "share-link") }
                <p class="small">
                    { "The poll lives in the tabs that have it open. Keep one open until others have joined: newcomers get everything from whoever is there." }
                </p>
                if let Some(chair) = &props.chair {
                    <details>
                        <summary>{ "The chair's link: keep this one to yourself" }</summary>
                        <p class="small">{ "Whoever has it can revoke ballots in your name. You need it to be the chair on another device; this tab remembers it." }</p>
                        { link("The chair's link", chair, "share-chair-link") }
                    </details>
                }
            </div>
            { qr::picture(&props.voters) }
        </section>
    }
}

fn link(label: &'static str, url: &AttrValue, test: &'static str) -> Html {
    let select = Callback::from(|event: FocusEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            input.select();
        }
    });
    html! {
        <div class="link">
            <input class="code" readonly={true} aria-label={label} value={url.clone()} onfocus={select} data-test={test} />
            <Copy text={url.clone()} label="Copy link" />
        </div>
    }
}

/// The address that voters get.
#[must_use]
pub fn voters(link: &Link) -> AttrValue {
    link.for_voters().url(&page::origin()).into()
}

/// The address of the chair's desk, for those who hold the chair's key.
#[must_use]
pub fn chair(link: &Link) -> Option<AttrValue> {
    link.chair
        .as_ref()
        .map(|_| format!("{}/chair#{}", page::origin(), link.token()).into())
}
