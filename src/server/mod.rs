//! An instance here: the accept loop, its sessions, and what answers them.
