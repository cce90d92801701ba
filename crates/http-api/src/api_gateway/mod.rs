//! What API Gateway hands over, and what it is answered. The router sees the same requests wherever it runs.

mod address;
mod answer;
mod context;
mod event;
mod pairs;

pub use answer::Answer;
pub use event::Event;
