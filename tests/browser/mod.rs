//! What a person does, done by a real browser with the real program: from the first run to the receipt in the mailbox.

mod crediting;
mod desk;
mod driver;
mod evidence;
mod forms;
mod second_step;
mod story;
mod typing;
