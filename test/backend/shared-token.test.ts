import { describe, expect, it } from 'vitest';
import { SharedToken, type SharedTokenSettings } from '../../src/backend/shared-token';
import { TokenLease } from '../../src/backend/token';
import { AuthenticationError } from '../../src/errors';
import type { TabCoordinator } from '../../src/ports';
import { deferred } from '../../src/support/deferred';
import { ManualClock } from '../fakes/manual-clock';
import { MemoryBrowser, type MemoryTab } from '../fakes/memory-tabs';

const hour = 3_600_000;
const patient = new AbortController().signal;

/** A browser whose tabs share a source that hands out `token-1`, `token-2`, … after `thinking` milliseconds. */
function browser({ thinking = 200, opaque = false } = {}) {
  const clock = new ManualClock();
  const profile = new MemoryBrowser(clock);
  const calls: { readonly tab: MemoryTab; readonly reason: string; readonly signal: AbortSignal }[] = [];
  let opened = 0;
  const open = (settings: Partial<SharedTokenSettings> = {}) => {
    const tab = profile.tab();
    const failures: AuthenticationError[] = [];
    const chance = opened++ / 10;
    const shared = new SharedToken({
      source: async ({ reason, signal }) => {
        const token = `token-${calls.push({ tab, reason, signal })}`;
        await new Promise<void>((resolve) => clock.after(thinking, () => tab.run(resolve)));
        return token;
      },
      lifetime: () => (opaque ? undefined : hour),
      tabs: tab,
      name: 'surewire:token:user-1',
      clock,
      random: () => chance,
      timeout: 10_000,
      ...settings,
    });
    const lease = new TokenLease({
      source: shared.source,
      lifetime: (token, now) => shared.lifetime(token, now),
      clock: settings.clock ?? clock,
      random: () => 0.5,
      backoff: { base: 500, cap: 30_000 },
      timeout: 30_000,
      onRenewed: () => {},
      onFailure: (error) => failures.push(error),
    });
    const token = () => lease.token(patient);
    return { tab, shared, lease, token, failures };
  };
  /** What `promise` resolves with, moving time as far as it takes, and how far that was. */
  const within = async <T>(ms: number, promise: Promise<T>): Promise<T> => {
    let settled = false;
    promise.then(
      () => {
        settled = true;
      },
      () => {
        settled = true;
      },
    );
    for (let passed = 0; passed < ms && !settled; passed += 10) await clock.advance(10);
    expect(settled, `settled within ${ms} ms`).toBe(true);
    return promise;
  };
  return { clock, profile, calls, open, within };
}

describe('a platform whose locks are there and are never given', () => {
  it('has each tab ask for itself after a moment', async () => {
    const { clock, open, within } = browser();
    const { tab } = open();
    const never: TabCoordinator = {
      kind: 'locks',
      join: (name, receive) => tab.join(name, receive),
      exclusive: (_, { signal, steal }) =>
        new Promise((_resolve, reject) => {
          if (steal !== true) signal.addEventListener('abort', () => reject(signal.reason));
        }),
    };
    const { token } = open({ tabs: never });
    expect(await within(4_000, token())).toBe('token-1');
    await clock.advance(hour / 2);
    expect(await token()).toBe('token-1');
  });
});

