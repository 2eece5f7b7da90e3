import { ConfigurationError } from '../index';
import { show } from './script-rules';

/**
 * Where a test server's ids come from: `'random'`, `'sequential'` (sockets `1.1`, `2.2`, messages `message-1`, …), or a
 * function of what is named and how many came before. Socket ids must look like `123.456`.
 */
export type Identifiers = 'random' | 'sequential' | ((kind: 'socket' | 'message', count: number) => string);

/** Makes a source of ids. */
export function createIdentifiers(identifiers: Identifiers): (kind: 'socket' | 'message') => string {
  const counts = { socket: 0, message: 0 };
  return (kind) => {
    counts[kind] += 1;
    const count = counts[kind];
    if (typeof identifiers === 'function') return checked(kind, identifiers(kind, count));
    if (kind === 'socket')
      return identifiers === 'sequential' ? `${count}.${count}` : `${digits()}.${digits()}`;
    return identifiers === 'sequential' ? `message-${count}` : `${count}-${digits()}${digits()}`;
  };
}

function checked(kind: 'socket' | 'message', id: unknown): string {
  const isFit = kind === 'socket' ? /^\d+\.\d+$/ : /./s;
  if (typeof id === 'string' && isFit.test(id)) return id;
  const wanted = kind === 'socket' ? 'like "123.456"' : 'a string with something in it';
  throw new ConfigurationError(`\`ids\` must name a ${kind} ${wanted}; got ${show(id)}.`);
}

function digits(): string {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return String(number);
}
