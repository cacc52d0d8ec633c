//! Mazes with food and poison.

use crate::config::schema::{Range, section};

/// Declares the task of a maze.
macro_rules! maze_task {
    ($(#[doc = $about:literal])+ $Name:ident(swap_after: $after:expr)) => {
        section! {
            $(#[doc = $about])+
            pub struct $Name {
                /// Steps after which an episode is cut off, whatever the curriculum says.
                episode_length: u32 = 400, "steps", Range::whole(1, 1_000_000);
                /// Energy at the start and after food; every step costs 1, and an episode ends at 0.
                energy: u32 = 40, "steps", Range::whole(1, 1_000_000);
                /// Meals of food, since the last change, after which food and poison may change places; more leave more
                /// time to use what was learnt.
                swap_after: u32 = $after, "meals", Range::whole(1, 1_000_000);
                /// Probability that they change, at that meal and each one after it; 0 keeps them where they are.
                swap_probability: f64 = 0.5, "", Range::real(0.0, 1.0);
                /// Largest output that does nothing: the agent acts if some output is above it.
                action_threshold: f64 = 0.1, "", Range::FINITE;
                /// Shuffles the sensors of wall, green and red in each episode.
                shuffle_sensors: bool = true, "", Range::Any;
                /// Shuffles in each episode which output is which action.
                shuffle_outputs: bool = true, "", Range::Any;
            }
        }
    };
}

maze_task! {
    /// `t_maze@1`: food at one end of a T-shaped maze, poison at the other, which must be learnt anew in every life
    /// (Bertens and Lee 2020).
    TMazeConfig(swap_after: 3)
}

maze_task! {
    /// `double_t_maze@1`: food and poison at two of the four ends of a maze of two bars (Bertens and Lee 2020).
    DoubleTMazeConfig(swap_after: 1)
}