describe('one token for all tabs', () => {
  it('asks the source once for forty channels in five tabs that open together', async () => {
    const { calls, open, within } = browser();
    const tabs = Array.from({ length: 5 }, () => open());
    const requests = tabs.flatMap(({ token }) => Array.from({ length: 40 }, () => token()));
    const tokens = await within(500, Promise.all(requests));
    expect(new Set(tokens)).toEqual(new Set(['token-1']));
    expect(calls).toHaveLength(1);
  });

  it('takes the token from an open tab when it opens later, and asks nobody', async () => {
    const { calls, open, within } = browser();
    await within(400, open().token());
    const later = open();
    expect(await within(100, later.token())).toBe('token-1');
    expect(calls).toHaveLength(1);
  });

  it('does not make the first request wait when it has listened since the connection was dialled', async () => {
    const { clock, open, within } = browser({ thinking: 0 });
    const { shared, token } = open();
    shared.join();
    await clock.advance(100);
    expect(await within(20, token())).toBe('token-1');
  });

  it('renews once for all tabs, and each serves the old token meanwhile', async () => {
    const { clock, calls, open, within } = browser();
    const tabs = Array.from({ length: 5 }, () => open());
    await within(500, Promise.all(tabs.map(({ token }) => token())));
    for (const { lease } of tabs) lease.hold();
    await clock.advance(0.79 * hour);
    expect(calls).toHaveLength(1);
    await clock.advance(0.02 * hour);
    expect(calls.map(({ reason }) => reason)).toEqual(['missing', 'expiring']);
    expect(await Promise.all(tabs.map(({ token }) => token()))).toEqual(Array(5).fill('token-2'));
  });

  it('counts the life of a token once, though its source gives it a second time', async () => {
    const clock = new ManualClock();
    const shared = new SharedToken({
      source: () => 'the only one',
      lifetime: () => hour,
      tabs: new MemoryBrowser(clock).tab(),
      name: 'surewire:token:user-1',
      clock,
      random: () => 0,
      timeout: 10_000,
    });
    for (const passed of [200, 0.9 * hour]) {
      const token = shared.source({ reason: 'expiring', signal: patient });
      await clock.advance(passed);
      expect(await token).toBe('the only one');
    }
    expect(shared.lifetime('the only one', clock.now())).toBeLessThan(0.2 * hour);
  });

  it('counts the life of a token from when the first tab got it, whatever the clocks of the tabs say', async () => {
    const { clock, calls, open, within } = browser();
    await within(400, open().token());
    await clock.advance(hour / 2);
    const ahead: SharedTokenSettings['clock'] = {
      now: () => clock.now() + 600_000,
      after: (ms, wake) => clock.after(ms, wake),
    };
    const later = open({ clock: ahead });
    await within(100, later.token());
    expect(later.shared.lifetime('token-1', ahead.now())).toBeGreaterThan(hour / 2 - 2_000);
    expect(later.shared.lifetime('token-1', ahead.now())).toBeLessThanOrEqual(hour / 2);
    await clock.advance(hour / 2);
    expect(await within(500, later.token())).toBe('token-2');
    expect(calls).toHaveLength(2);
  });

  it('does not make a token younger by telling it again, however long a message took', async () => {
    const { clock, open, within } = browser();
    const [one, other] = [open(), open()];
    await within(500, Promise.all([one.token(), other.token()]));
    const end = () => clock.now() + (other.shared.lifetime('token-1', clock.now()) ?? 0);
    const before = end();
    for (let opened = 0; opened < 50; opened++) {
      other.tab.freeze();
      open().shared.join();
      await clock.advance(10_000);
      other.tab.thaw();
      await clock.advance(10);
    }
    expect(end()).toBe(before);
  });

  it('has the newest token after it was frozen through several renewals', async () => {
    const { clock, calls, open, within } = browser({ opaque: true });
    const [one, other] = [open(), open()];
    await within(500, Promise.all([one.token(), other.token()]));
    other.tab.freeze();
    await within(500, one.lease.renew('token-1', patient));
    await within(2_000, one.lease.renew('token-2', patient));
    await clock.advance(hour);
    other.tab.thaw();
    await clock.advance(10);
    expect(await within(500, other.lease.renew('token-1', patient))).toBe('token-3');
    expect(calls).toHaveLength(3);
  });

  it('does not take over a token that is nearly at its end', async () => {
    const { clock, calls, open, within } = browser();
    await within(400, open().token());
    await clock.advance(0.76 * hour);
    expect(await within(500, open().token())).toBe('token-2');
    expect(calls).toHaveLength(2);
  });

  it('answers a refusal that all tabs meet with one call, and brings none the refused token again', async () => {
    const { calls, open, within } = browser({ opaque: true });
    const tabs = Array.from({ length: 5 }, () => open());
    await within(500, Promise.all(tabs.map(({ token }) => token())));
    const renewed = tabs.map(({ lease }) => lease.renew('token-1', patient));
    expect(await within(500, Promise.all(renewed))).toEqual(Array(5).fill('token-2'));
    expect(calls.map(({ reason }) => reason)).toEqual(['missing', 'refused']);
    expect(await within(500, open().token())).toBe('token-2');
  });

  it('asks the source when the token of another tab is refused as well', async () => {
    const { calls, open, within } = browser({ opaque: true });
    const [one, other] = [open(), open()];
    await within(500, Promise.all([one.token(), other.token()]));
    await within(500, one.lease.renew('token-1', patient));
    expect(await within(500, other.lease.renew('token-1', patient))).toBe('token-2');
    expect(await within(500, other.lease.renew('token-2', patient))).toBe('token-3');
    expect(calls).toHaveLength(3);
  });

  it('never shares between names: another user, another application', async () => {
    const { calls, open, within, profile } = browser();
    const [one, other] = [open(), open({ name: 'surewire:token:user-2' })];
    const tokens = await within(500, Promise.all([one.token(), other.token()]));
    expect(new Set(tokens).size).toBe(2);
    expect(calls).toHaveLength(2);
    const told = profile.posted.filter(({ message }) => JSON.stringify(message).includes('token-2'));
    expect(new Set(told.map(({ name }) => name))).toEqual(new Set(['surewire:token:user-2']));
  });

  it('believes no message that is not of its kind', async () => {
    const { clock, profile, calls, open, within } = browser();
    const stranger = profile.tab().join('surewire:token:user-1', () => {});
    const { shared, token } = open();
    shared.join();
    for (const message of [
      null,
      'token',
      { type: 'token' },
      { type: 'token', token: '', age: 0, life: null },
      { type: 'token', token: 'forged', age: -1, life: null },
      { type: 'token', token: 'forged', age: 'young', life: null },
      { type: 'token', token: 'forged', age: 0, life: 0 },
      { type: 'unheard-of' },
    ]) {
      stranger.post(message);
    }
    await clock.advance(10);
    expect(await within(500, token())).toBe('token-1');
    expect(calls).toHaveLength(1);
  });
});

