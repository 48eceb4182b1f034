import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const client = fileURLToPath(new URL('../../packages/client/src/index.ts', import.meta.url));

export default defineConfig({
  plugins: [react()],
  // The SDK is bundled from its sources, so that the console builds without a compiled workspace.
  resolve: { alias: { '@prism/client': client } },
  // Relative addresses let a proxy serve the console below a path.
  base: './',
  build: { target: 'es2022', sourcemap: false, assetsInlineLimit: 0, modulePreload: false },
  server: { proxy: { '/v1': 'http://localhost:8080' } },
});
