//! All precincts: what they add up to, and how far that can be trusted.

use std::rc::Rc;

use election_core::ids::PrecinctId;
use election_core::poll::genesis::Genesis;
use election_core::timing::Timing;
use yew::prelude::*;

use super::count::Count;
use super::precincts::Precincts;
use super::tone::tone;
use crate::engine::host::Host;
use crate::engine::snapshot::Canvassing;
use crate::words::grade;
use crate::words::text::{self, grade as text_of};

/// What is known of them.
#[derive(Clone, Properties, PartialEq)]
pub struct Props {
    /// Who counts another precinct.
    pub host: Host,
    /// The poll.
    pub poll: Rc<Genesis>,
    /// The precincts.
    pub canvass: Rc<Canvassing>,
    /// This tab's own.
    pub own: Option<PrecinctId>,
    /// Whether this tab can strike.
    pub chair: bool,
}

/// The canvass.
#[component]
pub fn Canvass(props: &Props) -> Html {
    let Props {
        host,
        poll,
        canvass,
        own,
        chair,
    } = props;
    let canvassed = &canvass.canvassed;
    let total = &canvassed.total;
    let whole = canvassed.missing().next().is_none();
    let total_tone = tone(canvassed.grade).filter(|tone| whole || *tone != "good");
    html! {
        <section class="card" aria-labelledby="canvass" data-test="canvass">
            <div class="row apart">
                <h2 id="canvass" tabindex="-1">{ text::canvass::title() }</h2>
                <span class="row tags">
                    <span class={classes!("tag", total_tone)} data-test="canvass-grade">{ grade::of_total(canvassed) }</span>
                    <span class="tag">{ text::common::provisional() }</span>
                </span>
            </div>
            <p class="lead" data-test="canvass-leader">{ grade::leads(poll.options(), poll.method(), canvassed) }</p>
            <div class="two">
                <div class="stack">
                    <Count poll={Rc::clone(poll)} total={total.clone()} by_option=true caption={text::canvass::caption()} test="total" />
                </div>
                <div class="stack">
                    <dl class="facts first">
                        <div class="wide">
                            <dt>{ text::canvass::who_reported() }</dt>
                            <dd><span data-test="canvass-reporting">{ grade::reporting(canvassed) }</span>
                                <span class="small by-grade">{ grade::by_grade(canvassed) }</span></dd>
                        </div>
                        <div><dt>{ text::results::counted() }</dt><dd data-test="total-counted">{ total.counted }</dd></div>
                        if total.revoked > 0 { <div><dt>{ text::results::revoked() }</dt><dd>{ total.revoked }</dd></div> }
                        if total.spoiled > 0 { <div><dt>{ text::results::spoiled() }</dt><dd>{ total.spoiled }</dd></div> }
                    </dl>
                    { explanation() }
                </div>
            </div>
            <Precincts host={host.clone()} poll={Rc::clone(poll)} canvass={Rc::clone(canvass)} own={*own} chair={*chair} />
        </section>
    }
}

fn explanation() -> Html {
    let attested = text_of::attested_means(Timing::default().council.stands.0 / 1000);
    let grade = |name: String, tone: Option<&'static str>, says: &str| {
        html! { <div><dt><span class={classes!("tag", tone)}>{ name }</span></dt><dd>{ says }</dd></div> }
    };
    html! {
        <details class="grades">
            <summary>{ text_of::meaning() }</summary>
            <p class="small">{ text_of::meaning_says() }</p>
            <dl>
                { grade(text_of::folded().to_owned(), Some("good"), text_of::folded_means()) }
                { grade(text_of::attested_by(5), None, &attested) }
                { grade(text_of::claimed().to_owned(), Some("warn"), text_of::claimed_means()) }
                { grade(text_of::disputed().to_owned(), Some("bad"), text_of::disputed_means()) }
                { grade(text_of::struck().to_owned(), Some("bad"), text_of::struck_means()) }
                { grade(text_of::missing().to_owned(), None, text_of::missing_means()) }
            </dl>
        </details>
    }
}