describe('a tab that fails', () => {
  it('is replaced at once when it is killed in the middle of a renewal', async () => {
    const { clock, calls, open, within } = browser({ thinking: 5_000 });
    const [one, other] = [open(), open()];
    void one.token();
    const waiting = other.token();
    await clock.advance(1_000);
    expect(calls).toHaveLength(1);
    one.tab.kill();
    expect(await within(5_200, waiting)).toBe('token-2');
  });

  it('is replaced within seconds when it hangs in the middle of a renewal, and does no harm when it wakes', async () => {
    const { clock, calls, open, within } = browser({ thinking: 500 });
    const tabs = Array.from({ length: 4 }, () => open());
    const [frozen] = tabs;
    const tokens = tabs.map(({ token }) => token());
    await clock.advance(300);
    frozen?.tab.freeze();
    const others = await within(4_000, Promise.all(tokens.slice(1)));
    expect(new Set(others).size).toBe(1);
    expect(others[0]).not.toBe('token-1');
    frozen?.tab.thaw();
    await clock.advance(1_000);
    expect(await tokens[0]).toBeDefined();
    expect(await Promise.all(tabs.slice(1).map(({ token }) => token()))).toEqual(others);
    expect(calls).toHaveLength(2);
  });

  it('is waited for while it gives signs of life, however slow its source is', async () => {
    const { calls, open, within } = browser({ thinking: 9_000 });
    const tabs = Array.from({ length: 3 }, () => open());
    const tokens = await within(10_000, Promise.all(tabs.map(({ token }) => token())));
    expect(new Set(tokens)).toEqual(new Set(['token-1']));
    expect(calls).toHaveLength(1);
  });

  it('leaves the turn to the next when its source fails, one call at a time', async () => {
    const { clock, open, within, calls } = browser();
    let running = 0;
    let most = 0;
    const failing = async (): Promise<string> => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => clock.after(100, resolve));
      running--;
      throw new TypeError('Failed to fetch');
    };
    const tabs = [open({ source: failing }), open({ source: failing }), open()];
    const tokens = await within(2_000, Promise.all(tabs.map(({ token }) => token())));
    expect(new Set(tokens)).toEqual(new Set(['token-1']));
    expect(most).toBe(1);
    expect(calls).toHaveLength(1);
  });

  it('rejects alone when nobody is signed in there', async () => {
    const { open, within } = browser();
    const source = () => Promise.reject(new AuthenticationError('Sign in first.'));
    const [one, other] = [open({ source }), open()];
    const rejected = one.token();
    rejected.catch(() => {});
    expect(await within(1_000, other.token())).toBe('token-1');
    await expect(rejected).rejects.toThrow('Sign in first.');
  });

  it('gives up a source that does not answer within its time, and lets the next tab ask', async () => {
    const { open, within } = browser();
    let aborted = false;
    const source: SharedTokenSettings['source'] = ({ signal }) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise<string>(() => {});
    };
    const [one, other] = [open({ source }), open()];
    void one.token();
    expect(await within(11_000, other.token())).toBe('token-1');
    expect(aborted).toBe(true);
    expect(one.failures[0]?.message).toContain('10000 ms');
  });
});

