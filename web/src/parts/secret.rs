//! Where the secret of a chair's link is: kept in this browser and out of the address, or still in it.

use yew::prelude::*;

use super::notes::Once;
use crate::engine::snapshot::{Snapshot, Stage};

/// Whether the address that the page was opened with held a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// It holds none, nor did it.
    Plain,
    /// It holds one.
    WithKey,
    /// It held one, which was taken out.
    Cleaned,
}

/// What to know about that secret.
pub fn secret_notes(now: &Snapshot, opened: Opened) -> Html {
    let stays = now.stage != Stage::Opening && now.unsaved.is_some() && !now.kept;
    match opened {
        Opened::Cleaned => html! {
            <Once test="secret-taken"
                text="You opened the chair's link. Its secret is kept in this browser now, and gone from the address and from this tab's history. The browser's list of visited pages may still have it, and so has whoever was sent the link." />
        },
        Opened::WithKey if stays => html! {
            <p class="note bad" data-test="secret-stays">
                { "The chair's secret is still in this page's address, because this browser keeps nothing for this page. Whoever gets the address can revoke ballots in your name: do not send it, send the voters' link below." }
            </p>
        },
        Opened::Plain if stays && now.chair => html! {
            <p class="note bad" data-test="secret-unkept">
                { "Only this tab knows that you are the chair, because this browser keeps nothing for this page. Copy the chair's link below to a safe place before you close or reload it." }
            </p>
        },
        _ => Html::default(),
    }
}
