//! What others see of the program: Khronos' validation layer with synchronisation validation, and a second Vulkan driver,
//! SwiftShader, beside Mesa's lavapipe. Tests say so and skip where these are not to be had (`scripts/ensure-drivers.sh` puts
//! them where they are looked for).

#[path = "drivers/messages.rs"]
mod messages;
#[expect(dead_code, reason = "other tests look for arrays that need not be there")]
#[path = "support/npz.rs"]
mod npz;
#[path = "drivers/places.rs"]
mod places;
#[path = "support/program.rs"]
mod program;
#[path = "drivers/race.rs"]
mod race;
#[path = "drivers/second.rs"]
mod second;
#[path = "drivers/validation.rs"]
mod validation;
