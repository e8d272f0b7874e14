//! Where the secret of a chair's link is: kept in this browser and out of the address, or still in
//! it.

use yew::prelude::*;

use super::notes::Once;
use crate::engine::snapshot::{Snapshot, Stage};
use crate::words::text;

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
            <Once test="secret-taken" text={text::notes::secret_taken()} />
        },
        Opened::WithKey if stays => html! {
            <p class="note bad" data-test="secret-stays">{ text::notes::secret_stays() }</p>
        },
        Opened::Plain if stays && now.chair => html! {
            <p class="note bad" data-test="secret-unkept">{ text::notes::secret_unkept() }</p>
        },
        _ => Html::default(),
    }
}
