use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use presign::signing_session::Ask;
use tokio::time::Instant;

/// How long a request waits for its signers, all together. Then only what they have given before counts: a batch that waited for
/// each would take more time than Lambda has, and lose all.
pub struct SignersPatience {
    left: Duration,
}

impl SignersPatience {
    #[must_use]
    pub fn new(patience: Duration) -> Self {
        Self { left: patience }
    }

    /// Of a request that needs one, which has a time limit of its own.
    #[must_use]
    pub fn of_one() -> Self {
        Self::new(Duration::MAX)
    }

    /// What comes of asking a signer, or only for what it has given before. That counts as waiting, and nothing else does.
    pub async fn wait<T>(&mut self, asking: impl AsyncFnOnce(Ask) -> T) -> T {
        let ask = if self.left.is_zero() { Ask::Nobody } else { Ask::Signer };
        let mut asking = pin!(asking(ask));
        // What is at hand takes no time: to look at the clock twice would.
        if let Poll::Ready(came) = poll_fn(|context| Poll::Ready(asking.as_mut().poll(context))).await {
            return came;
        }
        let began = Instant::now();
        let came = asking.await;
        self.left = self.left.saturating_sub(began.elapsed());
        came
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn once_signers_were_waited_for_nobody_is_asked_any_more() {
        let mut signers = SignersPatience::new(3 * SECOND);
        let slow = async |ask| {
            sleep(2 * SECOND).await;
            ask
        };
        // What else a batch waits for does not count.
        sleep(60 * SECOND).await;
        assert_eq!([signers.wait(slow).await, signers.wait(slow).await], [Ask::Signer; 2]);
        assert_eq!(signers.wait(async |ask| ask).await, Ask::Nobody);
        assert_eq!(SignersPatience::of_one().wait(slow).await, Ask::Signer);
    }
}
