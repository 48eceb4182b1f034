// A relay of nothing but the WebSocket library, beside which bench/relay/run.mjs shows what Prism's own work costs.
// Takes the upstream's base URL, listens on a free port and tells it over IPC.
import { createServer } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';

const [upstreamUrl] = process.argv.slice(2);
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (client) => {
  const upstream = new WebSocket(`${upstreamUrl}/realtime?model=bench`, {
    perMessageDeflate: false,
  });
  const relay = (to) => (data) => {
    if (to.readyState === WebSocket.OPEN) to.send(data, { binary: false });
  };
  client.on('message', relay(upstream));
  upstream.on('message', relay(client));
  client.on('close', () => upstream.close());
  upstream.on('close', () => client.close());
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
