// Contact forces on a body about the centre of mass (MuJoCo's cfrc_ext), as the last evaluation left them.
#import physics/cooperative/rows

fn external_force(body: u32) -> Spatial {
    var sum = Spatial();
    for (var at = 0u; at < contact_count; at++) {
        let bodies = contact_bodies(contacts[at].candidate);
        if (bodies.x == body || bodies.y == body) {
            let push = to_world(at, pull_of(at)) * select(1.0, -1.0, bodies.y == body);
            sum = spatial_sum(sum, Spatial(cross(contacts[at].offset, push), push), 1.0);
        }
    }
    return sum;
}
