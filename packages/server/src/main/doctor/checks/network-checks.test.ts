import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { answered, find, httpAnswer, refused, settingsOf } from '../testing/fake-environment.ts';
import { addressesCheck, publicIpCheck, reachOf } from './addresses.ts';
import { httpPortCheck, mediaTcpCheck, mediaUdpCheck } from './ports.ts';

const settings = settingsOf();
const served = { PRISM_HOST: '0.0.0.0' };

function interfaces(...addresses: readonly string[]) {
  return {
    readInterfaces: () => ({ eth0: addresses.map((address) => ({ address, internal: false })) }),
  };
}

suite('checks of ports', () => {
  test('[DOC8] free ports are told with who reaches them', async () => {
    assert.match(
      (await find(httpPortCheck(settings))).seen,
      /^TCP 8080 on localhost is free; this machine alone$/,
    );
    assert.match((await find(httpPortCheck(settingsOf(served)))).seen, /other machines too$/);
    assert.match(
      (await find(mediaUdpCheck(settings))).seen,
      /^UDP 3478 on every interface is free; the kernel keeps 8192 KiB$/,
    );
    assert.match(
      (await find(mediaTcpCheck(settings))).seen,
      /^TCP 3478 on every interface is free$/,
    );
    assert.equal(
      (await find(mediaTcpCheck(settingsOf({ PRISM_MEDIA_TCP: 'false' })))).state,
      'skipped',
    );
  });

  test('[DOC8] a port fails with the reason and the setting to change', async () => {
    const advices: readonly (readonly [string, RegExp])[] = [
      ['EADDRINUSE', /Stop that program.*set PRISM_MEDIA_PORT/],
      ['EACCES', /above 1023/],
      ['EADDRNOTAVAIL', /Set PRISM_MEDIA_BIND to an address of this machine/],
      ['EIO', /Check PRISM_MEDIA_PORT/],
    ];
    for (const [code, advice] of advices) {
      const udp = await find(mediaUdpCheck(settings), { tryMediaUdp: async () => refused(code) });
      const tcp = await find(mediaTcpCheck(settings), { tryMediaTcp: async () => refused(code) });
      for (const finding of [udp, tcp]) {
        assert.equal(finding.state, 'fail');
        assert.match(finding.advice ?? '', advice);
      }
    }
    const bound = mediaUdpCheck(settingsOf({ PRISM_MEDIA_BIND: '192.0.2.9' }));
    const foreign = await find(bound, { tryMediaUdp: async () => refused('EADDRNOTAVAIL') });
    assert.match(foreign.seen, /^UDP 3478 on 192\.0\.2\.9: this machine has no such address$/);
  });

  test('[DOC8] a Prism that runs already is told from another program', async () => {
    const tryHttpPort = async () => refused('EADDRINUSE');
    const other = await find(httpPortCheck(settings), { tryHttpPort });
    assert.match(other.seen, /taken by another program/);
    const request = async () => httpAnswer({ body: '{"status":"ready","reasons":[]}' });
    const prism = await find(httpPortCheck(settings), { tryHttpPort, request });
    assert.match(prism.seen, /a Prism runs there already/);
    assert.match(prism.advice ?? '', /prism doctor --url http:\/\/localhost:8080\./);
  });

  test('[DOC8] with several workers the port of each is tried', async () => {
    const workers = settingsOf({ PRISM_WORKERS: '3' });
    assert.match((await find(mediaTcpCheck(workers))).seen, /^TCP 3478 to 3480 on .* free/);
    const tryMediaUdp = async ({ port }: { readonly port: number }) =>
      port === 3_479 ? refused('EADDRINUSE') : answered({ receiveBufferBytes: 8_388_608 });
    const taken = await find(mediaUdpCheck(workers), { tryMediaUdp });
    assert.match(taken.seen, /^UDP 3479 on .* taken by another program/);
  });

  test('[DOC8] a receive buffer is judged by the sessions allowed', async () => {
    const tryMediaUdp = async () => answered({ receiveBufferBytes: 425_984 });
    const many = await find(mediaUdpCheck(settings), { tryMediaUdp });
    assert.equal(many.state, 'warn');
    assert.match(many.seen, /416 KiB, 41 ms of what 200 sessions send/);
    assert.match(many.advice ?? '', /rmem_max/);
    const few = await find(mediaUdpCheck(settingsOf({ PRISM_MAX_SESSIONS: '50' })), {
      tryMediaUdp,
    });
    assert.equal(few.state, 'ok');
  });
});

