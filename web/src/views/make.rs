//! Making a poll.

use election_core::ids::PRECINCTS;
use election_core::poll::genesis::{BadPoll, Holder};
use election_core::poll::method::Method;
use election_core::wire::link::Link;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::engine::founding;
use crate::parts::focus;
use crate::parts::list_field::ListField;
use crate::parts::places::PlacesField;
use crate::route::{self, Route};
use crate::words::option_list::rows::tidy;
use crate::words::option_list::{List, Listed};
use crate::words::places::{NoNumber, Places};
use crate::words::{bad_poll, text};

/// The form.
#[component]
pub fn Make() -> Html {
    let title = use_node_ref();
    let options = use_state(|| (String::new(), false));
    let method = use_state(|| Method::Single);
    let holder = use_state(|| Holder::Browser);
    let places = use_state(Places::default);
    let error = use_state(|| None::<Wrong>);
    // One poll however often the button is pressed.
    let busy = use_mut_ref(|| false);

    // A message stands no longer than what it is about.
    let mend = {
        let error = error.clone();
        Callback::from(move |fields: &'static [Field]| {
            if error
                .as_ref()
                .is_some_and(|wrong| fields.contains(&wrong.field))
            {
                error.set(None);
            }
        })
    };
    let entitle = {
        let mend = mend.clone();
        Callback::from(move |_: InputEvent| mend.emit(&[Field::Title]))
    };
    let list = {
        let (options, mend) = (options.setter(), mend.clone());
        Callback::from(move |written: (String, bool)| {
            mend.emit(&[Field::Options, Field::All]);
            options.set(written);
        })
    };
    let submit = {
        let (title, method, holder) = (title.clone(), *method, *holder);
        let (places, error) = ((*places).clone(), error.setter());
        let options = (*options).clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(title) = title.cast::<HtmlInputElement>() else {
                return;
            };
            if busy.replace(true) {
                return;
            }
            let (error, busy) = (error.clone(), busy.clone());
            let (options, places) = (List::read(&options.0, options.1), places.clone());
            spawn_local(async move {
                match make(&tidy(&title.value()), &options, method, holder, &places).await {
                    Ok(link) => route::go(&desk(holder).of_poll(&link)),
                    Err(wrong) => {
                        busy.replace(false);
                        focus::on(wrong.field.selector());
                        error.set(Some(wrong));
                    }
                }
            });
        })
    };
    let place = {
        let places = places.clone();
        Callback::from(move |to: Places| {
            let other = Places {
                own: to.own,
                ..(*places).clone()
            } != to;
            if other {
                mend.emit(&[Field::Names, Field::Number, Field::All]);
            }
            places.set(to);
        })
    };
    let choose = |to: Method| {
        let method = method.setter();
        Callback::from(move |_: Event| method.set(to))
    };
    let hold = {
        let holder = holder.setter();
        Callback::from(move |to: Holder| holder.set(to))
    };
    let wrong = |fields: &[Field]| {
        let wrong = error.as_ref().filter(|wrong| fields.contains(&wrong.field));
        wrong.map(|wrong| AttrValue::from(wrong.says.clone()))
    };
    let bad_title = wrong(&[Field::Title]);
    html! {
        <>
            <form class="card form" onsubmit={submit}>
                <label class="field">
                    <span>{ text::make::question() }</span>
                    <input id="title" ref={title} autocomplete="off" placeholder={text::make::question_example()} data-test="make-title"
                        oninput={entitle} aria-describedby="title-error" aria-invalid={bad_title.is_some().to_string()} />
                </label>
                if let Some(error) = bad_title {
                    <p class="error" role="alert" id="title-error" data-test="make-error">{ error }</p>
                }
                <ListField of={Listed::Options} id="options" test="make-options" text={options.0.clone()}
                    keep_numbers={options.1} error={wrong(&[Field::Options])} on_change={list} />
                <fieldset>
                    <legend>{ text::make::method() }</legend>
                    { for Method::ALL.map(|offered| {
                        let words = text::method(offered);
                        html! {
                            <label class="choice">
                                <input type="radio" name="method" checked={*method == offered} onchange={choose(offered)}
                                    data-test={format!("make-method-{}", offered.name())} />
                                <span><b>{ words.name }</b><br /><span class="small">{ words.says }</span></span>
                            </label>
                        }
                    }) }
                </fieldset>
                { holder_field(*holder, &hold) }
                <PlacesField places={(*places).clone()} error={wrong(&[Field::Names, Field::Number, Field::All])} on_change={place} />
                <div class="row"><button class="btn" data-test="make-submit">{ text::make::submit() }</button></div>
                <p class="small">{ text::make::for_good() }</p>
            </form>
        </>
    }
}

/// Where the chair finds the desk: where browsers are voters, at the poll's own address.
fn desk(holder: Holder) -> Route {
    match holder {
        Holder::Browser => Route::Poll,
        Holder::Tab => Route::Chair,
    }
}

/// The form's question who is one voter. Both answers say what they are for: the poll says it to
/// everybody, for good.
fn holder_field(now: Holder, hold: &Callback<Holder>) -> Html {
    let choice = |to: Holder, test: &'static str, name: &'static str, says: &'static str| {
        let hold = hold.clone();
        let choose = Callback::from(move |_: Event| hold.emit(to));
        html! {
            <label class="choice">
                <input type="radio" name="holder" checked={now == to} onchange={choose} data-test={test} />
                <span><b>{ name }</b><br /><span class="small">{ says }</span></span>
            </label>
        }
    };
    html! {
        <fieldset>
            <legend>{ text::make::holder() }</legend>
            { choice(Holder::Browser, "make-holder-browser", text::make::holder_browser(), text::make::holder_browser_says()) }
            { choice(Holder::Tab, "make-holder-tab", text::make::holder_tab(), text::make::holder_tab_says()) }
        </fieldset>
    }
}

/// What is written wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wrong {
    field: Field,
    says: String,
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Title,
    Options,
    Names,
    Number,
    /// Options and precincts together; shown with the precincts.
    All,
}

impl Field {
    fn selector(self) -> &'static str {
        match self {
            Self::Title => "#title",
            Self::Options => "#options",
            Self::Names | Self::All => "#places-names",
            Self::Number => "#places-number",
        }
    }
}

async fn make(
    title: &str,
    options: &List,
    method: Method,
    holder: Holder,
    places: &Places,
) -> Result<Link, Wrong> {
    let (precincts, own) = places.precincts().map_err(|NoNumber| Wrong {
        field: Field::Number,
        says: text::bad_poll::number_of_precincts(*PRECINCTS.start(), *PRECINCTS.end()),
    })?;
    let made = founding::make(title, &options.names(), method, precincts, own, holder).await;
    made.map_err(|bad| Wrong {
        field: field_of(&bad),
        says: bad_poll::says(&bad, &options.items, &places.named().items),
    })
}

/// Which field an error belongs to.
fn field_of(bad: &BadPoll) -> Field {
    match bad {
        BadPoll::Title(_) => Field::Title,
        // Only names can be wrong there: the number was read as one that can be.
        BadPoll::FewPrecincts(_)
        | BadPoll::ManyPrecincts { .. }
        | BadPoll::Precinct(..)
        | BadPoll::SamePrecinct(..)
        | BadPoll::AlikePrecincts(..) => Field::Names,
        BadPoll::TooLong(_) => Field::All,
        _ => Field::Options,
    }
}
