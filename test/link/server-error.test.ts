import { describe, expect, test } from 'vitest';
import { readServerError } from '../../src/link/server-error';
import { cpuTime } from '../setup/cpu-time';

const digest = 'Invalid signature: Expected HMAC SHA256 hex digest of';

describe('what a server means by a pusher:error', () => {
  test.each([
    [`${digest} 1.2:private-room, but got 00`, 'private-room'],
    [`${digest} 1.2:presence-room:{"user_id":"7","user_info":{"name":"Ada"}}, but got 00`, 'presence-room'],
    [`${digest} 1.2:private-a,b;c@d, but got `, 'private-a,b;c@d'],
    [`${digest} 1.2::user::{"id":"7"}, but got 00`, undefined],
    ['Invalid signature', undefined],
    [digest, undefined],
    [`${digest} `, undefined],
  ])(
    'Pusher refuses a signature without a code, and its sentence names the channel: %s',
    (message, channel) => {
      const error = readServerError({ code: null, message });
      expect([error.kind, error.code, error.channel]).toEqual(['signature-refused', null, channel]);
      // Nothing of the member, and no signature.
      expect(error.message).not.toMatch(/Ada|but got/);
    },
  );

  test.each([
    [{ code: null, message: "Invalid key in subscription auth data: 'x'" }, 'signature-refused'],
    [{ code: null, message: 'Existing subscription to channel open' }, 'other'],
    [{ code: null, message: 'No current subscription to channel open' }, 'not-subscribed'],
    [{ code: 4009, message: 'Connection is unauthorized' }, 'signature-refused'],
    [{ code: 4009, message: 'The client is not a member of the specified channel.' }, 'event-rejected'],
    [{ code: 4301, message: 'Rate limit' }, 'rate-limited'],
    [{ code: '4009', message: {} }, 'signature-refused'],
    [{ code: Number.NaN, message: '' }, 'other'],
    [null, 'other'],
    ['text', 'other'],
  ])('%j is read as %j', (data, kind) => {
    expect(readServerError(data)).toMatchObject({ kind, message: expect.any(String) });
  });

  test('a sentence of a megabyte is read in no time', async () => {
    const message = `${digest} ${':'.repeat(500_000)}${', but got'.repeat(50_000)}`;
    expect(await cpuTime(() => readServerError({ code: null, message }))).toBeLessThan(1_000);
  });
});
