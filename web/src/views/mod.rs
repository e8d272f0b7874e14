//! The screens.
//!
//! [`home`] and [`make`] lead to [`poll`]; the chair's desk is the poll's screen with more on it.

mod cut;
mod home;
mod later;
mod make;
mod not_found;
mod poll;
mod waiting;

use yew::prelude::*;

use self::cut::Piece;
use self::later::inside;
use crate::parts::frame::frame;
use crate::parts::title::Title;
use crate::route::{Address, Route};
use crate::words::text;

/// The screen of an address.
pub fn of(address: &Address) -> Html {
    let token = &address.token;
    let framed = |content| frame(Html::default(), content, Html::default());
    match address.route {
        Route::Home => framed(html! {
            <>
                { head(text::home::title(), [text::home::what_it_is(), text::home::offline()]) }
                { inside(Piece::Home, (), None) }
            </>
        }),
        Route::Make => framed(html! {
            <>
                { head(text::make::title(), []) }
                { inside(Piece::Make, (), Some(Piece::Share)) }
            </>
        }),
        Route::Poll => html! { <poll::ByLink token={token.clone()} desk={false} /> },
        Route::Chair => html! { <poll::ByLink token={token.clone()} desk={true} /> },
        Route::NotFound => not_found::not_found(),
    }
}

/// What a screen begins with, which is there before the rest of it.
fn head<const LINES: usize>(title: &'static str, says: [&'static str; LINES]) -> Html {
    let says = says.map(|line| html! { <p class="lead">{ line }</p> });
    html! { <div class="head" key={title}><Title text={title} />{ for says }</div> }
}
