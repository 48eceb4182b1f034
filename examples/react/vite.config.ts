import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  // Prism on this machine, as `npm start` of a checkout serves it; the WebSocket too, for where WebRTC can't get through.
  server: { proxy: { '/v1': { target: 'http://localhost:8080', ws: true } } },
});
