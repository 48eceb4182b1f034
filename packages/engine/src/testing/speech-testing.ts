/** Speech for tests: a fake user, noise, and WAV files to listen to. Entry of the package's `./testing` subpath. */
export { decodeWav, encodeWav, type Recording } from '../audio/wav.ts';
export {
  addNoise,
  type NoiseOptions,
  type NoisySpeechOptions,
  pinkNoise,
  seededRandom,
  speechRms,
  whiteNoise,
  withPauses,
} from './noise.ts';
export { synthesizeUserSpeech, USER_VOICES, type UserSpeechOptions } from './user-speech.ts';
