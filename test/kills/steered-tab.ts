import { awaited } from './awaited';
import type { Chromium } from './chromium';
import type { Steering } from './steered-order';

type Answer<Name extends keyof Steering> = Awaited<ReturnType<Steering[Name]>>;

/** A page in a tab, and a process, of its own, that does what a test says. */
export interface SteeredTab {
  /** Calls one of the page's functions, and has its answer. */
  readonly ask: <Name extends keyof Steering>(
    what: Name,
    ...given: Parameters<Steering[Name]>
  ) => Promise<Answer<Name>>;
  /**
   * Stops it from running anything, as browsers do with tabs in the background; and lets it go on. Never in the middle of a transaction,
   * where browsers do not do it either: it would keep the database from all others, for a minute in Chromium.
   */
  readonly freeze: () => Promise<unknown>;
  readonly thaw: () => Promise<unknown>;
  /** Stops its scripts where they are, as a developer does; and lets them go on. */
  readonly pause: () => Promise<unknown>;
  readonly resume: () => Promise<unknown>;
  /** Ends its process, which has no time for anything. */
  readonly kill: () => void;
  /** As the user does. */
  readonly close: () => Promise<unknown>;
}

/** Opens a tab, and waits until its page can be asked something. */
export async function openSteeredTab(chromium: Chromium, address: string): Promise<SteeredTab> {
  const { devTools } = chromium;
  const { target, process: id } = await chromium.open();
  const { sessionId } = await devTools.send('Target.attachToTarget', { targetId: target, flatten: true });
  const send = (method: string, params?: object) => devTools.send(method, params, String(sessionId));
  await send('Page.enable');
  const happens = (what: string): Promise<void> =>
    new Promise((resolve) => {
      const stop = devTools.on(({ method, sessionId: session }) => {
        if (method !== what || session !== sessionId) return;
        stop();
        resolve();
      });
    });
  const loaded = happens('Page.loadEventFired');
  await send('Page.navigate', { url: address });
  await awaited(loaded, `the page at ${address} loads`);
  const lives = (state: 'frozen' | 'active') => send('Page.setWebLifecycleState', { state });
  const ask = async <Name extends keyof Steering>(
    what: Name,
    ...given: Parameters<Steering[Name]>
  ): Promise<Answer<Name>> => {
    const { result, exceptionDetails } = await send('Runtime.evaluate', {
      expression: `steering.${what}(${given.map((each) => JSON.stringify(each)).join(', ')})`,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(`In the page: ${JSON.stringify(exceptionDetails)}`);
    return (result as { readonly value: Answer<Name> }).value;
  };
  return {
    ask,
    freeze: async () => {
      await lives('frozen');
      // A frozen page still answers the developer.
      while ((await ask('transactions')) > 0) {
        await lives('active');
        await lives('frozen');
      }
    },
    thaw: () => lives('active'),
    pause: async () => {
      await send('Debugger.enable');
      const paused = happens('Debugger.paused');
      // Not `Debugger.pause`: now and then Chromium takes that, and the page runs on. In a task of its own, because this one has an answer.
      await send('Runtime.evaluate', { expression: 'setTimeout(() => { debugger; })' });
      await awaited(paused, 'the page stops in the debugger');
    },
    resume: async () => {
      await send('Debugger.resume');
      return send('Debugger.disable');
    },
    kill: () => process.kill(id, 'SIGKILL'),
    close: () => devTools.send('Target.closeTarget', { targetId: target }),
  };
}
