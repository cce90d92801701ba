//! The cache of issued URLs and the generations that decide which of them may be served.
//!
//! One DynamoDB table holds both: a row per URL and a row per scope; for a day, a row per event that has
//! advanced one; and a row per scope with how it last looked.
//! [`UrlTable`] is the table, [`Recent`] an instance's memory in front of it.

mod issued;
mod ledger;
mod recent;
mod row;
mod schema;
mod sight;
mod url_table;

pub use issued::{IssuedPage, IssuedUrl, Place, Wanted};
pub use recent::Recent;
pub use schema::create_table;
pub use url_table::{UrlTable, UrlTableError};
