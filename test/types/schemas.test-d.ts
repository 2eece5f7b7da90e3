// Events described by schemas: listeners get a schema's output, publishers give its input.
/// <reference path="./node-buffer.d.ts" />
import { type } from 'arktype';
import {
  defineChannels,
  type Payload,
  type PublishPayload,
  RealtimeClient,
  type StandardSchema,
} from 'surewire';
import * as v from 'valibot';
import { z } from 'zod';
import { same } from './same.js';

declare const own: StandardSchema<string, Date>;

const channels = defineChannels({
  'private-report-{id}': {
    zod: z.object({ at: z.string().transform(Number), note: z.string().optional() }),
    valibot: v.object({ at: v.pipe(v.string(), v.transform(Number)) }),
    arktype: type({ at: 'string.numeric.parse' }),
    own,
    plain: z.number(),
  },
});
type Channels = typeof channels;
type Report = 'private-report-1';

same<Payload<Channels, Report, 'zod'>, { at: number; note?: string | undefined }>(true);
same<PublishPayload<Channels, Report, 'zod'>, { at: string; note?: string | undefined }>(true);
same<Payload<Channels, Report, 'valibot'>, { at: number }>(true);
same<PublishPayload<Channels, Report, 'valibot'>, { at: string }>(true);
same<Payload<Channels, Report, 'arktype'>, { at: number }>(true);
same<PublishPayload<Channels, Report, 'arktype'>, { at: string }>(true);
same<Payload<Channels, Report, 'own'>, Date>(true);
same<PublishPayload<Channels, Report, 'own'>, string>(true);
same<Payload<Channels, Report, 'plain'>, number>(true);

const report = new RealtimeClient({ key: 'app-key', channels }).channel('private-report-1');
report.on('zod', ({ at }) => same<typeof at, number>(true));
void report.publish('zod', { at: '1' });
void report.publish('valibot', { at: '1' });
void report.publish('arktype', { at: '1' });
// @ts-expect-error the output, where the input is wanted
void report.publish('zod', { at: 1 });
// @ts-expect-error the output, where the input is wanted
void report.publish('own', new Date());
// @ts-expect-error the input, where the output comes
report.on('own', (payload: string) => payload);
