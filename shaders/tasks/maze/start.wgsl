// The start of a life in a maze: where food and poison are, and how sensors and outputs are connected. Needs
// START_X, START_Y, FULL, SHUFFLE_SENSORS, SHUFFLE_OUTPUTS.
#import numerics/philox
#import rollout/run
#import tasks/maze/places

fn start_state(slot: u32, start: u32) {
    let bits = philox4x32(vec4<u32>(0u, start, run.generation, 0u), run.key_start);
    let places = drawn_places(bits.x);
    set_field(slot, AT_X, f32(START_X));
    set_field(slot, AT_Y, f32(START_Y));
    set_field(slot, HEADING, 0.0);
    set_field(slot, ENERGY, f32(FULL));
    set_field(slot, FOOD, f32(places.x));
    set_field(slot, POISON, f32(places.y));
    set_field(slot, MEALS, 0.0);
    set_field(slot, SENSORS, select(0.0, f32(mul_high(bits.y, 6u)), SHUFFLE_SENSORS));
    set_field(slot, OUTPUTS, select(0.0, f32(mul_high(bits.z, 6u)), SHUFFLE_OUTPUTS));
}
