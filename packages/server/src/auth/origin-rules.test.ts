import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isOriginAllowed, isSerialisedOrigin, refuseOrigin } from './origin-rules.ts';

const RULES = {
  allowedOrigins: ['https://app.example', 'https://other.example:8443', 'null'],
  isLoopbackOnly: false,
};

function isAllowed(origin: string, host = 'prism.example', isSecure = false): boolean {
  return isOriginAllowed({ origin, host, isSecure }, RULES);
}

suite('origins', () => {
  test('[ACC2] a listed origin is allowed as it stands, and in no other form', () => {
    assert.ok(isAllowed('https://app.example'));
    assert.ok(isAllowed('https://other.example:8443'));
    for (const origin of [
      'null',
      '',
      'HTTPS://app.example',
      'https://APP.example',
      'https://app.example/',
      'https://app.example:443',
      'https://app.example:8443',
      'https://other.example',
      'http://app.example',
      'https://app.example.evil.example',
      'https://sub.app.example',
      'https://app.example@evil.example',
      'https://app.example, https://evil.example',
      'https://app.example https://evil.example',
      'file://',
    ])
      assert.ok(!isAllowed(origin), origin);
  });

  test("[ACC2] a page of Prism's own scheme, host and port is its own", () => {
    assert.ok(isAllowed('http://prism.example:8080', 'prism.example:8080'));
    assert.ok(isAllowed('http://prism.example', 'Prism.Example'));
    assert.ok(isAllowed('http://prism.example', 'prism.example:80'));
    assert.ok(isAllowed('https://prism.example', 'prism.example:443', true));
    assert.ok(isAllowed('https://prism.example', 'prism.example', true));
    assert.ok(isAllowed('http://[::1]:8080', '[::1]:8080'));
    // By TLS from a server without it: a proxy ends it.
    assert.ok(isAllowed('https://prism.example', 'prism.example'));
    for (const [origin, host, isSecure] of [
      ['http://prism.example', 'prism.example', true],
      ['http://prism.example:8080', 'prism.example', false],
      ['http://prism.example', 'prism.example:8080', false],
      ['HTTP://prism.example', 'prism.example', false],
      ['http://Prism.example', 'prism.example', false],
      ['http://prism.example:80', 'prism.example:80', false],
      ['http://prism.example/', 'prism.example', false],
      ['ftp://prism.example', 'prism.example', false],
      ['null', 'null', false],
    ] as const)
      assert.ok(!isAllowed(origin, host, isSecure), `${origin} at ${host}`);
  });

  test('[HTP4] on loopback another host name is refused, with and without an origin', () => {
    const rules = { allowedOrigins: [], isLoopbackOnly: true };
    const code = (host: string | undefined, origin?: string): string | undefined =>
      refuseOrigin({ origin, host, isSecure: false }, rules)?.code;
    for (const host of ['localhost', 'LOCALHOST:8080', '127.0.0.1:1', '[::1]:8080'])
      assert.equal(code(host), undefined, host);
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '',
      undefined,
    ])
      assert.equal(code(host), 'origin_not_allowed', String(host));
    assert.equal(code('evil.example', 'http://evil.example'), 'origin_not_allowed');
  });

  test('[SCR15] an origin in a setting or a secret is one that browsers write', () => {
    for (const origin of ['https://a.example', 'http://localhost:3000', 'capacitor://localhost'])
      assert.ok(isSerialisedOrigin(origin), origin);
    for (const origin of [
      'https://a.example/',
      'https://A.example',
      'https://a.example:443',
      'a',
      'null',
      '*',
    ])
      assert.ok(!isSerialisedOrigin(origin), origin);
  });
});
