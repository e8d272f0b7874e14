//! The poll, and the chair's desk: the same screen with the ballots and the share sheet on it.

use std::rc::Rc;

use election_core::ids::{PrecinctId, VoterKey};
use election_core::poll::close::Status;
use election_core::poll::genesis::{Genesis, Holder};
use election_core::poll::verdict::Verdict;
use election_core::replica::view::LinkMisfit;
use election_core::wire::link::{BadLink, Link};
use yew::prelude::*;

use super::cut::Piece;
use super::later::{inside, later};
use super::waiting::{progress, waiting};
use crate::engine::host::Host;
use crate::engine::snapshot::{Snapshot, Stage};
use crate::engine::{page, registry};
use crate::parts::announcer::{self, Announcer};
use crate::parts::ballot_paper::BallotPaper;
use crate::parts::closing::Closing;
use crate::parts::connection::connection_state;
use crate::parts::drawer::Drawer;
use crate::parts::frame::frame;
use crate::parts::go::go;
use crate::parts::notes::notes;
use crate::parts::results::Results;
use crate::parts::secret::{Opened, secret_notes};
use crate::parts::snapshots::use_snapshot;
use crate::parts::title::Title;
use crate::parts::voters_here::somebody_else;
use crate::parts::{ballots, canvass, focus, inspector, log, share};
use crate::route::{self, Route};
use crate::words::{bad_link, grade, leader, own_vote, precinct, text};

/// Which of the two screens.
#[derive(Properties, PartialEq)]
pub struct LinkProps {
    /// The `#` and the token behind it.
    pub token: AttrValue,
    /// Whether it is the chair's desk.
    pub desk: bool,
}

/// The poll that the address names.
#[component]
pub fn ByLink(props: &LinkProps) -> Html {
    // Once for each link: opening it again is cheap, and yet no business of rendering.
    let opened = use_memo(props.token.clone(), |token| {
        Link::parse(token).map(|link| {
            let screens = [Route::Poll, Route::Chair].map(|screen| screen.of_poll(&link).into());
            let named = link.precincts.and_then(|precincts| precincts.precinct);
            (registry::open(&link), screens, link.chair.is_some(), named)
        })
    });
    match &*opened {
        // Another poll or precinct is another screen, with nothing left of the one before.
        Ok((host, screens, has_key, named)) => {
            html! {
                <Poll key={host.link().for_voters().token()} host={host.clone()} asked={props.desk}
                    screens={screens.clone()} has_key={*has_key} named={*named} />
            }
        }
        Err(bad) => dead_end(bad),
    }
}

/// Gives the poll's screen the address that it should have, and says what became of a key in the
/// one that it was opened with: `has_key` as long as there is one. It goes only once it is kept.
/// The desk of an ordinary poll stands at the voters' address, so that what people copy from there
/// is what they may send; `screens` are both, without a key.
#[hook]
fn use_address(now: &Snapshot, asked: bool, screens: &[AttrValue; 2], has_key: bool) -> Opened {
    let cleaned = use_state(|| false);
    let desk_here = now.chair && now.poll.is_some() && now.holder == Holder::Browser;
    let moves = asked && desk_here;
    let [poll, desk] = screens;
    let better = if asked && !moves { desk } else { poll };
    let stays = if has_key { !now.kept } else { !moves };
    use_effect_with((!stays).then(|| better.clone()), {
        let cleaned = cleaned.setter();
        move |better: &Option<AttrValue>| {
            if let Some(better) = better {
                if has_key {
                    cleaned.set(true);
                }
                route::rename(better);
            }
        }
    });
    match (has_key, *cleaned) {
        (true, _) => Opened::WithKey,
        (false, true) => Opened::Cleaned,
        (false, false) => Opened::Plain,
    }
}

/// A link that leads nowhere.
fn dead_end(bad: &BadLink) -> Html {
    let content = html! {
        <div class="head">
            <Title text={text::bad_link::title()} />
            <p class="note bad" data-test="poll-error">{ bad_link::says(bad) }</p>
            <p>{ text::bad_link::ask_again() }</p>
            <p>{ go("/", "btn", None, text::common::to_the_start().into()) }</p>
        </div>
    };
    frame(Html::default(), content, Html::default())
}

/// A link that leads to another poll than it says.
fn misfit(LinkMisfit: LinkMisfit) -> Html {
    html! {
        <div class="head">
            <Title text={text::bad_link::misfit_title()} />
            <p class="note bad" role="alert" data-test="poll-error">{ text::bad_link::misfit() }</p>
            <p>{ text::bad_link::misfit_says() }</p>
            <p>{ go("/", "btn", None, text::common::to_the_start().into()) }</p>
        </div>
    }
}

