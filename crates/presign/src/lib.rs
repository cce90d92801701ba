//! The domain of presigned URLs: what a request may ask for, how long a URL lives, how it is signed, and which policy changes
//! end it. It does no I/O, reads no clock and knows no SDK: time is a parameter, and what it needs from outside are ports
//! ([`cache::UrlCache`], [`cache::GenerationLedger`], [`policy_change::PrincipalDirectory`], [`profile::UnreadProfiles`],
//! [`reconcile::Observer`], [`reconcile::SightLedger`], [`signing_session::SigningSessions`]).

pub mod attribution;
pub mod cache;
pub mod clock;
pub mod credentials;
pub mod encryption;
pub mod form;
pub mod generation;
pub mod lifetime;
pub mod multipart;
pub mod names;
pub mod operation;
pub mod policy_change;
pub mod presigned_url;
pub mod profile;
pub mod reconcile;
pub mod redactor;
pub mod request;
pub mod revocation;
pub mod signed_request;
pub mod signing_session;
pub mod sigv4;
mod words;
