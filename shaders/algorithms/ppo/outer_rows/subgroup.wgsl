// How invocations come by what rows receive, in place of outer_rows/shared.wgsl, for software drivers with subgroups of
// 8 neighbours: each reads four rows of one of two frames, and hands them to the others.
fn add_frames(kind: u32, part: u32, first: u32, quad: u32, local: u32) {
    for (var frame = 0u; frame < opaque(FRAMES); frame += 2u) {
        let own = frame + local / 4u;
        let seen = lines(kind, first + 4u * (local % 4u), min(own, FRAMES - 1u));
        let x = select(vec4<f32>(), seen, own < FRAMES);
        let now = adjoint_of(part, quad, frame);
        add_products(0u, subgroupBroadcast(x, 0u), now);
        add_products(1u, subgroupBroadcast(x, 1u), now);
        add_products(2u, subgroupBroadcast(x, 2u), now);
        add_products(3u, subgroupBroadcast(x, 3u), now);
        let next = adjoint_of(part, quad, min(frame + 1u, FRAMES - 1u));
        add_products(0u, subgroupBroadcast(x, 4u), next);
        add_products(1u, subgroupBroadcast(x, 5u), next);
        add_products(2u, subgroupBroadcast(x, 6u), next);
        add_products(3u, subgroupBroadcast(x, 7u), next);
    }
}
