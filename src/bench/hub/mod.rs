//! Load on a hub: what publishers publish to a topic, and when each of its subscribers has it.
//!
//! A publication carries its number, by which a subscriber knows it again; a delivery is one publication at one subscriber.
//! Its latency counts from the time at which the publication was due. In the closed model a publisher publishes again when
//! all subscribers have its last publication, or have lost it; in the open model at fixed times, whatever came.
//!
//! Everything is on one thread with one event loop: what is measured is the hub, and what a subscriber does with a message is
//! little. What is remembered of publications on their way has a bound; chat is no hub, since it has no topics.
//!
//! | file | what it is for |
//! |---|---|
//! | `plan` | what to do |
//! | `mark` | the number in a publication |
//! | `ledger` | which subscriber has what; what is lost, doubled, late |
//! | `standing` | how the subscribers fared |
//! | `subscriber` | one subscriber's session |
//! | `publisher` | one publisher: by HTTP, by RPC, in a session |

mod ledger;
mod mark;
mod plan;
mod publisher;
mod standing;
mod subscriber;

pub use plan::{HubPlan, Language, Road};
pub use standing::{CutOff, Slowest, Subscribers};

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::runtime::Builder;
use tokio::sync::watch as flag;
use tokio::task::JoinSet;

use super::arrivals::Arrivals;
use super::outcome::{LoadError, Outcome};
use super::tally::SharedTally;
use super::watch::Watch;
use super::worker::until_done;
use ledger::Ledger;
use mark::{Marks, PROBE};
use publisher::Publisher;
use subscriber::Subscriber;

/// How many sessions are opened at once.
const OPENED_AT_ONCE: usize = 32;
/// How long the first publications are waited for at all subscribers, before the start.
const REACHING: Duration = Duration::from_secs(10);
/// How often one more of them is published meanwhile: a join may take effect later than it is answered.
const PROBED_EVERY: Duration = Duration::from_millis(200);
/// How long the sessions are waited for to close in order.
const CLOSING: Duration = Duration::from_secs(1);

/// What happened in a run.
#[derive(Debug, Clone)]
pub struct HubOutcome {
    /// The deliveries: `started` has one for each publication and subscriber, and one for each that came once more.
    pub deliveries: Outcome,
    /// What publishing itself came to: its answers, and how long they took.
    pub publications: Outcome,
    /// How the subscribers fared.
    pub subscribers: Subscribers,
}

/// Carries out a plan: opens all sessions, waits until each subscriber is reached, and starts.
///
/// Blocks the calling thread.
///
/// # Errors
/// When the plan cannot be carried out, a connection cannot be opened before the start, or not each subscriber is reached.
pub fn run_hub(plan: &HubPlan, watch: &Watch) -> Result<HubOutcome, LoadError> {
    plan.check()?;
    let runtime = Builder::new_current_thread().enable_all().build().map_err(LoadError::Runtime)?;
    let outcome = runtime.block_on(run(plan, watch));
    // A connection that is being opened is waited for by nobody.
    runtime.shutdown_background();
    outcome
}

async fn run(plan: &HubPlan, watch: &Watch) -> Result<HubOutcome, LoadError> {
    let ledger = Ledger::new(plan.subscribers, plan.timeout());
    let (over, is_over) = flag::channel(false);
    let mut sessions = JoinSet::new();
    let opened = watch.unless_over(open(plan, &ledger, &mut sessions, &is_over)).await;
    let publishers = opened.unwrap_or(Err(LoadError::Interrupted))?;
    let outcome = measure(plan, publishers, &ledger, watch).await;
    // Nobody is left to listen when all have been cut off.
    let _ = over.send(true);
    let _ = tokio::time::timeout(CLOSING, async { while sessions.join_next().await.is_some() {} }).await;
    sessions.shutdown().await;
    Ok(outcome)
}

