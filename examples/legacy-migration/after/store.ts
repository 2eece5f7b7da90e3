import { configureStore } from '@reduxjs/toolkit';
import { selectConnected, selectMessages, websocketMiddlewares, websocketReducer } from './realtime.ts';

/** The dashboard's store. */
export const store = configureStore({
  reducer: { websocket: websocketReducer },
  middleware: (defaults) => defaults().prepend(...websocketMiddlewares),
});

export const dashboard = {
  open: () => store.dispatch({ type: 'websocket/connect' }),
  close: () => store.dispatch({ type: 'websocket/disconnect' }),
  watch: (channel: string) => store.dispatch({ type: 'websocket/subscribe', payload: { channel } }),
  leave: (channel: string) => store.dispatch({ type: 'websocket/unsubscribe', payload: { channel } }),
  send: (channel: string, type: string, payload: unknown) =>
    store.dispatch({ type: 'websocket/send', payload: { channel, type, payload } }),
  isConnected: () => selectConnected(store.getState()),
  messages: (channel: string) => selectMessages(store.getState(), channel),
};