describe('signing out', () => {
  it('ends the handing on of every token from before, also by tabs that keep using theirs', async () => {
    const { clock, calls, open, within } = browser();
    const [one, other] = [open(), open()];
    await within(500, Promise.all([one.token(), other.token()]));
    one.lease.forget();
    one.shared.forget();
    await clock.advance(10);
    expect(await other.token()).toBe('token-1');
    expect(await within(500, one.token())).toBe('token-2');
    expect(calls).toHaveLength(2);
  });

  it('keeps an answer that is on its way elsewhere from being passed on', async () => {
    const { clock, calls, open, within } = browser({ thinking: 1_000 });
    const [one, other] = [open(), open()];
    one.shared.join();
    const asked = other.token();
    await clock.advance(500);
    one.lease.forget();
    one.shared.forget();
    expect(await within(1_000, asked)).toBe('token-1');
    expect(await within(1_500, one.token())).toBe('token-2');
    expect(calls).toHaveLength(2);
  });

  it('leaves the queue when nobody waits any more, and leaves no timer', async () => {
    const { clock, calls, open } = browser({ thinking: 1_000 });
    const [one, other] = [open(), open()];
    void one.token();
    await clock.advance(200);
    const leaving = new AbortController();
    const waiting = other.lease.token(leaving.signal);
    waiting.catch(() => {});
    await clock.advance(100);
    leaving.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    await clock.advance(1_000);
    expect(calls).toHaveLength(1);
    for (const { lease, shared } of [one, other]) {
      lease.destroy();
      shared.leave();
    }
    await clock.advance(10);
    expect(clock.waiting).toBe(0);
  });
});

it('takes no token for one that the source did not bring: the lease complains', async () => {
  const { clock, profile, open } = browser();
  const answer = deferred<string>();
  const { token, failures } = open({ source: () => answer.promise });
  void token().catch(() => {});
  answer.resolve(undefined as never);
  await clock.advance(200);
  expect(failures[0]?.message).toContain('undefined instead of a token');
  expect(profile.posted.map(({ message }) => (message as { type: string }).type)).not.toContain('token');
});
