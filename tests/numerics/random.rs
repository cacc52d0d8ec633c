//! The random numbers of kernels and host are the same bits, and statistically sound.

use gpu_ec::{
    gpu::{Gpu, Selector, Workspace, fold},
    kernel::{
        buffers::BufferId,
        entry::{Kernel, PassId},
        random::{Stream, philox4x32, stream_key, uniform01},
        wgsl::{Constants, compose},
    },
};

const DRAW: &str = "
#import numerics/philox
var<storage, read_write> probe_out: array<vec4<u32>>;
@compute @workgroup_size(64)
fn draw(@builtin(global_invocation_id) gid: vec3<u32>) {
    let bits = philox4x32(vec4<u32>(gid.x, 3u, 0xfffffff0u + gid.x, 0u), vec2<u32>(0x9abcdef1u, 0x12345678u));
    probe_out[2u * gid.x] = bits;
    probe_out[2u * gid.x + 1u] = bitcast<vec4<u32>>(vec4<f32>(uniform01(bits.x), uniform01(bits.y), uniform01(bits.z), uniform01(bits.w)));
}
";

#[test]
fn kernels_draw_the_hosts_bits() {
    let module = compose("draw", DRAW, &Constants::default()).expect("composes");
    let gpu = Gpu::open(&Selector::Best).expect("a Vulkan driver; see the README");
    let mut workspace = Workspace::new(&gpu, &[Kernel::new(PassId::Other("draw"), &module, "draw")]).expect("compiles");
    let n = 4096;
    workspace.alloc(BufferId::Probe, n * 32).expect("fits");
    workspace.fill(BufferId::Probe, 0xdead_beef);
    workspace.dispatch(PassId::Other("draw"), fold(n as u32 / 64)).expect("runs");
    let drawn: Vec<[u32; 8]> = workspace.read(BufferId::Probe).expect("reads");
    for (index, drawn) in (0u32..).zip(drawn) {
        let bits = philox4x32([index, 3, 0xffff_fff0u32.wrapping_add(index), 0], [0x9abc_def1, 0x1234_5678]);
        assert_eq!(drawn[..4], bits, "bits of counter {index}");
        assert_eq!(drawn[4..], bits.map(|bits| uniform01(bits).to_bits()), "floats of counter {index}");
    }
}

/// Chi-squared of bytes, and the correlation of neighbouring counters, members and generations: 4 standard deviations.
#[test]
fn bits_are_uniform_and_independent() {
    let key = stream_key(0, Stream::Sample);
    let n = 1 << 16;
    let mut counts = [0f64; 256];
    let mut agree = [0f64; 3];
    for index in 0..n {
        let bits = philox4x32([index, 5, 9, 0], key);
        bits.iter().flat_map(|word| word.to_le_bytes()).for_each(|byte| counts[byte as usize] += 1.0);
        let others = [[index + 1, 5, 9, 0], [index, 6, 9, 0], [index, 5, 10, 0]];
        for (agree, other) in agree.iter_mut().zip(others) {
            *agree += f64::from((!(bits[0] ^ philox4x32(other, key)[0])).count_ones());
        }
    }
    let expected = f64::from(n) * 16.0 / 256.0;
    let chi2: f64 = counts.iter().map(|count| (count - expected).powi(2) / expected).sum();
    assert!((chi2 - 255.0).abs() < 4.0 * (2f64 * 255.0).sqrt(), "bytes are not uniform: chi2 {chi2}");
    let bits = f64::from(n) * 32.0;
    for agree in agree {
        assert!(
            (agree - bits / 2.0).abs() < 4.0 * (bits / 4.0).sqrt(),
            "neighbouring counters agree in {agree} of {bits} bits"
        );
    }
}
