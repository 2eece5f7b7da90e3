import { act, cleanup, fireEvent, render } from '@testing-library/react';
import { durable, memoryStorage, publishing, RealtimeClient } from 'surewire';
import { createManualClock, createTestServer, type ManualClock, type TestServer } from 'surewire/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApp, nextTick } from 'vue';
import { channels, react, vue } from './chat';
import { Chat as ReactChat } from './grey-bubbles-react';
import { Chat as VueChat } from './grey-bubbles-vue';

let server: TestServer;
let clock: ManualClock;
const ends: (() => void)[] = [];

beforeEach(() => {
  clock = createManualClock();
  server = createTestServer({ ids: 'sequential', clock });
});

afterEach(() => {
  cleanup();
  for (const end of ends.splice(0)) end();
});

/** A client as a page makes it; what it publishes outlives it in `storage`. */
function page(storage = memoryStorage()) {
  const { publish: _, ...options } = server.options;
  const client = new RealtimeClient({
    ...options,
    channels,
    publish: publishing({
      endpoint: 'http://surewire.test/realtime/trigger',
      outbox: durable({ storage, owner: 'ann' }),
    }),
  });
  ends.push(() => client.destroy());
  return client;
}

type Page = ReturnType<typeof page>;

const showings = {
  React: (client: Page, place: Element) => {
    const { unmount } = render(
      <react.RealtimeProvider client={client}>
        <ReactChat room="7" />
      </react.RealtimeProvider>,
      { container: place as HTMLElement },
    );
    return unmount;
  },
  Vue: (client: Page, place: Element) => {
    const app = createApp(VueChat, { room: '7' }).use(vue.createRealtime(client));
    app.mount(place);
    return () => app.unmount();
  },
};

describe.each(Object.entries(showings))('grey bubbles in %s', (framework, show) => {
  const settle = async (): Promise<void> => {
    await act(async () => {
      await clock.advance(50);
      await nextTick();
    });
  };
  const say = async (place: Element, text: string): Promise<void> => {
    const input = place.querySelector('input');
    if (input === null) throw new Error('There is nowhere to write.');
    input.value = text;
    await act(async () => {
      if (framework === 'React') fireEvent.submit(place.querySelector('form') ?? input);
      else input.dispatchEvent(new Event('change'));
    });
    await settle();
  };
  const bubbles = (place: Element): string[] =>
    Array.from(place.querySelectorAll('p'), (each) => `${each.className}${each.textContent}`);

  test('are there at once, also after a reload, and turn into messages, in order, once', async () => {
    const storage = memoryStorage();
    const newPlace = (): HTMLElement => document.body.appendChild(document.createElement('main'));
    let place = newPlace();
    const first = page(storage);
    const hide = show(first, place);
    await settle();
    const heal = server.rejectTrigger(503, 1_000);
    await say(place, 'one');
    await say(place, 'two');
    expect(bubbles(place)).toEqual(['greyone', 'greytwo']);
    hide();
    first.destroy();
    place.remove();
    place = newPlace();

    const second = page(storage);
    const hideAgain = show(second, place);
    ends.push(hideAgain);
    await settle();
    await act(async () => {
      await clock.advance(2_000);
      await nextTick();
    });
    expect(bubbles(place)).toEqual(['greyone', 'greytwo']);
    heal();
    await act(async () => {
      await clock.advance(60_000);
      await nextTick();
    });
    expect(bubbles(place)).toEqual(['one', 'two']);
    expect(second.outbox.pending.get()).toEqual([]);
    place.remove();
  });
});
