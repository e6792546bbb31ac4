import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHadoopSettings } from '../../servers/hadoop-settings';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'cairn-settings-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function settings(site: string, known = {}) {
  await writeFile(join(folder, 'site.xml'), site);
  return readHadoopSettings(folder, ['absent.xml', 'site.xml'], known);
}
const property = (name: string, value: string) => `<property><name>${name}</name><value>${value}</value></property>`;

test('settings are read as Hadoop reads them', async () => {
  const of = await settings(`<?xml version="1.0"?>
    <!-- ${property('commented', 'out')} -->
    <configuration>
      <property>
        <description>a <value>no</value> in here counts only when it comes first</description>
      </property>
      <property><name> spaced </name><value>
        /a b
      </value><final>true</final></property>
      ${property('escaped', '&lt;&amp;&#65;&#x42;&gt;')}
      ${property('cdata', '<![CDATA[<&>]]>')}
      ${property('twice', 'one')}${property('twice', 'two')}
      ${property('empty', '')}
    </configuration>`);
  expect(['spaced', 'escaped', 'cdata', 'twice', 'empty', 'commented', 'absent'].map(of)).toEqual([
    ...['/a b', '<&AB>', '<&>', 'two', ''],
    ...[undefined, undefined],
  ]);
});

test('a setting that names others is put together; what is not known stays', async () => {
  const of = await settings(
    property('dir', '${base}/x/${user.name}/${env.HOME}') + property('base', '/${root}') + property('loop', '${loop}1'),
    { 'user.name': 'alice', root: 'r' },
  );
  expect(of('dir')).toBe('//r/x/alice/${env.HOME}'.replace('//', '/'));
  expect(of('loop')).toMatch(/^\$\{loop\}1+$/);
});

test('a file that includes others is not guessed at', async () => {
  for (const included of ['<xi:include href="other.xml"/>', '<include href="other.xml"/>'])
    await expect(settings(`<configuration>${included}</configuration>`)).rejects.toMatchObject({
      kind: 'precondition',
    });
});
