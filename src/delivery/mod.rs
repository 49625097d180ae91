//! Many entities to an inbox: retries, rates, the journal.
