import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ValidationError } from '../../src/index';
import {
  type ChannelFrame,
  fromLegacyFrame,
  type LegacyFrame,
  readFrame,
  toLegacyFrame,
} from '../../src/legacy/index';

const name = fc.string({ minLength: 1 });
const stamps = {
  channel: fc.string(),
  timestamp: fc.oneof(fc.integer(), fc.string()),
  messageId: fc.string(),
};
/** Whatever else JSON can carry, names that mean something to JavaScript or to us included. */
const extras = fc.dictionary(
  fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString', 'type', 'event', 'payload')),
  fc.jsonValue(),
);

function json<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

const legacyFrame = fc
  .tuple(extras, fc.record({ type: name, data: fc.jsonValue(), ...stamps }, { requiredKeys: ['type'] }))
  .map(([more, fields]): LegacyFrame => json({ ...more, ...fields }));
const channelFrame = fc
  .tuple(
    extras,
    fc.record({ event: name, data: fc.jsonValue(), ...stamps }, { requiredKeys: ['event', 'data'] }),
  )
  .map(([more, fields]): ChannelFrame => json({ ...more, ...fields }));

/** As a frame is once `payload`, where it stood for `data`, is called so. */
function named(frame: LegacyFrame): LegacyFrame {
  const { payload, ...rest } = frame;
  return 'data' in frame || !('payload' in frame) ? frame : { ...rest, data: payload };
}

describe('frames', () => {
  it('of the old servers survive the way there and back, whatever is in them', () => {
    fc.assert(
      fc.property(legacyFrame, (frame) => {
        expect(toLegacyFrame(fromLegacyFrame(frame))).toEqual(named(frame));
      }),
    );
  });

  it('of today survive the way there and back', () => {
    fc.assert(
      fc.property(channelFrame, (frame) => {
        expect(fromLegacyFrame(toLegacyFrame(frame))).toEqual(frame);
      }),
    );
  });

  it('keep their place in the words of the contract', () => {
    const stamped = { channel: 'agent-status', timestamp: 1, messageId: 'm-1' };
    const today = { event: 'progress', data: { done: 3 }, ...stamped };
    expect(fromLegacyFrame({ type: 'progress', data: { done: 3 }, ...stamped })).toEqual(today);
    expect(fromLegacyFrame({ type: 'progress', payload: { done: 3 }, ...stamped })).toEqual(today);
    expect(toLegacyFrame(today)).toEqual({ type: 'progress', data: { done: 3 }, ...stamped });
  });

  it('keep both when a sender wrote data and payload, and let type and event change places', () => {
    expect(fromLegacyFrame({ type: 'a', data: 1, payload: 2 })).toEqual({ event: 'a', data: 1, payload: 2 });
    expect(fromLegacyFrame({ type: 'a', event: 'b' })).toEqual({ event: 'a', type: 'b' });
    expect(fromLegacyFrame({ type: 'a', data: null, payload: 2 })).toEqual({
      event: 'a',
      data: null,
      payload: 2,
    });
  });

  it('are read in both forms, as text or as objects', () => {
    fc.assert(
      fc.property(legacyFrame, channelFrame, (old, today) => {
        fc.pre(typeof old['event'] !== 'string' && old.type !== 'message' && today.event !== 'message');
        expect(readFrame(old)).toEqual(fromLegacyFrame(old));
        expect(readFrame(JSON.stringify(old))).toEqual(fromLegacyFrame(old));
        expect(readFrame(JSON.stringify(today))).toEqual(today);
      }),
    );
  });

  it('are taken out of what the old service put around them', () => {
    const inner = { type: 'progress', payload: { done: 3 }, channel: 'room', timestamp: 1, messageId: 'm-1' };
    const read = { event: 'progress', data: { done: 3 }, channel: 'room', timestamp: 1, messageId: 'm-1' };
    expect(readFrame({ event: 'message', channel: 'agent-status', data: inner })).toEqual(read);
    expect(readFrame({ type: 'message', payload: inner, user: 'u1' })).toEqual({ ...read, user: 'u1' });
    expect(readFrame({ event: 'message', data: { type: 'ping', messageId: 'm-2' } })).toEqual({
      event: 'ping',
      messageId: 'm-2',
    });
    // An old frame as it was, from a backend that only changed where it sends.
    expect(readFrame({ event: 'message', data: { type: 'progress', data: 3, timestamp: 1 } })).toEqual({
      event: 'progress',
      data: 3,
      timestamp: 1,
    });
  });

  it('named message are left alone when their content only has a type of its own', () => {
    const chat = { event: 'message', data: { type: 'text', body: 'hello' } };
    expect(readFrame(chat)).toEqual(chat);
  });

  it('that are none are a ValidationError that does not quote them', () => {
    for (const wrong of [
      '',
      'secret',
      '[]',
      '7',
      'null',
      '{}',
      '{"type":""}',
      '{"type":7}',
      '{"event":{}}',
    ]) {
      expect(() => readFrame(wrong)).toThrow(ValidationError);
      expect(() => readFrame(wrong)).not.toThrow(/secret/);
    }
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.json(), fc.string()), (input) => {
        try {
          const { event } = readFrame(input);
          return typeof event === 'string' && event !== '';
        } catch (error) {
          return error instanceof ValidationError;
        }
      }),
    );
  });

  it('with __proto__ in them change no prototype', () => {
    const frame = readFrame('{"type":"a","__proto__":{"admin":true},"data":{"__proto__":{"admin":true}}}');
    expect(Object.getPrototypeOf(frame)).toBe(Object.prototype);
    expect(frame['admin']).toBeUndefined();
    expect(JSON.parse(JSON.stringify(frame))).toEqual(frame);
    expect(Object.keys(frame)).toContain('__proto__');
  });
});
