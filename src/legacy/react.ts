/**
 * The old service's React hook.
 *
 * @module surewire/legacy/react
 */
'use client';
import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useInsertionEffect,
  useMemo,
  useSyncExternalStore,
} from 'react';
import { ConfigurationError } from '../index';
import type { LegacyState } from './service-message';
import type { LegacyService, LegacyStats } from './service-surface';

const ServiceContext = createContext<LegacyService | undefined>(undefined);

/** What `useWebSocket` returns. The functions are the same at every render; what was subscribed ends with the component. */
export interface LegacyWebSocketHook
  extends Pick<LegacyService, 'connect' | 'disconnect' | 'send' | 'subscribe' | 'unsubscribe'> {
  /** Whether messages flow. */
  readonly isConnected: boolean;
  /** Where the connection is. */
  readonly state: LegacyState;
  /** The figures; new ones at most once a second, and only when one has changed. */
  readonly stats: LegacyStats;
}

/** Gives the service to every `useWebSocket` below it. */
export function LegacyServiceProvider({
  service,
  children,
}: {
  /** Made by `createLegacyService`, outside of components. */
  readonly service: LegacyService;
  /** Who may use it. */
  readonly children?: ReactNode;
}): ReactElement {
  return createElement(ServiceContext.Provider, { value: service }, children);
}

/**
 * The old hook: functions, state and figures of the service. What a component subscribes ends with it, whether or not it says so
 * itself, and strict mode subscribes once. Takes the service of the `LegacyServiceProvider` above, or the one
 * that it is given, so that a module of your own can go on exporting a hook without arguments.
 */
export function useWebSocket(given?: LegacyService): LegacyWebSocketHook {
  const provided = useContext(ServiceContext);
  const service = given ?? provided;
  if (typeof service?.onStateChange !== 'function') {
    throw new ConfigurationError(
      'useWebSocket found no service: put a LegacyServiceProvider above the component, or pass the service to it.',
    );
  }
  const state = useSyncExternalStore(service.onStateChange, service.getState, disconnected);
  const watch = useCallback(
    (listener: () => void) => {
      const stops = [service.onStatsChange(listener), service.onStateChange(listener)];
      return () => {
        for (const stop of stops) stop();
      };
    },
    [service],
  );
  const stats = useSyncExternalStore(watch, () => figures(service), nothingYet);
  const { connect, disconnect, send } = service;
  const { subscribe, unsubscribe } = useOwnSubscriptions(service);
  const isConnected = state === 'connected';
  return { connect, disconnect, send, subscribe, unsubscribe, isConnected, state, stats };
}

/** The service's `subscribe` and `unsubscribe`, for as long as the component lives: old code leaves its effects without an end. */
function useOwnSubscriptions(service: LegacyService): Pick<LegacyService, 'subscribe' | 'unsubscribe'> {
  const own = useMemo(() => {
    const ids = new Set<string>();
    const state = { gone: false };
    const subscribe: LegacyService['subscribe'] = (channel, handler, filter) => {
      const id = service.subscribe(channel, handler, filter);
      // What a request that came back too late asks for is over before it began.
      if (state.gone) service.unsubscribe(id);
      else ids.add(id);
      return id;
    };
    const unsubscribe: LegacyService['unsubscribe'] = (id) => {
      ids.delete(id);
      service.unsubscribe(id);
    };
    return { ids, state, subscribe, unsubscribe };
  }, [service]);
  // Strict mode, which only seems to take the component away, leaves these effects alone, and the effects of children may then
  // subscribe before ours have begun anew.
  useInsertionEffect(() => {
    own.state.gone = false;
    return () => {
      own.state.gone = true;
    };
  }, [own]);
  useEffect(
    () => () => {
      for (const id of [...own.ids]) own.unsubscribe(id);
    },
    [own],
  );
  return own;
}

/** A server renders what a page shows before it has a connection. */
const disconnected = (): LegacyState => 'disconnected';
const none: LegacyStats = {
  connectionState: 'disconnected',
  messagesSent: 0,
  messagesReceived: 0,
  reconnectAttempts: 0,
  bytesSent: 0,
  bytesReceived: 0,
};
const nothingYet = (): LegacyStats => none;

const lastFigures = new WeakMap<LegacyService, LegacyStats>();

/** The same object for as long as no figure has changed. */
function figures(service: LegacyService): LegacyStats {
  const next = service.getStats();
  const known = lastFigures.get(service);
  if (known !== undefined && isSame(known, next)) return known;
  lastFigures.set(service, next);
  return next;
}

function isSame(left: object, right: object): boolean {
  const known = new Map<string, unknown>(Object.entries(left));
  const entries = Object.entries(right);
  return entries.length === known.size && entries.every(([name, value]) => Object.is(known.get(name), value));
}
