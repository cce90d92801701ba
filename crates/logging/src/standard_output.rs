use std::cell::RefCell;
use std::io::{self, Write};

/// Standard output, but for the lines that are kept by [`together`].
pub struct StandardOutput;

thread_local! {
    /// What this thread has logged and not written yet, while it keeps lines together.
    static KEPT: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// So many bytes of lines are written before there are more: half of what a pipe takes.
const MOST: usize = 32 * 1024;

impl Write for StandardOutput {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.write_all(line).map(|()| line.len())
    }

    fn write_all(&mut self, line: &[u8]) -> io::Result<()> {
        KEPT.with_borrow_mut(|kept| match kept {
            Some(kept) => keep(kept, line, &mut io::stdout()),
            None => io::stdout().write_all(line),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

/// Does what logs a line for each of many, and has those lines written at once: each write wakes whoever reads the log.
pub fn together<T>(done: impl FnOnce() -> T) -> T {
    together_to(io::stdout(), done)
}

fn together_to<T>(to: impl Write, done: impl FnOnce() -> T) -> T {
    let is_outermost = KEPT.with_borrow(Option::is_none);
    if is_outermost {
        KEPT.set(Some(vec![]));
    }
    let _written_at_the_end = is_outermost.then(|| AtTheEnd(to));
    done()
}

struct AtTheEnd<W: Write>(W);

impl<W: Write> Drop for AtTheEnd<W> {
    fn drop(&mut self) {
        write_kept(&mut self.0);
    }
}

/// Writes the lines that are kept, which a process that is about to end would take with it.
pub fn write_kept(to: &mut impl Write) {
    let kept = KEPT.take().unwrap_or_default();
    // Even to write nothing waits for whoever has the output, which a process that logs elsewhere may keep.
    if kept.is_empty() {
        return;
    }
    if let Err(error) = to.write_all(&kept) {
        tracing::warn!(%error, "log lines could not be written");
    }
}

fn keep(kept: &mut Vec<u8>, line: &[u8], to: &mut impl Write) -> io::Result<()> {
    let mut written = Ok(());
    if !kept.is_empty() && kept.len() + line.len() > MOST {
        written = to.write_all(kept);
        // What could not be written is not written twice.
        kept.clear();
    }
    kept.extend_from_slice(line);
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each write by itself.
    struct Writes<'a>(&'a mut Vec<Vec<u8>>);

    impl Write for Writes<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_are_written_whole_in_their_order_before_they_are_too_many() {
        let (mut kept, mut writes) = (vec![], vec![]);
        let line = |n: usize, length: usize| format!("{n:0>length$}\n").into_bytes();
        let lines: Vec<Vec<u8>> = (0..100).map(|n| line(n, 999)).chain([line(100, MOST), line(101, 9)]).collect();
        for line in &lines {
            keep(&mut kept, line, &mut Writes(&mut writes)).unwrap();
            assert!(kept.len() <= MOST || kept == *line);
        }
        assert_eq!(writes.len(), 5);
        writes.push(kept);
        assert!(writes.iter().all(|written| written.ends_with(b"\n")));
        assert_eq!(writes.concat(), lines.concat());
    }

    #[test]
    fn lines_are_kept_until_the_outermost_is_done_and_written_then() {
        let mut writes = vec![];
        together_to(Writes(&mut writes), || {
            StandardOutput.write_all(b"1\n").unwrap();
            together(|| StandardOutput.write_all(b"2\n").unwrap());
            assert_eq!(KEPT.with_borrow(Clone::clone), Some(b"1\n2\n".to_vec()));
        });
        assert_eq!(writes, [b"1\n2\n"]);
        assert_eq!(KEPT.take(), None);
    }

    #[test]
    fn who_has_nothing_to_write_waits_for_nobody() {
        let taken = io::stdout().lock();
        let (done, is_done) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            together(|| ());
            done.send(()).unwrap();
        });
        assert_eq!(is_done.recv_timeout(std::time::Duration::from_secs(10)), Ok(()));
        drop(taken);
    }

    #[test]
    fn who_panics_has_the_lines_before_it_written() {
        let mut writes = vec![];
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            together_to(Writes(&mut writes), || {
                StandardOutput.write_all(b"1\n").unwrap();
                panic!("as a test does");
            });
        }));
        assert!(panicked.is_err());
        assert_eq!(writes, [b"1\n"]);
    }

    #[test]
    fn lines_that_could_not_be_written_are_not_written_again() {
        /// Takes nothing.
        struct Full;

        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }

        let mut kept = vec![b'1'; MOST];
        assert!(keep(&mut kept, b"2\n", &mut Full).is_err());
        assert_eq!(kept, b"2\n");
    }
}
