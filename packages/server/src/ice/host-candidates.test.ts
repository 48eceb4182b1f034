import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type AddressRules, hostCandidates } from './host-candidates.ts';

const INTERFACES = {
  lo: [
    { address: '127.0.0.1', internal: true },
    { address: '::1', internal: true },
  ],
  eth0: [
    { address: '192.0.2.2', internal: false },
    { address: '2001:db8::2', internal: false },
    { address: 'fe80::2', internal: false },
  ],
  docker0: [{ address: '172.17.0.1', internal: false }],
};
const RULES: AddressRules = {
  publicAddresses: [],
  interfaces: [],
  networks: [],
  bindAddress: undefined,
};

function told(rules: Partial<AddressRules>, clientAddress?: string): readonly string[] {
  return hostCandidates({ addresses: { ...RULES, ...rules }, clientAddress }, () => INTERFACES);
}

suite('host candidates', () => {
  test('[ICE3] all addresses of the interfaces, IPv4 and IPv6, but no link-local ones', () => {
    assert.deepEqual(told({}), ['192.0.2.2', '2001:db8::2', '172.17.0.1']);
  });

  test('[ICE3] loopback for a client on this machine, last, and where there is nothing else', () => {
    assert.deepEqual(told({}, '::ffff:127.0.0.1').slice(-2), ['127.0.0.1', '::1']);
    assert.ok(!told({}, '192.0.2.9').includes('127.0.0.1'));
    const lonely = hostCandidates({ addresses: RULES, clientAddress: undefined }, () => ({
      lo: INTERFACES.lo,
    }));
    assert.deepEqual(lonely, ['127.0.0.1', '::1']);
  });

  test('[ICE2] public addresses take the place of the interfaces’, auto adds these', () => {
    assert.deepEqual(told({ publicAddresses: ['203.0.113.7'] }, '127.0.0.1'), ['203.0.113.7']);
    assert.deepEqual(told({ publicAddresses: ['203.0.113.7', 'auto'], interfaces: ['docker0'] }), [
      '203.0.113.7',
      '172.17.0.1',
    ]);
  });

  test('[ICE3] interfaces and networks that are named are the only ones', () => {
    assert.deepEqual(told({ interfaces: ['docker0'] }), ['172.17.0.1']);
    assert.deepEqual(told({ networks: ['192.0.2.0/24', '2001:db8::/32'] }), [
      '192.0.2.2',
      '2001:db8::2',
    ]);
    assert.deepEqual(told({ networks: ['172.17.0.1'] }), ['172.17.0.1']);
  });

  test('[ICE3] a bound port is reached at its address alone, a wildcard is every address', () => {
    assert.deepEqual(told({ bindAddress: '192.0.2.2' }), ['192.0.2.2']);
    assert.deepEqual(told({ bindAddress: '0.0.0.0' }), told({}));
  });
});
