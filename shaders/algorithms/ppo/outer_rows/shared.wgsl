// How invocations come by what rows receive: each reads it, neighbours alike.
fn add_frames(kind: u32, part: u32, first: u32, quad: u32, local: u32) {
    for (var frame = 0u; frame < FRAMES; frame++) {
        let adjoint = adjoint_of(part, quad, frame);
        add_products(0u, lines(kind, first, frame), adjoint);
        add_products(1u, lines(kind, first + 4u, frame), adjoint);
        add_products(2u, lines(kind, first + 8u, frame), adjoint);
        add_products(3u, lines(kind, first + 12u, frame), adjoint);
    }
}
