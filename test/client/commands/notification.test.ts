import { undelivered } from '../../../client/undelivered';
import { freePort } from '../../../embedded/free-port';
import { notificationsSchema } from '../../../model/notification-schema';
import { workflowTypes } from '../../../model/messages';
import { queues, workflowIds } from '../../../model/names';
import type { Delivery } from '../../../workflows/notify';
import { patienceMs } from '../../kit/pauses';
import { stateOf } from '../../kit/stage';
import { type Receiver, startReceiver } from '../../kit/webhook-receiver';
import { type Ground, openGround, saying } from '../cluster';

const secret = `whsec_${Buffer.alloc(32, 's').toString('base64')}`;
let ground: Ground;
let receiver: Receiver;

beforeAll(async () => {
  process.env['TEST_NOTIFY_SECRET'] = secret;
  receiver = await startReceiver(secret);
  const hook = (port: number) => ({
    webhook: { url: `http://127.0.0.1:${port}/hook`, secret: { env: 'TEST_NOTIFY_SECRET' } },
  });
  const notifications = notificationsSchema.parse({ ops: hook(receiver.port), away: hook(await freePort()) });
  const change: Parameters<typeof openGround>[0] = (cluster) => {
    Object.assign(cluster.config, { notifications });
    return cluster;
  };
  // Of a product that has no ALM-12057, which would be told of here.
  ground = await openGround(change, { version: '2.1.0' });
});

afterAll(async () => {
  await receiver?.close();
  await ground?.close();
});

it('a test through one channel tells what came back', async () => {
  expect(await ground.cairn('notification test ops')).toMatchObject({ code: 0, stdout: saying('204 No Content') });
  expect(receiver.heard).toMatchObject([{ type: 'notification.test', data: { cluster: 'c1' } }]);
});

it('through all: one that is away is a finding with exit code 1, and it is tried once', async () => {
  const { code, json } = await ground.cairn('notification test --json');
  expect(code).toBe(1);
  expect(json<Delivery[]>().sort((one, other) => (one.channel < other.channel ? -1 : 1))).toEqual([
    { channel: 'away', delivered: false, answer: saying('no answer from webhook away at http://127.0.0.1') },
    { channel: 'ops', delivered: true, answer: '204 No Content' },
  ]);
});

it('a channel that the cluster does not have ends with 10 and names those that it has', async () => {
  expect(await ground.cairn('notification test nobody')).toMatchObject({ code: 10, stderr: saying('but away, ops') });
});

describe('check warns', () => {
  const facts = async () => (await stateOf(ground.stage, 'c1')).cluster;
  const warnings = async (laterMinutes = 0) =>
    await undelivered(ground.stage.client, await facts(), Date.now() + laterMinutes * 60_000);

  async function tell(id: string, more: object): Promise<void> {
    const notification = { id, type: 'run.failed', timestamp: '2026-11-26T10:00:00.000Z', cluster: 'c1', task: 'x' };
    await ground.stage.client.workflow.start(workflowTypes.notify, {
      workflowId: workflowIds.notify('c1', id),
      taskQueue: queues.control,
      args: [{ notification, channels: ['away'], ...more }],
    });
  }

  async function until(wanted: RegExp, laterMinutes = 0): Promise<void> {
    for (const deadline = Date.now() + patienceMs; ;) {
      const found = (await warnings(laterMinutes)).join('\n');
      if (wanted.test(found)) return;
      if (Date.now() > deadline) throw new Error(`no warning like ${wanted}: ${found}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  it('of nothing, while all is delivered, and of what is not delivered after ten minutes', async () => {
    expect(await warnings(11)).toEqual([]);
    await tell('waits', {});
    await until(/^1 notification could not be delivered for 10 minutes and more HINT: /, 11);
    expect(await warnings()).toEqual([]);
  });

  it('of what was given up, and still ends with 0', async () => {
    await tell('lost', { withinSeconds: 1 });
    await until(/^1 notification given up in the last 7 days HINT: /);
    expect(await ground.cairn('cluster check c1')).toMatchObject({ code: 0, stdout: saying('given up in the last') });
  });

  it('of a channel that no worker has', async () => {
    const gone = { ...(await facts()), channels: [{ name: 'gone' }] };
    expect(await undelivered(ground.stage.client, gone)).toContainEqual(saying('no worker has channel gone any more'));
  });
});

it('a cluster without channels tells nobody', async () => {
  expect(
    await undelivered(ground.stage.client, { ...(await stateOf(ground.stage, 'c1')).cluster, channels: undefined! }),
  ).toEqual([]);
});
