// What goes over the network while a call is set up, for bench/setup.
import { kindOf } from '../../test/dist/harness/network/packet-kind.js';

/** Datagrams that are noted of one call. */
const FLIGHTS_MAX = 60;

const HANDSHAKE_TYPES = new Map([
  [1, 'ClientHello'],
  [2, 'ServerHello'],
  [3, 'HelloVerifyRequest'],
  [4, 'NewSessionTicket'],
  [11, 'Certificate'],
  [12, 'ServerKeyExchange'],
  [13, 'CertificateRequest'],
  [14, 'ServerHelloDone'],
  [15, 'CertificateVerify'],
  [16, 'ClientKeyExchange'],
]);

/** What one datagram is, DTLS by the records and messages in it (RFC 6347, section 4.1; RFC 5246, section 7.4). */
function nameOf(bytes) {
  const kind = kindOf(bytes);
  if (kind === 'stun') return bytes[0] === 0 ? 'check' : 'answer to a check';
  if (kind !== 'dtls') return kind.toUpperCase();
  const records = [];
  for (let at = 0; at + 13 < bytes.length; at += 13 + bytes.readUInt16BE(at + 11)) {
    const [type, epoch] = [bytes[at], bytes.readUInt16BE(at + 3)];
    if (type === 22) records.push(epoch === 0 ? HANDSHAKE_TYPES.get(bytes[at + 13]) : 'Finished');
    else
      records.push({ 20: 'ChangeCipherSpec', 21: 'alert', 23: 'SCTP' }[type] ?? `record ${type}`);
  }
  return [...new Set(records)].join(', ');
}

/** Notes a call's datagrams as they pass, with the times at both ends of the network, in milliseconds since 1970. */
export class Flights {
  #noted = [];
  #enteredMs = new WeakMap();
  /** How much later than it should the network let datagrams go. */
  latenessMs = [];
  checkLeftAt;
  rtpLeftAt;
  rtpArrivedAt;
  #oneWayMs;

  constructor(oneWayMs) {
    this.#oneWayMs = oneWayMs;
  }

  entered(way, bytes, atMs) {
    this.#enteredMs.set(bytes, atMs);
    if (way !== 'up') return;
    const at = performance.timeOrigin + atMs;
    if (kindOf(bytes) === 'stun') this.checkLeftAt ??= at;
    if (kindOf(bytes) === 'rtp') this.rtpLeftAt ??= at;
  }

  left(way, bytes, atMs) {
    this.latenessMs.push(atMs - this.#enteredMs.get(bytes) - this.#oneWayMs);
    const at = performance.timeOrigin + atMs;
    if (this.#noted.length < FLIGHTS_MAX) this.#noted.push({ way, name: nameOf(bytes), at });
    if (way === 'up' && kindOf(bytes) === 'rtp') this.rtpArrivedAt ??= at;
  }

  /** Like datagrams in a row are one line. */
  print(startAt, rttMs) {
    let last = '';
    for (const { way, name, at } of this.#noted) {
      const line = `${way === 'up' ? 'client -> server' : 'server -> client'}  ${name}`;
      const time =
        rttMs === 0 ? `${(at - startAt).toFixed(0)} ms` : ((at - startAt) / rttMs).toFixed(2);
      if (line !== last) console.log(`    ${time.padStart(6)}  ${line}`);
      last = line;
    }
  }
}
