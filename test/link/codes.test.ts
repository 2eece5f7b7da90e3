import { describe, expect, test } from 'vitest';
import { closeReaction, explainClose } from '../../src/link/codes';

describe('what a close code asks of us', () => {
  test.each([
    [undefined, 'again'],
    [1000, 'again'],
    [1006, 'again'],
    [3999, 'again'],
    [4000, 'never'],
    [4001, 'never'],
    [4003, 'never'],
    [4004, 'slowly'],
    [4005, 'never'],
    [4008, 'never'],
    [4009, 'renew'],
    [4099, 'never'],
    [4100, 'later'],
    [4199, 'later'],
    [4200, 'at-once'],
    [4202, 'at-once'],
    [4299, 'at-once'],
    [4300, 'again'],
    [4999, 'again'],
  ] as const)('%s: %s', (code, reaction) => {
    expect(closeReaction(code)).toBe(reaction);
  });
});

describe('what people read', () => {
  test.each([1009, 4000, 4001, 4003, 4004, 4005, 4006, 4007, 4008, 4009])(
    '%i says what it means and, with the code and the server’s words, what to look at',
    (code) => {
      const sentence = explainClose(code, 'server says so');
      expect(sentence).toMatch(/^[A-Z].*\. \(\d{4}: server says so\)$/);
      expect(sentence).toContain(String(code));
    },
  );

  test.each([
    [undefined, undefined, 'The connection was lost.'],
    [undefined, 'The server did not answer within 10 s.', 'The server did not answer within 10 s.'],
    [
      1006,
      undefined,
      'The connection broke, or the server could not be reached. If it never was: check `cluster`, or `host`, `port` and `tls`.',
    ],
    [1001, undefined, 'The server closed the connection (1001).'],
    [4100, 'Over capacity', 'The server closed the connection (4100: Over capacity).'],
  ])('%s with "%s"', (code, reason, sentence) => {
    expect(explainClose(code, reason)).toBe(sentence);
  });
});
