import type { Chromium, EmptyTab } from './chromium';

/** How a tab ended: its process was killed; or it was closed, could not be opened, or its browser was killed. */
export type TabEnd = 'crash' | 'close';

/** A page in a tab, and a process, of its own. */
export interface Tab {
  readonly ended: Promise<TabEnd>;
  /** Ends its process, which has no time for anything. */
  readonly kill: () => void;
  readonly close: () => Promise<void>;
}

/** Opens a tab that tells `receive` what its page reports. Never rejects: the browser may be killed at any moment. */
export async function openTab(
  chromium: Chromium,
  address: string,
  receive: (text: string) => void,
): Promise<Tab> {
  const { devTools } = chromium;
  let tab: EmptyTab | undefined;
  let tellEnd = (_: TabEnd): void => {};
  const ended = new Promise<TabEnd>((resolve) => {
    tellEnd = resolve;
  });
  void devTools.closed.then(() => tellEnd('close'));
  const close = async (): Promise<void> => {
    if (tab) await devTools.send('Target.closeTarget', { targetId: tab.target }).catch(() => {});
    tellEnd('close');
  };
  const load = async (): Promise<void> => {
    tab = await chromium.open();
    const { target } = tab;
    const { sessionId } = await devTools.send('Target.attachToTarget', { targetId: target, flatten: true });
    const stop = devTools.on(({ method, params, sessionId: session }) => {
      if (method === 'Runtime.bindingCalled' && session === sessionId) receive(String(params['payload']));
      if (method === 'Target.targetCrashed' && params['targetId'] === target) tellEnd('crash');
    });
    void ended.then(stop);
    const send = (method: string, params?: object): Promise<unknown> =>
      devTools.send(method, params, String(sessionId));
    // Answered before it goes anywhere: the page's first report must not find nobody.
    await Promise.all([send('Runtime.enable'), send('Runtime.addBinding', { name: 'report' })]);
    await send('Page.navigate', { url: address });
  };
  await Promise.race([load().catch(() => tellEnd('close')), ended]);
  // A crashed page stays open, and looks sad.
  void ended.then(close);
  return {
    ended,
    close,
    kill: () => {
      if (tab) process.kill(tab.process, 'SIGKILL');
    },
  };
}
