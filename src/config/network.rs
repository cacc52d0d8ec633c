//! The networks that can be evolved.

use std::ops::Bound::Included;

use super::schema::{Range, choice, section, variants};

/// Declares a network of spiking neurons: their number, at most `most`; its first own fields; the times that all such
/// networks share; its last own fields.
macro_rules! spiking_network {
    (
        $(#[doc = $about:literal])+
        $Name:ident(most: $most:literal) { $($first:tt)* } { $($last:tt)* }
    ) => {
        section! {
            $(#[doc = $about])+
            pub struct $Name {
                /// Hidden neurons. Cost of a step and number of parameters grow with the square.
                neurons: u32 = 256, "neurons", Range::Whole { min: 32, max: $most, multiple: 32 };
                $($first)*
                /// Time step of the neurons.
                dt_ms: f64 = 0.5, "ms", Range::MILLISECONDS;
                /// Neural time simulated in one environment step: `round(sim_time_ms / dt_ms)` substeps, at most 10000.
                sim_time_ms: f64 = 16.6, "ms", Range::MILLISECONDS;
                /// Time constant of the synaptic current.
                tau_syn_ms: f64 = 5.0, "ms", Range::MILLISECONDS;
                /// Time constant of the membrane.
                tau_mem_ms: f64 = 10.0, "ms", Range::MILLISECONDS;
                /// Time constant of the firing rate that the outputs read.
                tau_out_ms: f64 = 10.0, "ms", Range::MILLISECONDS;
                $($last)*
            }
        }
    };
}

spiking_network! {
    /// A recurrent spiking network whose connections are single bits.
    RsnnConfig(most: 4096) {
        /// Share of the hidden neurons that excite; the others inhibit.
        excitatory_ratio: f64 = 0.5, "", Range::Real(Included(0.0), Included(1.0));
    } {
        /// Gain of the input connections, before `tau_mem * sqrt(2 / (0.5 d_obs))`.
        gain_in: f64 = 0.1, "", Range::NON_NEGATIVE;
        /// Gain of the recurrent connections, before `tau_mem / tau_syn * sqrt(2 / (0.5 neurons))`.
        gain_hidden: f64 = 1.0, "", Range::NON_NEGATIVE;
        /// Gain of the output connections, before `sqrt(1 / (0.5 neurons))`.
        gain_out: f64 = 5.0, "", Range::NON_NEGATIVE;
        /// Whether the network is two hemispheres with the same connections, mirrored like the body, which must be
        /// symmetric (`gpu-ec inspect` shows how). It has half the connections; `neurons` must be a multiple of 64.
        bilateral: bool = false, "", Range::Any;
        /// Whether one constant input line is added; without it a body at rest can silence the network for good.
        bias_input: bool = false, "", Range::Any;
    }
}

spiking_network! {
    /// A recurrent spiking network with f32 weights.
    RsnnF32Config(most: 2048) {} {
        /// Gain of the input weights, before `tau_mem * sqrt(2 / d_obs)`.
        gain_in: f64 = 0.1, "", Range::NON_NEGATIVE;
        /// Gain of the recurrent weights, before `tau_mem / tau_syn * sqrt(2 / neurons)`.
        gain_hidden: f64 = 1.0, "", Range::NON_NEGATIVE;
        /// Gain of the output weights, before `sqrt(1 / neurons)`.
        gain_out: f64 = 5.0, "", Range::NON_NEGATIVE;
        /// Whether the network is two hemispheres with the same weights, mirrored like the body, which must be
        /// symmetric (`gpu-ec inspect` shows how). It has half the weights; `neurons` must be a multiple of 64.
        bilateral: bool = false, "", Range::Any;
    }
}

choice! {
    /// Type of a network's parameters.
    pub enum Precision {
        /// A number of 32 bits.
        F32,
        /// A connection that exists or does not.
        OneBit,
    }
}

/// Declares a network without spikes: the fields that all of them share, and those between the gains.
macro_rules! rate_network {
    ($(#[doc = $about:literal])+ $Name:ident(units: $units:expr) { $($own:tt)* }) => {
        section! {
            $(#[doc = $about])+
            pub struct $Name {
                /// Hidden units. Cost of a step and number of parameters grow with it, with the square where units are
                /// recurrent.
                units: u32 = $units, "units", Range::Whole { min: 32, max: 2048, multiple: 32 };
                /// What a parameter is. F32 has biases; OneBit has signed units and the gains below instead.
                weights: Precision = Precision::F32, "", Range::Any;
                /// Gain of 1-bit input connections, before `sqrt(1 / (0.5 d_obs))`.
                gain_in: f64 = 1.0, "", Range::NON_NEGATIVE;
                $($own)*
                /// Gain of 1-bit output connections, before `sqrt(1 / (0.5 units))`.
                gain_out: f64 = 1.0, "", Range::NON_NEGATIVE;
                /// Whether the network is two hemispheres with the same parameters, mirrored like the body, which must
                /// be symmetric (`gpu-ec inspect` shows how). It has half the parameters; `units` must be a multiple of
                /// 64.
                bilateral: bool = false, "", Range::Any;
            }
        }
    };
}

/// Declares a network without spikes whose units are recurrent: it has a gain of their connections besides.
macro_rules! recurrent_network {
    ($(#[doc = $about:literal])+ $Name:ident(units: $units:expr)) => {
        rate_network! {
            $(#[doc = $about])+
            $Name(units: $units) {
                /// Gain of 1-bit recurrent connections, before `sqrt(1 / (0.5 units))`.
                gain_hidden: f64 = 1.0, "", Range::NON_NEGATIVE;
            }
        }
    };
}

recurrent_network! {
    /// A gated recurrent unit.
    GruConfig(units: 256)
}

recurrent_network! {
    /// Long short-term memory.
    LstmConfig(units: 128)
}

recurrent_network! {
    /// A plain recurrent network of tanh units.
    RnnConfig(units: 256)
}

section! {
    /// Embodied network of an arm (Brand 2024). Two input neurons encode the angle, which the task must observe first,
    /// in rad whatever the normaliser. Each of two outputs stimulates one muscle. Only the weights from reservoir to
    /// outputs are learnt; the others are drawn once.
    pub struct ReservoirConfig {
        /// Neurons of the reservoir.
        neurons: u32 = 200, "neurons", Range::whole(8, 2048);
        /// Seed of the fixed weights; forward sensitivities count on from it.
        seed: u64 = 0, "", Range::Any;
        /// A tick of the neurons.
        dt_ms: f64 = 0.25, "ms", Range::MILLISECONDS;
        /// Neural time of one environment step: `round(sim_time_ms / dt_ms)` ticks, at most 10000.
        sim_time_ms: f64 = 5.0, "ms", Range::MILLISECONDS;
        /// Time constant of the synaptic current.
        tau_syn_ms: f64 = 5.0, "ms", Range::MILLISECONDS;
        /// Time constant of the membrane.
        tau_mem_ms: f64 = 10.0, "ms", Range::MILLISECONDS;
        /// Input weights are uniform within this, either way. With 0.5, and recurrent weights of 0.1, 95 of 100 neurons
        /// stay below 100 Hz.
        weight_in: f64 = 1.0, "", Range::NON_NEGATIVE;
        /// Recurrent weights are uniform within this times sqrt(200 / neurons), either way.
        weight_recurrent: f64 = 0.15, "", Range::NON_NEGATIVE;
        /// Share of the recurrent weights that exist.
        density: f64 = 0.1, "", Range::Real(Included(0.0), Included(1.0));
        /// Rates of an input neuron at angle 0 and at `angle_full`.
        rates_hz: (f64, f64) = (10.0, 100.0), "Hz", Range::HERTZ;
        /// Angles up to this are not heard.
        angle_dead: f64 = 0.01, "rad", Range::NON_NEGATIVE;
        /// Angle of the highest rate.
        angle_full: f64 = 0.6, "rad", Range::POSITIVE;
        /// How long a spike of an output stimulates its muscle.
        hold_ms: f64 = 30.0, "ms", Range::MILLISECONDS;
        /// Half width of the uniform readout weights that a search begins with.
        weight_range: f64 = 0.05, "", Range::POSITIVE;
    }
}

rate_network! {
    /// One hidden layer of tanh units, without memory.
    MlpConfig(units: 256) {}
}

choice! {
    /// Law of a hidden neuron under its current c; it fires at 1, and begins again at 0.
    pub enum HiddenNeuron {
        /// Integrates: v + c per tick.
        If,
        /// Leaks with a time constant of 2 ticks: v + (c - v) / 2 per tick. It fires only where c exceeds 1.
        Lif,
    }
}

section! {
    /// A layer of spiking neurons that hears an observation as a constant current for some ticks, and leaky outputs, which
    /// are read at the last one (Zheng et al., Biomimetics 2026). It keeps nothing from step to step.
    pub struct TickNetConfig {
        /// Hidden neurons.
        units: u32 = 64, "neurons", Range::whole(1, 64);
        /// Ticks per environment step.
        ticks: u32 = 16, "ticks", Range::whole(1, 32);
        /// Law of the hidden neurons.
        hidden: HiddenNeuron = HiddenNeuron::If, "", Range::Any;
    }
}

choice! {
    /// Law of an evolvable unit, and what it is compared with.
    pub enum UnitCell {
        /// The evolvable neural unit: gates hear memory, own outputs and inputs.
        Enu,
        /// The same without feedback of its outputs.
        Nfenu,
        /// A gated recurrent unit, whose outputs are the first channels of its memory.
        Gru,
        /// Long short-term memory, read out in the same way.
        Lstm,
    }
}

/// Declares a network of evolvable units: its own fields, then those of a unit, whose inputs are a multiple of a
/// number.
macro_rules! unit_network {
    ($(#[doc = $about:literal])+ $Name:ident(inputs: $multiple:literal) { $($own:tt)* }) => {
        section! {
            $(#[doc = $about])+
            pub struct $Name {
                $($own)*
                /// Channels of a unit's memory.
                memory: u32 = 32, "channels", Range::Whole { min: 4, max: 128, multiple: 4 };
                /// Outputs of a unit. Those of Gru and Lstm are channels of memory, which must be as many.
                outputs: u32 = 16, "channels", Range::Whole { min: 4, max: 64, multiple: 4 };
                /// Inputs of a unit.
                inputs: u32 = 16, "channels", Range::Whole { min: $multiple, max: 64, multiple: $multiple };
                /// Law of a unit.
                cell: UnitCell = UnitCell::Enu, "", Range::Any;
                /// Standard deviation of the parameters that a search begins with.
                initial_std: f64 = 0.2, "", Range::POSITIVE;
            }
        }
    };
}

unit_network! {
    /// One evolvable neural unit (Bertens and Lee, 2020), a small gated unit without biases. It hears the observation
    /// as it is on its first inputs; its first outputs are the actions.
    EnuConfig(inputs: 4) {}
}

unit_network! {
    /// A network of evolvable neural units (Bertens and Lee, 2020), one at every synapse and neuron. All synapses share
    /// their parameters, and all neurons theirs. It hears the observation as it is.
    EnuNetworkConfig(inputs: 8) {
        /// Neurons. The last ones, one per action, are outputs; the others are hidden.
        neurons: u32 = 6, "neurons", Range::whole(1, 64);
        /// Synapses of a neuron from sensors.
        sensory: u32 = 2, "synapses", Range::whole(0, 32);
        /// Synapses of a neuron from hidden neurons.
        from_hidden: u32 = 2, "synapses", Range::whole(0, 32);
        /// Synapses of a neuron from output neurons.
        from_outputs: u32 = 2, "synapses", Range::whole(0, 32);
        /// Observations that are rewards, the last ones; all reach a neuron through one synapse. The others are
        /// sensors.
        rewards: u32 = 2, "values", Range::whole(0, 3);
        /// Gives synapses and neurons the same parameters.
        shared: bool = false, "", Range::Any;
        /// Ticks per environment step. An action is the sum of an output neuron's first output over them.
        ticks: u32 = 4, "ticks", Range::whole(1, 64);
        /// Standard deviation of the noise on every output in every tick.
        noise: f64 = 0.05, "", Range::NON_NEGATIVE;
    }
}

variants! {
    /// The controller that is evolved.
    pub enum NetworkConfig {
        /// Recurrent spiking network with 1-bit connections.
        Rsnn(RsnnConfig),
        /// Recurrent spiking network with f32 weights.
        RsnnF32(RsnnF32Config),
        /// Gated recurrent unit.
        Gru(GruConfig),
        /// Long short-term memory.
        Lstm(LstmConfig),
        /// Plain recurrent network of tanh units.
        Rnn(RnnConfig),
        /// One hidden layer of tanh units.
        Mlp(MlpConfig),
        /// Spiking reservoir between an angle and two muscles.
        Reservoir(ReservoirConfig),
        /// One layer of spiking neurons, read after some ticks.
        TickNet(TickNetConfig),
        /// One evolvable neural unit.
        Enu(EnuConfig),
        /// A network with an evolvable neural unit at every synapse and neuron.
        EnuNetwork(EnuNetworkConfig),
    }
}

impl NetworkConfig {
    /// Returns the network's name as it is printed and stored.
    pub fn name(&self) -> &'static str {
        match self {
            NetworkConfig::Rsnn(_) => "rsnn",
            NetworkConfig::RsnnF32(_) => "rsnn_f32",
            NetworkConfig::Gru(_) => "gru",
            NetworkConfig::Lstm(_) => "lstm",
            NetworkConfig::Rnn(_) => "rnn",
            NetworkConfig::Mlp(_) => "mlp",
            NetworkConfig::Reservoir(_) => "reservoir",
            NetworkConfig::TickNet(_) => "tick_net",
            NetworkConfig::Enu(_) => "enu",
            NetworkConfig::EnuNetwork(_) => "enu_network",
        }
    }

    /// Returns the type of the parameters, if the network has such a field.
    pub(super) fn precision(&self) -> Option<Precision> {
        match self {
            NetworkConfig::Rsnn(_)
            | NetworkConfig::RsnnF32(_)
            | NetworkConfig::Reservoir(_)
            | NetworkConfig::TickNet(_)
            | NetworkConfig::Enu(_)
            | NetworkConfig::EnuNetwork(_) => None,
            NetworkConfig::Gru(gru) => Some(gru.weights),
            NetworkConfig::Lstm(lstm) => Some(lstm.weights),
            NetworkConfig::Rnn(rnn) => Some(rnn.weights),
            NetworkConfig::Mlp(mlp) => Some(mlp.weights),
        }
    }

    /// Returns whether the parameters are 1-bit connections.
    pub fn is_one_bit(&self) -> bool {
        matches!(self, NetworkConfig::Rsnn(_)) || self.precision() == Some(Precision::OneBit)
    }

    /// Returns whether the network has two hemispheres, which need a symmetric body.
    pub fn is_bilateral(&self) -> bool {
        match self {
            NetworkConfig::Rsnn(rsnn) => rsnn.bilateral,
            NetworkConfig::RsnnF32(rsnn) => rsnn.bilateral,
            NetworkConfig::Gru(gru) => gru.bilateral,
            NetworkConfig::Lstm(lstm) => lstm.bilateral,
            NetworkConfig::Rnn(rnn) => rnn.bilateral,
            NetworkConfig::Mlp(mlp) => mlp.bilateral,
            NetworkConfig::Reservoir(_)
            | NetworkConfig::TickNet(_)
            | NetworkConfig::Enu(_)
            | NetworkConfig::EnuNetwork(_) => false,
        }
    }

    /// Returns the number of hidden neurons or units.
    pub fn size(&self) -> u32 {
        match self {
            NetworkConfig::Rsnn(rsnn) => rsnn.neurons,
            NetworkConfig::RsnnF32(rsnn) => rsnn.neurons,
            NetworkConfig::Gru(gru) => gru.units,
            NetworkConfig::Lstm(lstm) => lstm.units,
            NetworkConfig::Rnn(rnn) => rnn.units,
            NetworkConfig::Mlp(mlp) => mlp.units,
            NetworkConfig::Reservoir(reservoir) => reservoir.neurons,
            NetworkConfig::TickNet(net) => net.units,
            NetworkConfig::Enu(enu) => enu.memory,
            NetworkConfig::EnuNetwork(net) => net.neurons,
        }
    }

    /// Returns whether the hemispheres would not each have a multiple of 32 neurons.
    pub(super) fn is_cut_badly(&self) -> bool {
        self.is_bilateral() && !self.size().is_multiple_of(64)
    }

    /// Returns memory, outputs, inputs and law of the units of an evolvable network.
    pub(super) fn unit(&self) -> Option<(u32, u32, u32, UnitCell)> {
        match self {
            NetworkConfig::Enu(enu) => Some((enu.memory, enu.outputs, enu.inputs, enu.cell)),
            NetworkConfig::EnuNetwork(net) => Some((net.memory, net.outputs, net.inputs, net.cell)),
            _ => None,
        }
    }

    /// Returns `dt_ms` and `sim_time_ms` of a network that simulates time.
    pub(super) fn times(&self) -> Option<(f64, f64)> {
        match self {
            NetworkConfig::Rsnn(rsnn) => Some((rsnn.dt_ms, rsnn.sim_time_ms)),
            NetworkConfig::RsnnF32(rsnn) => Some((rsnn.dt_ms, rsnn.sim_time_ms)),
            NetworkConfig::Reservoir(reservoir) => Some((reservoir.dt_ms, reservoir.sim_time_ms)),
            _ => None,
        }
    }
}
