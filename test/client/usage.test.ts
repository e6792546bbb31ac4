import { taskFileSchema } from '../../model/task-file';
import { freePort } from '../../embedded/free-port';
import { run } from './terminal';
import { soonMs } from '../kit/pauses';

let nowhere: string;

beforeAll(async () => {
  nowhere = `127.0.0.1:${await freePort()}`;
});

describe('wrong usage ends with 2 and says what is wrong:', () => {
  it.each([
    [[], 'a command is missing'],
    [['task'], 'a command is missing'],
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['task', 'start'], "missing required argument 'task'"],
    [['task', 'start', 'a', 'b'], 'too many arguments'],
    [['task', 'list', '--frob'], "unknown option '--frob'"],
    [['task', 'history', 'a', '--limit', 'many'], 'a whole number from 1 is allowed'],
    [['apply'], "required option '-f, --file <tasks.yaml>' not specified"],
    [['sets', 'verify', 'a', '--level', 'deep'], 'there is no level "deep"'],
    [['restoration', 'create', 'a', '--set', 's', '--to', '/data'], '"/data" does not say what goes where'],
    [['restoration', 'create', 'a', '--set', 's', '--to', '/a=/b=/c'], '"/a=/b=/c" does not say what goes where'],
    [['restoration', 'create', 'a', '--set', 's', '--path', 'data'], '"data" is no directory of HDFS'],
    [['restoration', 'create', 'a', '--set', 's', '--maps', 'many'], 'a whole number from 1 is allowed'],
    [['sets', 'list', '--target', 'sftp:host:/b'], 'a target sftp has more fields than fit into --target'],
    [['sets', 'list', '--target', 'remoteHdfs:x:b'], 'target "remoteHdfs:x:b" is not right'],
    [
      ['restoration', 'create', 'a', '--set', 's', '--target', 'obs'],
      'a target obs has more fields than fit into --target',
    ],
    [['schema', 'moon'], 'Allowed choices are tasks, worker'],
    [['worker'], "required option '--config <cairn.yaml>' not specified"],
  ])('cairn %j', async (args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect(stderr).toContain(message);
    expect(stderr).toContain('HINT: ');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('as JSON where that is wanted', async () => {
    const { code, stdout, stderr } = await run(['task', 'list', '--frob', '--json']);
    expect(JSON.parse(stderr)).toEqual({
      error: { kind: 'invalid', message: expect.stringContaining("'--frob'") as string },
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

it('help goes to stdout and ends with 0', async () => {
  const { code, stdout, stderr } = await run(['restoration', 'create', '--help']);
  expect(stdout).toContain('TASK@latest');
  expect(stdout).toContain('--namespace');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

describe('where no Temporal answers', () => {
  it.each([
    'apply -f',
    'sets list --target far -f',
    'sets verify a --target far -f',
    'restoration create a --set s --target far -f',
  ])('a file that is not there is told first: cairn %s', async (command) => {
    const { code, stderr } = await run(['--address', nowhere, ...command.split(' '), '/nowhere/tasks.yaml']);
    expect(stderr).toContain('/nowhere/tasks.yaml cannot be read');
    expect(code).toBe(2);
  });

  it('that is said soon, with what to do', async () => {
    const begin = Date.now();
    const { code, stderr } = await run(['--address', nowhere, 'task', 'list']);
    expect(stderr).toContain(`no Temporal answers at ${nowhere}`);
    expect(stderr).toContain('HINT: ');
    expect(code).toBe(1);
    expect(Date.now() - begin).toBeLessThan(soonMs);
  });

  it('it is an error of the kind unavailable', async () => {
    const { stderr } = await run(['--address', nowhere, '--json', 'cluster', 'list']);
    expect(JSON.parse(stderr)).toMatchObject({ error: { kind: 'unavailable' } });
  });

  it('the address comes from TEMPORAL_ADDRESS unless told', async () => {
    process.env['TEMPORAL_ADDRESS'] = nowhere;
    const { stderr } = await run(['task', 'list']).finally(() => delete process.env['TEMPORAL_ADDRESS']);
    expect(stderr).toContain(nowhere);
  });
});

describe('the schema', () => {
  it('of tasks.yaml is a JSON Schema that names every field of it', async () => {
    const { code, json } = await run(['schema']);
    expect(code).toBe(0);
    const schema = json<{ properties: { tasks: { items: { properties: object } } } }>();
    const fields = Object.keys(taskFileSchema.shape.tasks.element.shape).sort();
    expect(Object.keys(schema.properties.tasks.items.properties).sort()).toEqual(fields);
  });

  it('of cairn.yaml is printed too, and lets fields with a default out', async () => {
    const { json } = await run(['schema', 'worker']);
    expect(json()).toMatchObject({ required: ['clusters'], additionalProperties: false });
  });
});
