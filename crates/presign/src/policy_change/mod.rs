//! From what CloudTrail reports to the generations that it advances.

mod classify;
mod event;
mod table;
mod unnamed;

pub use classify::{Change, MalformedChange, classify};
pub use event::{ApiCall, ApiCallError};
pub use table::{Names, TABLE, TableRow, knows};
pub use unnamed::{Holders, PrincipalDirectory, Unnamed};
