// The recogniser's acoustic features, computed as its front end does: 25.6 ms windows each 10 ms, 20 mel bands from 130
// to 3,700 Hz, 13 liftered cepstra (Davis and Mermelstein 1980; the parameters of soundswallower's en-us model).

const RATE_HZ = 16_000;
const FFT_SIZE = 512;
const WINDOW_SAMPLES = 410;
const SHIFT_SAMPLES = 160;
const BAND_COUNT = 20;
const LOWEST_HZ = 130;
const HIGHEST_HZ = 3_700;
const PRE_EMPHASIS = 0.97;
const LIFTER = 22;
const LOG_FLOOR = 1e-4;
const BIN_HZ = RATE_HZ / FFT_SIZE;

/** Cepstra of a frame. */
export const CEPSTRUM_COUNT = 13;
/** Cepstra, their slopes, and the slopes' slopes: what the model's Gaussians are of. */
export const STREAM_COUNT = 3;

const HAMMING = Float64Array.from(
  { length: WINDOW_SAMPLES },
  (_, i) => 0.54 - 0.46 * Math.cos((2 * Math.PI * i) / (WINDOW_SAMPLES - 1)),
);
const COSINES = Array.from({ length: CEPSTRUM_COUNT }, (_, i) =>
  Float64Array.from(
    { length: BAND_COUNT },
    (_value, band) =>
      Math.cos((Math.PI * i * (band + 0.5)) / BAND_COUNT) *
      Math.sqrt((i === 0 ? 1 : 2) / BAND_COUNT) *
      (1 + (LIFTER / 2) * Math.sin((i * Math.PI) / LIFTER)),
  ),
);
const BANDS = melBands();

function melBands() {
  const mel = (hz) => 2595 * Math.log10(1 + hz / 700);
  const hz = (value) => 700 * (10 ** (value / 2595) - 1);
  const width = (mel(HIGHEST_HZ) - mel(LOWEST_HZ)) / (BAND_COUNT + 1);
  const edges = Array.from(
    { length: BAND_COUNT + 2 },
    (_, i) => Math.round(hz(mel(LOWEST_HZ) + i * width) / BIN_HZ) * BIN_HZ,
  );
  return Array.from({ length: BAND_COUNT }, (_, band) => {
    const [low, centre, high] = edges.slice(band, band + 3);
    const bins = [];
    for (let bin = Math.ceil(low / BIN_HZ); bin * BIN_HZ <= high; bin++) {
      const rise = (bin * BIN_HZ - low) / (centre - low);
      const fall = (high - bin * BIN_HZ) / (high - centre);
      const weight = (Math.min(rise, fall) * 2) / (high - low);
      if (weight > 0) bins.push([bin, weight]);
    }
    return bins;
  });
}

/** In place, of a power of two of points. */
function fourier(re, im) {
  const size = re.length;
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [re[i], re[j]] = [re[j], re[i]];
  }
  for (let half = 1; half < size; half <<= 1) {
    for (let k = 0; k < half; k++) {
      const cos = Math.cos((Math.PI * k) / half);
      const sin = -Math.sin((Math.PI * k) / half);
      for (let a = k; a < size; a += 2 * half) {
        const b = a + half;
        const real = re[b] * cos - im[b] * sin;
        const imaginary = re[b] * sin + im[b] * cos;
        re[b] = re[a] - real;
        im[b] = im[a] - imaginary;
        re[a] += real;
        im[a] += imaginary;
      }
    }
  }
}

/** @param samples - Floats in [-1, 1] at 16 kHz. @returns A Float64Array of cepstra for each whole window. */
export function melCepstra(samples) {
  const frames = [];
  for (let start = 0; start + WINDOW_SAMPLES <= samples.length; start += SHIFT_SAMPLES) {
    const re = new Float64Array(FFT_SIZE);
    const im = new Float64Array(FFT_SIZE);
    for (let i = 0; i < WINDOW_SAMPLES; i++) {
      const before = start + i > 0 ? samples[start + i - 1] : 0;
      re[i] = (samples[start + i] - PRE_EMPHASIS * before) * 32_768 * HAMMING[i];
    }
    fourier(re, im);
    const logs = BANDS.map((bins) => {
      const power = bins.reduce((sum, [bin, w]) => sum + w * (re[bin] ** 2 + im[bin] ** 2), 0);
      return Math.log(power + LOG_FLOOR);
    });
    frames.push(
      Float64Array.from(COSINES, (cosines) =>
        cosines.reduce((sum, cosine, band) => sum + cosine * logs[band], 0),
      ),
    );
  }
  return frames;
}

/** The features of each frame: cepstra without their mean, slopes over 4 frames, and the slopes' slopes. */
export function features(cepstra, mean) {
  const at = (frame) => cepstra[Math.max(0, Math.min(cepstra.length - 1, frame))];
  return cepstra.map((own, t) => {
    const out = new Float64Array(STREAM_COUNT * CEPSTRUM_COUNT);
    for (let i = 0; i < CEPSTRUM_COUNT; i++) {
      out[i] = own[i] - mean[i];
      out[CEPSTRUM_COUNT + i] = at(t + 2)[i] - at(t - 2)[i];
      out[2 * CEPSTRUM_COUNT + i] = at(t + 3)[i] - at(t - 1)[i] - (at(t + 1)[i] - at(t - 3)[i]);
    }
    return out;
  });
}
