// A maze of cells with food at one place and poison at another. One environment per invocation. A step moves, costs
// energy, and shows what is in the cell ahead. Needs ACTION_THRESHOLD, SWAP_AFTER, SWAP_PROBABILITY, FULL.
#import tasks/plain/environment
#import tasks/plain/outputs
#import tasks/maze/shuffle
#import tasks/maze/start

// Fields of a state.
const AT_X = 0u;
const AT_Y = 1u;
const HEADING = 2u; // 0 up, 1 right, 2 down, 3 left
const ENERGY = 3u;
const FOOD = 4u;    // place
const POISON = 5u;  // place
const MEALS = 6u;   // food eaten since the places changed
const SENSORS = 7u; // permutation: sensor shown by each input
const OUTPUTS = 8u; // permutation: action of each output
const ACTION = 9u;  // of the last step

// Actions.
const LEFT = 1u;
const RIGHT = 2u;
const NO_ACTION = 3u;

fn ahead(heading: u32) -> vec2<i32> {
    let along = select(1, -1, heading >= 2u);
    return select(vec2<i32>(0, along), vec2<i32>(along, 0), heading % 2u == 1u);
}

fn observe(slot: u32, ate_food: bool, ate_poison: bool) {
    let cell = vec2<i32>(i32(field(slot, AT_X)), i32(field(slot, AT_Y))) + ahead(u32(field(slot, HEADING)));
    let place = place_at(cell.x, cell.y);
    let seen = vec3<bool>(
        !is_free(cell.x, cell.y), place == u32(field(slot, FOOD)), place == u32(field(slot, POISON)),
    );
    let permutation = u32(field(slot, SENSORS));
    for (var i = 0u; i < 3u; i++) {
        obs_out[slot * 5u + i] = f32(seen[permuted(permutation, i)]);
    }
    obs_out[slot * 5u + 3u] = f32(ate_food);
    obs_out[slot * 5u + 4u] = f32(ate_poison);
}

@compute @workgroup_size(TASK_WORKGROUP)
fn task_reset(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = fresh_slot(gid, groups);
    if (slot == NO_SLOT) {
        return;
    }
    start_state(slot, start_of(episode_inout[slot].life));
    set_field(slot, ACTION, f32(NO_ACTION));
    observe(slot, false, false);
}

// Returns the action of the largest output, the first of equal ones.
fn chosen(slot: u32, episode: Episode) -> u32 {
    var best = output(slot, 0u, episode.life, episode.length);
    var largest = 0u;
    for (var i = 1u; i < 3u; i++) {
        let value = output(slot, i, episode.life, episode.length);
        if (value > best) {
            best = value;
            largest = i;
        }
    }
    return select(NO_ACTION, permuted(u32(field(slot, OUTPUTS)), largest), best > ACTION_THRESHOLD);
}

// Turns as the action says, then steps ahead if there is no wall.
fn move_agent(slot: u32, action: u32) {
    set_field(slot, ACTION, f32(action));
    if (action == NO_ACTION) {
        return;
    }
    let turn = select(select(0u, 3u, action == LEFT), 1u, action == RIGHT);
    let heading = (u32(field(slot, HEADING)) + turn) % 4u;
    set_field(slot, HEADING, f32(heading));
    let cell = vec2<i32>(i32(field(slot, AT_X)), i32(field(slot, AT_Y))) + ahead(heading);
    if (is_free(cell.x, cell.y)) {
        set_field(slot, AT_X, f32(cell.x));
        set_field(slot, AT_Y, f32(cell.y));
    }
}

// Counts a meal of food, after which the places may change: two are exchanged, more are drawn anew.
fn digest(slot: u32, episode: Episode) {
    let meals = field(slot, MEALS) + 1.0;
    set_field(slot, ENERGY, f32(FULL));
    set_field(slot, MEALS, meals);
    let bits = philox4x32(vec4<u32>(episode.length, start_of(episode.life), run.generation, 1u), run.key_start);
    if (meals < f32(SWAP_AFTER) || uniform01(bits.x) >= SWAP_PROBABILITY) {
        return;
    }
    var places = vec2<u32>(u32(field(slot, POISON)), u32(field(slot, FOOD)));
    if (PLACES > 2u) {
        places = drawn_places(bits.y);
    }
    set_field(slot, FOOD, f32(places.x));
    set_field(slot, POISON, f32(places.y));
    set_field(slot, MEALS, 0.0);
}

@compute @workgroup_size(TASK_WORKGROUP)
fn task_step(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let slot = running_slot(gid, groups);
    if (slot == NO_SLOT) {
        return;
    }
    let episode = episode_inout[slot];
    move_agent(slot, chosen(slot, episode));
    set_field(slot, ENERGY, field(slot, ENERGY) - 1.0);
    let place = place_at(i32(field(slot, AT_X)), i32(field(slot, AT_Y)));
    let ate_food = place == u32(field(slot, FOOD));
    let ate_poison = place == u32(field(slot, POISON));
    if (ate_food) {
        digest(slot, episode);
    }
    if (ate_food || ate_poison) {
        set_field(slot, AT_X, f32(START_X));
        set_field(slot, AT_Y, f32(START_Y));
        set_field(slot, HEADING, 0.0);
    }
    let sum = reward(slot, 0u, f32(ate_food)) + reward(slot, 1u, -f32(ate_poison));
    observe(slot, ate_food, ate_poison);
    let dies = field(slot, ENERGY) <= 0.0 && run.no_termination == 0u;
    close_step(slot, sum, select(0u, DONE | TERMINATED, dies));
}
