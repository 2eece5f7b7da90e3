import type { DemoBackend, RacePlan } from './backend.ts';

/** Fifty messages in nine seconds, five of which nobody gets through. */
const plan: RacePlan = { messages: 50, every: 180, cutAfter: 1_500, cutFor: 5_000 };

/** Does what a button of the page says, and answers in JSON; undefined when there is no such button. */
export async function obey(
  backend: DemoBackend,
  button: string,
  parameters: URLSearchParams,
): Promise<unknown> {
  const on = parameters.get('on') === 'true';
  const id = parameters.get('id') ?? '42';
  const room = parameters.get('class') ?? '5';
  const [title, by] = ['title', 'by'].map((name) => parameters.get(name)?.slice(0, 80) || undefined);
  switch (button) {
    case 'faults':
      break;
    case 'race':
      void backend.race(id, plan);
      return plan;
    case 'classroom':
      return backend.messagesOn(`presence-classroom-${room}`);
    case 'generation':
      return backend.messagesOn(`content-generation-${id}`);
    case 'generate':
      void backend.generate(id, { ...(title ? { title } : {}), ...(by ? { by } : {}) });
      break;
    case 'simulate':
      backend.simulate(room, on);
      break;
    case 'cut':
      backend.cut(Math.min(Number(parameters.get('for') ?? 0) || 0, 60_000));
      break;
    case 'restart':
      backend.restart();
      break;
    case 'mute':
      backend.mute(on);
      break;
    case 'refuse':
      backend.refuse(on);
      break;
    case 'refuse-publishing':
      backend.refusePublishing(on);
      break;
    case 'expire':
      backend.expireToken();
      break;
    default:
      return undefined;
  }
  return backend.faults;
}
