// Cholesky factorisation and solution of the solver's linear system, four columns at a time. A lane owns row `lane`;
// the right side is one more row, so that factoring also solves the lower triangle.
#import physics/math
#import physics/cooperative/state

// Entries (row, column): the inertia matrix has the lower triangle and the diagonal. The factor has the upper
// triangle, transposed, and the right side column PADDED. Rows from NV on are those of the identity.
var<workgroup> matrix: array<f32, MATRIX>;
// the diagonal of the matrix that is factored, then the inverse of the factor's diagonal
var<workgroup> pivot: array<f32, PADDED>;
var<workgroup> inverse_pivot: array<f32, PADDED>;
// the smallest values that `pivot` may have, if rows are stiff
var<workgroup> least_pivot: array<f32, PADDED>;
// the solution
var<workgroup> direction: array<f32, PADDED>;

// Returns four neighbours in a row of the factor's triangle.
fn four_across(row: u32, column: u32) -> vec4<f32> {
    let at = row * STRIDE + column;
    return vec4<f32>(matrix[at], matrix[at + 1u], matrix[at + 2u], matrix[at + 3u]);
}

// Returns the entries of four rows in a column.
fn four_down(row: u32, column: u32) -> vec4<f32> {
    let at = row * STRIDE + column;
    return vec4<f32>(matrix[at], matrix[at + STRIDE], matrix[at + 2u * STRIDE], matrix[at + 3u * STRIDE]);
}

fn factor() {
    let row = min(lane, PADDED);
    for (var first = 0u; first < PADDED; first += 4u) {
        // Columns of the diagonal block (of which the lower triangle counts), and the lane's own four entries. Every
        // lane computes the block for itself, which costs less than waiting for one lane to do so.
        var a = four_across(first, first);
        var b = four_across(first + 1u, first);
        var c = four_across(first + 2u, first);
        var d = pivot[first + 3u];
        let least = least_pivots(first);
        a.x = pivot[first];
        b.y = pivot[first + 1u];
        c.z = pivot[first + 2u];
        var own = four_down(first, row);
        for (var before = 0u; before < first; before++) {
            let block = four_across(before, first);
            a -= block * block.x;
            b -= block * block.y;
            c -= block * block.z;
            d -= block.w * block.w;
            own -= block * matrix[before * STRIDE + row];
        }
        workgroupBarrier();
        var inverse = vec4<f32>(inverse_sqrt(max(a.x, least.x)), 0.0, 0.0, 0.0);
        a *= inverse.x;
        b -= a * a.y;
        inverse.y = inverse_sqrt(max(b.y, least.y));
        b *= inverse.y;
        c -= a * a.z + b * b.z;
        inverse.z = inverse_sqrt(max(c.z, least.z));
        c *= inverse.z;
        inverse.w = inverse_sqrt(max(d - a.w * a.w - b.w * b.w - c.w * c.w, least.w));
        own.x *= inverse.x;
        own.y = (own.y - own.x * a.y) * inverse.y;
        own.z = (own.z - own.x * a.z - own.y * b.z) * inverse.z;
        own.w = (own.w - own.x * a.w - own.y * b.w - own.z * c.w) * inverse.w;
        store_columns(first, own, inverse);
        workgroupBarrier();
    }
}

fn least_pivots(first: u32) -> vec4<f32> {
    if (!STIFF) {
        return vec4<f32>(0.0);
    }
    return vec4<f32>(least_pivot[first], least_pivot[first + 1u], least_pivot[first + 2u], least_pivot[first + 3u]);
}

fn store_columns(first: u32, own: vec4<f32>, inverse: vec4<f32>) {
    if (lane > PADDED) {
        return;
    }
    for (var k = 0u; k < 4u; k++) {
        if (lane == first + k) {
            inverse_pivot[lane] = inverse[k];
        } else if (lane > first + k) {
            matrix[(first + k) * STRIDE + lane] = own[k];
        }
    }
}

// Solves the upper triangle from the last rows to the first.
fn back_substitute() {
    let row = min(lane, PADDED - 1u);
    var own = matrix[row * STRIDE + PADDED];
    for (var end = PADDED; end > 0u; end -= 4u) {
        let first = end - 4u;
        if ((lane >= first) && (lane < end)) {
            matrix[lane * STRIDE + PADDED] = own;
        }
        workgroupBarrier();
        var x = four_down(first, PADDED);
        let a = four_across(first, first);
        let b = four_across(first + 1u, first);
        x.w *= inverse_pivot[first + 3u];
        x.z = (x.z - matrix[(first + 2u) * STRIDE + first + 3u] * x.w) * inverse_pivot[first + 2u];
        x.y = (x.y - dot(b.zw, x.zw)) * inverse_pivot[first + 1u];
        x.x = (x.x - dot(a.yzw, x.yzw)) * inverse_pivot[first];
        if (lane < first) {
            own -= dot(four_across(lane, first), x);
        } else if (lane < end) {
            direction[lane] = x[lane - first];
        }
    }
    workgroupBarrier();
}
