import { useEffect, useState } from 'react';
import type { ConnectionStatus, LogEntry } from 'surewire';
import { describeError } from '../describe-error.ts';
import { contentOf } from './content.ts';
import { useRealtime } from './realtime.ts';

type Keyed<T> = T & { readonly key: number };

/** What has happened so far, newest first. */
export interface Records {
  readonly history: readonly Keyed<{ readonly at: number; readonly status: ConnectionStatus }>[];
  readonly errors: readonly Keyed<{ readonly at: number; readonly error: unknown; readonly times: number }>[];
  readonly log: readonly Keyed<LogEntry>[];
}

const nothing: Records = { history: [], errors: [], log: [] };

/** Keeps what the client tells to people who look for a fault. An error that repeats itself is counted. */
export function useRecords(): Records {
  const client = useRealtime();
  const [records, setRecords] = useState(nothing);
  useEffect(() => {
    let key = 0;
    const keep = (change: (before: Records, key: number) => Records): void => {
      key += 1;
      const own = key;
      setRecords((before) => change(before, own));
    };
    const addError = (error: unknown): void =>
      keep((before, own) => {
        const [last, ...older] = before.errors;
        const isSame = last !== undefined && textOf(last.error) === textOf(error);
        const times = isSame ? last.times + 1 : 1;
        const errors = [{ key: own, at: Date.now(), error, times }, ...(isSame ? older : before.errors)];
        return { ...before, errors: errors.slice(0, 20) };
      });
    const stops = [
      client.status.subscribe((status) =>
        keep((before, own) => ({
          ...before,
          history: [{ key: own, at: Date.now(), status }, ...before.history].slice(0, 30),
        })),
      ),
      client.on('error', addError),
      // Not those that nobody notices, such as a pointer's move that came too late.
      client.on('rejected', (error, message) => contentOf(message) !== undefined && addError(error)),
      client.on('expired', (error, message) => contentOf(message) !== undefined && addError(error)),
      client.on('log', (entry) =>
        keep((before, own) => ({ ...before, log: [{ ...entry, key: own }, ...before.log].slice(0, 200) })),
      ),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [client]);
  return records;
}

function textOf(error: unknown): string {
  const { name, code, message } = describeError(error);
  return `${name} ${code} ${message}`;
}
