// Two rows in place of rows_4.wgsl.
alias Rows = vec2<f32>;
const ROWS = 2u;

fn rows_of(x: vec4<f32>) -> Rows {
    return x.xy;
}

fn quad_of(x: Rows) -> vec4<f32> {
    return vec4<f32>(x, 0.0, 0.0);
}
