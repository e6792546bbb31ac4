import { workerConfigSchema } from '../../model/config';
import { secretNamed } from '../../workers/secrets';

const secrets = workerConfigSchema.shape.secrets.parse({
  nas: { env: 'CAIRN_TEST_NAS', servers: ['nas.example.org', '10.1.1.1'] },
});

afterEach(() => delete process.env['CAIRN_TEST_NAS']);

test('a secret is read when it is needed, for the servers that it is for', async () => {
  const read = secretNamed({ secrets }, 'nas', '10.1.1.1');
  process.env['CAIRN_TEST_NAS'] = 'first';
  await expect(read()).resolves.toBe('first');
  process.env['CAIRN_TEST_NAS'] = 'second';
  await expect(read()).resolves.toBe('second');
});

test('a task cannot have it sent to another server', async () => {
  process.env['CAIRN_TEST_NAS'] = 'first';
  await expect(secretNamed({ secrets }, 'nas', 'elsewhere.example.org')()).rejects.toMatchObject({
    kind: 'denied',
    message: expect.stringContaining('secret "nas" is not for elsewhere.example.org'),
  });
});

test.each(['other', 'constructor', '__proto__'])('a worker without secret %s names those that it has', async (name) => {
  await expect(secretNamed({ secrets }, name, '10.1.1.1')()).rejects.toMatchObject({
    kind: 'precondition',
    context: { hint: expect.stringContaining('it has: nas') },
  });
});