/// When somebody else votes here from now on, they begin at their ballot: the button that was
/// pressed is gone.
#[hook]
fn use_focus_of_voter(voter: Option<VoterKey>) {
    let last = use_mut_ref(|| None::<VoterKey>);
    use_effect_with(voter, move |voter| {
        let Some(voter) = *voter else { return };
        if last.replace(Some(voter)).is_some_and(|last| last != voter) {
            focus::on("#ballot");
        }
    });
}

#[derive(Properties, PartialEq)]
struct PollProps {
    host: Host,
    /// Whether the address asks for the desk.
    asked: bool,
    /// The addresses of the poll and of the desk.
    screens: [AttrValue; 2],
    /// Whether the address has the chair's key in it.
    has_key: bool,
    /// The precinct that the address names.
    named: Option<PrecinctId>,
}

#[component]
fn Poll(props: &PollProps) -> Html {
    let PollProps {
        host,
        asked,
        screens,
        has_key,
        ..
    } = props;
    let now = use_snapshot(host);
    let opened = use_address(&now, *asked, screens, *has_key);
    use_focus_of_voter(now.voter);
    let inspecting = use_state(|| false);
    let toggle = use_node_ref();
    use_effect_with(now.stage == Stage::Open, |&open| {
        if open {
            page::scroll_back();
        }
    });
    let inspect = {
        let inspecting = inspecting.clone();
        Callback::from(move |_: MouseEvent| inspecting.set(!*inspecting))
    };
    let close = {
        let (inspecting, toggle) = (inspecting.setter(), toggle.clone());
        Callback::from(move |()| {
            inspecting.set(false);
            if let Some(toggle) = toggle.cast::<web_sys::HtmlElement>() {
                let _ = toggle.focus();
            }
        })
    };
    let beside = html! {
        <>
            { connection_state(host, &now) }
            <button type="button" class="btn small quiet" ref={toggle} onclick={inspect} aria-expanded={inspecting.to_string()}
                data-test="inspector-toggle">{ text::poll::inspector() }</button>
        </>
    };
    let behind = if *inspecting {
        let of = inspector::Props {
            host: host.clone(),
            now: Rc::clone(&now),
        };
        html! {
            <Drawer id="inspector" title={text::inspector::title()} close={text::inspector::close()} on_close={close}>
                { inside(Piece::Inspector, of, None) }
            </Drawer>
        }
    } else {
        Html::default()
    };
    let content = match &now.poll {
        None => {
            html! {
                <>
                    <div class="notes">{ secret_notes(&now, opened) }</div>
                    { notes(host, &now) }
                    { now.misfit.map_or_else(|| waiting(host, &now), misfit) }
                </>
            }
        }
        Some(poll) => screen(props, &now, poll, opened),
    };
    frame(beside, content, behind)
}

