import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A decoder of the soundswallower package, with the one undocumented field that is needed. */
export interface SoundswallowerDecoder {
  /** Pointer to the C decoder. */
  readonly cdecoder: number;
  /** Pointer to its acoustic model, once initialised. */
  readonly cacmod: number;
  initialize(): Promise<void>;
  set_config(name: string, value: boolean): void;
  delete(): void;
  start(): void;
  stop(): void;
  /** @param pcm - Floats in [-1, 1] at 16 kHz. */
  process_audio(pcm: Float32Array, noSearch: boolean, fullUtterance: boolean): number;
  get_text(): string;
}

/** The soundswallower module: PocketSphinx in WebAssembly, and the C functions used beside its JavaScript classes. */
export interface SoundswallowerModule {
  readonly Decoder: new (config: Readonly<Record<string, unknown>>) => SoundswallowerDecoder;
  readonly HEAP32: Int32Array;
  readonly HEAPU8: Uint8Array;
  _malloc(sizeBytes: number): number;
  _free(pointer: number): void;
  _decoder_seg_iter(decoder: number): number;
  _seg_iter_next(segment: number): number;
  _decoder_add_word(decoder: number, word: number, phones: number, update: number): number;
  _decoder_init_fe(decoder: number): number;
  _decoder_init_feat_s3file(decoder: number, lda: number): number;
  _acmod_reinit_feat(acmod: number, fe: number, fcb: number): number;
  _decoder_logmath(decoder: number): number;
  _fsg_model_init(name: number, logmath: number, weight: number, stateCount: number): number;
  _fsg_model_word_add(fsg: number, word: number): number;
  _fsg_model_trans_add(fsg: number, from: number, to: number, logp: number, word: number): void;
  _fsg_model_null_trans_add(fsg: number, from: number, to: number, logp: number): number;
  _fsg_set_states(fsg: number, start: number, final: number): void;
  _decoder_set_fsg(decoder: number, fsg: number): number;
}

/** The loaded module with the place of its American English model. */
export interface Soundswallower {
  readonly module: SoundswallowerModule;
  readonly modelDirectory: string;
}

const USED_FUNCTIONS = [
  'Decoder',
  '_malloc',
  '_free',
  '_decoder_seg_iter',
  '_seg_iter_next',
  '_decoder_add_word',
  '_decoder_init_fe',
  '_decoder_init_feat_s3file',
  '_acmod_reinit_feat',
  '_decoder_logmath',
  '_fsg_model_init',
  '_fsg_model_word_add',
  '_fsg_model_trans_add',
  '_fsg_model_null_trans_add',
  '_fsg_set_states',
  '_decoder_set_fsg',
] as const;

/**
 * Loads the recogniser. It installs an `uncaughtException` handler that throws, so this belongs in a worker thread.
 *
 * @throws Error if the installed package isn't the version this code knows.
 */
export async function loadSoundswallower(): Promise<Soundswallower> {
  const packageDirectory = dirname(fileURLToPath(import.meta.resolve('soundswallower')));
  const imported: { readonly default: unknown } = await import('soundswallower');
  if (!isFactory(imported.default)) throw new Error('soundswallower exports no module factory');
  const modelBase = `${packageDirectory}/model/`;
  const module: unknown = await imported.default({
    modelBase,
    defaultModel: 'en-us',
    print: () => undefined,
    printErr: () => undefined,
  });
  if (!isModule(module)) throw new Error('soundswallower lacks functions that are used here');
  return { module, modelDirectory: `${modelBase}en-us` };
}

function isFactory(value: unknown): value is (options: object) => Promise<unknown> {
  return typeof value === 'function';
}

function isModule(value: unknown): value is SoundswallowerModule {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return (
    USED_FUNCTIONS.every((name) => typeof fields.get(name) === 'function') &&
    fields.get('HEAP32') instanceof Int32Array
  );
}
