import { type DemoClient, showSubscription } from './demo-client.ts';
import { find } from './document.ts';

/** Follows one content generation from 0 to 100 %. */
export function followGeneration(client: DemoClient, start: (id: string) => Promise<void>): void {
  // Of our own, so that a second tab is not surprised by our progress.
  const id = String(Math.floor(Math.random() * 9_000) + 1_000);
  const generation = client.channel('content-generation-{id}', { id });
  const bar = find('progress', HTMLProgressElement);
  const percent = find('percent', HTMLElement);
  const stage = find('stage', HTMLElement);
  let running = false;

  generation.on('progress', ({ status, progress }) => {
    running = progress < 100;
    bar.value = progress;
    percent.textContent = `${progress} %`;
    stage.textContent = status;
  });
  generation.on('complete', () => {
    running = false;
    stage.textContent = 'complete';
  });
  generation.subscription.subscribe(({ state }) => {
    if (running && state !== 'subscribed')
      stage.textContent = 'the connection is away; what it misses comes afterwards';
  });
  showSubscription(find('generation-channel', HTMLElement), generation);

  const press = find('generate', HTMLButtonElement);
  press.addEventListener('click', () => {
    stage.textContent = 'asked for';
    void start(id).catch((error: unknown) => {
      stage.textContent = `The demo’s server did not answer: ${String(error)}`;
    });
  });
}
