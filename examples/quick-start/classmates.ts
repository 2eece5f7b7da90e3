import { setTimeout as wait } from 'node:timers/promises';
import type { Acknowledgement, ChannelOf, Stop } from 'surewire';
import type { WhiteboardStroke } from 'surewire/toolbox';
import type { channels } from './channels.ts';
import type { DemoClient } from './demo-client.ts';

const names = ['Grace', 'Hedy', 'Edsger'];

const lines = [
  'Is basalt the same as lava?',
  'Lava once it has cooled, I think',
  'I’m drawing the crater, one moment',
  'Which page are we on?',
  'Page 12. The one with the cross-section',
  'Could someone add that to the notes?',
  'Done!',
  'How hot is the magma?',
  'Around 1,200 degrees',
  'That is a great picture',
];

const notes = [
  'Magma is below ground, lava is above',
  'Basalt: dark, from runny lava',
  'Ash can reach the stratosphere',
  'Homework: page 12, questions 1 to 4',
];

const colors = ['#0f766e', '#b45309', '#6d28d9'];

/** How long the simulated classmates stay when nobody else is there, in milliseconds. */
const solitude = 10_000;

/** Simulated classmates, so that one window lives: they point, type, write, raise hands, draw and take notes. */
export class Classmates {
  readonly #join: (name: string) => DemoClient;
  readonly #end = new AbortController();
  readonly #classes = new Map<string, AbortController>();

  /** `join` makes a client that is signed in by that name. */
  constructor(join: (name: string) => DemoClient) {
    this.#join = join;
  }

  /** Whether a user is one of them. */
  static isOne(userId: string | undefined): boolean {
    return names.some((name) => name.toLowerCase() === userId);
  }

  /** Whether they are in that class. */
  areIn(classId: string): boolean {
    return this.#classes.has(classId);
  }

  /** They come into the class, one after another, and leave when nobody else is there any more. */
  enter(classId: string): void {
    if (this.areIn(classId) || this.#end.signal.aborted) return;
    const leaving = new AbortController();
    this.#classes.set(classId, leaving);
    names.forEach((name, index) => {
      void this.#attend(classId, { name, index, signal: leaving.signal });
    });
  }

  /** They leave the class. */
  leave(classId: string): void {
    this.#classes.get(classId)?.abort();
    this.#classes.delete(classId);
  }

  /** They leave all classes for good. */
  stop(): void {
    this.#end.abort();
    for (const classId of [...this.#classes.keys()]) this.leave(classId);
  }

  async #attend(
    classId: string,
    { name, index, signal }: { readonly name: string; readonly index: number; readonly signal: AbortSignal },
  ): Promise<void> {
    try {
      await wait(400 + 900 * index, undefined, { signal });
    } catch {
      return;
    }
    const client = this.#join(name);
    const room = client.channel('presence-classroom-{classId}', { classId });
    // Listening to the chat is what confirms to others that their lines were delivered.
    const stops: Stop[] = [room.on('chat', () => {})];
    if (index === 0) stops.push(this.#watch(room.members, classId));
    try {
      await room.ready();
      await Promise.all([
        this.#point(room, signal, index),
        this.#talk(room, signal, name, index),
        this.#act(room, signal, index),
      ]);
    } catch {
      // They were asked to leave, or the demo ends.
    } finally {
      for (const stop of stops) stop();
      client.destroy();
    }
  }

  /** Leaves when only simulated people are left. */
  #watch(members: Room['members'], classId: string): Stop {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => {
      const alone = members.get().every(({ id }) => Classmates.isOne(id));
      if (!alone) {
        clearTimeout(timer);
        timer = undefined;
      } else timer ??= setTimeout(() => this.leave(classId), solitude);
    };
    const stop = members.subscribe(look);
    look();
    return () => {
      stop();
      clearTimeout(timer);
    };
  }

  /** Moves the pointer, in strides as a hand does. */
  async #point(room: Room, signal: AbortSignal, index: number): Promise<void> {
    let [x, y] = [200 + 250 * index, 280];
    for (;;) {
      const [toX, toY] = [60 + Math.random() * 880, 60 + Math.random() * 440];
      for (let step = 1; step <= 8; step += 1) {
        await wait(260, undefined, { signal });
        [x, y] = [x + (toX - x) / 4, y + (toY - y) / 4];
        say(room.publish('client-cursor', { x: Math.round(x), y: Math.round(y) }, fleeting));
      }
      await wait(1_500 + Math.random() * 5_000, undefined, { signal });
    }
  }

  /** Types, and then says something. */
  async #talk(room: Room, signal: AbortSignal, name: string, index: number): Promise<void> {
    const userId = name.toLowerCase();
    for (let turn = index; ; turn += names.length) {
      await wait((turn === index ? 1_500 : 9_000) + 3_000 * index + Math.random() * 6_000, undefined, {
        signal,
      });
      for (let stroke = 0; stroke < 3; stroke += 1) {
        say(room.publish('client-typing', { name }, fleeting));
        await wait(800, undefined, { signal });
      }
      const text = lines[turn % lines.length] ?? '';
      say(room.publish('chat', { id: `${userId}-${turn}-${Date.now()}`, userId, name, text }));
    }
  }

  /** Draws, takes notes, raises a hand, in turns. */
  async #act(room: Room, signal: AbortSignal, index: number): Promise<void> {
    const userId = names[index]?.toLowerCase() ?? '';
    for (let turn = 0; ; turn += 1) {
      await wait((turn === 0 ? 1_000 : 8_000) + Math.random() * 8_000, undefined, { signal });
      if ((turn + index) % 3 === 0) {
        say(room.publish('client-whiteboard-stroke', drawing(userId, index, turn), { route: 'server' }));
      } else if ((turn + index) % 3 === 1) {
        const text = notes[(turn + index) % notes.length] ?? '';
        const change = { line: (turn + index) % notes.length, text, by: names[index] ?? '' };
        const edit = { documentId: 'notes', version: Date.now(), change };
        say(room.publish('client-document-edit', edit, { route: 'server' }));
      } else {
        say(room.publish('hand-raised', { userId, raised: true }));
        await wait(6_000, undefined, { signal });
        say(room.publish('hand-raised', { userId, raised: false }));
      }
    }
  }
}

type Room = ChannelOf<typeof channels, `presence-classroom-${string}`>;

/** What is worth nothing a moment later is not kept for later. */
const fleeting = { acknowledge: 'none', expiresIn: 2_000 } as const;

/** What simulated people say may get lost with them. */
function say(promise: Promise<Acknowledgement>): void {
  promise.catch(() => {});
}

/** A curve of its own for everybody: the mountain, the cloud above it, the chamber below. */
function drawing(userId: string, index: number, turn: number): WhiteboardStroke {
  const shapes = [
    (t: number) => [180 + 640 * t, 430 - 260 * Math.sin(Math.PI * t) ** 3] as const,
    (t: number) => [500 + 130 * Math.cos(6.3 * t), 110 + 40 * Math.sin(6.3 * t)] as const,
    (t: number) => [500 + 190 * Math.cos(6.3 * t), 480 + 38 * Math.sin(6.3 * t)] as const,
  ];
  const shape = shapes[index % shapes.length] ?? shapes[0];
  const shift = 14 * (turn % 4);
  const points = Array.from({ length: 33 }, (_, step) => {
    const [x, y] = shape?.(step / 32) ?? [0, 0];
    return [Math.round(x + shift), Math.round(y - shift / 2)] as const;
  });
  return { strokeId: `${userId}-${turn}-${Date.now()}`, points, color: colors[index] ?? '#0f766e', width: 5 };
}
