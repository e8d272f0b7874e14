//! Where the page's program may be cut. A build that cuts it (`cargo xtask`, by the feature
//! `pieces`) makes a file of each of these, which is fetched behind what is needed first. In any other
//! build they are where the rest of the program is.
//!
//! The only unsafe code is what `wasm_split` makes of a function here: an import and an export by
//! one name, between which the cut goes.
#![allow(unsafe_code)]

use std::any::Any;

use yew::BaseComponent;
use yew::prelude::*;

use super::home::Home;
use super::make::Make;
use crate::parts::ballots::Ballots;
use crate::parts::canvass::Canvass;
use crate::parts::inspector::Inspector;
use crate::parts::log::Log;
use crate::parts::share::Share;

/// Shows a part whose properties these are.
pub type Show = fn(&dyn Any) -> Html;

fn show<C: BaseComponent>(of: &dyn Any) -> Html
where
    C::Properties: Clone,
{
    let of = of.downcast_ref::<C::Properties>().cloned();
    // Else they are the properties of another component.
    debug_assert!(of.is_some());
    of.map_or_else(Html::default, |of| html! { <C ..of /> })
}

/// That a part could not be fetched.
pub struct Missing;

macro_rules! pieces {
    ($($piece:ident in $file:ident),+ $(,)?) => {
        /// A part of the program.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Piece {
            $(
                #[doc = concat!("The component of that name, in the file `", stringify!($file), "`.")]
                $piece
            ),+
        }

        #[cfg(feature = "pieces")]
        mod cut {
            use super::{Missing, Piece, Show};
            use std::cell::Cell;
            use wasm_split_helpers::{SplitLoaderError, wasm_split};

            const NUMBER: usize = [$(Piece::$piece),+].len();

            thread_local! {
                static HERE: Cell<[Option<Show>; NUMBER]> = const { Cell::new([None; NUMBER]) };
            }

            impl Piece {
                /// If it is here already.
                pub fn here(self) -> Option<Show> {
                    HERE.get()[self as usize]
                }

                /// Fetches it.
                pub async fn load(self) -> Result<(), Missing> {
                    let loaded = match self {
                        $(Self::$piece => $piece().await),+
                    };
                    let show = loaded.map_err(|_| Missing)?;
                    let mut here = HERE.get();
                    here[self as usize] = Some(show);
                    HERE.set(here);
                    Ok(())
                }
            }

            $(
                #[wasm_split($file, fallible)]
                #[allow(non_snake_case)]
                fn $piece() -> Result<Show, SplitLoaderError> {
                    Ok(super::show::<super::$piece>)
                }
            )+
        }

        #[cfg(not(feature = "pieces"))]
        impl Piece {
            /// It always is.
            pub fn here(self) -> Option<Show> {
                Some(match self {
                    $(Self::$piece => show::<$piece>),+
                })
            }

            /// The same.
            pub async fn load(self) -> Result<(), Missing> {
                Ok(())
            }
        }
    };
}

// What two files share comes to be in a third, so there are few.
pieces! {
    Home in start,
    Make in start,
    Canvass in canvass,
    Share in more,
    Ballots in more,
    Log in more,
    Inspector in more,
}
