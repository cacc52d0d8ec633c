// The rows of an invocation as one value: four of them. Twins: rows_2.wgsl, rows_1.wgsl.
alias Rows = vec4<f32>;
const ROWS = 4u;

fn rows_of(x: vec4<f32>) -> Rows {
    return x;
}

fn quad_of(x: Rows) -> vec4<f32> {
    return x;
}
