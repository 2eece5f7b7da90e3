import { act, cleanup, render, screen } from '@testing-library/react';
import type { ComponentType } from 'react';
import { afterEach, expect, test } from 'vitest';
import preview, { type WithRealtime } from './preview';
import meta, * as stories from './progress-bar.stories';

interface Story {
  play?(context: WithRealtime): Promise<void>;
}

let leave: () => void = () => {};

afterEach(() => {
  cleanup();
  leave();
});

/** What Storybook does with a story, in its order: loaders, `beforeEach`, the story in its decorators, `play`. */
async function open(story: Story): Promise<WithRealtime['loaded']['realtime']> {
  const context: WithRealtime = { loaded: Object.assign({}, ...preview.loaders.map((load) => load())) };
  leave = preview.beforeEach(context);
  const { component: Component, args } = meta;
  const Decorated = preview.decorators.reduce<ComponentType>(
    (Inner, decorate) => () => decorate(Inner, context),
    () => <Component {...args} />,
  );
  render(<Decorated />);
  await act(async () => story.play?.(context));
  return context.loaded.realtime;
}

const shows = (label: string, value: number): Promise<void> =>
  expect
    .poll(() => {
      const bar = screen.getByRole('progressbar');
      return [bar.parentElement?.textContent, bar.getAttribute('value')];
    })
    .toEqual([label, String(value)]);

test('a story shows a component before anything happened', async () => {
  await open(stories.Waiting);
  await shows('Waiting', 0);
});

test('a story plays what a server would tell, without one', async () => {
  await open(stories.HalfWay);
  await shows('Writing', 50);
});

test('a story shows a lost connection', async () => {
  const { client } = await open(stories.ConnectionLost);
  await shows('Connection lost', 50);
  expect(client.status.get().state).toBe('reconnecting');
});

test('each story has a server of its own, and its client ends with it', async () => {
  const first = await open(stories.HalfWay);
  cleanup();
  leave();
  const second = await open(stories.Waiting);
  await shows('Waiting', 0);
  expect(second.server).not.toBe(first.server);
  await expect.poll(() => first.server.connections).toEqual([]);
});
