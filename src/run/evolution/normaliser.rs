//! Running mean and standard deviation of the observations, merged on the host in f64 and in member order.

use crate::kernel::{mirror::Image, records::EpisodeRecord};

/// Statistics over all states visited so far, `[d_obs]` each.
#[derive(Debug, Clone, PartialEq)]
pub struct Normaliser {
    /// Number of states seen.
    pub count: f64,
    /// Mean.
    pub mean: Vec<f64>,
    /// Sum of squared deviations from the mean.
    pub m2: Vec<f64>,
    /// Smallest standard deviation used as a divisor.
    pub std_floor: f64,
}

impl Normaliser {
    /// Returns the statistics of no states: mean 0, standard deviation 1.
    pub fn new(d_obs: usize, std_floor: f64) -> Self {
        Self { count: 0.0, mean: vec![0.0; d_obs], m2: vec![0.0; d_obs], std_floor }
    }

    /// Returns the standard deviations; 1 before any state is seen.
    pub fn std(&self) -> Vec<f64> {
        self.m2.iter().map(|m2| if self.count > 0.0 { (m2 / self.count).max(0.0).sqrt() } else { 1.0 }).collect()
    }

    /// Returns the values for the kernels, `[2][d_obs]`: mean and `1 / max(std, floor)`.
    pub fn upload(&self) -> Vec<f32> {
        let mean = self.mean.iter().map(|mean| *mean as f32);
        let inverse = self.std().into_iter().map(|std| (1.0 / std.max(self.std_floor)) as f32);
        mean.chain(inverse).collect()
    }

    /// Merges the sums of one generation (Chan, Golub and LeVeque, 1979).
    ///
    /// - `moments`: `[episodes][2][d_obs]`, sums of `x - mean` and of its square, `mean` as uploaded
    /// - `episodes`: the records of the same episodes; the length of one is the number of states it visited
    pub fn merge(&mut self, moments: &[f32], episodes: &[EpisodeRecord]) {
        let d_obs = self.mean.len();
        let count: f64 = episodes.iter().map(|episode| f64::from(episode.length)).sum();
        if count == 0.0 {
            return;
        }
        for i in 0..d_obs {
            let (mut first, mut second) = (0.0, 0.0);
            for sums in moments.chunks_exact(2 * d_obs).take(episodes.len()) {
                first += f64::from(sums[i]);
                second += f64::from(sums[d_obs + i]);
            }
            let centre = f64::from(self.mean[i] as f32);
            let delta = centre + first / count - self.mean[i];
            let total = self.count + count;
            self.mean[i] += delta * count / total;
            self.m2[i] += (second - first * first / count).max(0.0) + delta * delta * self.count * count / total;
        }
        self.count += count;
    }

    /// Replaces the statistics by those of the same states and their mirror images, so that both are scaled alike
    /// to the last bit.
    pub fn reflect(&mut self, image: &Image) {
        let (mean, m2) = (self.mean.clone(), self.m2.clone());
        for (i, (of, sign)) in image.of.iter().zip(image.signs()).enumerate() {
            let reflected = f64::from(sign) * mean[*of];
            self.mean[i] = (mean[i] + reflected) / 2.0;
            let apart = (mean[i] - reflected) / 2.0;
            self.m2[i] = (m2[i] + m2[*of]) / 2.0 + self.count * apart * apart;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares two generations of two members with the plain mean and standard deviation of all values.
    #[test]
    fn merged_sums_equal_the_statistics_of_all_states() {
        let generations = [[vec![1.0f64, 2.0, 4.0], vec![-3.0]], [vec![10.0, 11.0], vec![12.5, 9.0, 8.0]]];
        let mut normaliser = Normaliser::new(1, 1e-6);
        for members in &generations {
            let centre = f64::from(normaliser.upload()[0]);
            let sum = |power: i32, xs: &Vec<f64>| xs.iter().map(|x| (x - centre).powi(power)).sum::<f64>() as f32;
            let moments: Vec<f32> = members.iter().flat_map(|xs| [sum(1, xs), sum(2, xs)]).collect();
            let episodes = members.each_ref().map(|xs| EpisodeRecord { length: xs.len() as u32, ..Default::default() });
            normaliser.merge(&moments, &episodes);
        }
        let all: Vec<f64> = generations.iter().flatten().flatten().copied().collect();
        let n = all.len() as f64;
        let mean = all.iter().sum::<f64>() / n;
        let std = (all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
        assert!((normaliser.mean[0] - mean).abs() < 1e-5, "mean {} instead of {mean}", normaliser.mean[0]);
        assert!((normaliser.std()[0] - std).abs() < 1e-5, "std {} instead of {std}", normaliser.std()[0]);
    }
}
