import { expect, test } from 'vitest';
import { next, onBothPlatforms } from './socket-platforms';

const types = ['open', 'message', 'error', 'close'] as const;

onBothPlatforms((given) => {
  const { dial, open, said } = given;

  test('opens in a turn of its own, so that a handler may be set after an await [Create-valid-url]', async () => {
    const later = async (): Promise<WebSocket> => dial();
    const socket = await later();
    await Promise.resolve();
    expect(socket.readyState).toBe(0);
    await new Promise((resolve) => {
      socket.onopen = resolve;
    });
    expect(socket.readyState).toBe(1);
  });

  test.each(types)(
    'has null for on%s until there is a handler, and after [eventhandlers, events/001, events/002, events/010 to events/014]',
    (type) => {
      const socket = dial();
      const name = `on${type}` as const;
      const handler = (): void => {};
      expect(socket[name]).toBeNull();
      for (const nothing of [null, undefined, 1, 2, ';', true, Symbol('a')]) {
        socket[name] = handler;
        expect(socket[name]).toBe(handler);
        Object.assign(socket, { [name]: nothing });
        expect(socket[name]).toBeNull();
      }
      const listener = {
        handleEvent: () => {
          throw new Error('It was called.');
        },
      };
      Object.assign(socket, { [name]: listener });
      expect(socket[name]).toBe(listener);
      // Would be reported, were it called.
      socket.dispatchEvent(new Event(type));
    },
  );

  test.each(types)(
    'calls on%s for an event that others make [events/003, events/007, events/008, events/009]',
    (type) => {
      const socket = dial();
      const heard: unknown[] = [];
      socket[`on${type}`] = (event: Event) => heard.push((event as CustomEvent).detail);
      socket.dispatchEvent(new CustomEvent(type, { detail: 5 }));
      socket.dispatchEvent(new CustomEvent(`${type}d`, { detail: 6 }));
      expect(heard).toEqual([5]);
    },
  );

  test('tells each event as its class, to the socket itself, without bubbles [events/015, events/017, events/018]', async () => {
    const socket = dial();
    const told: Record<string, unknown> = {};
    for (const type of types) {
      socket.addEventListener(type, function (this: WebSocket, event: Event) {
        const { target, currentTarget, eventPhase, bubbles, cancelable, defaultPrevented } = event;
        expect(event).toBeInstanceOf(Event);
        told[type] = [
          this === socket && target === socket && currentTarget === socket,
          { eventPhase, bubbles, cancelable, defaultPrevented },
          socket.readyState,
        ];
      });
    }
    const messages: Event[] = [];
    socket.addEventListener('message', (event) => messages.push(event));
    socket.addEventListener('open', (event) => expect(`${event}`).toBe('[object Event]'));
    await next(socket, 'open');
    const arrived = next(socket, 'message');
    socket.send('test');
    const message = await arrived;
    expect(message).toBeInstanceOf(MessageEvent);
    expect(`${message}`).toBe('[object MessageEvent]');
    expect(message).toMatchObject({ origin: given.origin, lastEventId: '', source: null, ports: [] });
    const closed = next(socket, 'close');
    socket.close();
    const close = await closed;
    expect(close).toBeInstanceOf(CloseEvent);
    expect(`${close}`).toBe('[object CloseEvent]');
    const plain = { eventPhase: 2, bubbles: false, cancelable: false, defaultPrevented: false };
    expect(told).toEqual({ open: [true, plain, 1], message: [true, plain, 1], close: [true, plain, 3] });
  });

  test('tells an error as an event, when it is closed for good [events/015, events/017, events/020]', async () => {
    const socket = dial();
    let seen: unknown[] = [];
    // The first one: to the second, Node says that the event is over.
    socket.onerror = function (this: WebSocket, event: Event) {
      seen = [this === socket, event.target === socket, event.eventPhase, event.bubbles, socket.readyState];
    };
    const closed = next(socket, 'close');
    let event: Event | undefined;
    socket.addEventListener('error', (error) => {
      event = error;
    });
    socket.close();
    await closed;
    expect(event).toBeInstanceOf(Event);
    expect(event?.cancelable).toBe(false);
    expect(seen).toEqual([true, true, 2, false, 3]);
  });

  test('calls handlers and listeners in the order in which they came [events/016]', async () => {
    const socket = dial();
    const called: string[] = [];
    for (const type of ['open', 'message', 'close'] as const) {
      socket.addEventListener(type, () => called.push(`${type} 1`));
      socket[`on${type}`] = () => called.push(`${type} 2`);
      socket.addEventListener(type, { handleEvent: () => called.push(`${type} 3`) });
    }
    await next(socket, 'open');
    const arrived = next(socket, 'message');
    socket.send('Goodbye');
    expect(said(await arrived)).toBe('Goodbye');
    const closed = next(socket, 'close');
    socket.close();
    await closed;
    const inOrder = ['open', 'message', 'close'].flatMap((type) =>
      [1, 2, 3].map((place) => `${type} ${place}`),
    );
    expect(called).toEqual(inOrder);
  });

  test.each(types)('does not call a listener of %s that was taken away [events/019]', (type) => {
    const socket = dial();
    socket.close();
    const called: string[] = [];
    const removed = (): void => void called.push('removed');
    socket.addEventListener(type, removed, false);
    socket.removeEventListener(type, removed, false);
    socket.addEventListener(type, () => called.push('once'), { once: true });
    const controller = new AbortController();
    socket.addEventListener(type, () => called.push('aborted'), { signal: controller.signal });
    controller.abort();
    socket[`on${type}`] = () => called.push('never');
    socket[`on${type}`] = null;
    for (let time = 0; time < 2; time += 1) socket.dispatchEvent(new Event(type));
    expect(called).toEqual(['once']);
  });

  test('lets listeners and handlers go while an event is on its way [events/019]', async () => {
    const socket = await open();
    const called: string[] = [];
    const later = (): void => void called.push('later');
    socket.addEventListener('message', () => {
      called.push('first');
      socket.removeEventListener('message', later);
      socket.onmessage = null;
    });
    socket.onmessage = () => called.push('handler');
    socket.addEventListener('message', later);
    socket.addEventListener('message', () => called.push('last'));
    socket.dispatchEvent(new MessageEvent('message'));
    expect(called).toEqual(['first', 'last']);
  });

  test('goes on when a listener closes it [Create-valid-url, readyState/007]', async () => {
    const socket = dial();
    const states: number[] = [];
    socket.onopen = () => {
      socket.close(3000);
      states.push(socket.readyState);
    };
    socket.addEventListener('open', () => states.push(socket.readyState));
    expect(await next(socket, 'close')).toMatchObject({ code: 3000, wasClean: true });
    expect(states).toEqual([2, 2]);
  });
});
