// One measurement of bench/srtp/run.mjs: subject, profile, direction, packets, bytes of payload. Sends the CPU and the
// heap of a packet to its parent.
import { createCipheriv, createDecipheriv, createHmac, createSecretKey } from 'node:crypto';
import { SRTP_PROFILES } from '@prism/protocol';
import { SrtpReceiver, SrtpSender } from '@prism/server/internal';

const HEADER_BYTES = 12;
const GCM_TAG_BYTES = 16;
const CM_TAG_BYTES = 10;

const [subject, profile, direction, packetsText, payloadText] = process.argv.slice(2);
const packetCount = Number(packetsText);
const payloadBytes = Number(payloadText);

const { keyBytes, saltBytes } = SRTP_PROFILES[profile];
const keys = { key: new Uint8Array(keyBytes).fill(1), salt: new Uint8Array(saltBytes).fill(2) };

/** The packet with that index, in the same bytes each time, as a sender has it. */
const packet = Buffer.alloc(HEADER_BYTES + payloadBytes, 7);
packet.writeUInt16BE(0x806f, 0);
packet.writeUInt32BE(0xfedc_ba98, 8);
function packetOf(index) {
  packet[2] = index >>> 8;
  packet[3] = index;
  return packet;
}

/** Prism's own: what each packet costs. */
function prismOut() {
  const sender = new SrtpSender(profile, keys);
  return (index) => {
    if (sender.protect(packetOf(index)) === undefined) throw new Error('Not protected.');
  };
}

function prismIn(count) {
  const sender = new SrtpSender(profile, keys);
  const receiver = new SrtpReceiver(profile, keys);
  const sealed = Array.from({ length: count }, (_, index) =>
    Buffer.from(sender.protect(packetOf(index))),
  );
  return (index) => {
    if (receiver.unprotect(sealed[index]) === undefined) throw new Error('Not opened.');
  };
}

/** Nothing but Node's crypto, called for each packet as its documentation has it; IV and views are made before. */
function plainGcm() {
  const algorithm = `aes-${keyBytes * 8}-gcm`;
  const key = createSecretKey(keys.key);
  const iv = new Uint8Array(12).fill(3);
  const header = packet.subarray(0, HEADER_BYTES);
  const body = packet.subarray(HEADER_BYTES);
  const seal = () => {
    const cipher = createCipheriv(algorithm, key, iv);
    cipher.setAAD(header);
    const sealed = cipher.update(body);
    cipher.final();
    return { sealed, tag: cipher.getAuthTag() };
  };
  const { sealed, tag } = seal();
  if (tag.length !== GCM_TAG_BYTES) throw new Error('Another tag.');
  const open = () => {
    const decipher = createDecipheriv(algorithm, key, iv);
    decipher.setAAD(header);
    decipher.setAuthTag(tag);
    decipher.update(sealed);
    decipher.final();
  };
  return direction === 'out' ? seal : open;
}

function plainCm() {
  const key = createSecretKey(keys.key);
  const macKey = createSecretKey(new Uint8Array(20).fill(4));
  const iv = new Uint8Array(16).fill(3);
  const body = packet.subarray(HEADER_BYTES);
  const roc = new Uint8Array(4);
  return () => {
    createCipheriv('aes-128-ctr', key, iv).update(body);
    const tag = createHmac('sha1', macKey).update(packet).update(roc).digest();
    if (tag.length < CM_TAG_BYTES) throw new Error('Another tag.');
  };
}

function subjectFor(count) {
  if (subject === 'Prism') return direction === 'out' ? prismOut() : prismIn(count);
  return profile === 'aes128_cm_sha1_80' ? plainCm() : plainGcm();
}

const WARM_UP_COUNT = 20_000;
const HEAP_COUNT = 5_000;
const run = subjectFor(WARM_UP_COUNT + HEAP_COUNT + packetCount);
let next = 0;
function runFor(count) {
  for (const end = next + count; next < end; next += 1) run(next);
}
runFor(WARM_UP_COUNT);
globalThis.gc();
globalThis.gc();
const heapBefore = process.memoryUsage().heapUsed;
runFor(HEAP_COUNT);
const heapBytes = (process.memoryUsage().heapUsed - heapBefore) / HEAP_COUNT;
const cpuBefore = process.cpuUsage();
runFor(packetCount);
const { user, system } = process.cpuUsage(cpuBefore);
process.send({ cpuNs: ((user + system) * 1_000) / packetCount, heapBytes });
