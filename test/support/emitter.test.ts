import { describe, expect, test } from 'vitest';
import { Emitter } from '../../src/support/emitter';
import { Life } from '../../src/support/life';
import { foreignPromise } from '../fakes/foreign-promise';

interface Events {
  [event: string]: readonly [unknown, unknown?];
  a: readonly [number, string];
  b: readonly [undefined];
}

function setUp() {
  const thrown: [unknown, string | undefined][] = [];
  const life = new Life();
  const emitter = new Emitter<Events>({ life, threw: (error, event) => thrown.push([error, event]) });
  return { emitter, thrown, life };
}

describe('an emitter', () => {
  test('calls listeners in the order of their registration, with both values', () => {
    const { emitter } = setUp();
    const calls: unknown[] = [];
    emitter.on('a', (first, second) => calls.push(['x', first, second]));
    emitter.on('a', (first, second) => calls.push(['y', first, second]));
    emitter.emit('a', 1, 'one');
    expect(calls).toEqual([
      ['x', 1, 'one'],
      ['y', 1, 'one'],
    ]);
  });

  test('what a listener throws is reported with the event, and the others run', () => {
    const { emitter, thrown } = setUp();
    const error = new Error('mine');
    let ran = 0;
    emitter.on('a', () => {
      throw error;
    });
    emitter.on('a', () => {
      ran += 1;
    });
    emitter.emit('a', 1, 'one');
    expect(ran).toBe(1);
    expect(thrown).toEqual([[error, 'a']]);
  });

  test('what an async listener throws later is reported, too', async () => {
    const { emitter, thrown } = setUp();
    const failure = new Error('later');
    // biome-ignore lint/nursery/noMisusedPromises: applications do it, and the types cannot keep them from it
    emitter.on('a', async () => {
      await undefined;
      throw failure;
    });
    emitter.emit('a', 1, 'one');
    expect(thrown).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve));
    expect(thrown).toEqual([[failure, 'a']]);
  });

  test('what a promise of another library brings is reported, too: zone.js and React Native have their own', async () => {
    const { emitter, thrown } = setUp();
    const failure = new Error('later');
    emitter.on('a', (() => foreignPromise(failure)) as never);
    emitter.emit('a', 1, 'one');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(thrown).toEqual([[failure, 'a']]);
  });

  test('a filter that answers with the promise of another library lets nothing pass', () => {
    const { emitter, thrown } = setUp();
    const heard: unknown[] = [];
    emitter.on(
      'a',
      (first) => heard.push(first),
      () => foreignPromise(),
    );
    emitter.emit('a', 1, 'one');
    expect(heard).toEqual([]);
    expect(thrown).toEqual([
      [expect.objectContaining({ message: expect.stringContaining('synchronously') }), 'a'],
    ]);
  });

  test('pusher-js unbinds both registrations of a function at once: here each has its own stop', () => {
    const { emitter } = setUp();
    let ran = 0;
    const listener = (): void => {
      ran += 1;
    };
    const stop = emitter.on('b', listener);
    emitter.on('b', listener);
    emitter.emit('b', undefined);
    expect(ran).toBe(2);
    stop();
    stop();
    emitter.emit('b', undefined);
    expect(ran).toBe(3);
  });

  test('a handler unbound during an emit still runs in pusher-js: here it does not', () => {
    const { emitter } = setUp();
    const ran: string[] = [];
    emitter.on('b', () => {
      ran.push('first');
      stop();
    });
    const stop = emitter.on('b', () => ran.push('second'));
    emitter.emit('b', undefined);
    expect(ran).toEqual(['first']);
  });

  test('neighbours that are taken off and put on during an emit do not lead it astray', () => {
    const emitter = new Emitter<{ readonly tick: readonly [number] }>({ threw: () => {} });
    const heard: string[] = [];
    const on = (name: string, then: () => void = () => {}) =>
      emitter.on('tick', () => {
        heard.push(name);
        then();
      });
    const stops = new Map<string, () => void>();
    stops.set('a', on('a'));
    stops.set(
      'b',
      on('b', () => {
        for (const name of ['a', 'b', 'c', 'e']) stops.get(name)?.();
        stops.set('f', on('f'));
      }),
    );
    for (const name of ['c', 'd', 'e']) stops.set(name, on(name));
    emitter.emit('tick', 1);
    expect(heard.splice(0)).toEqual(['a', 'b', 'd']);
    emitter.emit('tick', 2);
    expect(heard.splice(0)).toEqual(['d', 'f']);
    stops.get('d')?.();
    stops.get('f')?.();
    expect([emitter.has('tick'), emitter.size]).toEqual([false, 0]);
    on('g');
    emitter.emit('tick', 3);
    expect(heard).toEqual(['g']);
  });

  test('a listener added during an emit hears the next one', () => {
    const { emitter } = setUp();
    let late = 0;
    const stop = emitter.on('b', () => {
      stop();
      emitter.on('b', () => {
        late += 1;
      });
    });
    emitter.emit('b', undefined);
    expect(late).toBe(0);
    emitter.emit('b', undefined);
    expect(late).toBe(1);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'error'])(
    'an event named `%s` is an event like any other',
    (name) => {
      const { emitter } = setUp();
      let ran = 0;
      expect(emitter.has(name)).toBe(false);
      emitter.emit(name, 1);
      emitter.on(name, () => {
        ran += 1;
      });
      emitter.emit(name, 1);
      expect(ran).toBe(1);
      expect(emitter.has(name)).toBe(true);
    },
  );

  test('knows whether anybody listens, and forgets everybody when it is cleared', () => {
    const { emitter } = setUp();
    const stop = emitter.on('a', () => {});
    emitter.on('b', () => {});
    expect(emitter.has('a')).toBe(true);
    stop();
    expect(emitter.has('a')).toBe(false);
    emitter.clear();
    expect(emitter.has('b')).toBe(false);
  });

  test('a listener that is cleared away during an emit does not run any more', () => {
    const { emitter } = setUp();
    let ran = 0;
    emitter.on('b', () => emitter.clear());
    const stop = emitter.on('b', () => {
      ran += 1;
    });
    emitter.emit('b', undefined);
    emitter.emit('b', undefined);
    stop();
    expect(ran).toBe(0);
  });

  test('once the client has ended nobody is called any more, also not those whose turn was still to come', () => {
    const { emitter, life } = setUp();
    const ran: string[] = [];
    emitter.on('b', () => {
      ran.push('first');
      life.end();
    });
    emitter.on('b', () => ran.push('second'));
    emitter.emit('b', undefined);
    emitter.emit('b', undefined);
    expect(ran).toEqual(['first']);
  });

  test('a filter decides, and what it throws or promises is a no that is reported', async () => {
    const { emitter, thrown } = setUp();
    const heard: unknown[] = [];
    emitter.on(
      'a',
      (first) => heard.push(first),
      (first) => first !== 1,
    );
    emitter.on(
      'a',
      () => heard.push('thrown'),
      () => {
        throw new Error('mine');
      },
    );
    emitter.on(
      'a',
      () => heard.push('promised'),
      () => Promise.reject(new Error('later')),
    );
    emitter.emit('a', 1, 'one');
    emitter.emit('a', 2, 'two');
    await new Promise((resolve) => setTimeout(resolve));
    expect(heard).toEqual([2]);
    expect(thrown).toHaveLength(4);
    expect(String(thrown[1]?.[0])).toContain('answer synchronously');
  });

  test('knows how many listen, whatever is stopped twice or cleared', () => {
    const { emitter } = setUp();
    const stop = emitter.on('a', () => {});
    emitter.on('b', () => {});
    stop();
    stop();
    expect(emitter.size).toBe(1);
    emitter.clear();
    stop();
    expect(emitter.size).toBe(0);
  });
});
