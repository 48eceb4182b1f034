// The packages that others install, and what each of them may weigh.

/**
 * `{ folder, gzipBytesMax, external }`: the workspace folder below `packages/`, the limit of its code, minified and
 * gzipped, what of it is somebody else's and not counted, and `parts` of which people want to know what they weigh
 * alone. `subpaths` are entries besides the main one, `@prism/client/inspect` from `src/inspect.ts`, each with a
 * limit of its own: who imports the main entry loads nothing of them. Limits are in bytes: 25 kB are 25,000.
 */
export const PUBLISHED_PACKAGES = [
  {
    folder: 'client',
    gzipBytesMax: 25_000,
    external: [],
    parts: ['PrismSession'],
    subpaths: [{ name: 'inspect', gzipBytesMax: 1_200 }],
  },
  { folder: 'react', gzipBytesMax: 4_000, external: ['@prism/client', 'react'] },
];
