import type { WithRealtime } from './preview';
import { ProgressBar } from './progress-bar';

export default { component: ProgressBar, args: { id: '42' } };

export const Waiting = {};

export const HalfWay = {
  play: async ({ loaded: { realtime } }: WithRealtime) => {
    await realtime.client.channel('content-generation-42').ready();
    realtime.server.trigger('content-generation-42', 'progress', { progress: 50, message: 'Writing' });
  },
};

export const ConnectionLost = {
  play: async (context: WithRealtime) => {
    await HalfWay.play(context);
    context.loaded.realtime.server.refuse('tcp');
    context.loaded.realtime.server.drop();
  },
};
