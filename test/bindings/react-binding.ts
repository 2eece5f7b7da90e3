import { act, createElement, type ReactElement } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import type { RealtimeClient, UntypedChannels } from 'surewire';
import * as bindings from 'surewire/react';
import { type Binding, textOf, type Use } from './binding';

/** A copy, because only tests go through a binding by name. */
const hooks = { ...bindings };

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

function call<Props>({ word, args }: Use<Props>, props: Props): unknown {
  const hook = hooks[word] as (...rest: readonly unknown[]) => unknown;
  return hook(...args(props));
}

function tree<Props extends object>(
  client: RealtimeClient<UntypedChannels>,
  use: Use<Props>,
  props: Props,
  seen: (value: unknown) => void,
): ReactElement {
  function Probe(own: Props): ReactElement {
    const value = call(use, own);
    seen(value);
    return createElement('p', null, textOf(value));
  }
  return createElement(hooks.RealtimeProvider, { client }, createElement(Probe, props));
}

export const reactBinding: Binding = {
  framework: 'React',

  async mount(client, use, props) {
    let value: unknown;
    let renders = 0;
    function Probe(own: typeof props): null {
      value = call(use, own);
      renders += 1;
      return null;
    }
    const root = createRoot(document.createElement('div'));
    const show = (own: typeof props): void =>
      root.render(createElement(hooks.RealtimeProvider, { client }, createElement(Probe, own)));
    await act(async () => show(props));
    return {
      // The test says what it expects there.
      value: <T>() => value as T,
      get renders() {
        return renders;
      },
      update: async (own) => act(async () => show(own)),
      unmount: async () => act(async () => root.unmount()),
    };
  },

  act: async (change) =>
    act(async () => {
      await change();
    }),

  renderOnServer: async (client, use, props) => renderToString(tree(client, use, props, () => {})),

  async hydrate(client, use, props, html) {
    const container = document.createElement('div');
    container.innerHTML = html;
    const texts: string[] = [];
    const complaints: string[] = [];
    const root = await act(async () =>
      hydrateRoot(
        container,
        tree(client, use, props, (value) => texts.push(textOf(value))),
        { onRecoverableError: (error) => complaints.push(String(error)) },
      ),
    );
    return { texts, complaints, unmount: async () => act(async () => root.unmount()) };
  },
};
