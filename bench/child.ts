import { type ChildProcess, fork } from 'node:child_process';

/** What can be asked of a process: a name, and what it needs to know. */
export type Orders = Readonly<Record<string, (order: never) => unknown>>;

interface Question {
  readonly name: string;
  readonly order: unknown;
}

type Answer = { readonly value: unknown } | { readonly trouble: string };

/** Another process of this program, which does one thing at a time as it is told. It ends with us, however we end. */
export class Child {
  readonly #process: ChildProcess;
  readonly #role: string;
  #expected = false;

  constructor(role: string, settings: unknown = {}) {
    const [script = ''] = process.argv.slice(1);
    this.#role = role;
    this.#process = fork(script, ['--as', role, '--settings', JSON.stringify(settings)], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  /** Resolves with what the process answers; rejects when it fails or ends. */
  ask<T>(name: string, order: unknown = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const ended = (code: number | null): void => {
        if (!this.#expected) reject(new Error(`The process "${this.#role}" ended early (${code})`));
      };
      this.#process.once('exit', ended);
      this.#process.once('message', (answer: Answer) => {
        this.#process.off('exit', ended);
        if ('trouble' in answer) reject(new Error(`${this.#role}: ${answer.trouble}`));
        // Both ends are this program; the caller knows what it asks for.
        else resolve(answer.value as T);
      });
      this.#process.send({ name, order } satisfies Question);
    });
  }

  /** Ends it, as in a crash. Resolves when it is over. */
  end(): Promise<void> {
    this.#expected = true;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#process.once('exit', () => resolve());
      this.#process.kill('SIGKILL');
    });
  }
}

/** The other end: answers what it is asked, until the parent goes. */
export function obey(orders: Orders): void {
  process.on('disconnect', () => process.exit(1));
  process.on('message', ({ name, order }: Question) => {
    Promise.resolve()
      // Both ends are this program: the parameter is what this order takes.
      .then(() => orders[name]?.(order as never))
      .then(
        (value) => process.send?.({ value } satisfies Answer),
        (error) => process.send?.({ trouble: String(error?.stack ?? error) } satisfies Answer),
      );
  });
}

/** The time of the machine's steady clock in milliseconds: the same in all processes, unlike `performance.now()`. */
export function steadyNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
