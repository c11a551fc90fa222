//! What happens to processes beside their calls: that they end, and that some are born that
//! never make any.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::epoll::EpollEvent;

use super::registry::{Registry, discover};

/// How often processes are looked for that have made no call.
const INTERVAL: Duration = Duration::from_millis(200);

/// Watches until the process ends.
pub fn watch(registry: &Arc<Mutex<Registry>>, init: u32) {
    let ends_told = Arc::clone(&lock(registry).ends_told);
    let mut next = Instant::now();
    let mut events = vec![EpollEvent::empty(); 256];
    loop {
        let left = next.saturating_duration_since(Instant::now());
        let timeout = u16::try_from(left.as_millis() + 1).unwrap_or(u16::MAX);
        let count = ends_told.wait(&mut events, timeout).unwrap_or(0);
        if count > 0 {
            let mut registry = lock(registry);
            for event in events.iter().take(count) {
                registry.ended(event.data() as u32, event.data() >> 32);
            }
        }
        if Instant::now() >= next {
            discover(registry, init);
            next = Instant::now() + INTERVAL;
        }
    }
}

/// What is guarded is whole whenever nobody holds it, a panic of whoever did notwithstanding.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
