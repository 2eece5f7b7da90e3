// The Redux side as it was: a socket of its own, opened and fed by actions.
import type { Middleware } from 'redux';
import { WS_URL } from './config.ts';

interface SocketAction {
  type: string;
  payload?: { channel?: string; type?: string; payload?: unknown };
}

interface WebSocketSlice {
  connected: boolean;
  messages: Record<string, { type: string; payload: unknown }[]>;
}

let socket: WebSocket | null = null;
const channels = new Set<string>();

export const websocketMiddleware: Middleware = (store) => (next) => (action) => {
  const { type, payload } = action as SocketAction;
  const result = next(action);
  switch (type) {
    case 'websocket/connect': {
      const opened = new WebSocket(`${WS_URL}/ws/native`);
      socket = opened;
      opened.onopen = () => {
        opened.send(JSON.stringify({ type: 'subscribe', payload: { channels: [...channels] } }));
        store.dispatch({ type: 'websocket/connected' });
      };
      opened.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.type !== 'ack') store.dispatch({ type: 'websocket/message', payload: message });
      };
      opened.onclose = () => {
        store.dispatch({ type: 'websocket/disconnected' });
        if (socket === opened) setTimeout(() => store.dispatch({ type: 'websocket/connect' }), 200);
      };
      break;
    }
    case 'websocket/disconnect': {
      const closing = socket;
      socket = null;
      closing?.close();
      break;
    }
    case 'websocket/subscribe':
      if (payload?.channel) channels.add(payload.channel);
      if (socket?.readyState === WebSocket.OPEN) {
        socket.send(JSON.stringify({ type: 'subscribe', payload: { channels: [payload?.channel] } }));
      }
      break;
    case 'websocket/unsubscribe':
      if (payload?.channel) channels.delete(payload.channel);
      break;
    case 'websocket/send':
      socket?.send(JSON.stringify(payload));
      break;
  }
  return result;
};

/** Old and new alike: one middleware after the other. */
export const websocketMiddlewares: readonly Middleware[] = [websocketMiddleware];

export function websocketReducer(
  state: WebSocketSlice = { connected: false, messages: {} },
  action: { type: string },
): WebSocketSlice {
  switch (action.type) {
    case 'websocket/connected':
      return { ...state, connected: true };
    case 'websocket/disconnected':
      return { ...state, connected: false };
    case 'websocket/message': {
      const { payload } = action as {
        type: string;
        payload: { channel: string; type: string; payload: unknown };
      };
      const known = state.messages[payload.channel] ?? [];
      const message = { type: payload.type, payload: payload.payload };
      return { ...state, messages: { ...state.messages, [payload.channel]: [...known, message].slice(-50) } };
    }
    default:
      return state;
  }
}

export const selectConnected = (state: { websocket: WebSocketSlice }): boolean => state.websocket.connected;

export const selectMessages = (
  state: { websocket: WebSocketSlice },
  channel: string,
): readonly { type: string; payload: unknown }[] => state.websocket.messages[channel] ?? [];
