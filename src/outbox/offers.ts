import type { StoredMessage } from '../ports';
import type { OutboxEnds } from './ends';
import type { Entry } from './entry';
import { expiredError } from './errors';
import type { OutboxGates } from './gates';
import type { OutboxIntake } from './intake';
import { OutboxLane } from './lane';
import type { OutboxLedger } from './ledger';
import { OutboxTraffic } from './traffic';

/** What is offered to the publishers, and what comes of it. */
export class OutboxOffers {
  readonly #ledger: OutboxLedger;
  readonly #gates: OutboxGates;
  readonly #ends: OutboxEnds;
  readonly #intake: OutboxIntake;
  readonly #traffic = new OutboxTraffic();

  constructor(ledger: OutboxLedger, gates: OutboxGates, ends: OutboxEnds, intake: OutboxIntake) {
    this.#ledger = ledger;
    this.#gates = gates;
    this.#ends = ends;
    this.#intake = intake;
  }

  /** The lane of a channel's messages on a route. */
  createLane(route: StoredMessage['route'], channel: string): OutboxLane {
    const { clock, random, backoff, attemptTimeout, publishers } = this.#ledger.settings;
    const lane: OutboxLane = new OutboxLane({
      route,
      channel,
      clock,
      random,
      backoff,
      publisher: publishers[route],
      // A peer message may wait for its turn as long as the subscription lasts: nothing of it can hang.
      attemptTimeout: route === 'server' ? attemptTimeout : undefined,
      isOpen: (message) => this.#isOpen(message) && this.#traffic.admits(lane),
      departed: () => this.#traffic.departed(lane),
      landed: () => this.#traffic.landed(lane),
      changed: (entry) => {
        this.#ledger.changed(entry);
        if (entry.foreign) this.#ledger.tabs.talk.tellProgress(entry);
      },
      accepted: (entry, acceptance) => this.#ends.accept(entry, acceptance),
      rejected: (entry, error) => this.#ends.reject(entry, error),
      delayed: (entry) => this.#delay(entry),
      rested: () => this.#rest(lane),
    });
    return lane;
  }

  #isOpen(message: StoredMessage): boolean {
    return this.#gates.isOpen(message) && this.#ledger.tabs.turn.sends(message.tab);
  }

  /** Nobody who flushes waits any longer for a lane that cannot go on. */
  #rest(lane: OutboxLane): void {
    const { flushes, tabs } = this.#ledger;
    // Only for somebody who waits: a lane of thousands rests often.
    if (!flushes.any || this.#traffic.holds(lane)) return;
    // What another tab sends rests when that one says so, unless there is no network.
    const elsewhere = ({ message }: Entry): boolean =>
      this.#gates.isOpen(message) && !tabs.turn.sends(message.tab);
    flushes.release([...lane.entries()].filter((entry) => !elsewhere(entry)));
  }

  #delay(entry: Entry): void {
    const { settings, tabs, writer } = this.#ledger;
    const { message, error } = entry;
    const newer = this.#ledger.replaceable(message, message.replaces);
    if (message.expiresAt <= settings.clock.now()) this.#ends.reject(entry, expiredError(message, error));
    else if (newer && newer !== entry) this.#intake.replace(entry, newer);
    else if (tabs.turn.sends(message.tab)) void writer.put(message);
    // Robbed of its turn, this tab does not know whether the message is still to be stored. Nobody else may know it at all.
    else if (!entry.foreign) tabs.stored(message);
  }
}