/// Opens all sessions, lets the subscribers listen, and waits until each is reached: the publishers.
async fn open(
    plan: &HubPlan,
    ledger: &Ledger,
    sessions: &mut JoinSet<()>,
    is_over: &flag::Receiver<bool>,
) -> Result<Vec<Publisher>, LoadError> {
    let marks = Arc::new(Marks::new(plan));
    let subscribers: Vec<Subscriber> = stream::iter(0..plan.subscribers)
        .map(|number| Subscriber::open(plan, number))
        .buffered(OPENED_AT_ONCE)
        .try_collect()
        .await?;
    let mut publishers: Vec<Publisher> = stream::iter(0..plan.publishers)
        .map(|_| Publisher::open(plan, &marks))
        .buffered(OPENED_AT_ONCE)
        .try_collect()
        .await?;
    for subscriber in subscribers {
        let (ledger, marks, is_over) = (ledger.clone(), Arc::clone(&marks), is_over.clone());
        sessions.spawn(async move { subscriber.listen(&ledger, &marks, is_over).await });
    }
    reach_all(&mut publishers[0], ledger, plan).await?;
    Ok(publishers)
}

/// Publishes until each subscriber has had something.
async fn reach_all(publisher: &mut Publisher, ledger: &Ledger, plan: &HubPlan) -> Result<(), LoadError> {
    let limit = if plan.timeout().is_zero() { REACHING } else { REACHING.min(plan.timeout()) };
    let until = Instant::now() + limit;
    loop {
        publisher.probe(PROBE).await?;
        let again = Instant::now() + PROBED_EVERY;
        let all = tokio::time::timeout_at(again.into(), ledger.until_all_are_reached());
        if all.await.is_ok() {
            return Ok(());
        }
        if Instant::now() >= until {
            let (reached, subscribers) = (ledger.reached(), plan.subscribers);
            return Err(LoadError::NotReached { reached, subscribers });
        }
    }
}

async fn measure(plan: &HubPlan, publishers: Vec<Publisher>, ledger: &Ledger, watch: &Watch) -> HubOutcome {
    let begin = Instant::now();
    let measured_from = begin + plan.warm_up;
    let (deliveries, publications) = (SharedTally::new(measured_from), SharedTally::new(measured_from));
    ledger.start(&deliveries);
    watch.add(&deliveries);
    let arrivals = Arc::new(Arrivals::new(&plan.pace(), 0, begin));
    let mut tasks = JoinSet::new();
    for publisher in publishers {
        let (arrivals, publications) = (Arc::clone(&arrivals), publications.clone());
        let (ledger, waits) = (ledger.clone(), plan.waits_for_subscribers());
        tasks.spawn(async move { publisher.drive(&arrivals, &ledger, &publications, waits).await });
    }
    let both = [&deliveries, &publications];
    let mut is_interrupted = until_done(&mut tasks, &arrivals, plan.grace, &both, watch).await;
    if !is_interrupted {
        is_interrupted = until_all_came(ledger, plan.grace, watch).await;
    }
    let now = Instant::now();
    let sent_until = arrivals.sent_until();
    let (mut publishing, ends) = publications.take();
    if !is_interrupted {
        // There may be very many.
        let rest = arrivals.rest().take_while(|_| !watch.is_over());
        ledger.never_published(rest.inspect(|due| publishing.never_started(*due, now)), now);
        is_interrupted = watch.is_over();
    }
    publishing.end(measured_from, ends.sending_until(sent_until, now), is_interrupted);
    let subscribers = ledger.end(now, is_interrupted);
    let (mut delivered, ends) = deliveries.take();
    delivered.end(measured_from, ends.sending_until(sent_until, now), is_interrupted);
    HubOutcome { deliveries: delivered.into_outcome(), publications: publishing.into_outcome(), subscribers }
}

/// Waits for what is on its way; says whether the run was ended early.
async fn until_all_came(ledger: &Ledger, grace: Duration, watch: &Watch) -> bool {
    watch.unless_over(tokio::time::timeout(grace, ledger.until_all_came())).await.is_none()
}
