use tokio::time::{Instant, timeout_at};

/// What `work` comes to; none where it does not end before `deadline`. After that it is not even begun: a timeout looks at the
/// clock only once it has polled, and by then a call is sent.
pub async fn in_time<F: Future>(deadline: Instant, work: F) -> Option<F::Output> {
    if Instant::now() >= deadline {
        return None;
    }
    timeout_at(deadline, work).await.ok()
}
