//! What people and programs see of an inspection.
