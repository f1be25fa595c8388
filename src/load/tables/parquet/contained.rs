//! The one place where a panic is an answer.
//!
//! The decoders of the parquet crate trust what a file says of itself in places, and panic where it lies: an index beyond
//! a dictionary, for one. Files come from strangers, so that such a panic is a damaged file and no bug of ours. What
//! would end the program whatever is caught (memory without bound, the stack) is refused before the decoders see it.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use super::fault::Fault;

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a decoder; a panic in it is a damaged file. What it worked on must not be used again after a fault.
pub(super) fn contained<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    static HOOK: Once = Once::new();
    // The hook is one for the whole program: ours passes on all panics but those on this thread while it decodes.
    HOOK.call_once(|| {
        let others = take_hook();
        set_hook(Box::new(move |panic| {
            if !CONTAINED.get() {
                others(panic);
            }
        }));
    });
    let before = CONTAINED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    CONTAINED.set(before);
    outcome.unwrap_or_else(|_| Err(Fault::damaged("its parts contradict each other")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_damaged_file() {
        let fault = contained::<()>(|| panic!("no such entry")).unwrap_err();
        assert_eq!(fault.code(), crate::diag::Code::ParquetSyntax);
        assert_eq!(contained(|| Ok(1)), Ok(1));
        assert!(!CONTAINED.get());
    }
}
