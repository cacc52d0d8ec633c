// The solver's linear system: its matrix and right side.
#import physics/cooperative/dynamics
#import physics/cooperative/limits
#import physics/cooperative/rows

// M a - force
var<workgroup> excess: array<f32, NV>;
// the columns of a contact's Jacobian, while it is added
var<workgroup> columns: array<vec3<f32>, NV>;

// Builds Newton's system: the Hessian, and minus the gradient at the present residuals of `count` contacts. With
// `damped`, builds that of implicit damping instead: (M + h B) a' = M a.
fn linear_system(damped: bool, count: u32) {
    if (lane < PADDED) {
        open_row(lane);
    }
    if (lane < NV) {
        if (damped) {
            pivot[lane] += TIMESTEP * DOF_DAMPING[lane];
            matrix[lane * STRIDE + PADDED] = excess[lane] + force[lane];
        } else {
            add_limit(lane);
        }
    }
    for (var at = 0u; at < select(count, 0u, damped); at++) {
        if (lane < NV) {
            columns[lane] = jacobian(at, lane);
        }
        workgroupBarrier();
        if (lane < NV) {
            add_contact_row(at, lane);
        }
        workgroupBarrier();
    }
    workgroupBarrier();
}

// Copies a row of the inertia matrix to the factor's triangle, and minus the excess to the right side.
fn open_row(row: u32) {
    let inside = row < NV;
    for (var column = 0u; column < row; column++) {
        matrix[column * STRIDE + row] = select(0.0, matrix[row * STRIDE + column], inside);
    }
    pivot[row] = select(1.0, matrix[row * STRIDE + row], inside);
    matrix[row * STRIDE + PADDED] = select(0.0, -excess[min(row, NV - 1u)], inside);
}

fn add_limit(dof: u32) {
    if (((atomicLoad(&limit_bits) >> dof) & 1u) == 0u) {
        return;
    }
    let pull = limit_weight[dof] * min(limit_residual[dof], 0.0);
    matrix[dof * STRIDE + PADDED] -= limit_sign[dof] * pull;
    pivot[dof] += select(0.0, limit_weight[dof], limit_residual[dof] < 0.0);
}

fn add_contact_row(at: u32, row: u32) {
    let own = columns[row];
    let stiff = stiffness_times(at, own);
    matrix[row * STRIDE + PADDED] -= dot(own, pull_of(at));
    pivot[row] += dot(own, stiff);
    for (var column = 0u; column < row; column++) {
        matrix[column * STRIDE + row] += dot(columns[column], stiff);
    }
}
