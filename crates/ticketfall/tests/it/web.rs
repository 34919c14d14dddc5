//! The dashboard in a real Chromium: what people do there, and what they see without asking again.

mod gallery;
mod stage;
mod tab;
