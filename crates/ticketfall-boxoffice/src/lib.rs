//! A simulated seller.