fn screen(props: &PollProps, now: &Rc<Snapshot>, poll: &Rc<Genesis>, opened: Opened) -> Html {
    let PollProps {
        host, asked, named, ..
    } = props;
    let link = host.link();
    let strayed = precinct::strayed(poll.precincts(), *named, now.precinct);
    let (Some(tally), Some(voter)) = (now.tally.clone(), now.voter) else {
        return Html::default();
    };
    let chair = share::chair(&link).filter(|_| now.chair);
    // Where one device is passed around, the desk shows to whoever asks for it, and not to all.
    let desk = now.chair && (*asked || now.holder == Holder::Browser);
    let mine = now
        .own
        .as_ref()
        .filter(|own| own.vote.verdict == Some(Verdict::Counted))
        .map(|own| own.vote.choice);
    let most = poll.method().most_marks(tally.counted);
    let says = leader::sentence(poll.options(), &tally.counts, most);
    let precinct = now
        .precinct
        .map(|own| AttrValue::from(precinct::name(poll.precincts(), own)));
    let council = now.canvass.as_ref().and_then(|canvass| canvass.council);
    let waits = own_vote::waits(precinct.as_deref(), council.unwrap_or(0), now.stored);
    let struck = now
        .precinct
        .zip(now.canvass.as_ref())
        .and_then(|(own, canvass)| canvass.canvassed.parts.get(usize::from(own.0)))
        .is_some_and(|part| part.struck > 0 && part.shown.is_none());
    let share = || {
        let of = share::Props {
            poll: Rc::clone(poll),
            voters: share::voters(&link, poll),
            precincts: share::by_precinct(&link, poll, now.precinct),
            own: now.precinct,
            chair: chair.clone().filter(|_| desk),
            kept: now.kept,
        };
        // A key that is kept nowhere has no other way out of this tab.
        let may_reload = now.kept || of.chair.is_none();
        later(Piece::Share, text::share::title(), of, may_reload)
    };
    let canvass = |canvass| {
        let of = canvass::Props {
            host: host.clone(),
            poll: Rc::clone(poll),
            canvass: Rc::clone(canvass),
            own: now.precinct,
            chair: desk,
        };
        later(Piece::Canvass, text::canvass::title(), of, true)
    };
    let ballots = || {
        let of = ballots::Props {
            host: host.clone(),
            poll: Rc::clone(poll),
            page: now.ballots.clone(),
        };
        later(Piece::Ballots, text::chair::ballots(), of, true)
    };
    let log = log::Props {
        host: host.clone(),
        poll: Rc::clone(poll),
        entries: Rc::clone(&now.log),
        older_revocations: now.older_revocations,
        voter,
    };
    html! {
        <>
            { head(props, now, poll, precinct.as_ref(), desk) }
            <div class="notes">
                if let Some(says) = &strayed { { elsewhere(props, now, poll, says) } }
                { secret_notes(now, opened) }
            </div>
            { notes(host, now) }
            { progress(now.syncing) }
            <Announcer {says} />
            if let Some(canvass) = &now.canvass {
                <Announcer says={grade::announcement(poll.options(), poll.method(), &canvass.canvassed)} apart={announcer::RARELY} />
            }
            if desk { { share() } }
            <div class="two below">
                <BallotPaper key={voter.to_string()} host={host.clone()} poll={Rc::clone(poll)} own={now.own.clone()} cast_here={now.cast_here} {waits} {voter}
                    voters={Rc::clone(&now.voters)} kept={now.kept && strayed.is_none()} named={*named} stored={now.stored}
                    closed={now.status == Status::Closed} />
                <Results poll={Rc::clone(poll)} {precinct} {struck} {tally} {mine} agree={now.agree} state_hash={now.state_hash.unwrap_or_default()} />
            </div>
            <div class="stack below">
                { for now.canvass.as_ref().map(canvass) }
                if desk {
                    <Closing host={host.clone()} status={now.status} />
                    { ballots() }
                }
                { later(Piece::Log, text::log::title(), log, true) }
                if !desk { { share() } }
            </div>
        </>
    }
}

fn head(
    props: &PollProps,
    now: &Snapshot,
    poll: &Genesis,
    precinct: Option<&AttrValue>,
    desk: bool,
) -> Html {
    let method = text::method(poll.method()).title;
    let holder = match poll.holder() {
        Holder::Browser => text::poll::holder_browser(),
        Holder::Tab => text::poll::holder_tab(),
    };
    let [voters, chair] = &props.screens;
    html! {
        <div class="head">
            if desk { <p class="kicker">{ text::poll::chairs_desk() }</p> }
            <Title text={poll.title().to_owned()} />
            if let Some(name) = precinct {
                <p>{ text::poll::you_vote_in(html! { <b data-test="precinct">{ name }</b> }, poll.precincts().count()) }</p>
            }
            <p class="small" data-test="in-short">{
                match now.status {
                    Status::Open => text::poll::in_short(method, holder),
                    Status::Closed => text::poll::in_short_closed(method, holder),
                }
            }</p>
            if now.chair && poll.holder() == Holder::Tab {
                if desk {
                    <p>{ go(voters, "btn small quiet", Some("leave-desk"), text::poll::leave_desk().into()) }</p>
                } else {
                    <p>{ go(chair, "btn small quiet", Some("i-am-the-chair"), text::poll::i_am_the_chair().into()) }</p>
                }
            }
            if props.asked && !desk {
                <p class="note">{ text::poll::no_key() }</p>
            }
        </div>
    }
}

/// That the address leads to another precinct than the one that is shown, and the way to vote there
/// all the same.
fn elsewhere(props: &PollProps, now: &Snapshot, poll: &Genesis, says: &str) -> Html {
    let named = props
        .named
        .map(|named| precinct::name(poll.precincts(), named));
    html! {
        <div class="note" data-test="strayed">
            <div class="stack">
                <p>{ says }</p>
                if now.kept { { somebody_else(&props.host, props.named, named.as_deref()) } }
            </div>
        </div>
    }
}
