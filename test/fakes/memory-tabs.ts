import type { Clock, TabCoordinator, TabGroup } from '../../src/ports';
import { aborted } from '../../src/support/deadline';

interface Waiter {
  readonly tab: MemoryTab;
  readonly begin: () => void;
}

interface Lock {
  holder: { readonly tab: MemoryTab; readonly lost: AbortController } | undefined;
  readonly queue: Waiter[];
}

interface Member {
  readonly tab: MemoryTab;
  readonly receive: (message: unknown) => void;
}

/** A browser profile in memory: its tabs share locks and messages, and can be killed and frozen. */
export class MemoryBrowser {
  readonly #clock: Clock;
  readonly #latency: number;
  readonly #locks = new Map<string, Lock>();
  readonly #groups = new Map<string, Set<Member>>();
  /** Every message that was posted, with the name of its group. */
  readonly posted: { readonly name: string; readonly message: unknown }[] = [];

  /** Messages take `latency` milliseconds; a lock changes hands at once, and so before the message that explains it. */
  constructor(clock: Clock, latency = 1) {
    this.#clock = clock;
    this.#latency = latency;
  }

  /** Opens another tab; `kind` says what its platform has. */
  tab(kind?: MemoryTab['kind']): MemoryTab {
    return new MemoryTab(this, kind);
  }

  lock(name: string): Lock {
    const lock = this.#locks.get(name) ?? { holder: undefined, queue: [] };
    this.#locks.set(name, lock);
    return lock;
  }

  next(lock: Lock): void {
    lock.holder = undefined;
    lock.queue.shift()?.begin();
  }

  join(name: string, member: Member): TabGroup {
    const group = this.#groups.get(name) ?? new Set();
    this.#groups.set(name, group.add(member));
    return {
      post: (message) => {
        if (!group.has(member) || member.tab.state !== 'live') return;
        const copy: unknown = structuredClone(message);
        this.posted.push({ name, message: copy });
        for (const other of group) {
          if (other === member) continue;
          this.#clock.after(this.#latency, () => {
            if (group.has(other)) other.tab.run(() => other.receive(copy));
          });
        }
      },
      leave: () => {
        group.delete(member);
      },
    };
  }

  /** The browser lets go of what a dead tab had. */
  forget(tab: MemoryTab): void {
    for (const lock of this.#locks.values()) {
      lock.queue.splice(0, lock.queue.length, ...lock.queue.filter((waiter) => waiter.tab !== tab));
      if (lock.holder?.tab === tab) this.next(lock);
    }
    for (const group of this.#groups.values()) {
      for (const member of group) if (member.tab === tab) group.delete(member);
    }
  }
}

/** One tab, as the client in it sees the others. */
export class MemoryTab implements TabCoordinator {
  state: 'live' | 'frozen' | 'dead' = 'live';
  readonly kind: 'locks' | 'messages' | 'none';
  readonly #browser: MemoryBrowser;
  readonly #later: (() => void)[] = [];

  constructor(browser: MemoryBrowser, kind: 'locks' | 'messages' | 'none' = 'locks') {
    this.#browser = browser;
    this.kind = kind;
  }

  /** Ends the tab's process: its locks are free, and it does nothing any more. */
  kill(): void {
    this.state = 'dead';
    this.#browser.forget(this);
  }

  /** Stops the tab from running anything, with its locks in its hands. */
  freeze(): void {
    this.state = 'frozen';
  }

  /** Lets a frozen tab run, beginning with what it missed. */
  thaw(): void {
    this.state = 'live';
    for (const run of this.#later.splice(0)) run();
  }

  /** Runs something in the tab, when it can run. */
  run(what: () => void): void {
    if (this.state === 'live') what();
    else if (this.state === 'frozen') this.#later.push(what);
  }

  async exclusive<T>(
    name: string,
    { signal, steal = false }: { readonly signal: AbortSignal; readonly steal?: boolean },
    work: (lost: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (signal.aborted) throw aborted();
    if (this.kind !== 'locks') return work(new AbortController().signal);
    const lock = this.#browser.lock(name);
    return new Promise<T>((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener('abort', leave);
        const holder = { tab: this, lost: new AbortController() };
        lock.holder = holder;
        const ended = (): void => {
          if (lock.holder === holder) this.#browser.next(lock);
        };
        this.run(() => work(holder.lost.signal).finally(ended).then(resolve, reject));
      };
      const waiter: Waiter = { tab: this, begin };
      const leave = (): void => {
        lock.queue.splice(lock.queue.indexOf(waiter), 1);
        reject(aborted());
      };
      if (steal) {
        const robbed = lock.holder;
        begin();
        robbed?.lost.abort();
      } else if (lock.holder === undefined) begin();
      else {
        lock.queue.push(waiter);
        signal.addEventListener('abort', leave, { once: true });
      }
    });
  }

  join(name: string, receive: (message: unknown) => void): TabGroup {
    return this.#browser.join(name, { tab: this, receive });
  }
}
