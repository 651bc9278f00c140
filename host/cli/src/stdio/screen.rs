//! The whole screen of a terminal, which is given back however the program ends.

use super::{OUTPUT, Queue};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The other screen of the terminal, without a cursor, and back.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

/// The time for the terminal to take the end.
const LAST: Duration = Duration::from_millis(200);

/// What is put back, while the screen is ours.
static OURS: Mutex<Option<Given>> = Mutex::new(None);

/// As it was.
struct Given {
    queue: &'static Queue,
    keyboard: Option<Termios>,
}

/// The screen, until it is dropped.
pub struct Screen {
    queue: &'static Queue,
}

impl Screen {
    /// Takes it. Keys are not shown there, and come at once.
    ///
    /// # Errors
    /// If there is no thread to write with.
    pub fn take() -> io::Result<Self> {
        let queue = OUTPUT.detach()?;
        let mut ours = OURS.lock().unwrap_or_else(PoisonError::into_inner);
        queue.push(ENTER.as_bytes());
        *ours = Some(Given {
            queue,
            keyboard: silence(),
        });
        Ok(Self { queue })
    }

    /// Draws lines over what is there. A terminal that is slow misses some of the pictures.
    pub fn draw(&self, lines: &[String]) {
        if self.queue.waiting() > 0 {
            return;
        }
        let mut picture = String::from("\x1b[H");
        for (place, line) in lines.iter().enumerate() {
            if place > 0 {
                picture.push_str("\r\n");
            }
            picture.push_str(line);
            picture.push_str("\x1b[K");
        }
        picture.push_str("\x1b[J");
        self.queue.push(picture.as_bytes());
    }

    /// Waits until nobody sees it any more.
    pub async fn closed(&self) {
        self.queue.closed().await;
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the screen back, if it is taken.
pub fn give_back() {
    let given = OURS.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(given) = given else { return };
    given.queue.push(LEAVE.as_bytes());
    if let Some(keyboard) = &given.keyboard {
        let _ = tcsetattr(io::stdin().as_fd(), OptionalActions::Now, keyboard);
    }
    given.queue.settle(LAST);
}

/// Keys come at once and are not shown; as it was before.
fn silence() -> Option<Termios> {
    let keyboard = io::stdin();
    if !keyboard.is_terminal() {
        return None;
    }
    let before = tcgetattr(keyboard.as_fd()).ok()?;
    let mut silent = before.clone();
    silent.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
    tcsetattr(keyboard.as_fd(), OptionalActions::Now, &silent).ok()?;
    Some(before)
}
