//! Lambda: function processes behind the Runtime API, as many as there are requests at a time.

pub mod binaries;
pub mod instance;
pub mod pool;
pub mod runtime_api;
pub mod watch;