suite('checks of addresses', () => {
  test('[DOC9] who reaches an address is known by its block', () => {
    const known: readonly (readonly [string, ReturnType<typeof reachOf>])[] = [
      ['93.184.215.14', 'public'],
      ['2606:2800:21f::1', 'public'],
      ['10.1.2.3', 'private'],
      ['172.31.0.1', 'private'],
      ['172.32.0.1', 'public'],
      ['192.168.1.2', 'private'],
      ['fd00::2', 'private'],
      ['100.64.0.1', 'shared'],
      ['100.128.0.1', 'public'],
      ['127.0.0.1', 'loopback'],
      ['::1', 'loopback'],
      ['169.254.1.1', 'link-local'],
      ['fe80::1', 'link-local'],
      ['203.0.113.7', 'example'],
      ['2001:db8::1', 'example'],
      ['0.0.0.0', 'nowhere'],
      ['::', 'nowhere'],
      ['224.0.0.1', 'nowhere'],
      ['ff02::1', 'nowhere'],
      ['no address', 'nowhere'],
    ];
    for (const [address, reach] of known) assert.equal(reachOf(address), reach, address);
  });

  test('[DOC9] what clients are told is listed, and judged by who is served', async () => {
    const look = (env: Record<string, string>, address: string, isContainer = false) =>
      find(addressesCheck(settingsOf(env)), {
        ...interfaces(address),
        isContainer: () => isContainer,
      });
    const open = await look(served, '93.184.215.14');
    assert.deepEqual([open.state, open.seen], ['ok', 'clients are told 93.184.215.14 (public)']);
    const inside = await look(served, '10.0.0.5');
    assert.equal(inside.state, 'warn');
    assert.match(inside.advice ?? '', /outside this network.*PRISM_PUBLIC_IP/);
    const contained = await look(served, '172.17.0.2', true);
    assert.match(contained.seen, /inside a container$/);
    assert.match(contained.advice ?? '', /Publish the media port/);
    assert.equal((await look(served, '127.0.0.1')).state, 'warn');
    assert.equal((await look({}, '10.0.0.5')).state, 'ok');
    const mapped = { ...served, PRISM_PUBLIC_IP: '10.9.9.9' };
    assert.equal((await look(mapped, '172.17.0.2', true)).state, 'ok');
  });

  test('[DOC9] no address fails, and more than an answer takes is warned of', async () => {
    const none = addressesCheck(settingsOf({ ...served, PRISM_MEDIA_NETWORKS: '198.51.100.0/24' }));
    assert.equal((await find(none)).state, 'fail');
    const many = Array.from({ length: 9 }, (_, index) => `93.184.215.${index + 1}`);
    const crowded = await find(addressesCheck(settings), interfaces(...many));
    assert.equal(crowded.state, 'warn');
    assert.match(crowded.advice ?? '', /room for 16 candidates/);
    const withoutTcp = addressesCheck(settingsOf({ PRISM_MEDIA_TCP: 'false' }));
    assert.equal((await find(withoutTcp, interfaces(...many))).state, 'ok');
  });

  test('[DOC10] PRISM_PUBLIC_IP is judged by who can reach it', async () => {
    const stateOf = async (address: string, env: Record<string, string> = served) =>
      (await find(publicIpCheck(settingsOf({ ...env, PRISM_PUBLIC_IP: address })))).state;
    assert.equal((await find(publicIpCheck(settings))).state, 'skipped');
    assert.equal(await stateOf('auto'), 'skipped');
    assert.equal(await stateOf('93.184.215.14'), 'ok');
    assert.equal(await stateOf('10.0.0.1'), 'ok');
    assert.equal(await stateOf('100.64.0.1'), 'warn');
    assert.equal(await stateOf('127.0.0.1'), 'warn');
    assert.equal(await stateOf('127.0.0.1', {}), 'ok');
    assert.equal(await stateOf('203.0.113.7'), 'fail');
    assert.equal(await stateOf('169.254.1.1'), 'fail');
    assert.equal(await stateOf('93.184.215.14,0.0.0.0'), 'fail');
    const foreign = publicIpCheck(settingsOf({ PRISM_PUBLIC_IP: '93.184.215.99' }));
    assert.match((await find(foreign)).seen, /not this machine's own/);
  });
});
