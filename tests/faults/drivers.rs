//! What others see of the program: Khronos' validation layer with synchronisation validation, and a second Vulkan
//! driver, SwiftShader, beside Mesa's lavapipe. Tests say so and skip where these are not to be had
//! (`scripts/ensure-drivers.sh` puts them where they are looked for).

mod messages;
mod places;
mod race;
mod second;
mod validation;
