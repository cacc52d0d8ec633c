// One row in place of rows_4.wgsl.
alias Rows = f32;
const ROWS = 1u;

fn rows_of(x: vec4<f32>) -> Rows {
    return x.x;
}

fn quad_of(x: Rows) -> vec4<f32> {
    return vec4<f32>(x, 0.0, 0.0, 0.0);
}
