import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const sdkModule = (name: string): string =>
  fileURLToPath(new URL(`../../packages/client/src/${name}.ts`, import.meta.url));

export default defineConfig({
  plugins: [react()],
  // The SDK is bundled from its sources, so that the console builds without a compiled workspace.
  resolve: {
    alias: {
      '@prism/client/inspect': sdkModule('inspect'),
      '@prism/client': sdkModule('index'),
    },
  },
  // Relative addresses let a proxy serve the console below a path.
  base: './',
  build: { target: 'es2022', sourcemap: false, assetsInlineLimit: 0, modulePreload: false },
  server: { proxy: { '/v1': 'http://localhost:8080' } },
});
