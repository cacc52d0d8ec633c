//! Published peaks of GPUs on which this program has not run.

/// A GPU, at the clock for which its maker states the peak.
pub struct Machine {
    /// Name.
    pub name: &'static str,
    /// f32 operations per second, a multiply-add counted as two.
    pub f32: f64,
    /// 32-bit integer operations per second.
    pub integer: f64,
    /// 32-bit population counts per second.
    pub popcount: f64,
    /// Memory bandwidth, bytes per second.
    pub bandwidth: f64,
    /// Number of f32 lanes.
    pub lanes: f64,
    /// Source of the numbers.
    pub source: &'static str,
}

/// GPUs for which the estimate is made.
pub const MACHINES: [Machine; 5] = [
    Machine {
        name: "TITAN RTX",
        f32: 16.3e12,
        integer: 8.15e12,
        popcount: 2.04e12,
        bandwidth: 672e9,
        lanes: 4608.0,
        source: "NVIDIA Turing GPU Architecture whitepaper (16.3 TFLOPS, 672 GB/s; 64 f32 and 64 integer lanes a multiprocessor)",
    },
    Machine {
        name: "RTX 4090",
        f32: 82.6e12,
        integer: 20.6e12,
        popcount: 5.2e12,
        bandwidth: 1008e9,
        lanes: 16384.0,
        source: "NVIDIA Ada GPU Architecture whitepaper (82.6 TFLOPS, 1008 GB/s; half of the lanes take integers)",
    },
    Machine {
        name: "H100 SXM",
        f32: 66.9e12,
        integer: 16.7e12,
        popcount: 4.2e12,
        bandwidth: 3352e9,
        lanes: 16896.0,
        source: "NVIDIA H100 Tensor Core GPU Architecture whitepaper (66.9 TFLOPS, 3352 GB/s; half of the lanes take integers)",
    },
    Machine {
        name: "RX 7900 XTX",
        f32: 61.4e12,
        integer: 15.4e12,
        popcount: 15.4e12,
        bandwidth: 960e9,
        lanes: 6144.0,
        source: "AMD product page (61.4 TFLOPS with dual issue, 960 GB/s; integers at one a lane and cycle, RDNA3 ISA guide)",
    },
    Machine {
        name: "M3 Max (40 cores)",
        f32: 14.1e12,
        integer: 7.05e12,
        popcount: 1.76e12,
        bandwidth: 400e9,
        lanes: 5120.0,
        source: "Apple's technical specifications for cores and 400 GB/s; Apple publishes no arithmetic peak: 128 lanes a core at 1.38 GHz, integers at one a lane and cycle and popcount at a quarter are assumptions",
    },
];

/// Source of NVIDIA's integer rates: the table of arithmetic throughput in the CUDA C++ Programming Guide gives 64
/// 32-bit integer additions or logical operations and 16 population counts per multiprocessor and cycle.
pub const NVIDIA_INTEGERS: &str = "CUDA C++ Programming Guide, throughput of native arithmetic instructions: 64 integer operations and 16 population counts \
     a multiprocessor and cycle";
