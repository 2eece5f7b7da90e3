import type { TabCoordinator, TabGroup } from '../ports';
import { aborted } from './deadline';
import { lookedUp } from './looked-up';

/** Tabs over Web Locks and BroadcastChannel. Nothing is asked of the platform before it is needed. */
export class WebLocksTabs implements TabCoordinator {
  get kind(): 'locks' | 'messages' | 'none' {
    if (lookedUp(() => typeof globalThis.BroadcastChannel) !== 'function') return 'none';
    return lockManager() === undefined ? 'messages' : 'locks';
  }

  async exclusive<T>(
    name: string,
    { signal, steal = false }: { readonly signal: AbortSignal; readonly steal?: boolean },
    work: (lost: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (signal.aborted) throw aborted();
    const lost = new AbortController();
    let working: Promise<T> | undefined;
    try {
      await lockManager()?.request(name, steal ? { steal } : { signal }, () => {
        working = work(lost.signal);
        return working;
      });
    } catch {
      // What `work` rejects with comes out below. Anything else is about the lock: it was stolen while we worked, we left
      // the queue, or there are no locks here (an opaque origin, a page that is being closed).
      lost.abort();
      if (working === undefined && signal.aborted) throw aborted();
    }
    return working ?? work(new AbortController().signal);
  }

  join(name: string, receive: (message: unknown) => void): TabGroup {
    const channel = openChannel(name);
    if (channel === undefined) return { post: () => {}, leave: () => {} };
    let live = true;
    // Chromium brings these messages to frozen pages, too, where nothing else happens: a tab that answers them would seem to
    // be alive. What a port rings for waits with the rest.
    const ports = openPorts();
    const heard: unknown[] = [];
    const hear = (): void => {
      if (live) receive(heard.shift());
    };
    channel.onmessage = ({ data }) => {
      heard.push(data);
      // Without ports there are no frozen pages either, as far as we know.
      if (ports === undefined) hear();
      else ports.port2.postMessage(undefined);
    };
    if (ports !== undefined) {
      ports.port1.onmessage = hear;
      ports.port1.unref?.();
    }
    return {
      post: (message) => {
        // A page that is being closed may not post any more: then nobody is told.
        if (live) lookedUp(() => channel.postMessage(message));
      },
      leave: () => {
        live = false;
        channel.onmessage = null;
        channel.close();
        ports?.port1.close();
      },
    };
  }
}

/** Node would not end while a port listens. */
interface Port extends MessagePort {
  readonly unref?: () => void;
}

/** Undefined where there are none, as on React Native and in some test environments. */
function openPorts(): { readonly port1: Port; readonly port2: Port } | undefined {
  return lookedUp(() => new globalThis.MessageChannel());
}

/** Undefined outside secure pages, in old browsers, and where looking is forbidden. */
function lockManager(): LockManager | undefined {
  return lookedUp(() => globalThis.navigator?.locks);
}

function openChannel(name: string): BroadcastChannel | undefined {
  return lookedUp(() => {
    const channel: BroadcastChannel & { readonly unref?: () => void } = new globalThis.BroadcastChannel(name);
    // Node would not end while the channel listens.
    channel.unref?.();
    return channel;
  });
}
