import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { simpleLogin } from '../../servers/login';
import { openYarn } from '../../servers/yarn';

/** What real ResourceManagers are hard to bring to: standby, errors, other schedulers. One that runs is asked in test/copiers. */
interface Said {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}
interface FakeManager {
  readonly url: string;
  readonly asked: string[];
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function manager(answer: (what: string) => Said): Promise<FakeManager> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const what = `${request.method} ${request.url!.replace(/[?&]user\.name=alice$/, '')}${body === '' ? '' : ` ${body}`}`;
      asked.push(what);
      const { status = 200, headers = {}, body: said = {} } = answer(what);
      response.writeHead(status, headers).end(typeof said === 'string' ? said : JSON.stringify(said));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text;
}

const yarnOf = (...managers: readonly FakeManager[]) =>
  openYarn(
    managers.map(({ url }) => url),
    simpleLogin({ user: 'alice' }),
  );

const app = (id: string, state: string, finalStatus = 'UNDEFINED') => ({ id, user: 'alice', state, finalStatus });

const standbys: [string, Said][] = [
  ['redirects', { status: 307, headers: { location: 'http://127.0.0.1:1/' } }],
  ['shows a page', { body: 'This is standby RM. The redirect url is: http://rm2:8088/ws/v1/cluster/apps\n' }],
  ['is in transition', { status: 503 }],
];
test.each(standbys)(
  'one on standby, which %s, is passed over, and the active one asked from then on',
  async (_, said) => {
    const standby = await manager(() => said);
    const active = await manager(() => ({ body: { apps: null } }));
    const yarn = yarnOf(standby, active);
    for (let times = 0; times < 2; times += 1) expect(await yarn.applicationsByTag('a b')).toEqual([]);
    expect(standby.asked.length).toBe(1);
    expect(active.asked).toEqual(Array(2).fill('GET /ws/v1/cluster/apps?applicationTags=a%20b'));
  },
);

test('when none is active it is unavailable', async () => {
  const yarn = yarnOf(await manager(() => ({ status: 503 })), { url: 'http://127.0.0.1:1', asked: [] });
  await expect(yarn.queue('default')).rejects.toMatchObject({ kind: 'unavailable' });
});

test('what another server answers is unavailable', async () => {
  for (const body of ['<html>', { apps: [] }, {}])
    await expect(yarnOf(await manager(() => ({ body }))).applicationsByTag('t')).rejects.toMatchObject({
      kind: 'unavailable',
    });
});

test('applications come newest first, with what became of them', async () => {
  const all = [
    app('application_1_0009', 'FINISHED', 'SUCCEEDED'),
    app('application_1_10000', 'ACCEPTED'),
    app('application_1_0002', 'FINISHED', 'FAILED'),
    app('application_1_0003', 'RUNNING', 'SUCCEEDED'),
    app('application_1_0004', 'KILLED', 'KILLED'),
    app('application_2_0001', 'RUNNING'),
    app('application_1_0005', 'FAILED', 'FAILED'),
  ];
  const found = await yarnOf(await manager(() => ({ body: { apps: { app: all } } }))).applicationsByTag('t');
  expect(found.map(({ id, state, isOver }) => `${id.slice(12)} ${state} ${isOver}`)).toEqual([
    '2_0001 running false',
    '1_10000 waiting false',
    '1_0009 succeeded true',
    '1_0005 failed true',
    '1_0004 killed true',
    '1_0003 succeeded false',
    '1_0002 failed true',
  ]);
});

test('a kill is asked for; one who may not is denied, and what is not known is fine', async () => {
  const id = 'application_1_0001';
  const willing = await manager(() => ({ status: 202, body: { state: 'KILLING' } }));
  await yarnOf(willing).kill(id);
  expect(willing.asked).toEqual([`PUT /ws/v1/cluster/apps/${id}/state {"state":"KILLED"}`]);
  const refusing = await manager(() => ({ status: 403, body: { RemoteException: { message: 'alice may not' } } }));
  await expect(yarnOf(refusing).kill(id)).rejects.toMatchObject({
    kind: 'denied',
    what: expect.stringMatching(/alice may not/) as string,
  });
  await yarnOf(await manager(() => ({ status: 404 }))).kill(id);
});

const capacity = {
  type: 'capacityScheduler',
  queueName: 'root',
  queues: {
    queue: [
      { queueName: 'default', queuePath: 'root.default', state: 'RUNNING' },
      { queueName: 'team', queuePath: 'root.team', queues: { queue: [{ queueName: 'night', state: 'STOPPED' }] } },
    ],
  },
};
const fair = {
  type: 'fairScheduler',
  rootQueue: {
    queueName: 'root',
    childQueues: {
      queue: [
        { queueName: 'root.default' },
        { queueName: 'root.team', childQueues: [{ queueName: 'root.team.night' }] },
      ],
    },
  },
};
const queues: [string, unknown, string, unknown][] = [
  ['capacity', capacity, 'default', { name: 'root.default', takesApplications: true, state: 'RUNNING' }],
  ['capacity', capacity, 'root.team', { name: 'root.team', takesApplications: false }],
  ['capacity', capacity, 'night', { name: 'root.team.night', takesApplications: true, state: 'STOPPED' }],
  ['capacity', capacity, 'efault', undefined],
  ['fair', fair, 'root.default', { name: 'root.default', takesApplications: true }],
  ['fair', fair, 'night', { name: 'root.team.night', takesApplications: true }],
  ['fair', fair, 'team', { name: 'root.team', takesApplications: false }],
  [
    'fifo',
    { type: 'fifoScheduler', state: 'RUNNING' },
    'default',
    { name: 'root.default', takesApplications: true, state: 'RUNNING' },
  ],
  ['fifo', { type: 'fifoScheduler', state: 'RUNNING' }, 'night', undefined],
];
test.each(queues)('in the %s scheduler %# a queue is found by its name', async (_, schedulerInfo, name, queue) => {
  const yarn = yarnOf(await manager(() => ({ body: { scheduler: { schedulerInfo } } })));
  expect(await yarn.queue(name)).toEqual(queue);
});

test('the counters of a job come from the job itself, through the proxy', async () => {
  const counter = (name: string, totalCounterValue: number) => ({ name, totalCounterValue });
  const groups = [
    { counterGroupName: 'files', counter: [counter('HDFS_BYTES_WRITTEN', 5)] },
    { counterGroupName: 'distcp', counter: [counter('COPY', 2)] },
    { counterGroupName: 'empty' },
  ];
  const running = await manager(() => ({ body: { jobCounters: { counterGroup: groups } } }));
  expect([...(await yarnOf(running).jobCounters('application_1_0002'))!]).toEqual([
    ['HDFS_BYTES_WRITTEN', 5],
    ['COPY', 2],
  ]);
  expect(running.asked).toEqual(['GET /proxy/application_1_0002/ws/v1/mapreduce/jobs/job_1_0002/counters']);
});

const tellNothing: [string, Said][] = [
  ['leads to the page of the application', { status: 302, headers: { location: '/cluster/app/application_1_0002' } }],
  ['does not know it any more', { status: 404 }],
  ['fails', { status: 500 }],
  ['answers something else', { body: '<html>' }],
  ['has none yet', { body: { jobCounters: {} } }],
];
test.each(tellNothing)('there are no counters to tell while the proxy %s', async (_, said) => {
  expect((await yarnOf(await manager(() => said)).jobCounters('application_1_0002'))?.size ?? 0).toBe(0);
});
