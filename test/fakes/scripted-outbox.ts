import type { RealtimeError } from '../../src/errors';
import { memoryStorage } from '../../src/outbox/memory-storage';
import type { OutboxOutcome, OutgoingMessage } from '../../src/outbox/surroundings';
import type { PublishOptions } from '../../src/types';
import { ManualClock } from './manual-clock';
import { type OpenOutboxSettings, openOutbox } from './open-outbox';
import { ScriptedPublisher } from './scripted-publisher';
import { watched } from './watched';

/** An outbox of a page that has no other tabs, between a disk in memory and publishers that the test answers. */
export function scriptedOutbox(overrides: Partial<OpenOutboxSettings> = {}) {
  const clock = new ManualClock();
  const server = new ScriptedPublisher();
  const peer = new ScriptedPublisher();
  const outcomes: OutboxOutcome[] = [];
  const reports: RealtimeError[] = [];
  let ids = 0;
  const outbox = openOutbox({
    clock,
    random: () => 1,
    createId: () => `m${++ids}`,
    storage: memoryStorage(),
    publishers: { server, peer },
    report: (error) => reports.push(error),
    onSettled: (outcome) => outcomes.push(outcome),
    ...overrides,
  });
  /** Publishes, and keeps the end in view. */
  const publish = (data: unknown, message: Partial<OutgoingMessage> = {}, options?: PublishOptions) =>
    watched(
      outbox.publish({ channel: 'a', event: 'e', route: 'server', bytes: 10, ...message, data }, options),
    );
  /** Publishes; resolves with the level that the message reached, or the code of its error. */
  const outcome = (data: unknown, channel = 'a', options: PublishOptions = {}): Promise<string> =>
    publish(data, { channel }, options).promise.then(
      ({ level }) => level,
      ({ code }: RealtimeError) => code,
    );
  return { clock, server, peer, outcomes, reports, outbox, publish, outcome };
}
