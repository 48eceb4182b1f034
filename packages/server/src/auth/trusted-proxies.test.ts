import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { TrustedProxies } from './trusted-proxies.ts';

const PROXIES = new TrustedProxies(['10.0.0.0/8', '192.0.2.7', '2001:db8:1::/48']);
const CLIENT = '203.0.113.9';

function connection(
  headers: IncomingHttpHeaders,
  remoteAddress = '10.1.1.1',
): ReturnType<TrustedProxies['connectionOf']> {
  return PROXIES.connectionOf({ headers, remoteAddress, isTls: false });
}

suite('trusted proxies', () => {
  test('[ACC3] the client is the first from the nearest on that is no trusted proxy', () => {
    for (const headers of [
      { 'x-forwarded-for': CLIENT },
      { 'x-forwarded-for': `198.51.100.1, ${CLIENT}` },
      { 'x-forwarded-for': `10.9.9.9,${CLIENT} , 192.0.2.7,10.2.2.2` },
      { 'x-forwarded-for': `${CLIENT}:4711` },
      { forwarded: `for=${CLIENT}` },
      { forwarded: `for=10.9.9.9, For="${CLIENT}:80";proto=http;by=10.1.1.1` },
      { forwarded: `by=10.0.0.1;for=${CLIENT}`, 'x-forwarded-for': '198.51.100.1' },
    ]) {
      const { countedAddress, clientAddress, isForwarded } = connection(headers);
      assert.deepEqual(
        [countedAddress, clientAddress, isForwarded],
        [CLIENT, CLIENT, true],
        JSON.stringify(headers),
      );
    }
    assert.equal(
      connection({ 'x-forwarded-for': CLIENT }, '::ffff:10.1.1.1').clientAddress,
      CLIENT,
    );
    assert.equal(connection({ 'x-forwarded-for': CLIENT }, '2001:db8:1::5').clientAddress, CLIENT);
  });

  test('[ACC3] a proxy that is not trusted is the client, whatever it forwards', () => {
    for (const remoteAddress of ['192.0.2.8', '203.0.113.1', '11.0.0.1']) {
      const headers = { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' };
      const { countedAddress, clientAddress, isSecure } = connection(headers, remoteAddress);
      assert.deepEqual(
        [countedAddress, clientAddress, isSecure],
        [remoteAddress, undefined, false],
      );
    }
    const none = new TrustedProxies([]);
    const seen = none.connectionOf({ headers: {}, remoteAddress: CLIENT, isTls: true });
    assert.deepEqual(seen, {
      countedAddress: CLIENT,
      clientAddress: CLIENT,
      isSecure: true,
      isForwarded: false,
    });
  });

  test('[ACC3] a hop that is no address hides the client, and the proxy is counted', () => {
    for (const hop of ['unknown', '_hidden', '', 'a.b', '999.1.1.1']) {
      const seen = connection({ 'x-forwarded-for': `${CLIENT}, ${hop}` });
      assert.deepEqual([seen.countedAddress, seen.clientAddress], ['10.1.1.1', undefined], hop);
    }
  });

  test('[ACC3] IPv6 addresses of one network of 64 bits count as one', () => {
    const counted = (address: string): string | undefined =>
      connection({ forwarded: `for="[${address}]:1"` }).countedAddress;
    assert.equal(counted('2001:db8:2:3::1'), counted('2001:DB8:2:3:ffff::9'));
    assert.notEqual(counted('2001:db8:2:3::1'), counted('2001:db8:2:4::1'));
    assert.equal(connection({}, '::ffff:203.0.113.9').countedAddress, CLIENT);
  });

  test('[ACC2] whether the client speaks TLS is the nearest trusted proxy’s word', () => {
    const isSecure = (headers: IncomingHttpHeaders): boolean =>
      connection({ 'x-forwarded-for': CLIENT, ...headers }).isSecure;
    assert.ok(isSecure({ 'x-forwarded-proto': 'https' }));
    assert.ok(isSecure({ 'x-forwarded-proto': 'http, https' }));
    assert.ok(isSecure({ forwarded: `for=${CLIENT};proto=https` }));
    assert.ok(!isSecure({ 'x-forwarded-proto': 'https, http' }));
    assert.ok(!isSecure({}));
  });

  test('[ACC3] whatever is forwarded, an address comes out, and never one that only a client said', () => {
    const part = fc.constantFrom(
      'for=',
      '"',
      '[',
      ']',
      ';',
      ',',
      ':',
      '10.0.0.1',
      CLIENT,
      'proto=',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        const text = parts.join('');
        for (const headers of [{ forwarded: text }, { 'x-forwarded-for': text }]) {
          assert.ok(connection(headers).countedAddress !== undefined);
          assert.equal(connection(headers, '203.0.113.1').countedAddress, '203.0.113.1');
        }
      }),
      { seed: 3, numRuns: 2_000 },
    );
  });
});
