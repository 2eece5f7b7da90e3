import { vi } from 'vitest';

/** What the specs use of a Jasmine spy. */
interface Spy {
  (...values: unknown[]): unknown;
  readonly and: { returnValue(value: unknown): void };
  readonly calls: { count(): number };
}

function spy(): Spy {
  const mock = vi.fn();
  return Object.assign(mock, {
    and: { returnValue: (value: unknown) => void mock.mockReturnValue(value) },
    calls: { count: () => mock.mock.calls.length },
  });
}

/** Puts Jasmine's words, as far as the specs use them, on top of Vitest's globals. */
export function installJasmine(): void {
  Object.assign(globalThis, {
    jasmine: { DEFAULT_TIMEOUT_INTERVAL: 5_000, createSpy: spy },
    spyOn: (target: Record<string, unknown>, name: string) => {
      target[name] = spy();
      return target[name];
    },
    // The specs assign to it without having declared it, which modules must not.
    testConfig: undefined,
  });
}
