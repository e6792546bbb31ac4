import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { factsOf, workerConfigSchema } from '../../model/config';
import { checkChannels, openChannels } from '../../workers/channels';
import { loadWorkerConfig } from '../../workers/config';
import { scratch } from '../kit/stage';

const clusters = ['1', '2'].map((id) => ({
  id,
  version: '3.3.0',
  localBackup: { path: '/srv', hosts: ['a'] },
  services: {},
}));
const webhook = { url: 'https://hooks.example.com/canary', secret: { env: 'CAIRN_TEST_HOOK' } };
const config = (notifications?: object) => workerConfigSchema.parse({ clusters, notifications });
const secret = `whsec_${Buffer.alloc(24).toString('base64')}`;

afterEach(() => delete process.env['CAIRN_TEST_HOOK']);

it('a worker without channels needs nothing, and its clusters know of none', async () => {
  await checkChannels(config());
  expect(openChannels(config()).size).toBe(0);
  expect('channels' in factsOf(config().clusters[0]!, 'h')).toBe(false);
});

it('a cluster knows names and events of its channels, and neither addresses nor secrets', () => {
  const { notifications } = config({ b: { webhook, events: ['run.failed'] }, a: { webhook, clusters: ['1'] } });
  const facts = clusters.map((_, index) => factsOf(config().clusters[index]!, 'h', { notifications }));
  expect(facts[0]!.channels).toEqual([{ name: 'a' }, { name: 'b', events: ['run.failed'] }]);
  expect(facts[1]!.channels).toEqual([{ name: 'b', events: ['run.failed'] }]);
  expect(JSON.stringify(facts)).not.toMatch(/canary|CAIRN_TEST_HOOK/);
});

it("a worker's start refuses a channel whose secret is not there, by its field", async () => {
  await expect(checkChannels(config({ ops: { webhook } }))).rejects.toMatchObject({
    kind: 'missing',
    message: expect.stringMatching(/^notifications\.ops\.webhook\.secret: CAIRN_TEST_HOOK is not set HINT: /) as string,
  });
  process.env['CAIRN_TEST_HOOK'] = secret;
  await checkChannels(config({ ops: { webhook } }));
});

it('and one for a cluster that it does not have', async () => {
  process.env['CAIRN_TEST_HOOK'] = secret;
  await expect(checkChannels(config({ ops: { webhook, clusters: ['3'] } }))).rejects.toMatchObject({
    kind: 'invalid',
    message: 'notifications.ops.clusters: there is no cluster 3 in cairn.yaml',
  });
});

it.each([
  ['a secret', { webhook: { ...webhook, secret: 'whsec_canary' } }],
  ['an address', { webhook: { ...webhook, url: 'ftp://hooks.example.com/canary' } }],
  ['a password', { email: { smtp: { host: 'm', user: 'u', password: 'canary' }, from: 'a@b.c', to: ['a@b.c'] } }],
])('%s that stands in cairn.yaml itself is not repeated by the refusal', async (_, channel) => {
  const file = join(await scratch(), 'cairn.yaml');
  await writeFile(file, JSON.stringify({ clusters, notifications: { ops: channel } }));
  const error: Error = await loadWorkerConfig(file).then(
    () => new Error('accepted'),
    (caught: Error) => caught,
  );
  expect(error.message).toMatch(/notifications\.ops\.(webhook|email).*found something that is not shown/);
  expect(error.message).not.toContain('canary');
});
