import { expect, test } from 'vitest';
import { md5Hex } from '../../src/testing/cryptography';
import { isExpired, readToken, signToken } from '../../src/testing/json-web-token';
import { signChannel, signRequest, signUser } from '../../src/testing/signatures';

// The worked examples of Pusher's documentation: "Authentication signatures" and "HTTP API reference".
const app = { key: '278d425bdf160c739803', secret: '7ad3773142a6692b25b8' };

test('a private channel is signed as documented', () => {
  expect(signChannel(app, '1234.1234', 'private-foobar')).toBe(
    '278d425bdf160c739803:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4',
  );
});

test('a presence channel is signed as documented', () => {
  // The value of the older editions; the current edition prints one that does not belong to this text.
  const member = '{"user_id":10,"user_info":{"name":"Mr. Channels"}}';
  expect(signChannel(app, '1234.1234', 'presence-foobar', member)).toBe(
    '278d425bdf160c739803:31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80',
  );
});

test('a user is signed as documented', () => {
  expect(signUser(app, '1234.1234', '{"id":"12345"}')).toBe(
    '278d425bdf160c739803:4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba',
  );
});

test('a call of the HTTP API is signed as documented', () => {
  const body = '{"name":"foo","channels":["project-3"],"data":"{\\"some\\":\\"data\\"}"}';
  expect(md5Hex(body)).toBe('ec365a775a4cd0599faeb73354201b6f');
  const query = new URLSearchParams({
    body_md5: md5Hex(body),
    auth_version: '1.0',
    auth_key: app.key,
    auth_timestamp: '1353088179',
  });
  expect(signRequest(app.secret, 'post', '/apps/3/events', query)).toBe(
    'da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c',
  );
});

test('a token is read back until its end, and not when anything in it was changed', () => {
  const claims = { sub: 'Zoë', iat: 1_000, exp: 2_000 };
  const token = signToken('secret', claims);
  expect(readToken('secret', token)).toEqual(claims);
  expect([isExpired(claims, 1_999_999), isExpired(claims, 2_000_000)]).toEqual([false, true]);
  expect(readToken('other', token)).toBeUndefined();
  const [head, body, signature] = token.split('.');
  const unsigned = btoa('{"alg":"none"}');
  for (const forged of [
    `${unsigned}.${body}.`,
    `${head}.${btoa('{"sub":"x"}')}.${signature}`,
    'a.b',
    '',
    `${token}.x`,
  ]) {
    expect(readToken('secret', forged)).toBeUndefined();
  }
});
