//! The faults of a real machine, met by the real program: killed under load, out of room, out of descriptors, started
//! twice, not allowed to write, without names, under a clock that jumps.
//!
//! Each ends in the same way: nobody who was told that something is stored is told a lie, whoever comes meanwhile is told
//! to come again, and it goes on by itself. What a disk does in the middle of a write is played in `store`, where there is
//! one that can be cut off.

mod clock;
mod kills;
mod line;
mod load;
mod machine;
mod names;
