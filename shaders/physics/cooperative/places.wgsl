// Positions and uprightness of bodies, as the last evaluation left them.
#import physics/cooperative/spatial

// Returns the position of a point that moves with a body, `offset` from the body's origin in its axes.
fn place_of(body: u32, offset: vec3<f32>) -> vec3<f32> {
    return pos_of(body) + turned(body_quat[body], offset);
}

// Returns how far up the body's z axis points: 1 upright, -1 upside down.
fn upright_of(body: u32) -> f32 {
    return turned(body_quat[body], vec3<f32>(0.0, 0.0, 1.0)).z;
}
