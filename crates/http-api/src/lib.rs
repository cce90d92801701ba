//! What the functions behind API Gateway have in common: who asks, what the policies say to it, JSON in, and problem documents
//! out.

mod api_gateway;
mod authenticated;
mod caller;
mod configuration;
mod cors;
mod field_names;
mod function;
mod gate;
mod json_body;
mod lists;
mod no_store;
mod observed;
mod problem;
mod problem_kind;
mod quoted;
mod rate;
mod schedule;
mod token_header;

pub use api_gateway::Event;
pub use caller::Caller;
pub use configuration::configuration;
pub use cors::{NoOrigin, web_origin};
pub use function::run;
pub use gate::Gate;
pub use json_body::{JsonBody, LONGEST_LIST, LongJsonBody, ShortBody, read_body, read_json};
pub use no_store::no_store;
pub use observed::{RequestIds, observed};
pub use problem::Problem;
pub use problem_kind::ProblemKind;
pub use quoted::quoted;
pub use rate::{Rate, TooOften};
pub use schedule::run_also_on_schedule;
pub use token_header::{NoTokenHeader, TokenHeader};
