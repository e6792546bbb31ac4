import { testTls } from '../kit/test-tls';
import { workerConfigSchema } from '../../model/config';
import { obsSchema } from '../../model/obs-schema';
import { obsOptions } from '../../workers/obs-options';

const config = {
  secrets: workerConfigSchema.shape.secrets.parse({ key: { env: 'CAIRN_TEST_KEY', servers: ['obs.example.com'] } }),
  authorities: workerConfigSchema.shape.authorities.parse({ own: testTls.ca }),
};
const spec = (more: object = {}) =>
  obsSchema.parse({
    kind: 'obs',
    endpoint: 'https://obs.example.com:8443',
    region: 'cn-north-4',
    bucket: 'backups',
    path: 'cairn',
    accessKeyId: 'id',
    secretKeySecret: 'key',
    ...more,
  });

afterEach(() => delete process.env['CAIRN_TEST_KEY']);

test('a task names a secret and an authority; the worker knows what they are', async () => {
  process.env['CAIRN_TEST_KEY'] = 'value';
  const options = obsOptions(config, spec({ authority: 'own' }));
  await expect(options.secretKey()).resolves.toBe('value');
  await expect(options.authority?.()).resolves.toContain('BEGIN CERTIFICATE');
  expect(obsOptions(config, spec()).authority).toBeUndefined();
});

test('the key is not shown to another endpoint', async () => {
  process.env['CAIRN_TEST_KEY'] = 'value';
  const options = obsOptions(config, spec({ endpoint: 'https://obs.example.org' }));
  await expect(options.secretKey()).rejects.toMatchObject({ kind: 'denied' });
});

test('an authority that the worker does not know is a precondition', async () => {
  await expect(obsOptions(config, spec({ authority: 'constructor' })).authority?.()).rejects.toMatchObject({
    kind: 'precondition',
    context: { hint: expect.stringContaining('it has: own') },
  });
});
