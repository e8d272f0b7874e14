//! All precincts: what they add up to, and how far that can be trusted.

use std::rc::Rc;

use election_core::canvass::grade::{Grade, STANDS};
use election_core::ids::PrecinctId;
use election_core::poll::genesis::Genesis;
use yew::prelude::*;

use super::count::Count;
use super::precincts::Precincts;
use crate::engine::host::Host;
use crate::engine::snapshot::Canvassing;
use crate::words::grade;

/// What is known of them.
#[derive(Properties, PartialEq)]
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
                <h2 id="canvass" tabindex="-1">{ "The canvass: all precincts" }</h2>
                <span class="row tags">
                    <span class={classes!("tag", total_tone)} data-test="canvass-grade">{ grade::of_total(canvassed) }</span>
                    <span class="tag">{ "provisional" }</span>
                </span>
            </div>
            <p class="lead" data-test="canvass-leader">{ grade::leads(poll.options(), canvassed) }</p>
            <div class="two">
                <div class="stack">
                    <Count poll={Rc::clone(poll)} total={total.clone()} by_option=true caption="All precincts so far" test="total" />
                </div>
                <div class="stack">
                    <dl class="facts first">
                        <div class="wide">
                            <dt>{ "Who has reported" }</dt>
                            <dd><span data-test="canvass-reporting">{ grade::reporting(canvassed) }</span>
                                <span class="small by-grade">{ grade::by_grade(canvassed) }</span></dd>
                        </div>
                        <div><dt>{ "Ballots counted" }</dt><dd data-test="total-counted">{ total.counted }</dd></div>
                        if total.revoked > 0 { <div><dt>{ "Revoked" }</dt><dd>{ total.revoked }</dd></div> }
                        if total.spoiled > 0 { <div><dt>{ "Spoiled" }</dt><dd>{ total.spoiled }</dd></div> }
                    </dl>
                    { explanation() }
                </div>
            </div>
            <Precincts host={host.clone()} poll={Rc::clone(poll)} canvass={Rc::clone(canvass)} own={*own} chair={*chair} />
        </section>
    }
}

/// What a grade looks like; its words say the same.
pub fn tone(grade: Option<Grade>) -> Option<&'static str> {
    match grade {
        Some(Grade::Folded) => Some("good"),
        Some(Grade::Claimed) => Some("warn"),
        Some(Grade::Attested(_)) | None => None,
    }
}

fn explanation() -> Html {
    let seconds = STANDS.0 / 1000;
    let attested = format!(
        "Five members (tabs of that precinct) signed the same count, and it stood undisputed for {seconds} seconds, or longer in polls of more than 200 precincts. With an open link one person can be all five."
    );
    let claimed = "One member signed this count; or several did, and it has not stood for so long yet, or is disputed.";
    let grade = |name: &'static str, tone: Option<&'static str>, says: &str| {
        html! { <div><dt><span class={classes!("tag", tone)}>{ name }</span></dt><dd>{ says }</dd></div> }
    };
    html! {
        <details class="grades">
            <summary>{ "What do these grades mean?" }</summary>
            <p class="small">{ "Your tab holds the ballots of your own precinct. Of the others it knows what they report, and says how far that can be trusted. The total is as sure as its weakest part." }</p>
            <dl>
                { grade("folded", Some("good"), "This tab has the precinct's ballots, checked each one and counted them itself.") }
                { grade("attested by 5", None, &attested) }
                { grade("claimed", Some("warn"), claimed) }
                { grade("disputed", Some("bad"), "A member holds ballots that give another count. Count the precinct yourself to see.") }
                { grade("struck", Some("bad"), "The chair took a return out of the total, with a reason that stands in the log. In place of a grade: nothing else is known of the precinct.") }
                { grade("not heard of yet", None, "Nobody of it was in reach. Its ballots are not in the total.") }
            </dl>
        </details>
    }
}
